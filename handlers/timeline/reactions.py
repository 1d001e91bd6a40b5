"""Write the timeline's entries of alerts and of a task's days when they happen (docs/rules.md 39.2). What else stands
there is written where it happens, in its domain."""

from handlers.core.context import Context
from handlers.core.events import AlertChanged, PeriodClosed
from models.cycle.assignments import Assignment
from models.cycle.places import Place
from models.forms.versions import FormVersion
from models.organisation.units import Unit
from models.reporting import snapshots
from models.timeline import entries
from models.timeline.sources import ALERTS, DAYS, INCIDENTS, MILESTONE, TASK

OVER = ("closed", "corrected", "withdrawn")
MILESTONES = (7, 30, 100, 200)  # days of a task; after them each year of 365, and each 500


def alert_changed(context: Context, event: AlertChanged) -> None:
    """Count an alert on the day on which it was raised first, in the timelines of its unit and those above: never what
    it says, nor of whom. One that is reopened is the same alert, not over yet."""
    alert, session = event.alert, context.session
    if event.what not in (*OVER, "raised", "reopened"):
        return
    source = INCIDENTS if alert.incident_id is not None else ALERTS
    day = context.defaults.today(alert.raised_at)
    for unit_id in entries.units_over(session, event.unit):
        if event.what == "raised":
            entries.add(session, source, unit_id, day, day)
            continue
        more = 1 if event.what in OVER else -1
        for it in entries.of(session, source, day, unit_id):
            over = max(0, min(it.n, it.told.get("over", 0) + more))
            entries.tell(session, it, over=over, **({"ended": context.today} if more > 0 else {}))


def period_closed(context: Context, event: PeriodClosed) -> None:
    """Count the day in the month of its task, with what was expected and received at the close."""
    session, period = context.session, event.period
    assignment = session.get_one(Assignment, period.assignment_id)
    unit = session.get_one(Unit, session.get_one(Place, period.place_id).unit_id)
    found = snapshots.at_close(session, period, unit)
    if found is None or not found.expected:
        return
    title = session.get_one(FormVersion, period.version_id).spec.title
    sums = {"expected": found.expected, "received": found.received}
    key = f"{assignment.id}:{period.day:%Y-%m}"
    entries.add(session, DAYS, unit.id, period.day, key, sums=sums, title=title)  # type: ignore[arg-type]
    first = entries.once(session, TASK, unit.id, period.day, assignment.id, title=title)
    days = first.told.get("days", 0) + 1
    entries.tell(session, first, days=days)
    if days in MILESTONES or days % 365 == 0 or days % 500 == 0:
        entries.once(session, MILESTONE, unit.id, period.day, f"{assignment.id}:{days}", title=title, days=days)
