"""Keep digests: on which days leads get the week or the month before, how far that is, and who gets it about which
units (docs/rules.md 24)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Field, Session, col, func, select

from models.authority import responsibility
from models.core import months
from models.core.database import Instant
from models.core.table import Table
from models.core.typed_spans import Span
from models.cycle.places import Place
from models.messaging.addresses import Address, Reach
from models.organisation.units import Unit, is_below
from models.summaries import stretches
from models.summaries.posts import SummaryPost
from models.summaries.range_view import Task
from models.time.calendars import WEEKDAYS


class Digest(Table, table=True):
    """A day on which digests go out. `cursor` is the id of the last person who was looked at; `done_at` is set after
    the last."""

    id: int = Field(default=None, primary_key=True)
    day: date = Field(unique=True)
    week: bool
    month: bool
    begun_at: datetime = Field(sa_type=Instant)
    cursor: int = 0
    done_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def spans(self) -> list[Span]:
        """Return the days that it is about: the week from Monday to Sunday, the month, or both."""
        monday = self.day - timedelta(days=self.day.weekday() + 7)
        week, first = (monday, monday + timedelta(days=6)), months.before(self.day)
        return [*([week] if self.week else []), *([(first, months.last_day(first))] if self.month else [])]


def planned(day: date, weekday: str) -> tuple[bool, bool]:
    """Say whether a digest of the week and one of the month go out on a day, `weekday` being that of the week's: mon to
    sun, or `never`."""
    return weekday == WEEKDAYS[day.weekday()], weekday != "never" and day.day == 1


_OF_DAY = select(Digest).where(Digest.day == bindparam("day"))
_UNDER_WAY = _OF_DAY.where(col(Digest.done_at).is_(None))


def of_day(session: Session, day: date) -> Digest | None:
    return session.exec(_OF_DAY, params={"day": day}).first()


def under_way(session: Session, day: date) -> Digest | None:
    """Return the digest of this day, unless all have it. What is left when the day is over is not sent."""
    return session.exec(_UNDER_WAY, params={"day": day}).first()


@dataclass(frozen=True)
class Readers:
    """The next persons who get a digest, each with the units that they answer for, none inside another, in the roster's
    order; `last` is the id of the last person, `end` whether nobody follows."""

    units: Mapping[int, Sequence[Unit]]
    last: int
    end: bool


def readers(session: Session, day: date, after: int, most: int) -> Readers:
    """Return the leads, and who gets what leads get while these are away, with an id above `after`. Whoever has no chat
    is left out."""
    leads = responsibility.all_leads(session, day)
    answering: dict[int, list[int]] = {}
    for unit, persons in responsibility.hearers(session, leads, day).items():
        for person in persons:
            answering.setdefault(person, []).append(unit)
    reached = select(Address.person_id).where(Address.reach == Reach.REACHABLE, Address.person_id > after)  # type: ignore[operator]
    there = sorted({it for it in session.exec(reached).all() if it in answering})
    chosen = there[:most]
    units = {person: _tops(session, answering[person]) for person in chosen}
    return Readers(units, chosen[-1] if chosen else after, len(there) <= most)


def _tops(session: Session, ids: Sequence[int]) -> list[Unit]:
    found: list[Unit] = []
    for unit in session.exec(select(Unit).where(col(Unit.id).in_(ids)).order_by(func.length(Unit.path))).all():
        if not any(is_below(unit.path, it.path) for it in found):
            found.append(unit)
    return sorted(found, key=lambda it: it.rank)


def tasks(session: Session, unit: Unit, days: Span) -> list[Task]:
    """Return the tasks that ask the unit as a whole or, if there are none, those of units below it."""
    found = stretches.tasks(session, unit, *days)
    return [it for it in found if _asks(session, unit, it)] or found


def _asks(session: Session, unit: Unit, task: Task) -> bool:
    return any(not it.whole or session.get_one(Place, it.place).unit_id == unit.id for it in task[1])


def unchecked(session: Session, unit: Unit, periods: Sequence[int]) -> int:
    """Return on how many of these days nobody has checked the unit's figures as they are."""
    found = select(func.count()).where(SummaryPost.unit_id == unit.id, col(SummaryPost.period_id).in_(periods))
    not_checked = col(SummaryPost.signed_by).is_(None) | col(SummaryPost.moved_at).is_not(None)
    return session.exec(found.where(not_checked)).one()
