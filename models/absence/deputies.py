"""Deputies (代理): people who stand in, between two days, for a lead in a unit or for a reporter with the wards
(docs/rules.md 7.6, 7.7)."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import BindParameter, ColumnElement, Date, Index, bindparam
from sqlmodel import Field, Session, col, or_, select

from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table


class Deputy(Table, table=True):
    """`deputy_id` stands in for `person_id`, as lead of `unit_id` or, if that is None, as reporter; from `first` to
    `last`, both included, unless it was ended before."""

    __table_args__ = (
        Index("deputy_who", "deputy_id", "last"),
        Index("deputy_for", "person_id", "last"),
        IDS_NOT_REUSED,
    )

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    deputy_id: int = Field(foreign_key="person.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    first: date
    last: date
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


def on(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Match the deputies of a day, as a condition on Deputy."""
    return col(Deputy.ended_at).is_(None) & (col(Deputy.first) <= day) & (col(Deputy.last) >= day)


def replaced(session: Session, day: date) -> set[int]:
    """Return the ids of all people who have a deputy on a day."""
    return set(session.exec(select(Deputy.person_id).where(on(day))).all())


_OF = select(Deputy.deputy_id).where(
    on(bindparam("day", type_=Date())), col(Deputy.person_id).in_(bindparam("persons", expanding=True))
)
_OF_LEADS, _OF_REPORTERS = _OF.where(Deputy.unit_id == bindparam("unit")), _OF.where(col(Deputy.unit_id).is_(None))


def of(session: Session, persons: Iterable[int], unit_id: int | None, day: date) -> set[int]:
    """Return the ids of the deputies of these people on a day: as leads of a unit, or (None) as reporters."""
    asked: dict[str, object] = {"day": day, "persons": list(persons)}
    if unit_id is None:
        return set(session.exec(_OF_REPORTERS, params=asked).all())
    return set(session.exec(_OF_LEADS, params=asked | {"unit": unit_id}).all())


def reporters(session: Session, deputy_id: int, day: date) -> set[int]:
    """Return the ids of the reporters for whom this person stands in on a day."""
    found = select(Deputy.person_id).where(on(day), Deputy.deputy_id == deputy_id, col(Deputy.unit_id).is_(None))
    return set(session.exec(found).all())


def stood_in_for(session: Session, deputy_id: int, at: datetime, day: date) -> list[int]:
    """Return the ids of the leads for whom this person stood in at a moment of a day."""
    then = or_(col(Deputy.ended_at).is_(None), col(Deputy.ended_at) > at)
    found = select(Deputy.person_id).where(
        Deputy.deputy_id == deputy_id, col(Deputy.unit_id).is_not(None), Deputy.first <= day, Deputy.last >= day, then
    )  # fmt: skip
    return list(session.exec(found).all())


def of_deputy(session: Session, deputy_id: int, day: date) -> list[Deputy]:
    """Return for whom this person stands in, on this day or later."""
    found = select(Deputy).where(Deputy.deputy_id == deputy_id, col(Deputy.ended_at).is_(None), Deputy.last >= day)
    return list(session.exec(found).all())


def overlapping(session: Session, person_id: int, unit_id: int | None, first: date, last: date) -> Deputy | None:
    return session.exec(
        select(Deputy).where(
            Deputy.person_id == person_id,
            Deputy.unit_id == unit_id,
            col(Deputy.ended_at).is_(None),
            Deputy.first <= last,
            Deputy.last >= first,
        )
    ).first()


def not_over(session: Session, today: date) -> list[Deputy]:
    """Return all deputies of today or later, by the first day."""
    return list(
        session.exec(
            select(Deputy)
            .where(col(Deputy.ended_at).is_(None), Deputy.last >= today)
            .order_by(col(Deputy.first), col(Deputy.id))
        ).all()
    )
