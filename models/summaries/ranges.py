"""Sum up a range of days from what was frozen at the close of each, and say what came in later (docs/rules.md 19)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.core import months
from models.cycle.places import Place
from models.organisation.units import Unit, above, is_below
from models.reporting import figures, snapshots
from models.reporting.figures import Figures
from models.reporting.reports import LATE, OWED, Report, ReportView
from models.reporting.snapshots import Snapshot
from models.summaries.stretches import Stretch, below, has_rows

MOST = 40  # units on one page
BY_DAYS = 62  # more days than these are summed up by months


@dataclass(frozen=True)
class Total:
    """Figures at close, summed over days; `late` counts the reports that were expected then and are late, whether they
    came before the close or after it."""

    closed: Figures = field(default_factory=Figures)
    late: int = 0

    @property
    def expected(self) -> int:
        return self.closed.expected

    @property
    def excused(self) -> int:
        return self.closed.excused

    @property
    def on_time(self) -> int:
        return self.closed.received - self.closed.late

    @property
    def received(self) -> int:
        """Return how many of the expected reports came in, late ones among them."""
        return min(self.on_time + self.late, self.expected)

    @property
    def silent(self) -> int:
        """Return how many of the expected reports never came in."""
        return self.expected - self.received

    @property
    def came_later(self) -> int:
        return max(0, self.late - self.closed.late)

    @property
    def completeness(self) -> float | None:
        return self.received / self.expected if self.expected else None

    @property
    def timeliness(self) -> float | None:
        return self.on_time / self.expected if self.expected else None

    @property
    def at_close(self) -> float | None:
        return self.closed.completeness


@dataclass(frozen=True)
class Part:
    """A unit right below and its total."""

    unit: Unit
    total: Total


@dataclass(frozen=True)
class Column:
    """A bar of the chart: a day, or the days of one month."""

    first: date
    last: date
    figures: Figures


@dataclass(frozen=True)
class Range:
    """What a range of days shows of one unit: `days` of them were closed. `excused_since` counts those excused after
    the close, who stay expected."""

    total: Total
    days: int
    columns: tuple[Column, ...]
    excused_since: int


def of_unit(session: Session, stretches: Sequence[Stretch]) -> Range:
    """Return a unit's range. It reads a row for each day, and the reports that are late or owed."""
    days = _by_day(session, stretches)
    whole = Total(sum(days.values(), Figures()), _late(session, stretches))
    since = max(0, whole.closed.silent - whole.came_later - sum(_owed(session, it) for it in stretches))
    return Range(whole, len(days), _columns(days), since)


def total(session: Session, stretches: Sequence[Stretch]) -> Total:
    """Return only the sum of a unit's range."""
    return Total(sum(_by_day(session, stretches).values(), Figures()), _late(session, stretches))


def _late(session: Session, stretches: Sequence[Stretch]) -> int:
    return sum(figures.count(session, it.reports & LATE & col(Report.excused).is_(None)) for it in stretches)


def _owed(session: Session, stretch: Stretch) -> int:
    """Return how many reports are owed now. They are grouped, because SQLite then reads the few rows that are owed and
    not all of the period."""
    by_whom = select(func.count().label("n")).where(stretch.reports, OWED)
    grouped = by_whom.group_by(col(Report.person_id), col(Report.unit_id)).subquery()
    return int(session.exec(select(func.coalesce(func.sum(grouped.c.n), 0))).one())


def _by_day(session: Session, stretches: Sequence[Stretch]) -> dict[date, Figures]:
    found: dict[date, Figures] = {}
    for it in stretches:
        query = select(Snapshot).where(col(Snapshot.period_id).in_(it.periods), Snapshot.place_id == it.place)
        for kept in session.exec(query).all():
            found[it.days[kept.period_id]] = kept.figures
    return dict(sorted(found.items()))


