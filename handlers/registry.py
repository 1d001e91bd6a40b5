"""List all that the program does, in order: who answers, what a day is made of, what is due, what follows from what."""

from functools import partial

from handlers.absence import deputy, excuse, leave, leave_requests, training
from handlers.alerts import alerts, climb, incident, notifying, raising
from handlers.calls import alerting, calls
from handlers.changes import due_changes, proposing
from handlers.core import asking, confirmations, lead_arguments, words_only
from handlers.core.context import Reaction
from handlers.core.due_work import DueWork
from handlers.core.events import (
    AlertChanged,
    AskedAbove,
    Enrolled,
    ExcuseChanged,
    LanguageChosen,
    PeriodClosed,
    PeriodLocked,
    QuizPassed,
    ReopeningEnded,
    ReportsFiled,
    SetupMoved,
)
from handlers.core.router import Routes
from handlers.cycle import (
    assign,
    calendar,
    close_day,
    day_steps,
    end_reopening,
    extend,
    lock_day,
    next_period,
    open_day,
    outages,
    remind,
    reopen,
)
from handlers.cycle.day_steps import TakeStep
from handlers.dashboard import dashboard
from handlers.donations import donations, entry_draft, gifts
from handlers.duty import duty, duty_table, on_duty, second, shift_cards, turn_secondments, week_changes
from handlers.duty import watch as watch_duty
from handlers.evidence import open_file, verify, why
from handlers.exports import documents, export, template_upload
from handlers.forms import form, preview
from handlers.handup import connecting, handup, request_cards, requesting
from handlers.honours import breaking, honours, posting
from handlers.messaging import bind, chat_events, upload
from handlers.operations import audit, clock_jump, self_report, system
from handlers.organisation import (
    checklist,
    import_undo,
    invite,
    language,
    people,
    people_phone,
    roster_import,
    start,
    unit,
    unit_leads,
)
from handlers.organisation import help as helping
from handlers.questions import answering, ask, faq, topic
from handlers.questions import climb as climb_questions
from handlers.questions import notifying as notifying_questions
from handlers.reporting import attach, form_buttons, form_input, history, proxy, report, status, wards
from handlers.rollcall import rollcall, safe, watch
from handlers.rounds import certificates, clock, messages, notice, notices, survey, survey_links
from handlers.runbooks import alerted, runbook, steps, writing
from handlers.runbooks import board as runbook_board
from handlers.runbooks import messages as runbook_messages
from handlers.runbooks import run as runbook_run
from handlers.runbooks import watch as runbook_watch
from handlers.summaries import chart, digests, escalate, outdating, send_urges, signoff, summarise, summary, team, urge
from handlers.supplies import draft, receivers, supplies
from handlers.supplies import watch as handouts_due
from handlers.timeline import editing as editing_timeline
from handlers.timeline import reactions as story
from handlers.timeline import timeline
from models.cycle.steps import StepKind
from models.handup import requests as up_requests

# The order of commands in menus, within their group.
ROUTERS = (
    words_only.router,
    start.router,
    report.router,
    wards.router,
    incident.router,
    form_buttons.router,
    form_input.router,
    roster_import.router,
    import_undo.router,
    attach.router,
    leave.router,
    ask.router,
    answering.router,
    faq.router,
    duty.router,
    week_changes.router,
    duty_table.router,
    on_duty.router,
    calls.router,
    status.router,
    history.router,
    dashboard.router,
    chart.router,
    why.router,
    open_file.router,
    verify.router,
    language.router,
    helping.router,
    checklist.router,
    team.router,
    urge.router,
    proxy.router,
    excuse.router,
    deputy.router,
    second.router,
    signoff.router,
    summary.router,
    handup.router,
    connecting.router,
    requesting.router,
    alerts.router,
    notice.router,
    notices.router,
    rollcall.router,
    safe.router,
    survey.router,
    survey_links.router,
    supplies.router,
    draft.router,
    receivers.router,
    donations.router,
    entry_draft.router,
    gifts.router,
    honours.router,
    runbook.router,
    writing.router,
    runbook_run.router,
    steps.router,
    timeline.router,
    editing_timeline.router,
    invite.router,
    people.router,
    people_phone.router,
    unit.router,
    unit_leads.router,
    bind.router,
    form.router,
    preview.router,
    assign.router,
    calendar.router,
    reopen.router,
    topic.router,
    export.router,
    documents.router,
    template_upload.router,
    audit.router,
    upload.router,
    system.router,
    clock_jump.router,
    chat_events.router,
    lead_arguments.router,
    confirmations.router,
    asking.router,
    proposing.router,
)

