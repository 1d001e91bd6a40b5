"""Read a line of a template week as people write it: `每天 20:00-8:00 夜班 2人：1004、1005`, `mon-fri 8:00-20:00 Day
x2: 1004, 1005` (docs/rules.md 35.1). What is missing stays None, and is asked for."""

import re
from dataclasses import dataclass
from unicodedata import normalize

from models.core.errors import Refusal
from models.time.times import DAY, parse_time

_CHINESE = "一二三四五六日"
_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED = {
    "每天": range(7), "每日": range(7), "天天": range(7), "daily": range(7), "everyday": range(7), "all": range(7),
    "工作日": range(5), "workdays": range(5), "weekdays": range(5), "周末": (5, 6), "weekend": (5, 6),
    "weekends": (5, 6),
}  # fmt: skip
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?"
_WEEKDAYS = re.compile(
    rf"(?:每?(?:周|星期|礼拜)[一二三四五六日天](?:[、,至到~-]?(?:周|星期|礼拜)?[一二三四五六日天])*"
    rf"|{_DAY}(?:\s*(?:[,~-]|to)\s*{_DAY})*)(?=\s|$)"
)
_ONE = re.compile(rf"[一二三四五六日天]|{_DAY}|[至到~-]|to")
_SPAN = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*[-~至到]\s*(次日|第二天|\+1)?\s*([0-9]{1,2}:[0-9]{2})")
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
    words = " ".join(normalize("NFKC", words).replace("–", "-").replace("—", "-").split())
    days, words = _days(words)
    span, words = _span(words)
    need, words = _need(words)
    return TypedLine(days, span, words.strip(" ,、;"), need, people)


def split(text: str) -> tuple[str, str | None]:
    """Return what stands before the colon that people follow, which is none of a time's, and what follows."""
    found = re.search(r"[:：](?![0-9]{2}(?:\D|$))", text)
    return (text[: found.start()], text[found.end() :].strip() or None) if found else (text, None)


def _days(words: str) -> tuple[tuple[int, ...] | None, str]:
    for at, word in enumerate(parts := words.split()):
        if word.lower() in _NAMED:
            return tuple(_NAMED[word.lower()]), " ".join(parts[:at] + parts[at + 1 :])
    found = _WEEKDAYS.search(words.lower())
    if found is None:
        return None, words
    days, since, last = set[int](), None, 0
    for it in _ONE.findall(found[0]):
        if it in ("至", "到", "~", "-", "to"):
            since = last
            continue
        last = _CHINESE.index("日" if it == "天" else it) if it in _CHINESE + "天" else _ENGLISH.index(it[:3])
        first = last if since is None else since
        days.update((first + n) % 7 for n in range((last - first) % 7 + 1))
        since = None
    return tuple(sorted(days)), f"{words[: found.start()]} {words[found.end() :]}"


def _span(words: str) -> tuple[tuple[int, int] | None, str]:
    found = _SPAN.search(words)
    if found is None:
        return None, words
    start, end = parse_time(found[1]).minutes, parse_time(found[3]).minutes
    if start >= DAY:
        raise Refusal("calendars.bad_time", typed=found[1])
    if found[2] or end <= start:
        end += DAY
    return (start, end), f"{words[: found.start()]} {words[found.end() :]}"


def _need(words: str) -> tuple[int | None, str]:
    found = _NEED.search(words.lower())
    if found is None:
        return None, words
    return int(found[1] or found[2]), f"{words[: found.start()]} {words[found.end() :]}"
