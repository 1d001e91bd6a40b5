"""Read the days that people look back on: 上周, `last month`, 2026-11, 11月, 近7天, `last 7 days`, 今年, 9月至11月,
`11-01..11-15`. What leave and exports call days is read by `typed_spans`."""

import re
from datetime import date, timedelta

from models.core import months, typed_spans, typed_text
from models.core.typed_spans import MOST_WORDS, Span

_WEEKS = {word: n for n, words in enumerate((
    ("本周", "这周", "这一周", "本星期", "这星期", "这个星期", "本礼拜", "这礼拜", "thisweek", "week"),
    ("上周", "上一周", "上星期", "上个星期", "上礼拜", "lastweek"),
    ("上上周", "上上星期", "上上礼拜"),
)) for word in words}  # fmt: skip
_YEARS = {"今年": 0, "本年": 0, "thisyear": 0, "去年": 1, "上年": 1, "lastyear": 1}
_RECENT = re.compile(r"(?:最近|近|过去|(?:the\s+)?(?:last|past)\s+)\s*(.+)")
_BETWEEN = re.compile(r"\s*(?:[至到~—–]|\bto\b|\.\.)\s*")
HALF_A_YEAR = timedelta(days=182)


def ranged(parts: list[str], today: date) -> tuple[Span, list[str]] | None:
    """Return the days that the first or the last words name, both ends included, and the other words; None where they
    name none, or a single day."""
    for n in range(min(len(parts), MOST_WORDS), 0, -1):
        for named, rest in ((parts[:n], parts[n:]), (parts[-n:], parts[:-n])):
            if found := whole(" ".join(named), today):
                return found, rest
    return None


def whole(typed: str, today: date) -> Span | None:
    """Return the days that all the words name; None for other words, and for a single day."""
    words = typed_text.plain(typed)
    close = re.sub(r"\s+", "", words)
    if close in _WEEKS:
        monday = today - timedelta(days=today.weekday() + 7 * _WEEKS[close])
        return monday, monday + timedelta(days=6)
    if close in _YEARS:
        year = today.year - _YEARS[close]
        return date(year, 1, 1), date(year, 12, 31)
    if (recent := _RECENT.fullmatch(words)) and (days := typed_spans.count(recent[1])):
        return today - timedelta(days=days - 1), today
    return _months(words, today) or _days(words, today)


def _months(words: str, today: date) -> Span | None:
    named = [_month(it, today) for it in _BETWEEN.split(words)]
    first, last = named[0], named[-1]
    if len(named) > 2 or first is None or last is None or first > last:
        return None
    return first, months.last_day(last)


def _month(words: str, today: date) -> date | None:
    """Return the first day of a month; a bare number names none."""
    return None if words.isdecimal() or words in ("this", "last") else typed_text.month(words, today)


def _days(words: str, today: date) -> Span | None:
    """Return two days and all between them. Without a year they have begun."""
    if typed_spans.count(words) is not None:
        return None
    found = typed_spans.whole(words, today)
    if found and found[0] > today:
        found = typed_spans.whole(words, today - HALF_A_YEAR) or found
    return found if found and found[0] < found[1] else None
