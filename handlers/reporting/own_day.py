"""Gather what one person reports today: their own report, the units and the wards they answer for."""

from dataclasses import dataclass
from typing import Any

from handlers.core.context import Context
from handlers.prompts import frames
from models.cycle import periods
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import audience, report_context, reports, streaks
from models.reporting.reports import Report
from models.reporting.revisions import Revision


@dataclass(frozen=True)
class Line:
    """One report: about whom (None is the reader), its newest revision, and by whom if by another."""

    report: Report
    about: Person | Unit | None
    revision: Revision | None
    by: Person | None


def tasks(context: Context, person: Person) -> list[dict[str, Any]]:
    """Return a frame for each period that asks this person something now: `own`, its `streak`, `units`, `wards`."""
    session, found = context.session, []
    for period in periods.current(session, context.now):
        own = reports.of_person(session, period, person)
        decided = own is not None and not own.owed
        answered = audience.answered_for(session, period, person, context.today)
        found.append(
            frames.frame(period, report_context.form_of(session, period))
            | {
                "own": _line(context, person, own, None) if own else None,
                "streak": streaks.streak(session, period, own) if own and decided else 0,
                "units": [_line(context, person, r, u) for r, u in answered],
                "wards": [_line(context, person, r, p) for r, p in reports.of_wards(session, period, person)],
            }
        )
    return [it for it in found if it["own"] or it["units"] or it["wards"]]


def _line(context: Context, reader: Person, report: Report, about: Person | Unit | None) -> Line:
    revision = context.session.get(Revision, report.head_id) if report.head_id else None
    by = context.session.get_one(Person, revision.by) if revision and revision.by != reader.id else None
    return Line(report, about, revision, by)
