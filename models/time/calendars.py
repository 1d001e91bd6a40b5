"""Read calendars: on which days an assignment is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

import chinese_calendar
from chinese_calendar.constants import holidays

from models.core.errors import Refusal

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
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
    """The days on which an assignment is asked: `daily`, `workdays`, `weekly:mon,thu` or `once:2026-11-23`."""

    kind: Literal["daily", "workdays", "weekly", "once"]
    weekdays: tuple[int, ...] = ()  # 0 is Monday, sorted
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
            case "once":
                return day == self.day

    def __str__(self) -> str:
        if self.kind == "weekly":
            return "weekly:" + ",".join(WEEKDAYS[number] for number in self.weekdays)
        return f"once:{self.day}" if self.kind == "once" else self.kind


def parse_calendar(text: str) -> Calendar:
    """Read what `str(Calendar)` writes. Raises `calendars.bad_calendar`, `.bad_weekday` or `.bad_day`."""
    kind, _, rest = re.sub(r"\s+", "", text.casefold()).replace("：", ":").replace("，", ",").partition(":")
    if kind == "daily" and not rest:
        return Calendar("daily")
    if kind == "workdays" and not rest:
        return Calendar("workdays")
    if kind == "weekly":
        for name in rest.split(","):
            if name not in WEEKDAYS:
                raise Refusal("calendars.bad_weekday", typed=name[:20], known=", ".join(WEEKDAYS))
        return Calendar("weekly", tuple(sorted({WEEKDAYS.index(name) for name in rest.split(",")})))
    if kind == "once":
        return Calendar("once", day=_day(rest))
    raise Refusal("calendars.bad_calendar", typed=text[:40])


def _day(text: str) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Refusal("calendars.bad_day", typed=text[:20]) from None
    if not 2000 <= day.year <= 2100:
        raise Refusal("calendars.bad_day", typed=text[:20])
    return day
