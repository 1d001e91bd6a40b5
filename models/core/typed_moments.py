"""Read a day with a time as people type it, and the words after it: `明天 14:30 三楼会议室`, `30 Nov 2:30 pm`, `11-30
14:30`, `18:00`."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from models.core import typed_text

T = TypeVar("T")
MOST_WORDS = 3  # of a day, and of a time


def moment(typed: str, today: date) -> tuple[date | None, tuple[int, int] | None, str]:
    """Return the day and the time of day (hour, minute) with which the words begin, each None where they name none, and
    the words left."""
    parts = _apart(typed.split(), today)
    day, parts = _taken(parts, lambda words: typed_text.day(words, today))
    at, parts = _taken(parts, typed_text.clock)
    return day, at, " ".join(parts)


def _taken(parts: list[str], read: Callable[[str], T | None]) -> tuple[T | None, list[str]]:
    for n in range(min(MOST_WORDS, len(parts)), 0, -1):
        found = read(" ".join(parts[:n]))
        if found is not None:
            return found, parts[n:]
    return None, parts


def _apart(parts: list[str], today: date) -> list[str]:
    """Return the words with a first one like 明天下午3点 split into day and time."""
    first = parts[0] if parts else ""
    for at in range(len(first) - 1, 0, -1):
        if typed_text.day(first[:at], today) and typed_text.clock(first[at:]):
            return [first[:at], first[at:], *parts[1:]]
    return parts
