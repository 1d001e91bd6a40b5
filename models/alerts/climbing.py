"""Climb: what waits for somebody to take it goes a level up each time nobody does (docs/rules.md 17)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, bindparam
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.table import Table
from models.organisation.people import Person

MOST_RINGS = 3  # how often the top level is told again before the admins are


class Climbing(Table):
    """The columns of what climbs. `climbs_at` is when it climbs if nobody takes it within `minutes`, None once it no
    longer does; `height` counts the levels it has climbed, `rings` how often the top was told again."""

    id: int = Field(default=None, primary_key=True)
    minutes: int
    opened_at: datetime = Field(sa_type=Instant)
    climbs_at: datetime | None = Field(default=None, sa_type=Instant)
    height: int = 0
    rings: int = 0
    taken_by: int | None = Field(default=None, foreign_key="person.id")
    taken_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: int | None = Field(default=None, foreign_key="person.id")
    closed_at: datetime | None = Field(default=None, sa_type=Instant, index=True)

    @property
    def waits(self) -> bool:
        """Say whether nobody has taken it yet."""
        return self.taken_at is None and self.closed_at is None

    @property
    def step(self) -> timedelta:
        """Return how long a level has."""
        return timedelta(minutes=self.minutes)


It = TypeVar("It", bound=Climbing)


def restart(it: Climbing, now: datetime) -> None:
    """Let it wait from now on as if it had just been opened, taken by nobody."""
    it.opened_at, it.climbs_at = now, now + it.step
    it.height = it.rings = 0
    it.taken_by = it.taken_at = it.closed_by = it.closed_at = None


def take(it: Climbing, person: Person, now: datetime) -> bool:
    """Give it to the first person who takes it; False if somebody was first, or it is closed."""
    if not it.waits:
        return False
    it.taken_by, it.taken_at, it.climbs_at = person.id, now, None
    return True


def close(it: Climbing, person: Person, now: datetime) -> None:
    it.closed_by, it.closed_at, it.climbs_at = person.id, now, None


def climb(it: Climbing, left: int, now: datetime) -> int:
    """Advance it to `now` and return how many of the `left` levels above are to be told; 0 if there are none and the
    top, or at last the admins, are told again (`rings`). What fell due during an outage climbs in one go as far as
    there are levels, and then has its full time again."""
    if it.climbs_at is None:
        return 0
    levels = 0
    while levels < left and it.climbs_at <= now:
        levels, it.climbs_at = levels + 1, it.climbs_at + it.step
    it.height += levels
    if not levels:
        it.rings += 1
        it.climbs_at += it.step
    if it.climbs_at <= now:
        it.climbs_at = now + it.step
    if it.rings > MOST_RINGS:
        it.climbs_at = None
    return levels


def any_due(table: type[It]) -> ColumnElement[bool]:
    """Return whether anything of this table is to climb by `now`, as a condition."""
    return select(table.id).where(col(table.climbs_at) <= bindparam("now")).exists()


def due(session: Session, table: type[It], now: datetime, aside: Sequence[int] = ()) -> It | None:
    """Return what nobody took in time and is to climb first, leaving out those set aside."""
    number, at = col(table.id), col(table.climbs_at)
    found = select(table).where(at <= now, number.not_in(aside)).order_by(at, number).limit(1)
    return session.exec(found).first()
