"""Read calendars: on which days an assignment is asked."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

import chinese_calendar
from chinese_calendar.constants import holidays

from models.core import months
from models.core.errors import Refusal

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST = 32  # among the days of a month
MOST_STEP = 366
_YEARS = frozenset(day.year for day in holidays)


class UnknownYear(Refusal):
    """Raised if nobody knows yet which days of `year` are worked: the State Council decides that each November."""

    def __init__(self, year: int) -> None:
        super().__init__("calendars.unknown_year", year=str(year), last=str(max(_YEARS)))
        self.year = year


def known_years() -> frozenset[int]:
    """Return the years whose workdays are known, 调休 included."""
    return _YEARS


def is_workday(day: date, overrides: Mapping[date, bool] | None = None) -> bool:
    """Say whether `day` is worked in China. `overrides` (day → worked?) win. Raises UnknownYear rather than guess."""
    if overrides and day in overrides:
        return overrides[day]
    if day.year not in _YEARS:
        raise UnknownYear(day.year)
    return bool(chinese_calendar.is_workday(day))


@dataclass(frozen=True)
class Calendar:
    """The days on which an assignment is asked: `daily`, `workdays`, `weekly:mon,thu`, `monthly:1,15,last`, `every:3`
    (days) or `once:2026-11-23`. A month without one of the `monthdays` is asked on its others only; LAST is the last
    day of each. `every` begins on `day`, or on whichever day comes first while it has none."""

    kind: Literal["daily", "workdays", "weekly", "monthly", "every", "once"]
    weekdays: tuple[int, ...] = ()  # 0 is Monday, sorted
    monthdays: tuple[int, ...] = ()  # sorted
    step: int = 1
    day: date | None = None

    def falls_on(self, day: date, overrides: Mapping[date, bool] | None = None) -> bool:
        """Say whether `day` is asked about. `overrides` say which days are worked, so only `workdays` heeds them.
        Raises UnknownYear for `workdays` in a year without a published calendar."""
        match self.kind:
            case "daily":
                return True
            case "workdays":
                return is_workday(day, overrides)
            case "weekly":
                return day.weekday() in self.weekdays
            case "monthly":
                return day.day in self.monthdays or (LAST in self.monthdays and day == months.last_day(day))
            case "every":
                return self.day is None or (day >= self.day and (day - self.day).days % self.step == 0)
            case "once":
                return day == self.day

    def begun(self, day: date) -> "Calendar":
        """Return the calendar with its first day: `every` counts from it, the others stay as they are."""
        return replace(self, day=day) if self.kind == "every" and self.day is None else self

    def __str__(self) -> str:
        match self.kind:
            case "weekly":
                return "weekly:" + ",".join(WEEKDAYS[number] for number in self.weekdays)
            case "monthly":
                return "monthly:" + ",".join("last" if n == LAST else str(n) for n in self.monthdays)
            case "every":
                return f"every:{self.step}" + (f":{self.day}" if self.day else "")
            case "once":
                return f"once:{self.day}"
        return self.kind


def parse_calendar(text: str) -> Calendar:
    """Read what `str(Calendar)` writes. Raises `calendars.bad_calendar`, `.bad_weekday`, `.bad_monthday`, `.bad_step`
    or `.bad_day`."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("、", ",")
    kind, _, rest = re.sub(r"[\s_]+", "", plain).partition(":")
    match kind:
        case "daily" | "workdays" if not rest:
            return Calendar(kind)
        case "weekly":
            return Calendar("weekly", weekdays=_sorted(_weekday, rest))
        case "monthly":
            return Calendar("monthly", monthdays=_sorted(_monthday, rest))
        case "every":
            step, _, first = rest.partition(":")
            return Calendar("every", step=_step(step), day=_day(first) if first else None)
        case "once":
            return Calendar("once", day=_day(rest))
    raise Refusal("calendars.bad_calendar", typed=text[:40])


def _sorted(read: Callable[[str], int], names: str) -> tuple[int, ...]:
    return tuple(sorted({read(name) for name in names.split(",")}))


def _weekday(name: str) -> int:
    if name not in WEEKDAYS:
        raise Refusal("calendars.bad_weekday", typed=name[:20], known=", ".join(WEEKDAYS))
    return WEEKDAYS.index(name)


def _monthday(name: str) -> int:
    if name == "last":
        return LAST
    if not re.fullmatch("[0-9]{1,2}", name) or not 1 <= int(name) <= 31:
        raise Refusal("calendars.bad_monthday", typed=name[:20])
    return int(name)


def _step(text: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_STEP:
        raise Refusal("calendars.bad_step", typed=text[:20], most=MOST_STEP)
    return int(text)


def _day(text: str) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Refusal("calendars.bad_day", typed=text[:20]) from None
    if not 2000 <= day.year <= 2100:
        raise Refusal("calendars.bad_day", typed=text[:20])
    return day
