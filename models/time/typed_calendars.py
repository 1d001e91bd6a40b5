"""Read on which days a task is asked, as people write it: 工作日, 每周一、四, 每月1日、15日, 月末, 每3天,
`every Monday`, `every 3 days`, `last day of the month`, or as the program itself does (`monthly:1,last`). What is not
certain is not read (docs/rules.md 16.2): 每隔3天 may mean every third day or every fourth."""

import re
from collections.abc import Callable, Sequence
from unicodedata import normalize

from models.core import typed_text
from models.time.calendars import LAST, WEEKDAYS, Calendar, parse_calendar

MOST_WORDS = 8  # of a phrase
_AND = r"\s*(?:[,、和及]|\band\b)+\s*"
_OWN = re.compile(r"(?:weekly|monthly|every|once):\S*")  # as the program writes it, right or wrong
_MEANT = re.compile(  # such a word is meant as days, even if they are none that are known
    "每(?:[0-9一二两三四五六七八九十]|周|星期|礼拜|个?月|隔)|隔|(?:every|weekly|monthly)$"
)

_ON = "一二三四五六日天"
_NAME = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"
_OF_MONTH = r"(?:(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]?|最后[一1][天日]|月?[末底])"
_NTH = r"(?:[0-9]{1,2}(?:st|nd|rd|th)?|last\s+day|last)"
_COUNT = r"(?P<step>[0-9]{1,3}|[一二两三四五六七八九十]{1,3})"


def _always(text: str) -> Callable[[re.Match[str]], Calendar]:
    return lambda _: parse_calendar(text)


def _chinese_week(found: re.Match[str]) -> Calendar:
    days = (min(_ON.index(it), 6) for it in found["days"] if it in _ON)
    return parse_calendar("weekly:" + ",".join(WEEKDAYS[n] for n in days))


def _english_week(found: re.Match[str]) -> Calendar:
    return parse_calendar("weekly:" + ",".join(it[:3] for it in re.split(_AND, found["days"])))


def _monthly(found: re.Match[str]) -> Calendar:
    return parse_calendar("monthly:" + ",".join(_of_month(it) for it in re.split(_AND, found["days"])))


def _of_month(said: str) -> str:
    number = re.sub(r"\s+|[日号]$|st$|nd$|rd$|th$", "", said)
    if number.isdecimal():
        return number
    counted = 0 if re.search("最|末|底|last", number) else typed_text.counted(number)
    return str(counted) if counted else "last"


def _every(found: re.Match[str]) -> Calendar:
    step = found["step"]
    return parse_calendar(f"every:{step if step.isdecimal() else typed_text.counted(step)}")


_PHRASES: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], Calendar]]] = [
    (re.compile(pattern), read)
    for pattern, read in (
        (r"daily|every\s*day|每天|每日|天天", _always("daily")),
        (r"(?:on\s+)?workdays|every\s+workday|(?:每个?)?工作日", _always("workdays")),
        (rf"每个?(?:周|星期|礼拜)(?P<days>[{_ON}](?:(?:{_AND})?(?:周|星期|礼拜)?[{_ON}])*)", _chinese_week),
        (rf"(?:weekly\s+on|every|on)\s+(?P<days>{_NAME}(?:{_AND}{_NAME})*)", _english_week),
        (rf"每个?月\s*(?P<days>{_OF_MONTH}(?:{_AND}{_OF_MONTH})*)", _monthly),
        (rf"monthly\s+on\s+(?:the\s+)?(?P<days>{_NTH}(?:{_AND}(?:the\s+)?{_NTH})*)", _monthly),
        (r"月[末底]|(?:on\s+)?(?:the\s+)?last\s+day\s+of\s+(?:the|each|every)\s+month", _always("monthly:last")),
        (rf"每{_COUNT}[天日](?:一次)?", _every),
        (r"every\s+(?P<step>[0-9]{1,3})\s+days", _every),
        (r"隔[天日]|每隔[一1][天日]|every\s+(?:other|second)\s+day", _always("every:2")),
    )
]  # fmt: skip


def read(text: str) -> Calendar:
    """Return the calendar that all the words name. Raises as `parse_calendar`."""
    words = _plain(text.replace("_", " "))
    return _phrase(words) or parse_calendar(words)


def taken(words: Sequence[str]) -> tuple[Calendar | None, list[str]]:
    """Return the calendar that some words in a row name, and the other words; None if they name none. Raises as
    `parse_calendar` where a word is meant as days and is none that is known."""
    for n in range(min(len(words), MOST_WORDS), 0, -1):
        for at in range(len(words) - n + 1):
            if found := _phrase(_plain(" ".join(words[at : at + n]))):
                return found, [*words[:at], *words[at + n :]]
    for at, word in enumerate(words):
        if _OWN.fullmatch(_plain(word)) or _MEANT.match(_plain(word)):
            return parse_calendar(word), [*words[:at], *words[at + 1 :]]
    return None, list(words)


def _plain(text: str) -> str:
    return " ".join(normalize("NFKC", text).casefold().split())


def _phrase(words: str) -> Calendar | None:
    for pattern, make in _PHRASES:
        if found := pattern.fullmatch(words):
            return make(found)
    return None


def skips(calendar: Calendar) -> bool:
    """Say whether some months lack one of its days."""
    return any(28 < n < LAST for n in calendar.monthdays)
