"""Start the runbooks that an alert calls for: the one its form's rule names, or those for its kind of incident; each
once (docs/rules.md 37.3)."""

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.events import AlertChanged
from handlers.runbooks import running
from models.alerts.alerts import Alert
from models.alerts.incidents import Incident
from models.authority import permissions
from models.core import audit
from models.cycle.periods import Period
from models.forms.versions import FormVersion
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.runbooks import runbooks, runs
from models.runbooks.runbooks import Runbook


def raised(context: Context, event: AlertChanged) -> None:
    """Start what a new alert starts. One that is opened again starts nothing a second time."""
    alert = event.alert
    if event.what != "raised":
        return
    for it in _called_for(context, alert, event.unit):
        if runs.started_by(context.session, alert, it):
            continue
        if going := runs.under_way(context.session, it, event.unit, drill=False):
            by = context.session.get_one(Person, alert.by).staff_no
            what = "runbook under way"
            audit.note(context.session, context.now, by, what, event.unit.path, number=going.id, alert=alert.id)
        else:
            running.start(context, it, event.unit, alert=alert)


def _called_for(context: Context, alert: Alert, unit: Unit) -> list[Runbook]:
    session = context.session
    if alert.incident_id is not None:
        return runbooks.of_kind(session, session.get_one(Incident, alert.incident_id).kind, unit.path)
    title = _named(session, alert)
    found = runbooks.named(session, title, unit.path) if title else None
    if title and found is None:
        _tell_missing(context, alert, title, unit)
    return [found] if found else []


def _named(session: Session, alert: Alert) -> str:
    """Return the title that the rule of the alert's form names, "" for none."""
    if alert.period_id is None:
        return ""
    spec = session.get_one(FormVersion, session.get_one(Period, alert.period_id).version_id).spec
    return next((it.runbook for it in spec.alerts if it.name == alert.rule), "")


def _tell_missing(context: Context, alert: Alert, title: str, unit: Unit) -> None:
    """Tell the admins over the unit that the runbook a form names is not there."""
    for admin, address in addresses.of_admins(context.session):
        if permissions.may_admin(context.session, admin, unit.path):
            content = context.words_for(admin).content("runbooks/missing", title=title, unit=unit)
            slot = Slot.of(Subject.RUNBOOK_MISSING, address, alert.id)
            cards.want(context.session, slot, Kind.NOTICE, content, context.now)
