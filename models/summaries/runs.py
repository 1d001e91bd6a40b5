"""Find who was silent on several days running, and who was late several times, in a range of days."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import TypeVar

import sqlalchemy
from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from models.core.database import in_chunks
from models.cycle.places import Place
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.reports import LATE, OWED, Report, State
from models.summaries.stretches import Stretch

T = TypeVar("T")
MOST_SILENT = 150_000  # reports that nobody filed, among which runs are looked for
MOST_READ = 60_000  # days of people that are read to find the longest runs

Who = tuple[int | None, int | None]  # a person's id or a unit's


_Row = tuple[date, Who, int, str, str | None]  # a report: its day, whose it is, its place, its state, its excuse
_ROW = sqlalchemy.select(
    col(Report.period_id), col(Report.person_id), col(Report.unit_id), col(Report.place_id), col(Report.state),
    col(Report.excused),
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """Whom it is about, by id, and how many days: in a row, or late in all. `place` is the one through which they were
    asked on the last of them."""

    who: Who
    days: int
    first: date
    last: date
    place: int


@dataclass(frozen=True)
class Named:
    """A run with whom it is about, and the unit through which they were asked."""

    run: Run
    who: Person | Unit
    unit: Unit


def silent(session: Session, stretches: Sequence[Stretch], least: int) -> list[Run]:
    """Return who filed nothing on at least so many days running, the longest first. Days on which they were not asked
    or were excused neither count nor end a run. Of very many only those who were silent most often are looked at."""
    often = _often(session, stretches, OWED, least)
    days = sum(len(it.days) for it in stretches) or 1
    looked_at = sorted(often, key=lambda who: -often[who])[: max(1, MOST_READ // days)]
    found = [run for run in _longest(session, stretches, looked_at) if run.days >= least]
    return sorted(found, key=lambda it: (-it.days, _key(it.who)))


def late(session: Session, stretches: Sequence[Stretch], least: int) -> list[tuple[Who, int]]:
    """Return who was late at least so many times, and how often, the most often first."""
    often = _often(session, stretches, LATE, least)
    return sorted(often.items(), key=lambda it: (-it[1], _key(it[0])))


def lates(session: Session, stretches: Sequence[Stretch], found: Sequence[tuple[Who, int]]) -> list[Run]:
    """Return the first and the last day on which each of these was late."""
    days: dict[Who, list[tuple[date, int]]] = {}
    for day, who, place, *_ in _rows(session, stretches, [who for who, _ in found], LATE):
        days.setdefault(who, []).append((day, place))
    return [Run(who, n, min(days[who])[0], *max(days[who])) for who, n in found]


def named(session: Session, found: Sequence[Run]) -> list[Named]:
    persons = {it.id: it for it in _all(session, Person, [it.who[0] for it in found])}
    places = {it.id: it.unit_id for it in _all(session, Place, [it.place for it in found])}
    wanted = [*(it.who[1] for it in found), *places.values()]
    units = {it.id: it for it in _all(session, Unit, wanted)}
    return [
        Named(it, persons[it.who[0]] if it.who[0] else units[it.who[1] or 0], units[places[it.place]]) for it in found
    ]


def _all(session: Session, table: type[T], ids: Iterable[int | None]) -> Sequence[T]:
    return session.exec(select(table).where(col(table.id).in_({it for it in ids if it}))).all()  # type: ignore[attr-defined]


def _key(who: Who) -> tuple[int, int]:
    return who[0] or 0, who[1] or 0


def _often(session: Session, stretches: Sequence[Stretch], which: ColumnElement[bool], least: int) -> dict[Who, int]:
    """Return on how many days this holds of whom, where there are enough of them."""
    found: dict[Who, int] = {}
    for it in stretches:
        query = select(Report.person_id, Report.unit_id, func.count()).where(it.reports, which)
        query = query.group_by(col(Report.person_id), col(Report.unit_id))
        if len(stretches) == 1:
            query = query.having(func.count() >= least)
        for person, unit, count in session.exec(query).all():
            found[person, unit] = found.get((person, unit), 0) + count
    return {who: count for who, count in found.items() if count >= least}


def _longest(session: Session, stretches: Sequence[Stretch], looked_at: Sequence[Who]) -> list[Run]:
    """Return the longest run of each, the newest of equally long ones."""
    going: dict[Who, tuple[int, date]] = {}  # how many days, since when
    longest: dict[Who, tuple[int, date, date, int]] = {}
    for day, who, place, state, excused in sorted(_rows(session, stretches, looked_at), key=itemgetter(0)):
        if state != State.DUE:
            going.pop(who, None)
        elif excused is None:
            days, first = going.get(who, (0, day))
            going[who] = days + 1, first
            if who not in longest or days + 1 >= longest[who][0]:
                longest[who] = days + 1, first, day, place
    return [Run(who, *it) for who, it in longest.items()]


def _rows(
    session: Session, stretches: Sequence[Stretch], whom: Sequence[Who], *which: ColumnElement[bool]
) -> Iterator[_Row]:
    """Yield these people's and units' reports, as rows: whole reports take four times as long."""
    for column, ids in (
        (Report.person_id, [it[0] for it in whom if it[0]]),
        (Report.unit_id, [it[1] for it in whom if it[1]]),
    ):
        for stretch in stretches:
            for some in in_chunks(ids):
                query = _ROW.where(col(column).in_(some), stretch.reports, *which)
                for period, person, unit, place, state, excused in session.execute(query):
                    yield stretch.days[period], (person, unit), place, state, excused
