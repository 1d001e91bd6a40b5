"""Read a timeline a page at a time: what it costs does not grow with the years (docs/rules.md 39.5)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, func, or_, select

from models.core import months as month_ends
from models.organisation.units import Unit
from models.timeline.entries import TimelineEntry

Cursor = tuple[date, int]  # the day and the number of an entry: what is older follows


@dataclass(frozen=True)
class Scope:
    """Whose timeline is read: `unit`, and `units`, it and those above. Of the `guarded` ones (ids) every count is seen,
    of the `edited` ones hidden entries too."""

    unit: Unit
    units: Sequence[Unit]
    guarded: frozenset[int] = frozenset()
    edited: frozenset[int] = frozenset()

    def shows(self, unit: Unit) -> ColumnElement[bool]:
        """Return what of one of these units is shown, as a condition: what is seen, and does not stand in a unit below
        it already, as an alert does that is counted in both. What an admin worded stands all the same."""
        nearer = [it.id for it in self.units if len(it.path) > len(unit.path)]
        if not nearer:
            return self._sees(unit.id, TimelineEntry)
        near = aliased(TimelineEntry)
        again = select(near.id).where(
            near.source == TimelineEntry.source, near.key == TimelineEntry.key, col(near.hidden_at).is_(None),
            or_(*(self._sees(it, near) for it in nearer)),
        )  # fmt: skip
        return and_(self._sees(unit.id, TimelineEntry), or_(col(TimelineEntry.words).is_not(None), ~again.exists()))

    def _sees(self, unit_id: int, entry: type[TimelineEntry]) -> ColumnElement[bool]:
        """Return what of one of these units is seen, as a condition."""
        seen: list[ColumnElement[bool]] = [col(entry.unit_id) == unit_id]
        if unit_id not in self.guarded:
            seen.append(col(entry.guarded).is_(False))
        if unit_id not in self.edited:
            seen.append(col(entry.hidden_at).is_(None))
        return and_(*seen)


@dataclass(frozen=True)
class Month:
    """A month of a timeline: how much there was of each source."""

    first: date
    counts: dict[str, int] = field(default_factory=dict)


def entries(
    session: Session, scope: Scope, last: date, most: int, *, first: date | None = None, before: Cursor | None = None
) -> list[TimelineEntry]:  # fmt: skip
    """Return the newest entries up to a day, older than `before` and not older than `first`, the newest first. Each
    unit's are read from the index in their order, and only as many as are shown; of the units above none that is older
    than a whole page of those below, however many of theirs stand there already."""
    within = [TimelineEntry.day <= last]
    if first is not None:
        within.append(TimelineEntry.day >= first)
    if before is not None:
        day, number = before
        older = and_(TimelineEntry.day == day, col(TimelineEntry.id) < number)
        within += [TimelineEntry.day <= day, or_(TimelineEntry.day < day, older)]  # type: ignore[list-item]
    found: list[TimelineEntry] = []
    for unit in sorted(scope.units, key=lambda it: len(it.path), reverse=True):
        days = sorted((it.day for it in found), reverse=True)
        late = [TimelineEntry.day >= days[most - 1]] if len(days) >= most else []
        query = select(TimelineEntry).where(scope.shows(unit), *within, *late)
        query = query.order_by(col(TimelineEntry.day).desc(), col(TimelineEntry.id).desc())
        found += session.exec(query.limit(most)).all()
    return sorted(found, key=lambda it: (it.day, it.id), reverse=True)[:most]


def months(session: Session, scope: Scope, last: date, most: int) -> list[Month]:
    """Return the newest months up to a day in which there is anything, the newest first, `most` of them."""
    found: list[Month] = []
    for first in _with_any(session, scope, last, most):
        counts: Counter[str] = Counter()
        span = (TimelineEntry.day >= first, TimelineEntry.day <= min(last, month_ends.last_day(first)))
        for unit in scope.units:
            query = select(TimelineEntry.source, func.sum(TimelineEntry.n)).where(scope.shows(unit), *span)
            counts.update({name: int(n) for name, n in session.exec(query.group_by(TimelineEntry.source)).all()})
        found.append(Month(first, dict(counts)))
    return found


def _with_any(session: Session, scope: Scope, last: date, most: int) -> Iterator[date]:
    """Yield the first day of each such month: a look-up for each, however far apart they are."""
    for _ in range(most):
        newest = entries(session, scope, last, 1)
        if not newest:
            return
        first = newest[0].day.replace(day=1)
        yield first
        last = first - timedelta(days=1)


def number(session: Session, scope: Scope, first: date, last: date) -> int:
    """Return how many entries there are of these days."""
    days = TimelineEntry.day >= first, TimelineEntry.day <= last
    counts = (select(func.count()).select_from(TimelineEntry).where(scope.shows(it), *days) for it in scope.units)
    return sum(session.exec(it).one() for it in counts)


def each(session: Session, scope: Scope, first: date, last: date, size: int = 500) -> Iterator[list[TimelineEntry]]:
    """Yield them all, the newest first; memory holds so many at a time."""
    before: Cursor | None = None
    while found := entries(session, scope, last, size, first=first, before=before):
        yield found
        before = found[-1].day, found[-1].id