def _columns(days: Mapping[date, Figures]) -> tuple[Column, ...]:
    if len(days) <= BY_DAYS:
        return tuple(Column(day, day, of) for day, of in days.items())
    found: dict[date, Column] = {}
    for day, of in days.items():
        first = day.replace(day=1)
        so_far = found.get(first, Column(day, day, Figures()))
        found[first] = Column(so_far.first, day, so_far.figures + of)
    return tuple(found.values())


def parts(session: Session, stretches: Sequence[Stretch]) -> list[Part]:
    """Return the units that were right below on these days, the least complete first, each with the days on which it
    was there. It reads a row for each of them and day, and the late reports."""
    closed: dict[int, Figures] = {}
    late: dict[int, int] = {}
    for it in stretches:
        places = _places_below(session, it)
        for place, *counts in _sums(session, it):
            if place not in places:
                continue
            unit = places[place].unit_id
            closed[unit] = closed.get(unit, Figures()) + _figures(counts)
        for unit, count in _late_below(session, it, places.values()):
            late[unit] = late.get(unit, 0) + count
    units = session.exec(select(Unit).where(col(Unit.id).in_(closed)).order_by(col(Unit.rank))).all()
    found = [Part(unit, Total(closed[unit.id], late.get(unit.id, 0))) for unit in units]
    return sorted((it for it in found if it.total.expected), key=_order)


def _order(part: Part) -> tuple[float, float, int]:
    return part.total.completeness or 0, part.total.timeliness or 0, -part.total.silent


def _right_below(stretch: Stretch) -> Any:
    return below(stretch.path) & ~col(Place.path).like(stretch.path + "/%/%")


def _places_below(session: Session, stretch: Stretch) -> dict[int, Place]:
    """Return the places right below, without those that only see the reports of others' people."""
    found = {it.id: it for it in session.exec(select(Place).where(_right_below(stretch))).all()}
    seen = select(ReportView.place_id).where(col(ReportView.period_id).in_(stretch.periods)).distinct()
    over = {up for path in session.exec(select(Place.path).where(col(Place.id).in_(seen))) for up in above(path)}
    return {number: it for number, it in found.items() if it.path not in over or has_rows(session, stretch, it.path)}


def _sums(session: Session, stretch: Stretch) -> Sequence[Any]:
    """Return place id and the sum of each stored figure, for the units right below."""
    counted = [func.sum(getattr(Snapshot, name)) for name in snapshots.STORED]
    query = select(col(Snapshot.place_id), *counted).where(
        col(Snapshot.period_id).in_(stretch.periods),
        col(Snapshot.place_id).in_(select(Place.id).where(_right_below(stretch))),
    )
    return session.execute(query.group_by(col(Snapshot.place_id))).all()


def _figures(counts: Iterable[Any]) -> Figures:
    return Figures(**dict(zip(snapshots.STORED, map(int, counts), strict=True)))


def _late_below(session: Session, stretch: Stretch, near: Iterable[Place]) -> list[tuple[int, int]]:
    """Return unit id and late reports for the units right below; a task force's view has none below."""
    if stretch.viewed:
        return []
    query = select(Place.path, func.count()).join(Report, col(Report.place_id) == col(Place.id))
    rows = session.exec(query.where(stretch.reports, LATE, col(Report.excused).is_(None)).group_by(Place.path)).all()
    tops = {it.path: it.unit_id for it in near}
    depth = stretch.path.count("/") + 2
    named = [("/".join(path.split("/")[:depth]), count) for path, count in rows if is_below(path, stretch.path)]
    return [(tops[path], count) for path, count in named if path in tops]


def before(first: date, last: date) -> tuple[date, date]:
    """Return the days that a range is compared with: the month before a whole month, otherwise as many days before."""
    if is_month(first, last):
        return months.before(first), first - timedelta(days=1)
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)


def is_month(first: date, last: date) -> bool:
    return first.day == 1 and last == months.last_day(first)
