"""Gather what a month shows: people or units by days, the whole by days, a form's indicators by days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from models.cycle import assignments
from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.forms.spec import FormSpec, Indicator
from models.organisation.people import Person
from models.organisation.units import Unit, below, is_below
from models.reporting import figures, history
from models.reporting.figures import Figures
from models.reporting.reports import Report, State
from models.reporting.snapshots import Snapshot

MOST = 30  # rows that a phone shows
MOST_FILED = 3000  # filled reports from which indicators are computed for one picture

Marks = Mapping[date, Any]


@dataclass(frozen=True)
class Days:
    """Rows by days: whose they are, and the marks. A person's mark is `in`, `late`, `excused`, `due` or `missing`; a
    unit's is its completeness at the close. `others` counts the units that are not on this page."""

    rows: Sequence[tuple[Person | Unit, Marks]]
    of_people: bool
    others: int = 0
    page: int = 1
    pages: int = 1


def asked_in(session: Session, unit: Unit, first: date, last: date) -> list[Assignment]:
    """Return the assignments that asked this unit, or one below it, on these days."""
    return [it for it in assignments.over(session, unit.path) if periods(session, it, first, last)]


def of_unit(session: Session, assignment: Assignment, unit: Unit, first: date, last: date, page: int = 1) -> Days:
    """Return the people of a unit by days; where they are too many for a picture, or units report, the units."""
    took = periods(session, assignment, first, last)
    places = col(Report.place_id).in_(_places(unit))
    newest = select(func.count(col(Report.person_id))).where(col(Report.period_id).in_(took[-1:]), places)
    if 0 < session.exec(newest).one() <= MOST:
        return _people(session, (col(Report.period_id).in_(took), places))
    return _units(session, unit, took, page)


def _places(unit: Unit) -> Any:
    return select(Place.id).join(Unit, col(Unit.id) == col(Place.unit_id)).where(below(unit.path))


def periods(session: Session, assignment: Assignment, first: date, last: date) -> Sequence[int]:
    """Return the periods of these days that took place, in their order."""
    query = select(Period.id).where(
        Period.assignment_id == assignment.id,
        col(Period.day).between(first, last),
        col(Period.phase).not_in([Phase.OPENING, Phase.LAPSED]),
    )
    return session.exec(query.order_by(col(Period.day))).all()


def _people(session: Session, here: Any) -> Days:
    found = session.exec(
        select(Person, Report, Period)
        .join(Report, col(Report.person_id) == col(Person.id))
        .join(Period, col(Period.id) == col(Report.period_id))
        .where(*here)
        .order_by(col(Person.staff_no))
    ).all()
    marks: dict[int, tuple[Person, dict[date, str]]] = {}
    for person, report, period in found:
        mark = history.mark(report, period)
        days = marks.setdefault(person.id, (person, {}))[1]
        days[period.day] = "in" if mark in (State.ZERO, State.FILLED) else mark
    return Days(list(marks.values()), of_people=True)


def _units(session: Session, unit: Unit, took: Sequence[int], page: int) -> Days:
    """Return the units right below, the worst first where they are too many, and the unit itself where there are
    none."""
    counted = session.exec(
        select(Unit.id, Unit.parent_id, func.sum(Snapshot.due))
        .join(Place, col(Place.unit_id) == col(Unit.id))
        .join(Snapshot, col(Snapshot.place_id) == col(Place.id))
        .where(col(Snapshot.period_id).in_(took), (col(Unit.parent_id) == unit.id) | (col(Unit.id) == unit.id))
        .group_by(col(Unit.id))
        .order_by(col(Unit.rank))
    ).all()
    found = [(number, silent) for number, parent, silent in counted if parent == unit.id] or [
        (number, silent) for number, _, silent in counted
    ]
    pages = max(1, -(-len(found) // MOST))
    page = min(max(page, 1), pages)
    order = sorted(found, key=lambda it: -it[1]) if pages > 1 else found
    shown = [number for number, _ in order[(page - 1) * MOST : page * MOST]]
    rates = _rates(session, shown, took)
    return Days([rates[it] for it in shown], False, len(found) - len(shown), page, pages)


def _rates(session: Session, units: Sequence[int], took: Sequence[int]) -> dict[int, tuple[Unit, Marks]]:
    """Return these units with their completeness at the close, by days."""
    found = session.exec(
        select(Unit, Period, Snapshot)
        .join(Place, col(Place.unit_id) == col(Unit.id))
        .join(Snapshot, col(Snapshot.place_id) == col(Place.id))
        .join(Period, col(Period.id) == col(Snapshot.period_id))
        .where(col(Snapshot.period_id).in_(took), col(Unit.id).in_(units))
    ).all()
    rates: dict[int, tuple[Unit, dict[date, Any]]] = {}
    for part, period, snapshot in found:
        rates.setdefault(part.id, (part, {}))[1][period.day] = snapshot.figures.completeness
    return {number: (part, marks) for number, (part, marks) in rates.items()}


def closes(session: Session, assignment: Assignment, unit: Unit, first: date, last: date) -> dict[date, Figures]:
    """Return a unit's figures as at close by days, those of the assigned unit for every unit above it."""
    asked = session.get_one(Unit, assignment.unit_id)
    at = col(Place.unit_id).in_([unit.id, asked.id] if is_below(asked.path, unit.path) else [unit.id])
    found = session.exec(
        select(Period, Snapshot)
        .join(Snapshot, col(Snapshot.period_id) == col(Period.id))
        .join(Place, col(Place.id) == col(Snapshot.place_id))
        .where(Period.assignment_id == assignment.id, col(Period.day).between(first, last), at)
        .order_by(col(Period.day), col(Snapshot.id))
    ).all()
    return {period.day: snapshot.figures for period, snapshot in found}


def indicators(
    session: Session, assignment: Assignment, form: FormSpec, unit: Unit, first: date, last: date
) -> list[tuple[Indicator, dict[date, Any]]]:
    """Return a form's indicators over a unit's reports by days; none where there are too many reports to read."""
    took = periods(session, assignment, first, last)
    filed = select(Report.id).where(
        col(Report.period_id).in_(took), Report.state == State.FILLED, col(Report.place_id).in_(_places(unit))
    )
    if not form.indicators or len(session.exec(filed.limit(MOST_FILED + 1)).all()) > MOST_FILED:
        return []
    days: dict[date, dict[str, Any]] = {}
    for number in took:
        period = session.get_one(Period, number)
        values = figures.indicators(form, figures.filled(session, period, unit))
        days[period.day] = {indicator.name: value for indicator, value in values}
    return [(it, {day: found.get(it.name) for day, found in days.items()}) for it in form.indicators]
