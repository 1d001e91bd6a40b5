"""Planned changes of people, tasks and forms: made at the midnight of their day, if they are still their author's to
make."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, Column, bindparam
from sqlmodel import Field, Session, col, or_, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import Table
from models.cycle.assignments import Assignment
from models.time.times import day_at

Arguments = Mapping[str, Any]


class Planned(Table, table=True):
    """A planned change; `what` and `arguments` as `performing.perform` takes them. `outcome` is one of: done; undone
    (taken back before); failed (it could not be made any more, `why` is the key of a Refusal), which becomes refused
    once its author and the admins are told; grown (made, but affecting more than was said), which becomes done once its
    author is told."""

    id: int = Field(default=None, primary_key=True)
    what: str
    arguments: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    day: date
    at: datetime = Field(sa_type=Instant, index=True)
    by: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str | None = None
    why: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


def midnight(session: Session, day: date, zone: str) -> datetime:
    """Return the instant at which a day begins first: in the organisation's zone or in that of an assignment."""
    zones = {zone, *session.exec(select(Assignment.timezone).distinct()).all()}
    return min(datetime.combine(day, time(0), ZoneInfo(z)) for z in zones)


def about(what: str, arguments: Arguments) -> str:
    """Return the subject of a change as the audit names it: a staff number, or the code of an assignment or form."""
    return str(arguments["no" if what.startswith("people.") else "code"])


def waiting(session: Session, what: str = "", subject: str | None = None) -> list[Planned]:
    """Return the changes still to come whose kind begins with `what`, about this subject or any, the earliest first."""
    query = select(Planned).where(col(Planned.done_at).is_(None), col(Planned.what).startswith(what, autoescape=True))
    found = session.exec(query.order_by(col(Planned.at), col(Planned.id))).all()
    return [p for p in found if subject is None or about(p.what, p.arguments) == subject]


def promised(session: Session, unit_id: int) -> set[str]:
    """Return the codes of assignments that are planned in other units."""
    return {p.arguments["code"] for p in waiting(session, "assign.new") if p.arguments["unit"] != unit_id}


def planned(session: Session, number: int, family: str) -> Planned:
    """Return a change still to come, by its number; raises `changes.unknown` for one of another family, or over."""
    found = session.get(Planned, number)
    if found is None or found.done_at is not None or found.what.partition(".")[0] != family:
        raise Refusal("changes.unknown", number=str(number))
    return found


def end(session: Session, change: Planned, outcome: str, now: datetime) -> None:
    change.done_at, change.outcome = now, outcome
    session.add(change)
    session.flush()


_TO_MAKE = (col(Planned.done_at).is_(None), Planned.at <= bindparam("now"))
_TO_TELL = col(Planned.outcome).in_(("failed", "grown"))
ANY_DUE = or_(select(Planned.id).where(*_TO_MAKE).exists(), select(Planned.id).where(_TO_TELL).exists())
_NOT_ASIDE = col(Planned.id).not_in(bindparam("aside", expanding=True))
_DUE = select(Planned).where(*_TO_MAKE, _NOT_ASIDE).order_by(col(Planned.at), col(Planned.id)).limit(1)
_UNTOLD = select(Planned).where(_TO_TELL, _NOT_ASIDE).order_by(col(Planned.id)).limit(1)


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Planned | None:
    """Return the earliest change to be made by now, or one that failed and of which nobody was told; not those set
    aside."""
    return session.exec(_DUE, params={"now": now, "aside": list(aside)}).first() or untold(session, aside)


def untold(session: Session, aside: Sequence[int] = ()) -> Planned | None:
    """Return a change that failed, or that affected more than was said, and of which nobody was told."""
    return session.exec(_UNTOLD, params={"aside": list(aside)}).first()


def tomorrow(now: datetime, zone: str) -> date:
    return date.fromordinal(day_at(now, zone).toordinal() + 1)
