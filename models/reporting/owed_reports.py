"""Find who in a unit still owes a report, and say whether everybody has answered."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, func, true
from sqlmodel import Session, col, or_, select

from models.core.database import ask
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.organisation.people import Person
from models.organisation.units import Unit, below
from models.reporting.figures import places, rows_of
from models.reporting.reports import OWED, Report


def owed(session: Session, period: Period, unit: Unit) -> ColumnElement[bool]:
    """Match the reports of a unit that are still owed, as a condition on Report."""
    return rows_of(session, period, unit) & OWED


def owed_at(period: Period, unit: Unit) -> ColumnElement[bool]:
    """Match the reports still owed that are asked through exactly this unit and none below it, as a condition on
    Report."""
    own = select(Place.id).where(Place.unit_id == unit.id)
    return (col(Report.period_id) == period.id) & col(Report.place_id).in_(own) & OWED


def silent(session: Session, which: ColumnElement[bool], most: int | None = None) -> list[tuple[Report, Person | Unit]]:
    """Return those who owe one of these reports, persons by staff number, then units in the roster's order: all, or the
    first `most`."""
    persons = select(Report, Person).join(Person, col(Report.person_id) == col(Person.id)).where(which)
    units = select(Report, Unit).join(Unit, col(Report.unit_id) == col(Unit.id)).where(which)
    found: list[tuple[Report, Person | Unit]] = []
    found += session.exec(persons.order_by(col(Person.staff_no)).limit(most)).all()
    found += session.exec(units.order_by(col(Unit.rank)).limit(most)).all()
    return found[:most]


def silent_others(
    session: Session, period: Period, unit: Unit, person: Person, most: int
) -> tuple[list[tuple[Report, Person]], int]:
    """Return the first `most` persons of a unit who owe a report, without this person and their wards; and how many
    there are in all."""
    own = or_(Person.id == person.id, col(Person.reporter_id).is_not(None) & (col(Person.reporter_id) == person.id))
    query = select(Report, Person).join(Person, col(Report.person_id) == col(Person.id))
    query = query.where(owed(session, period, unit), ~own)
    total = session.exec(select(func.count()).select_from(query.with_only_columns(col(Report.id)).subquery())).one()
    return list(session.exec(query.order_by(col(Person.staff_no)).limit(most)).all()), total


def with_missing(session: Session, tops: Sequence[Unit], most: int) -> list[Period]:
    """Return the newest locked periods in which somebody of these subtrees is missing."""
    within = select(Place.id).join(Unit, col(Unit.id) == col(Place.unit_id)).where(or_(*(below(t.path) for t in tops)))
    missing = select(Report.id).where(Report.period_id == Period.id, col(Report.place_id).in_(within), OWED).exists()
    query = select(Period).where(Period.phase == Phase.LOCKED, missing)
    return list(session.exec(query.order_by(col(Period.day).desc(), col(Period.id)).limit(most)).all())


_OWED_AT = (
    select(col(Report.place_id))
    .distinct()
    .where(
        Report.period_id == bindparam("period"),
        col(Report.place_id).in_(bindparam("places", expanding=True)),
        OWED,
    )
)


def settled(session: Session, period: Period, found: Sequence[int]) -> list[int]:
    """Return those of these places at which nobody owes a report any more; units below them are not looked at."""
    session.flush()
    owed = set(ask(session, _OWED_AT, period=period.id, places=found).scalars())
    return [place for place in found if place not in owed]


def complete(session: Session, period: Period, unit: Unit) -> bool:
    """Say whether everybody in the unit has answered. It is asked after every filing, so it must be cheap."""
    within = places(session, period, unit)
    return (
        session.exec(
            select(Report.id)
            .where(
                Report.period_id == period.id,
                OWED,
                true() if within is None else col(Report.place_id).in_(within),
            )
            .limit(1)
        ).first()
        is None
    )
