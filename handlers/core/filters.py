"""Write days, times, numbers and lists as a language writes them: the filters of the templates."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from operator import methodcaller
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from handlers.core import measuring
from handlers.core.locales import translations
from models.forms.spec import say
from models.organisation.phone_numbers import shown

rendering_zone: ContextVar[ZoneInfo] = ContextVar("zone")  # of what is being rendered
rendering_today: ContextVar[date | None] = ContextVar("today", default=None)  # the day on which it is read


def filters(locale: str) -> dict[str, Callable[..., Any]]:
    """Return the filters of an environment, which belongs to one locale."""
    spoken: dict[str, Callable[..., str]] = {
        "day": _day, "weekday": _weekday, "moment": _moment, "percent": _percent, "number": number,
        "listed": _listed, "said": _said, "second": _second, "month": _month, "before_digits": _before_digits,
        "points": _points, "money": money, "day_of_year": _day_of_year,
    }  # fmt: skip
    return {name: partial(it, locale) for name, it in spoken.items()} | {
        "time": _time, "wall": _wall, "date": date.fromisoformat, "wide": measuring.width, "fit": measuring.fitted,
        "dialled": shown,
        # in addresses, and for machines
        "iso": methodcaller("isoformat"), "year_month": "{:%Y-%m}".format,
    }  # fmt: skip


def percent(value: float | None, locale: str) -> str:
    """Return a rate in per cent with at most one decimal; what is short of the whole is never shown as 100."""
    if value is None:
        return str(translations(locale).gettext("n/a"))
    rounded = round(value * 100, 1)
    return format_decimal(min(rounded, 99.9) if value < 1 else rounded, "#,##0.#", locale=locale) + "%"


@lru_cache(maxsize=1024)
def _dated(day: date, locale: str, pattern: str) -> str:
    return format_date(day, pattern, locale=locale)


def dayed(day: date, locale: str) -> str:
    """Return a day, with its year where that is another than the reader's: 5 March said in December is no day of this
    year."""
    today = rendering_today.get()
    if today is not None and day.year != today.year:
        return _day_of_year(locale, day)
    return _dated(day, locale, "M月d日" if locale == "zh_CN" else "d MMM")


def joined(values: Sequence[object], locale: str) -> str:
    """Return values in one line, as this language lists them."""
    return ("、" if locale == "zh_CN" else ", ").join(str(v) for v in values)


def _time(at: datetime) -> str:
    return f"{at.astimezone(rendering_zone.get()):%H:%M}"


def _wall(at: datetime) -> str:
    return f"{at.astimezone(rendering_zone.get()):%H:%M:%S}"


def _day(locale: str, day: date | datetime) -> str:
    if isinstance(day, datetime):
        day = day.astimezone(rendering_zone.get()).date()
    return dayed(day, locale)


def day_of_year(day: date, locale: str) -> str:
    """Return a day with its year."""
    return _dated(day, locale, "long" if locale == "zh_CN" else "d MMM y")


def _day_of_year(locale: str, day: date) -> str:
    return day_of_year(day, locale)


def _weekday(locale: str, day: date) -> str:
    return _dated(day, locale, "EEE")


def _moment(locale: str, at: datetime) -> str:
    return f"{_day(locale, at)} {_time(at)}"


def _second(locale: str, at: datetime) -> str:
    return f"{_day(locale, at)} {_wall(at)}"


def _month(locale: str, first: date) -> str:
    return str(format_skeleton("yMMMM", datetime(first.year, first.month, 1, tzinfo=UTC), locale=locale))


def _percent(locale: str, value: float | None) -> str:
    return percent(value, locale)


def _points(locale: str, value: float) -> str:
    """Return a difference of two rates in points, without its sign."""
    return str(format_decimal(abs(round(value * 100, 1)), "0.#", locale=locale))


def number(locale: str, value: object) -> str:
    """Return a number with its digits grouped, a dash for None, and anything else as it is."""
    if not isinstance(value, (int, float, Decimal)):
        return "–" if value is None else str(value)
    return _number(value, locale)


def money(locale: str, value: Decimal) -> str:
    """Return a sum of money with its digits grouped, and both decimals where there are any."""
    return str(format_decimal(value, "#,##0" if value == value.to_integral_value() else "#,##0.00", locale=locale))


@lru_cache(maxsize=4096)
def _number(value: float | Decimal, locale: str) -> str:
    return str(format_decimal(value, "#,##0.##", locale=locale))


def _listed(locale: str, values: Sequence[object]) -> str:
    return joined(values, locale)


def _said(locale: str, text: Mapping[str, str]) -> str:
    return say(text, locale)


def _before_digits(locale: str, name: str) -> str:
    """Return a name to write before digits: Chinese puts no comma there, so a name that ends in a digit gets a blank
    (楼2 11月27日, but 一站11月27日)."""
    return f"{name} " if locale == "zh_CN" and name[-1:].isdecimal() else name
