"""Read the cells of a duty table: what stands in one, and which day or weekdays it stands for (docs/rules.md 35.16)."""

import re
from datetime import date

from models.core import typed_text
from models.core.errors import Refusal
from models.spreadsheets.reader import Line
from models.time import weekly_words

LONGEST = 300  # characters of a cell that are kept
DATE = "sheets.date"  # what the reader says of a cell in which Excel keeps a date
ANY_MONTH = "1月"  # makes a mere number a date, if it is one at all
_WEEKDAY = re.compile(
    r"[(（\[]?(?:(?:周|星期|礼拜)[一二三四五六日天]|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b)[)）\]]?", re.IGNORECASE
)
_BARE = re.compile("[一二三四五六日天](?:[、,，至到~-]?[一二三四五六日天])*")
_LEAP = date(2024, 2, 29)  # a day from which every date without a year can be read


def said(line: Line, at: int) -> str:
    """Return what a cell says on one line; of one in which Excel keeps a date or a time, ISO 8601."""
    cell = line.cells[at] if at < len(line.cells) else ""
    if isinstance(cell, Refusal):
        return str(cell.values.get("value", "")) if cell.key == DATE else ""
    return cell.strip()[:LONGEST]


def day_words(words: str) -> str | None:
    """Say what a cell is that stands for days: a `date` or `weekdays`; None for neither."""
    plain = weekly_words.plain(words)
    found, rest = weekly_words.days(plain)
    if found is not None and not rest.strip(" ,()"):
        return "weekdays"
    bare = _WEEKDAY.sub("", plain).partition("T")[0]
    return "date" if bare and typed_text.day(bare, _LEAP) is not None else None


def texts(line: Line) -> list[str]:
    """Return the cells of a line that can be read."""
    return [it for it in line.cells if isinstance(it, str)]


def dated(words: str, month: str) -> str:
    """Return a day's words; a mere number is a day of the title's month."""
    bare = words.strip().rstrip("日号")
    return f"{month}{int(bare)}日" if month and bare.isdecimal() and 0 < int(bare) < 32 else words


def weekday(words: str) -> str:
    """Return the words of a cell below a heading that says weekday: there a mere 一 is 周一."""
    return f"周{words}" if _BARE.fullmatch(words) else words


def leap_day(words: str) -> date:
    """Return the date that words name, in a leap year where they name none; the first of all dates for no date."""
    found = typed_text.day(_WEEKDAY.sub("", weekly_words.plain(words)).partition("T")[0], _LEAP)
    return found or date.min
