"""A duty table with dates becomes turns that give every date the people it names."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.changes.duty_sheets import Entry
from models.core.errors import Refusal
from models.duty import week_lines
from models.duty.rotas import Line
from models.duty.week_rows import Row
from models.organisation.people import Person
from models.organisation.units import Unit

MONDAY = date(2026, 11, 30)
UNIT = Unit(id=1, name="一站", path="一站")
PEOPLE = [Person(id=n, staff_no=str(n), name=f"P{n}") for n in range(1, 7)]


def row(day: date | None, persons: list[int], days: tuple[int, ...] = (), line: int = 1, **what: object) -> Row:
    entry = Entry(line, "S", "B", "", "", "", "", "", "", "", "", "", "")
    told = {"name": "白班", "start": 480, "end": 1200, "need": None} | what
    return Row(entry, UNIT, day, days, persons=tuple(PEOPLE[it - 1] for it in persons), **told)


def made(rows: list[Row]) -> tuple[list[Line], list[Refusal]]:
    wrong: list[Refusal] = []
    return week_lines.lines(rows, wrong), wrong


def on(lines: list[Line], day: date) -> list[int]:
    return sorted(it for line in lines if line.falls_on(day) for it in line.turn(day))


@given(
    weekdays=st.sets(st.integers(0, 6), min_size=1), weeks=st.integers(1, 5), start=st.integers(0, 400),
    seed=st.lists(st.lists(st.integers(1, 6), min_size=2, max_size=2, unique=True), min_size=35, max_size=35),
    turns=st.integers(0, 4),
)  # fmt: skip
def test_every_date_of_a_table_has_the_people_it_names(
    weekdays: set[int], weeks: int, start: int, seed: list[list[int]], turns: int
) -> None:
    first = MONDAY + timedelta(days=start)
    days = [it for n in range(7 * weeks) if (it := first + timedelta(days=n)).weekday() in weekdays]
    said = {day: seed[n % turns if turns else n] for n, day in enumerate(days)}
    lines, wrong = made([row(day, persons) for day, persons in said.items()])
    assert wrong == []
    assert {day: on(lines, day) for day in days} == {day: sorted(it) for day, it in said.items()}
    assert all(it.weekday() in weekdays for it in days)


def test_people_who_take_turns_through_the_week_are_one_line() -> None:
    days = [MONDAY + timedelta(days=n) for n in range(14)]
    lines, _ = made([row(day, [n % 3 + 1]) for n, day in enumerate(days)])
    assert len(lines) == 1
    assert on(lines, days[-1] + timedelta(days=1)) == [14 % 3 + 1]


def test_one_week_is_each_week_the_same() -> None:
    days = [MONDAY + timedelta(days=n) for n in range(5)]
    lines, _ = made([row(day, [n % 2 + 1]) for n, day in enumerate(days)])
    assert on(lines, days[0] + timedelta(days=7)) == on(lines, days[0])


def test_a_shift_that_has_another_number_of_people_each_week_is_named_with_both_days() -> None:
    _, wrong = made([row(MONDAY, [1, 2]), row(MONDAY + timedelta(days=7), [3], line=9)])
    assert [(it.key, it.values["count"], it.values["other"]) for it in wrong] == [("rota.uneven", 2, 1)]


def test_a_week_between_two_that_lacks_the_day_is_named() -> None:
    _, wrong = made([row(MONDAY, [1]), row(MONDAY + timedelta(days=14), [2])])
    assert [(it.key, it.values["day"]) for it in wrong] == [("rota.skipped", MONDAY + timedelta(days=7))]


def test_somebody_in_two_shifts_at_once_is_named_at_the_later_row() -> None:
    night = {"name": "夜班", "start": 1200, "end": 1920}
    early = {"name": "早班", "start": 420, "end": 540}
    _, wrong = made([row(None, [1], (6,), 4, **night), row(None, [1], (0,), 7, **early)])  # Sunday's night, Monday
    assert [(it.key, it.line, it.values["row"]) for it in wrong] == [("rota.double", 7, 4)]
    assert made([row(None, [1], (6,), 4, **night), row(None, [1], (1,), 7, **early)])[1] == []


def test_whoever_takes_turns_is_not_on_duty_twice() -> None:
    night = {"name": "夜班", "start": 1140, "end": 1920, "need": 1}
    assert made([row(None, [1, 2], (0,), need=1), row(None, [2, 1], (0,), **night)])[1] == []


def test_weekdays_and_dates_do_not_mix() -> None:
    assert [it.key for it in made([row(MONDAY, [1]), row(None, [1], (2,))])[1]] == ["rota.mixed"]
