"""Read numbers, dates and times as people type them on a phone: full-width, with units, in Chinese or in digits.

What is not certain is not read: a wrong figure is worse than one more question (docs/rules.md 16.2)."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

MOST_DIGITS = 15  # that a float holds without loss
_ONE_LETTER_UNITS = ("c", "g", "t", "h")  # not k, w, m, l, o: thousands, ten thousands, or a slip for 1 and 0
_NOT_EXACT = re.compile(
    "[零〇一二两三四五六七八九十百千万亿兆半打多余几上下左右约不负]|thousand|hundred|million|dozen|half"
)
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<grouped>[1-9][0-9]{0,2}(?:,[0-9]{3})+)|(?P<whole>[0-9]+))"
    r"(?:(?:[.。·]|(?P<loose>[,点度]))(?P<part>[0-9]+))?\s*(?P<unit>°?\s?[^\W\d_]{0,12})"
)
_NEAR_DAYS = (
    ("大前天",), ("前天", "前日"), ("昨天", "昨日", "yesterday"), ("今天", "今日", "today"),
    ("明天", "明日", "tomorrow"), ("后天", "后日"), ("大后天",),
)  # fmt: skip
_DAYS = {word: distance for distance, words in enumerate(_NEAR_DAYS, start=-3) for word in words}
_SIGNS = str.maketrans("−٫٬", "-.,")  # a minus, and what Arabic digits have for a point and a comma
_WEEKDAYS = (
    "mon(?:day)?|(?:周|星期|礼拜)一", "tue(?:s|sday)?|(?:周|星期|礼拜)二", "wed(?:nesday)?|(?:周|星期|礼拜)三",
    "thu(?:r|rs|rsday)?|(?:周|星期|礼拜)四", "fri(?:day)?|(?:周|星期|礼拜)五", "sat(?:urday)?|(?:周|星期|礼拜)六",
    "sun(?:day)?|(?:周|星期|礼拜)[日天]",
)  # fmt: skip
_WEEKDAY_FIRST = re.compile("(?:" + "|".join(f"({it})" for it in _WEEKDAYS) + r")[,.]?(?=[0-9一二三四五六七八九十])")
_WEEKDAY_LAST = re.compile(r"(?<=.)[,(]?(?:" + "|".join(f"({it})" for it in _WEEKDAYS) + r")\)?$")
_CHINESE = re.compile("([一二三四五六七八九十]+)月([一二三四五六七八九十]+)[日号]")
_DATE = re.compile(r"(?:([0-9]{4})(?:年|[-/.]))?([0-9]{1,2})(?:月|[-/.])([0-9]{1,2})[日号]?")
_NEAR_MONTHS = {  # how many days before its first
    "本月": 0, "这个月": 0, "当月": 0, "this": 0, "thismonth": 0, "上月": 1, "上个月": 1, "last": 1, "lastmonth": 1,
}  # fmt: skip
_MONTH = re.compile(r"(?:(?P<year>(?:19|20)[0-9]{2})(?:年|[-/.])?)?(?P<month>[0-9]{1,2})月?")
_COUNTED = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_SPELT_MONTH = re.compile(rf"(?P<month>{_MONTH_NAME}),?(?P<year>(?:19|20)[0-9]{{2}})?")
_SPELT = re.compile(rf"([0-9]{{1,2}})(?:st|nd|rd|th)?({_MONTH_NAME}),?([0-9]{{4}})?")
_SPELT_FIRST = re.compile(rf"({_MONTH_NAME})([0-9]{{1,2}})(?:st|nd|rd|th)?(?:,?([0-9]{{4}}))?")
_SPELT_APART = re.compile(
    rf"\b([0-9]{{1,2}})\s+({_MONTH_NAME})(?![a-z])(?:\s+([0-9]{{4}})\b)?|\b({_MONTH_NAME})\s+([0-9]{{1,2}})\b(?![:.])",
    re.IGNORECASE,
)
_BETWEEN_DATES = re.compile(r"[\s,.~–—-]*(?:to|until|至|到)?[\s]*", re.IGNORECASE)
_TIME = re.compile(
    r"(?P<part>凌晨|早上|早晨|早|上午|中午|下午|傍晚|晚上|晚)?(?P<hour>[0-9]{1,2})"
    r"(?:[:.。](?P<minute>[0-9]{2})|[点时](?:(?P<half>半)|(?P<quarter>[一三])刻|整|(?P<spoken>[0-9]{1,2})分?)?)?"
    r"(?P<after>am|pm)?"
)


_DEGREES = r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,12})?)°?"
_PLACE = re.compile(rf"{_DEGREES}(?:\s*[,;、]\s*|\s+){_DEGREES}(?:\s+([+-]?[0-9.]{{1,9}})\s+([0-9.]{{1,9}}))?")


def plain(typed: str) -> str:
    """Return the words with full-width signs and the digits of every script made plain, in lower case, without spaces
    or full stops around. Raised and lowered digits and fractions (10², ½) become "?", so that they are not read as the
    digits they are not."""
    signs = ("?" if unicodedata.decomposition(c).startswith(("<super>", "<sub>", "<fraction>")) else c for c in typed)
    words = unicodedata.normalize("NFKC", "".join(signs)).translate(_SIGNS).casefold()
    words = "".join(" " if c.isspace() else c for c in words if c.isspace() or c.isprintable())
    words = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in words)
    return words.strip().rstrip("。.!,、;").strip()


def place(typed: str) -> tuple[float, float, float, float] | None:
    """Return latitude, longitude, altitude and accuracy of `31.2304, 121.4737`, or of the four numbers that XLSForm
    writes; None for anything else. Whether such a place exists is not checked."""
    found = _PLACE.fullmatch(plain(typed))
    if not found:
        return None
    try:
        latitude, longitude, altitude, accuracy = (float(it or 0) for it in found.groups())
    except ValueError:
        return None
    return latitude, longitude, altitude, accuracy


def number(typed: str) -> Decimal | None:
    """Return the number, or None when it is not certain. `1,200` is 1200; `36,5`, `36。5` and `36度5` are 36.5. Units
    are dropped (℃ 度 箱 km); words that change the number (万, 半, k) make it unreadable."""
    found = _NUMBER.fullmatch(plain(typed))
    if not found:
        return None
    unit = found["unit"].replace("千米", "").replace("千克", "").strip(" °")
    if _NOT_EXACT.search(unit) or (len(unit) == 1 and unit.isascii() and unit not in _ONE_LETTER_UNITS):
        return None
    part = found["part"] or ""
    if found["loose"] and (found["grouped"] or len(part) > 2):  # 0,125 and 12,3456 may mean two things
        return None
    digits = (found["grouped"] or found["whole"]).replace(",", "")
    if len(digits) + len(part) > MOST_DIGITS:
        return None
    return Decimal(f"{found['sign']}{digits}.{part or 0}") + 0  # + 0 makes -0 a 0


def day(typed: str, today: date) -> date | None:
    """Return the day, or None. Without a year it is the one nearest to `today`, at most half a year away.
    A weekday beside it has to be the right one."""
    words = re.sub(r"\s+", "", plain(typed))
    said = _WEEKDAY_FIRST.match(words) or _WEEKDAY_LAST.search(words)
    found = _day(words[: said.start()] + words[said.end() :] if said else words, today)
    return None if said and found and said[found.weekday() + 1] is None else found


def _day(words: str, today: date) -> date | None:
    try:
        if words in _DAYS:
            return today + timedelta(days=_DAYS[words])
        if re.fullmatch("[0-9]{8}", words):
            words = f"{words[:4]}-{words[4:6]}-{words[6:]}"
        if spoken := _CHINESE.fullmatch(words):
            words = f"{counted(spoken[1])}-{counted(spoken[2])}"
        found = _DATE.fullmatch(words)
        year, month, number_ = found.groups() if found else _spelt(words)
        if not month:
            return None
        if year:
            return date(int(year), int(month), int(number_)) if 1900 <= int(year) <= 2100 else None
    except (ValueError, OverflowError):
        return None
    return _nearest(int(month), int(number_), today)


def _spelt(words: str) -> tuple[str | None, str, str]:
    """Return year, month and day of `26nov`, `nov26` and `26november2026`; nothing of other words."""
    if found := _SPELT.fullmatch(words):
        number_, month, year = found.groups()
    elif found := _SPELT_FIRST.fullmatch(words):
        month, number_, year = found.groups()
    else:
        return None, "", ""
    return year, str(_MONTHS.index(month[:3]) + 1), number_


def dates_joined(words: str) -> str:
    """Return words in which `26 Nov` and `Nov 26` are one word, as commands that take words one by one need it: one
    date, or those that follow each other. What comes later is a reason or the like, and stays as it was typed."""
    told, at = "", 0
    for it in _SPELT_APART.finditer(words):
        if told and not _BETWEEN_DATES.fullmatch(words, at, it.start()):
            break
        told += words[at : it.start()] + "".join(part for part in it.groups() if part)
        at = it.end()
    return told + words[at:]


def _nearest(month: int, number_: int, today: date) -> date | None:
    near = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            near.append(date(year, month, number_))
        except ValueError:  # 29 February, or a day that does not exist
            continue
    best = min(near, key=lambda it: abs(it - today), default=None)
    return best if best and abs(best - today) <= timedelta(days=184) else None


def month(typed: str, today: date) -> date | None:
    """Return the first day of the month, or None. Without a year it is the newest such month that has begun."""
    words = re.sub(r"\s+", "", plain(typed))
    if words in _NEAR_MONTHS:
        back = _NEAR_MONTHS[words]
        return (today.replace(day=1) - timedelta(days=back)).replace(day=1)
    found = _MONTH.fullmatch(words) or _SPELT_MONTH.fullmatch(words)
    if not found:
        return None
    name = found["month"]
    number_ = int(name) if name.isdecimal() else _MONTHS.index(name[:3]) + 1
    if not 1 <= number_ <= 12:
        return None
    year = int(found["year"]) if found["year"] else today.year - (number_ > today.month)
    return date(year, number_, 1)


def meant_as_day(typed: str) -> bool:
    """Say whether a word is written as a day is, whether or not there is such a day."""
    return re.fullmatch(r"[0-9]{1,4}(?:[-./年月][0-9]{1,4}){1,2}[日号]?", plain(typed)) is not None


def meant_as_month(typed: str) -> bool:
    """Say whether a word could be meant as a month, whether or not there is such a month."""
    return re.search("[0-9]|月", plain(typed)) is not None


def numbered(words: str) -> tuple[int, str] | None:
    """Return the number with which words begin, as a notice, a roll call or a run has one, and what follows it."""
    first, _, rest = words.strip().removeprefix("№").partition(" ")
    return (int(first), rest.strip()) if first.isascii() and first.isdecimal() and len(first) < 9 else None


def counted(word: str) -> int:
    """Return the number that Chinese digits say: 三, 十, 十五, 二十一."""
    tens, ten, ones = word.rpartition("十")
    return (_COUNTED.get(tens, 1) * 10 if ten else 0) + _COUNTED.get(ones, 0)


def clock(typed: str) -> tuple[int, int] | None:
    """Return hour and minute, or None: `7:30`, `7点半`, `0730`, `下午3点`, `3:15pm`; a bare `7` is not certain."""
    words = re.sub(r"\s+", "", plain(typed))
    if re.fullmatch("[0-9]{3,4}", words):
        words = f"{words[:-2]}:{words[-2:]}"
    found = _TIME.fullmatch(words)
    if not found or words.isdigit():
        return None
    hour, part = int(found["hour"]), found["part"] or found["after"] or ""
    if hour > 12 and part in ("am", "pm", "凌晨"):
        return None
    quarter = {"一": 15, "三": 45}.get(found["quarter"] or "", 0)
    minute = 30 if found["half"] else quarter or int(found["minute"] or found["spoken"] or 0)
    if part in ("下午", "傍晚", "晚上", "晚", "pm", "中午") and hour < 12 and not (part == "中午" and hour > 9):
        hour += 12
    elif part and hour == 12 and part not in ("中午", "下午", "pm"):
        if part in ("晚上", "晚", "傍晚"):  # midnight, but of which day?
            return None
        hour = 0 if part in ("凌晨", "am") else 12
    return (hour, minute) if hour < 24 and minute < 60 else None


def clocks(typed: str) -> list[tuple[int, int]]:
    """Return the one or two times that `9:30`, `8点` or `8:00-9:30` name; none for other words, plain digits too."""
    parts = re.split(r"[-–—~至到]", plain(typed))
    found = [clock(part) if re.search("[:点时]", part) else None for part in parts]
    return [at for at in found if at] if all(found) and len(found) < 3 else []


def written(value: object) -> str:
    """Return an answer as it was typed: no digit of a number is lost, and none is added."""
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return str(value)
