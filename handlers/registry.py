"""All that the program does, in order: who answers, what a day is made of, what is due, what follows from what."""

from handlers.absence import deputy, excuse, leave
from handlers.alerts import alerts, incident
from handlers.changes import proposing
from handlers.core import confirmations, lead_arguments
from handlers.core.router import Routes
from handlers.cycle import assign, calendar, reopen
from handlers.evidence import open_file, why
from handlers.exports import export
from handlers.forms import form, preview
from handlers.messaging import bind, chat_events, upload
from handlers.operations import audit, clock_jump, system
from handlers.organisation import help as helping
from handlers.organisation import invite, language, people, roster_import, start, unit
from handlers.reporting import attach, form_buttons, form_input, history, proxy, report, status, wards
from handlers.summaries import signoff, summary, team, urge

# In this order commands stand in menus, and a file is offered to who takes files.
ROUTERS = (
    start.router,
    report.router,
    wards.router,
    incident.router,
    form_buttons.router,
    form_input.router,
    roster_import.router,
    attach.router,
    leave.router,
    status.router,
    history.router,
    why.router,
    open_file.router,
    language.router,
    helping.router,
    team.router,
    urge.router,
    proxy.router,
    excuse.router,
    deputy.router,
    signoff.router,
    summary.router,
    alerts.router,
    invite.router,
    people.router,
    unit.router,
    bind.router,
    form.router,
    preview.router,
    assign.router,
    calendar.router,
    reopen.router,
    export.router,
    audit.router,
    upload.router,
    system.router,
    clock_jump.router,
    chat_events.router,
    lead_arguments.router,
    confirmations.router,
    proposing.router,
)
ROUTES = Routes(ROUTERS)
