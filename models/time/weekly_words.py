"""Read weekdays and hours as people write them: `mon-fri`, `每天`, `周一至周五`, `20:00-8:00`, `8:00-次日8:00`."""

import re
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


def plain(words: str) -> str:
    """Return words as they are read here: NFKC, with plain dashes and single blanks."""
    return " ".join(normalize("NFKC", words).replace("–", "-").replace("—", "-").split())


def days(words: str) -> tuple[tuple[int, ...] | None, str]:
    """Return the weekdays (0 is Monday) that plain words name, None if they name none, and the other words."""
    for at, word in enumerate(parts := words.split()):
        if word.lower() in _NAMED:
            return tuple(_NAMED[word.lower()]), " ".join(parts[:at] + parts[at + 1 :])
    found = _WEEKDAYS.search(words.lower())
    if found is None:
        return None, words
    named, since, last = set[int](), None, 0
    for it in _ONE.findall(found[0]):
        if it in ("至", "到", "~", "-", "to"):
            since = last
            continue
        last = _CHINESE.index("日" if it == "天" else it) if it in _CHINESE + "天" else _ENGLISH.index(it[:3])
        first = last if since is None else since
        named.update((first + n) % 7 for n in range((last - first) % 7 + 1))
        since = None
    return tuple(sorted(named)), f"{words[: found.start()]} {words[found.end() :]}"


def span(words: str) -> tuple[tuple[int, int] | None, str]:
    """Return the hours that plain words name, in minutes since the day's 00:00, None if they name none, and the other
    words. An end not after the beginning is on the next day. Raises `calendars.bad_time`."""
    found = _SPAN.search(words)
    if found is None:
        return None, words
    start, end = parse_time(found[1]).minutes, parse_time(found[3]).minutes
    if start >= DAY:
        raise Refusal("calendars.bad_time", typed=found[1])
    return hours(start, end, next_day=bool(found[2])), f"{words[: found.start()]} {words[found.end() :]}"


def hours(start: int, end: int, *, next_day: bool = False) -> tuple[int, int]:
    """Return the span between two wall times, in minutes; an end not after the beginning is on the next day."""
    return start, end + DAY if next_day or end <= start else end
