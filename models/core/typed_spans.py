"""Read days that people type as a span: `3d`, `12-01 12-05`, 11月24日至25日, `from 26 Nov to 28 Nov`, and the way the
program itself writes them, `24 Nov to 25 Nov (2 days)`. A span that is not certain is not read (docs/rules.md 16.2)."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from models.core import typed_text

Span = tuple[date, date]

MOST_WORDS = 10  # of a span
_COUNT = re.compile(
    r"([0-9]{1,3}|[一二两三四五六七八九]?十?[一二三四五六七八九]?|one|two|three|four|five|six|seven)\s*"
    r"(?:(?P<days>d|days?|天)|(?P<said>日)|个?(?P<weeks>w|weeks?|周|星期))"
)
_ENGLISH = {word: n for n, word in enumerate(("one", "two", "three", "four", "five", "six", "seven"), start=1)}
_BETWEEN = re.compile(r"\s*(?:[至到~—–]|\bto\b|\buntil\b|\.\.)\s*|\s+-\s+|\s*-\s*|\s+|(?<=[日号天])|起")
_FIRST = re.compile(r"^(?:from\b|从|自)\s*")
_LAST = re.compile(r"\s*(?:起|止|为止)$")
_BEGINS = re.compile(  # without any of these the first word is no day, which is soon seen
    r"[0-9一二两三四五六七八九十昨今明后前从自周]|星期|礼拜|from|day|tomorrow|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|mon|tue|wed|thu|fri|sat|sun|one|two|three|four|five|six|seven"
)
_BRACKETS = re.compile(r"\s*\((?P<inside>[^()]{1,12})\)$")
_OF_MONTH = re.compile("([0-9]{1,2})[日号]")
_OF_NEXT = re.compile("[0-9]{1,2}")
_LEADS_ON = re.compile(r"[至到~—–-]|(?:to|until)$")  # as the first word of what is left, it belongs to the days


def span(parts: list[str], today: date) -> tuple[Span, list[str]] | None:
    """Return the days that words begin with, both ends included, and the words left; None where they begin with none,
    or where a day is left that belongs to them. `3d` and `3天` begin today."""
    if not parts or not _BEGINS.search(typed_text.plain(parts[0])):
        return None
    for n in range(min(len(parts), MOST_WORDS), 0, -1):
        found = whole(" ".join(parts[:n]), today)
        if found:
            return None if _goes_on(parts[n:], today) else (found, parts[n:])
    return None


def _goes_on(left: list[str], today: date) -> bool:
    first = typed_text.plain(left[0]) if left else ""
    return bool(
        _LEADS_ON.match(first) or count(first.strip("()")) or _OF_MONTH.fullmatch(first) or whole(first, today)
    )  # fmt: skip


def whole(typed: str, today: date) -> Span | None:
    """Return the span that all the words name; None for other words."""
    words = typed_text.plain(typed)
    brackets = _BRACKETS.search(words)
    lasts = count(brackets["inside"]) if brackets else None
    if brackets and lasts is not None:
        words = words[: brackets.start()]
    found = _read(_LAST.sub("", _FIRST.sub("", words)), today)
    if found and lasts is not None and (found[1] - found[0]).days + 1 != lasts:
        return None
    return found


def _read(words: str, today: date) -> Span | None:
    if (days := count(words)) is not None:
        return today, today + timedelta(days=days - 1)
    if one := typed_text.day(words, today):
        return one, one
    return next(_two(words, today), None)


def _two(words: str, today: date) -> Iterator[Span]:
    """Yield the readings of words that name a first day, and a last one or a count of days."""
    for between in _BETWEEN.finditer(words):
        left, right = words[: between.start()].strip(), words[between.end() :].strip()
        first = typed_text.day(left, today)
        if first is None:
            yield from _month_behind(left, right, today)
        elif (days := count(right)) is not None:
            yield first, first + timedelta(days=days - 1)
        elif last := typed_text.day(right, first):
            yield first, last
        elif (of_month := _OF_MONTH.fullmatch(right)) and int(of_month[1]) > first.day:
            yield from _same_month(first, int(of_month[1]))


def _month_behind(left: str, right: str, today: date) -> Iterator[Span]:
    """Yield the span of `24–25 nov`."""
    last = typed_text.day(right, today) if _OF_NEXT.fullmatch(left) and re.search("[a-z]", right) else None
    if last and int(left) < last.day:
        yield last.replace(day=int(left)), last


def _same_month(first: date, number: int) -> Iterator[Span]:
    try:
        yield first, first.replace(day=number)
    except ValueError:
        return


def count(typed: str) -> int | None:
    """Return the days that `3d`, 三天, `2 weeks` or 一周 say; None for other words. 三日 is three days; 3日 may
    be a day of the month and is not certain."""
    found = _COUNT.fullmatch(typed_text.plain(typed))
    if not found or not found[1] or (found["said"] and found[1].isdecimal()):
        return None
    said = found[1]
    number = int(said) if said.isdecimal() else _ENGLISH.get(said) or typed_text.counted(said)
    return number * 7 if found["weeks"] else number
