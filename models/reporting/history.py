"""List the days of a person or a unit: the result of each, by assignment. A query over the reports."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit, below
from models.reporting import streaks
from models.reporting.reports import Report, State, shown_state

OPEN_AT_ONCE = 5  # days of one assignment that may take reports at the same time, and one more


def _took_place() -> ColumnElement[bool]:
    return col(Period.phase).not_in([Phase.OPENING, Phase.LAPSED])


def mark(report: Report, period: Period) -> str:
    """Return the result of a day: zero, filled, late, excused, missing, or due if it can still be reported."""
    if report.state == State.DUE and report.excused is not None:
        return "excused"
    return "late" if report.late else str(shown_state(report, period))


def _about(who: Person | Unit) -> ColumnElement[bool]:
    return col(Report.unit_id) == who.id if isinstance(who, Unit) else col(Report.person_id) == who.id


def rows(session: Session, who: Person | Unit, first: date, last: date) -> list[tuple[Report, Period]]:
    """Return what this person was asked, or was asked about this unit, between two days (both included): by assignment,
    then by day."""
    query = (
        select(Report, Period)
        .join(Period, col(Period.id) == col(Report.period_id))
        .where(_about(who), col(Period.day).between(first, last), _took_place())
        .order_by(col(Period.assignment_id), col(Period.day))
    )
    return list(session.exec(query).all())


def days(session: Session, who: Person | Unit, first: date, last: date) -> Mapping[int, Mapping[date, str]]:
    """Return assignment id → day → its mark, for the days between two (both included) on which this person was asked,
    or this unit asked about."""
    found: dict[int, dict[date, str]] = {}
    for report, period in rows(session, who, first, last):
        found.setdefault(period.assignment_id, {})[period.day] = mark(report, period)
    return found


def without_lead(session: Session, tops: Sequence[Unit], first: date, last: date) -> Sequence[Unit]:
    """Return the units of these subtrees about which something was asked on these days, and which have no lead of their
    own: somebody above answers for them."""
    if not tops:
        return []
    then = (col(Report.unit_id).is_not(None), col(Period.day).between(first, last))
    asked = select(Report.unit_id).join(Period, col(Period.id) == col(Report.period_id)).where(*then)
    led = select(Membership.id).where(Membership.unit_id == Unit.id, Membership.role == Role.LEAD).exists()
    query = select(Unit).where(or_(*(below(top.path) for top in tops)), col(Unit.id).in_(asked), ~led)
    return session.exec(query.order_by(col(Unit.rank))).all()


def first_day(session: Session, who: Person | Unit) -> date | None:
    """Return the first day about which they were asked."""
    asked = select(Period).join(Report, col(Report.period_id) == col(Period.id)).where(_about(who))
    found = session.exec(asked.order_by(col(Period.day)).limit(1)).first()
    return found.day if found else None


def streak(session: Session, who: Person | Unit, assignment: Assignment) -> int:
    """Return the timely days in a row up to the newest decided one: a day that can still be reported breaks nothing."""
    newest = session.exec(
        select(Report, Period)
        .join(Period, col(Period.id) == col(Report.period_id))
        .where(
            _about(who),
            Period.assignment_id == assignment.id,
            _took_place(),
        )
        .order_by(col(Period.day).desc())
        .limit(OPEN_AT_ONCE)
    ).all()
    decided = [(r, p) for r, p in newest if not (r.owed and p.takes_reports)]
    return streaks.streak(session, decided[0][1], decided[0][0]) if decided else 0
