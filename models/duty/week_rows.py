"""Understand the rows of a duty table: which days, which hours, which shift, whom (docs/rules.md 35.16, 35.17)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TypeVar

from models.changes.duty_cells import day_words
from models.changes.duty_sheets import Entry
from models.core import typed_text
from models.core.errors import Refusal
from models.duty import rotas
from models.duty.duty_names import Names
from models.duty.rotas import Line
from models.organisation.people import Person
from models.organisation.units import Unit
from models.time import weekly_words
from models.time.times import parse_time

T = TypeVar("T")
RESTS = ("休", "休息", "补休", "轮休", "年假", "off", "rest", "-", "—", "–", "/", "无", "x", "×")
_NEXT_DAY = re.compile(r"次日|第二天|翌日|\+1|\(?next day\)?", re.IGNORECASE)
_NEED = re.compile(r"(?<![0-9])([0-9]{1,2})\s*(?:人|people|persons?|posts?)?")
_NEED_IN_NAME = re.compile(r"(?<!\S)(?:x\s*([0-9]{1,2})|([0-9]{1,2})\s*(?:人|people|persons?))(?!\S)", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One entry that is understood: on `day`, or each week on `days`; `start` and `end` in minutes as in `rotas.Line`;
    `need` None where it is as many as there are people."""

    entry: Entry
    unit: Unit
    day: date | None
    days: tuple[int, ...]
    name: str
    start: int
    end: int
    need: int | None
    persons: tuple[Person, ...]

    @property
    def shift(self) -> tuple[int, str, int, int]:
        """Return what makes two rows the same shift."""
        return self.unit.id, self.name, self.start, self.end

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(it.id for it in self.persons)


class Rows:
    """Reads the entries of one unit; `week` is its template week, whose shifts need no hours in a file."""

    def __init__(self, unit: Unit, week: Sequence[Line], names: Names, today: date) -> None:
        self._unit, self._week, self._today = unit, week, today
        # a table says the same days and names in many cells
        self._days, self._persons = cache(self._read_days), cache(names.of)

    def of(self, entry: Entry) -> tuple[Row | None, list[Refusal]]:
        """Return the row, None for a day off, or everything that is wrong with it."""
        if _rests(entry):
            return None, []
        wrong: list[Refusal] = []
        when = _caught(wrong, lambda: self._days(entry.day, entry.weekday))
        day, days = when or (None, (0,))
        shift = _caught(wrong, lambda: self._shift(entry, day, days))
        persons = _caught(wrong, lambda: self._persons(entry.people, entry.staff_no))
        if when is None or shift is None or persons is None:
            return None, [entry.at(it) for it in wrong]
        name, (start, end), need = shift
        made = Row(entry, self._unit, day, days, name, start, end, need, tuple(persons))
        line = Line(name, days or (0,), start, end, 1 if need is None else need, made.ids)
        _caught(wrong, lambda: rotas.check([line]))
        return (None, [entry.at(it) for it in wrong]) if wrong else (made, [])

    def _read_days(self, day: str, weekday: str) -> tuple[date | None, tuple[int, ...]]:
        said, _ = weekly_words.days(weekly_words.plain(weekday))
        if not day:
            if said is None:
                raise Refusal("rota.bad_day", value=weekday[:40]) if weekday else Refusal("rota.no_day")
            return None, said
        if day_words(day) is None:
            raise Refusal("rota.bad_day", value=day[:40])
        found = typed_text.day(day.partition("T")[0], self._today)
        if found is None or (said is not None and found.weekday() not in said):
            raise Refusal("rota.wrong_weekday", value=f"{day} {weekday}".strip()[:60])
        return found, ()

    def _shift(
        self, entry: Entry, day: date | None, days: Sequence[int]
    ) -> tuple[str, tuple[int, int], int | None]:  # fmt: skip
        """Return a shift's name, hours and number of posts."""
        words = weekly_words.plain(entry.shift)
        span, words = weekly_words.span(words)
        need, words = _need(words)
        name = words.replace("()", " ").strip(" ,、;:()") if span or need else words.strip()
        if entry.need:
            said = _NEED.fullmatch(weekly_words.plain(entry.need))
            if said is None:
                raise Refusal("rota.bad_need", value=entry.need[:20])
            need = int(said[1])
        span = _written_span(entry) or span or self._known(name, [day.weekday()] if day else days)
        if span is None:
            raise Refusal("rota.hours", name=name[:40]) if name else Refusal("rota.no_shift")
        return name or f"{_clock(span[0])}–{_clock(span[1])}", span, need

    def _known(self, name: str, days: Sequence[int]) -> tuple[int, int] | None:
        """Return the hours that the unit's template week has for a shift of this name, best on one of these days."""
        same = [it for it in self._week if it.name.casefold() == name.casefold()]
        best = [it for it in same if set(it.days) & set(days)]
        hours = {(it.start, it.end) for it in best or same}
        return hours.pop() if len(hours) == 1 else None


def _rests(entry: Entry) -> bool:
    """Say whether a cell says that nobody is on duty."""
    rest = {it.casefold() for it in RESTS}
    return entry.shift.casefold() in rest or (not entry.staff_no and entry.people.casefold() in rest)


def _caught(wrong: list[Refusal], read: Callable[[], T]) -> T | None:
    """Return what is read; None, with one more thing that is wrong, if it cannot be."""
    try:
        return read()
    except Refusal as refusal:
        wrong.append(refusal)
        return None


def _need(words: str) -> tuple[int | None, str]:
    found = _NEED_IN_NAME.search(words)
    if found is None:
        return None, words
    return int(found[1] or found[2]), f"{words[: found.start()]} {words[found.end() :]}"


def _written_span(entry: Entry) -> tuple[int, int] | None:
    """Return the hours in columns of their own. Raises `rota.bad_hours`."""
    if entry.start or entry.end:
        if not (entry.start and entry.end):
            raise Refusal("rota.bad_hours", value=(entry.start or entry.end)[:40])
        start, end = _wall(entry.start), _wall(entry.end)
        return weekly_words.hours(start, end, next_day=bool(_NEXT_DAY.search(entry.end)))
    if not entry.hours:
        return None
    found, rest = weekly_words.span(weekly_words.plain(entry.hours))
    if found is None or rest.strip(" ()"):
        raise Refusal("rota.bad_hours", value=entry.hours[:40])
    return found


def _wall(words: str) -> int:
    """Return a wall time in minutes since 00:00. Raises `rota.bad_hours`."""
    said = _NEXT_DAY.sub("", weekly_words.plain(words)).rpartition("T")[2].strip(" ()")
    bare = said.rpartition(" ")[2] if re.match(r"[0-9]{4}-", said) else said
    parts = bare.split(":")
    try:
        return parse_time(":".join(parts[:2])).minutes
    except Refusal:
        raise Refusal("rota.bad_hours", value=words[:40]) from None


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def by_unit(entries: Iterable[Entry], units: Mapping[str, Unit]) -> dict[int, tuple[Unit, list[Entry]]]:
    """Return the entries of each unit; `units` are those that the file names, by its words."""
    found: dict[int, tuple[Unit, list[Entry]]] = {}
    for it in entries:
        if unit := units.get(it.unit):
            found.setdefault(unit.id, (unit, []))[1].append(it)
    return found