# The order in which a file is offered to those who take files; help answers what nobody took.
TAKE_FILES = (
    incident.router,
    ask.router,
    answering.router,
    notice.router,
    draft.router,
    entry_draft.router,
    steps.router,
    words_only.router,
    proxy.router,
    form_input.router,
    leave.router,
    template_upload.router,
    duty_table.router,
    roster_import.router,
    attach.router,
    helping.router,
)
ROUTES = Routes(ROUTERS, files=TAKE_FILES)
helping.offer(ROUTES.commands)

STEPS: dict[str, TakeStep] = {
    StepKind.OPEN: open_day.freeze,
    StepKind.ASK: open_day.ask,
    StepKind.EXTEND: extend.extend,
    StepKind.REMIND: remind.remind,
    StepKind.CLOSE: close_day.close,
    StepKind.SUMMARISE: summarise.summarise,
    StepKind.SUMMARISE_ROOT: summarise.summarise_root,
    StepKind.ESCALATE: escalate.escalate,
    StepKind.LOCK: lock_day.lock,
    StepKind.URGE: send_urges.urge,
    StepKind.REOPEN: end_reopening.end,
}

# The order in which a tick looks for due work; it takes the first that it finds.
DUE_WORK = (
    DueWork("outages", outages.due, outages.correct, outages.PENDING),
    DueWork("changes", due_changes.due, due_changes.take, due_changes.PENDING),
    DueWork("secondments", turn_secondments.due, turn_secondments.take, turn_secondments.PENDING),
    DueWork("opening", next_period.due, next_period.create, next_period.PENDING),
    DueWork("alerts", climb.due, climb.climb, climb.PENDING),
    DueWork("calls", alerting.due, alerting.take, alerting.PENDING),
    DueWork("runbooks", runbook_watch.due, runbook_watch.take, runbook_watch.PENDING),
    DueWork("rollcalls", watch.due, watch.take, watch.PENDING),
    DueWork("shifts", watch_duty.due, watch_duty.take, watch_duty.PENDING),
    DueWork("rotas", watch_duty.rota_due, watch_duty.make, watch_duty.ROTAS_PENDING),
    DueWork("questions", climb_questions.due, climb_questions.climb, climb_questions.PENDING),
    DueWork("requests", request_cards.due, request_cards.climb, up_requests.ANY_DUE),
    DueWork("ended requests", request_cards.over, request_cards.close, up_requests.ANY_OVER),
    DueWork("steps", day_steps.due, partial(day_steps.take, STEPS), day_steps.PENDING),
    DueWork("posts", summarise.stale, summarise.rewrite, summarise.PENDING),
    DueWork("digests", digests.due, digests.begin),
    DueWork("rounds", clock.due, clock.take, clock.PENDING),
    DueWork("honours", posting.due, posting.post, posting.PENDING),
    DueWork("handouts", handouts_due.due, handouts_due.take, handouts_due.PENDING),
    DueWork("self_report", self_report.due, self_report.report),
)

# The reactions to an event run in this order, in the transaction that emits it.
REACTIONS: dict[type, tuple[Reaction, ...]] = {
    ReportsFiled: (raising.review, outdating.reports_filed, breaking.filed),
    ExcuseChanged: (outdating.excuse_changed,),
    AlertChanged: (outdating.alert_changed, alerted.raised, breaking.told, story.alert_changed),
    PeriodClosed: (outdating.figures_sealed, story.period_closed),
    PeriodLocked: (outdating.figures_sealed,),
    AskedAbove: (requesting.asked,),
    QuizPassed: (training.passed,),
    ReopeningEnded: (outdating.figures_sealed,),
    Enrolled: (checklist.count_in, checklist.welcomed),
    LanguageChosen: (
        notifying.spoken,
        notifying_questions.spoken,
        leave_requests.spoken,
        escalate.spoken,
        messages.spoken,
        certificates.spoken,
        receivers.spoken,
        shift_cards.spoken,
        runbook_messages.spoken,
        runbook_board.spoken,
        outdating.spoken,
        checklist.spoken,
    ),
    SetupMoved: (checklist.redraw,),
}
