"""Read a line of a template week as people write it: `每天 20:00-8:00 夜班 2人：1004、1005`, `mon-fri 8:00-20:00 Day
x2: 1004, 1005` (docs/rules.md 35.1). What is missing stays None, and is asked for."""

import re
from dataclasses import dataclass

from models.time import weekly_words

_NEED = re.compile(r"(?<!\S)(?:x\s*([0-9]{1,2})|([0-9]{1,2})\s*(?:人|people|persons?))(?!\S)")


@dataclass(frozen=True)
class TypedLine:
    """What the words said: weekdays, wall times in minutes (see `rotas.Line`), the name, how many, and the words that
    name people."""

    days: tuple[int, ...] | None
    span: tuple[int, int] | None
    name: str
    need: int | None
    people: str | None


def read(text: str) -> TypedLine:
    """Return what the words say. Raises `calendars.bad_time`."""
    words, people = split(text)
    days, words = weekly_words.days(weekly_words.plain(words))
    span, words = weekly_words.span(words)
    need, words = _need(words)
    return TypedLine(days, span, words.strip(" ,、;"), need, people)


def split(text: str) -> tuple[str, str | None]:
    """Return what stands before the colon that people follow, which is none of a time's, and what follows."""
    found = re.search(r"[:：](?![0-9]{2}(?:\D|$))", text)
    return (text[: found.start()], text[found.end() :].strip() or None) if found else (text, None)


def _need(words: str) -> tuple[int | None, str]:
    found = _NEED.search(words.lower())
    if found is None:
        return None, words
    return int(found[1] or found[2]), f"{words[: found.start()]} {words[found.end() :]}"
