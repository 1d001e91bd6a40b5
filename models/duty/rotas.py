"""Rotas (值班表): a unit's template week, from which shifts are made ahead (docs/rules.md 35.1, 35.2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Index, bindparam, text
from sqlmodel import Field, Session, col, or_, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation import units
from models.organisation.units import Unit
from models.time.times import DAY, ClockTime, instant, moved_days

AHEAD = timedelta(days=14)  # for which shifts are made
MOST_LINES, MOST_NEED, MOST_PERSONS, LONGEST_NAME = 60, 50, 200, 20
YEAR = 366  # days for which it is said which shifts clocks skip
EPOCH = date(2024, 1, 1)  # a Monday, from which turns are counted


@dataclass(frozen=True)
class Line:
    """One line of a template week: on these weekdays (0 is Monday), from and until which wall time in minutes since the
    day's 00:00 (an `end` past 1440 is on the next day), how many are needed, and who takes turns."""

    name: str
    days: tuple[int, ...]
    start: int
    end: int
    need: int
    persons: tuple[int, ...]

    def stored(self) -> dict[str, Any]:
        return {
            "name": self.name, "days": list(self.days), "start": self.start, "end": self.end, "need": self.need,
            "persons": list(self.persons),
        }  # fmt: skip

    @classmethod
    def of(cls, it: Mapping[str, Any]) -> "Line":
        return cls(it["name"], tuple(it["days"]), it["start"], it["end"], it["need"], tuple(it["persons"]))

    def falls_on(self, day: date) -> bool:
        return day.weekday() in self.days

    def span(self, day: date, zone: str) -> tuple[datetime, datetime]:
        """Return the instants at which the shift of a day begins and ends. A wall time that summer time skips is the
        first instant after the gap, one that comes twice the first (models/time/times.py): a shift until a wall time is
        followed without a gap, and without an overlap, by one from it."""
        return instant(day, ClockTime(self.start), zone), instant(day, ClockTime(self.end), zone)

    def skipped(self, day: date, zone: str) -> bool:
        """Say whether clocks that go forward on a day leave nothing of its shift, so that there is none (35.2)."""
        starts, ends = self.span(day, zone)
        return self.falls_on(day) and ends <= starts

    def turn(self, day: date) -> tuple[int, ...]:
        """Return whose turn it is on a day: as many as are needed, the next ones each time it comes round."""
        if len(self.persons) <= self.need:
            return self.persons
        weeks, within = divmod((day - EPOCH).days, 7)
        times = weeks * len(self.days) + sum(it < within for it in self.days)
        first = times * self.need
        return tuple(self.persons[(first + n) % len(self.persons)] for n in range(self.need))


