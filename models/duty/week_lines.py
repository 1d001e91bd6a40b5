"""Make lines of a template week of the rows of a duty table, so that the shifts made of them are those of the file: a
week as it is, dates of some weeks as turns (docs/rules.md 35.18)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from models.changes.duty_sheets import Entry
from models.core.errors import Refusal
from models.duty.rotas import EPOCH, Line
from models.duty.week_rows import Row
from models.time.times import DAY

WEEK = timedelta(days=7)
Persons = tuple[int, ...]


def lines(rows: Sequence[Row], wrong: list[Refusal]) -> list[Line]:
    """Return the lines of one unit; adds what is wrong, each at its row."""
    dated, weekly = [it for it in rows if it.day], [it for it in rows if not it.day]
    if dated and weekly:
        wrong.append(weekly[0].entry.at(Refusal("rota.mixed")))
        return []
    wrong += _double(rows)
    made: list[Line] = []
    shifts: dict[object, list[Row]] = {}
    for row in rows:
        shifts.setdefault(row.shift, []).append(row)
    for some in shifts.values():
        made += _of_dates(some, wrong) if dated else _of_weekdays(some, wrong)
    return _joined(made)


def _of_weekdays(rows: Sequence[Row], wrong: list[Refusal]) -> Iterator[Line]:
    """Yield a line for the rows that name the same weekdays."""
    for days in dict.fromkeys(it.days for it in rows):
        same = [it for it in rows if it.days == days]
        persons, need = _together(same, wrong)
        yield _line(same[0], days, persons, need or max(1, len(persons)))


def _together(rows: Sequence[Row], wrong: list[Refusal]) -> tuple[Persons, int | None]:
    """Return whom rows of one shift name together, and how many it needs if they say so."""
    persons: dict[int, Row] = {}
    for row in rows:
        for it in row.persons:
            if it.id in persons:
                wrong.append(row.entry.at(Refusal("duty.listed_twice", name=it.name)))
            persons[it.id] = row
    return tuple(persons), max((it.need for it in rows if it.need is not None), default=None)


def _line(row: Row, days: Sequence[int], persons: Persons, need: int) -> Line:
    return Line(row.name, tuple(days), row.start, row.end, need, persons)


def _joined(made: Sequence[Line]) -> list[Line]:
    """Return the lines, those of one shift with the same people and no turns as one."""
    found: dict[object, Line] = {}
    for n, it in enumerate(made):
        turns = len(it.persons) > it.need
        key = (it.name, it.start, it.end, it.need, it.persons, n if turns else None)
        before = found.get(key)
        days = sorted({*it.days, *(before.days if before else ())})
        found[key] = Line(it.name, tuple(days), it.start, it.end, it.need, it.persons)
    return list(found.values())


def _of_dates(rows: Sequence[Row], wrong: list[Refusal]) -> list[Line]:
    """Return lines whose turns give every date of one shift its people."""
    on: dict[date, list[Row]] = {}
    for it in rows:
        on.setdefault(it.day or EPOCH, []).append(it)
    days = sorted(on)
    people: dict[date, Persons] = {}
    needs: set[int] = set()
    for day in days:
        people[day], need = _together(on[day], wrong)
        needs |= {need} if need else set()
    first = rows[0]
    need = max(needs, default=0)
    weekdays = tuple(sorted({it.weekday() for it in days}))
    whole = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    if [it for it in whole if it.weekday() in weekdays] == days:
        in_turn = _rotating(first, weekdays, days, people, need)
        if in_turn:
            return [in_turn]
    made = []
    for weekday in weekdays:
        some = [it for it in days if it.weekday() == weekday]
        for one, later in pairwise(some):
            if later - one != WEEK:
                wrong.append(on[later][0].entry.at(Refusal("rota.skipped", name=first.name, day=one + WEEK)))
        uneven = next((it for it in some if len(people[it]) != len(people[some[0]])), None)
        if uneven:
            told: dict[str, Any] = {"name": first.name, "day": some[0], "count": len(people[some[0]]), "later": uneven}
            wrong.append(on[uneven][0].entry.at(Refusal("rota.uneven", **told, other=len(people[uneven]))))
            continue
        period, count = _period([people[it] for it in some]), len(people[some[0]])
        if period > 1 and need > count:
            few = Refusal("rota.few", name=first.name, need=need, count=count, day=some[0])
            wrong.append(on[some[0]][0].entry.at(few))
            continue
        made.append(_in_turn(first, (weekday,), some, people, period, need))
    return made


def _period(said: Sequence[Persons]) -> int:
    """Return after how many times it begins again; as many as there are if it never does."""
    found = (n for n in range(1, len(said)) if all(it == said[at % n] for at, it in enumerate(said)))
    return next(found, len(said))


def _rotating(row: Row, weekdays: Persons, days: Sequence[date], people: dict[date, Persons], need: int) -> Line | None:
    """Return a line for all weekdays if everybody is always on duty, or, in a file of more than a week, the same people
    take turns in the same order at least twice round."""
    said = [people[it] for it in days]
    period = _period(said)
    turns = len(days) > len(weekdays) and 2 * period <= len(said)
    if len({len(it) for it in said}) > 1 or not (period == 1 or turns) or (period > 1 and need > len(said[0])):
        return None
    return _in_turn(row, weekdays, days, people, period, need)


def _in_turn(
    row: Row, weekdays: Persons, days: Sequence[date], people: dict[date, Persons], period: int, need: int
) -> Line:  # fmt: skip
    """Return the line by which each of these days has its people, who come again after `period` times."""
    count = len(people[days[0]])
    if period == 1:
        return _line(row, weekdays, people[days[0]], need or max(1, count))
    blocks: dict[int, Persons] = {}
    for day in days[:period]:
        weeks, within = divmod((day - EPOCH).days, 7)
        blocks[(weeks * len(weekdays) + sum(it < within for it in weekdays)) % period] = people[day]
    return _line(row, weekdays, tuple(it for n in range(period) for it in blocks.get(n, ())), max(1, count))


def _double(rows: Sequence[Row]) -> Iterator[Refusal]:
    """Yield who would be on duty twice at once, at the later row."""
    held: dict[int, list[tuple[int, int, Row, str]]] = {}
    for row in rows:
        if row.need is not None and row.need < len(row.persons):
            continue  # they take turns
        for begins in _begins(row):
            for it in row.persons:
                held.setdefault(it.id, []).append((begins, begins + row.end - row.start, row, it.name))
    said: set[frozenset[Entry]] = set()
    for spans in held.values():
        for (_, end, one, name), (begins, _, other, _) in pairwise(sorted(spans, key=lambda it: it[:2])):
            both = frozenset((one.entry, other.entry))
            if begins < end and one.shift != other.shift and both not in said:
                said.add(both)
                one, other = sorted((one, other), key=lambda it: it.entry.line)
                told: dict[str, Any] = {"name": name, "shift": other.name, "other": one.name, "row": one.entry.line}
                yield other.entry.at(Refusal("rota.double", **told))


def _begins(row: Row) -> list[int]:
    """Return when a row's shifts begin, in minutes: of a date since the epoch, of weekdays in one week and the next."""
    if row.day:
        return [(row.day - EPOCH).days * DAY + row.start]
    return [(it + week * 7) * DAY + row.start for it in row.days for week in (0, 1)]
