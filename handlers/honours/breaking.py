"""Withdraw the milestones of a streak that a later word breaks: a report corrected after the lock, an incident told on
a day that was locked (docs/rules.md 38.4)."""

from collections.abc import Iterable
from datetime import date

from handlers.core.context import Context
from handlers.core.events import AlertChanged, ReportsFiled
from handlers.honours import posting
from models.alerts.incidents import Incident
from models.cycle.periods import Phase
from models.cycle.places import Place
from models.honours import honours, streaks
from models.honours.honours import Lost
from models.honours.streaks import ZeroStreak
from models.organisation.units import Unit
from models.reporting.reports import State

RAISED = ("raised", "reopened")


def filed(context: Context, event: ReportsFiled) -> None:
    """Break the streaks of whom a report belongs to that was filed after the lock and is no zero."""
    session, period = context.session, event.period
    if period.phase != Phase.LOCKED:
        return
    for it in event.filed:
        report = it.asked.report
        if report.person_id is None or (it.revision.kind == State.ZERO and not it.revision.uncontacted):
            continue
        units = streaks.units_over(session, period, report)
        found = streaks.of_units(session, period.assignment_id, units)
        ward = streaks.of_ward(session, period.assignment_id, report.person_id)
        _break(context, [*found, *([ward] if ward else [])], period.day, Lost.REPORT)


def told(context: Context, event: AlertChanged) -> None:
    """Break the streaks of the units through which an incident is told, where its day is locked already; the lock takes
    care of all others. One that is reopened breaks what it has not broken before."""
    alert = event.alert
    if alert.incident_id is None or event.what not in RAISED:
        return
    incident = context.session.get_one(Incident, alert.incident_id)
    unit = context.session.get_one(Unit, context.session.get_one(Place, incident.place_id).unit_id)
    for it, day in streaks.locked_over(context.session, unit, incident.at):
        _break(context, [it], day, Lost.INCIDENT)


def _break(context: Context, found: Iterable[ZeroStreak], day: date, why: Lost) -> None:
    for streak in found:
        for it in honours.contradict(context.session, streak, day, why, context.now):
            posting.bring_up_to_date(context, it)