class Rota(Table, table=True):
    """A unit's template week from `first` on; the one that replaces it ends it. `place` says whether a check-in asks
    where one is, `requires` is the code of the form whose quiz must be passed first, "" for none. `made_until` is the
    last day for which shifts are made, `next_at` when more are to be."""

    __table_args__ = (
        Index("rota_unit", "unit_id", "ended_at"),
        Index("rota_due", "next_at", sqlite_where=text("next_at IS NOT NULL"),
              postgresql_where=text("next_at IS NOT NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    lines: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    timezone: str
    place: bool = False
    requires: str = ""
    first: date
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    made_until: date | None = None
    next_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def week(self) -> list[Line]:
        return [Line.of(it) for it in self.lines]


def check(lines: Sequence[Line]) -> None:
    """Raise `duty.many_lines`, `duty.name`, `duty.need`, `duty.people`, `duty.length`, `duty.same_name` or
    `duty.twice`."""
    if len(lines) > MOST_LINES:
        raise Refusal("duty.many_lines", most=MOST_LINES)
    for it in lines:
        if not 0 < len(it.name) <= LONGEST_NAME:
            raise Refusal("duty.name", most=LONGEST_NAME)
        if not 0 < it.need <= MOST_NEED:
            raise Refusal("duty.need", most=MOST_NEED)
        if len(it.persons) > MOST_PERSONS:
            raise Refusal("duty.people", most=MOST_PERSONS)
        if not (it.days and 0 <= it.start < DAY and it.start < it.end <= it.start + DAY):
            raise Refusal("duty.length")
    for n, it in enumerate(lines):
        for other in lines[:n]:
            if it.name == other.name and it.start == other.start and set(it.days) & set(other.days):
                raise Refusal("duty.same_name", name=it.name)
            if both := _twice(it, other):
                raise Refusal("duty.twice", name=it.name, other=other.name, count=len(both))


def _twice(one: Line, other: Line) -> set[int]:
    """Return who would be on duty twice at once each week: those who are in both lines, have no turns to take, and
    whose hours overlap."""
    both = set(one.persons) & set(other.persons)
    if not both or len(one.persons) > one.need or len(other.persons) > other.need:
        return set()
    week = 7 * DAY
    for a in one.days:
        for b in other.days:
            for shift in (-week, 0, week):
                if (
                    one.start + a * DAY < other.end + b * DAY + shift
                    and other.start + b * DAY + shift < one.end + a * DAY
                ):
                    return both
    return set()


def replace(
    session: Session, unit: Unit, lines: Sequence[Line], by: int, first: date, zone: str, now: datetime, *,
    place: bool, requires: str = "",
) -> Rota:  # fmt: skip
    """Store a template week, which ends the one before; its shifts are made by the clock (`making.make_day`). Raises as
    `check`."""
    check(lines)
    if before := current(session, unit):
        before.ended_at, before.next_at = now, None
        session.add(before)
    made = Rota(
        unit_id=unit.id, lines=[it.stored() for it in lines], timezone=zone, place=place, requires=requires,
        first=first, by=by, at=now,
        next_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def skipped(lines: Iterable[Line], zone: str, first: date, days: int = YEAR) -> dict[date, list[str]]:
    """Return the days, of this many from the first on, on which clocks skip whole shifts of these lines, each with
    their names: there is nothing to be made of them (docs/rules.md 35.2)."""
    week = list(lines)
    found = {day: [it.name for it in week if it.skipped(day, zone)] for day in moved_days(first, days, zone)}
    return {day: list(dict.fromkeys(names)) for day, names in found.items() if names}


def skipped_below(session: Session, tops: Sequence[Unit], zone: str, first: date, days: int) -> dict[date, list[str]]:
    """Return the same of all rotas of these subtrees, which are read only around days on which clocks change."""
    if not moved_days(first, days, zone):
        return {}
    held = [it for it, _ in below(session, tops) if it.first < first + timedelta(days=days)]
    return skipped((line for it in held for line in it.week), zone, first, days)


def current(session: Session, unit: Unit) -> Rota | None:
    return session.exec(select(Rota).where(Rota.unit_id == unit.id, col(Rota.ended_at).is_(None))).first()


def before(session: Session, it: Rota) -> Rota | None:
    """Return the template week that this one replaced."""
    older = select(Rota).where(Rota.unit_id == it.unit_id, Rota.id < it.id).order_by(col(Rota.id).desc())
    return session.exec(older.limit(1)).first()


def of_units(session: Session, units: Sequence[int]) -> dict[int, Rota]:
    """Return the template weeks of these units, by the unit's id."""
    found = select(Rota).where(col(Rota.unit_id).in_(units), col(Rota.ended_at).is_(None))
    return {it.unit_id: it for it in session.exec(found)}


def below(session: Session, tops: Sequence[Unit]) -> Iterator[tuple[Rota, Unit]]:
    """Yield the template weeks of these subtrees, in the roster's order; memory holds some at a time."""
    query = select(Rota, Unit).join(Unit, col(Unit.id) == col(Rota.unit_id)).where(
        or_(*(units.below(top.path) for top in tops)), col(Rota.ended_at).is_(None)
    )  # fmt: skip
    yield from session.exec(query.order_by(col(Unit.rank)).execution_options(yield_per=100))


ANY_DUE = select(Rota.id).where(col(Rota.next_at) <= bindparam("now")).exists()


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Rota | None:
    query = select(Rota).where(col(Rota.next_at) <= now, col(Rota.id).not_in(aside))
    return session.exec(query.order_by(col(Rota.next_at), col(Rota.id)).limit(1)).first()
