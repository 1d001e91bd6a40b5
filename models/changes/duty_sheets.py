"""Find what a duty table says (值班表): for which days, which shift, who. What the words mean is decided where the
organisation is known (models/duty/week_file.py, docs/rules.md 35.16)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from models.changes.duty_headings import KNOWN, LABELS
from models.core import typed_text
from models.core.errors import Note, Refusal
from models.organisation import roster_columns
from models.spreadsheets import headings
from models.spreadsheets.headings import WITHIN, Headings, plain
from models.spreadsheets.reader import Line, Sheet, letters
from models.time import weekly_words

LONGEST = 300  # characters of a cell that are kept
MOST = 2000  # cells that name somebody
NAMED = 10  # lines that a note lists
FEW_DATES, STEP, DAY_LETTERS = 3, 3, 20  # dates that make a heading, days between two, characters that may name a day
_DATE = "sheets.date"  # what the reader says of a cell in which Excel keeps a date
_WEEKDAY = re.compile(
    r"[(（\[]?(?:(?:周|星期|礼拜)[一二三四五六日天]|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b)[)）\]]?", re.IGNORECASE
)
_MONTH = re.compile(r"(?:((?:19|20)[0-9]{2})\s*年\s*)?(?<![0-9])(1[0-2]|0?[1-9])\s*月")
ANY_MONTH = "1月"
_LEAP = date(2024, 2, 29)  # a day from which every date without a year can be read


@dataclass(frozen=True)
class Entry:
    """One shift of a duty table as it is written, on a date or on weekdays: the words of its cells. `column` is the
    letter of the cell that names people."""

    line: int
    sheet: str | None
    column: str | None
    day: str
    weekday: str
    shift: str
    hours: str
    start: str
    end: str
    need: str
    people: str
    staff_no: str
    unit: str

    def at(self, refusal: Refusal) -> Refusal:
        return refusal.at(self.line, self.sheet, self.column)


@dataclass
class DutyTable:
    """What a file says: its entries, what was left out, and which cells cannot be read."""

    entries: list[Entry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    wrong: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class _Layout:
    """How a sheet is laid out: `list` (a line for each shift), `days` (a line for each day, a column for each shift),
    `shifts` (a line for each shift, a column for each day) or `people` (a line for each person)."""

    kind: str
    found: Headings
    across: Sequence[int]  # columns of shifts or of days


def is_duty(sheets: Sequence[Sheet]) -> bool:
    """Say whether a sheet is a duty table."""
    return any(_layout(it) is not None for it in sheets)


def read(sheets: Sequence[Sheet]) -> DutyTable:
    """Return what the duty tables among these sheets say. Where one is a template week, others are left out."""
    made = DutyTable()
    found = [(it, layout) for it in sheets if (layout := _layout(it)) is not None]
    weeks = [(it, layout) for it, layout in found if _is_week(layout)]
    for sheet, layout in weeks or found:
        _sheet(sheet, layout, made)
    taken = [sheet.name for sheet, _ in weeks or found]
    shifts = [it.name for it, _ in found if it.name not in taken]
    others = [it.name for it in sheets if it.lines and it.name not in taken and it.name not in shifts]
    hidden = [it.name for it in sheets if it.is_hidden]
    for key, names in (("shifts", shifts), ("others", others), ("hidden_sheets", hidden)):
        if names:
            made.notes.append(Note(f"rota.{key}", {"sheets": names}))
    if len(made.entries) > MOST:
        made.entries, made.wrong = [], [Refusal("rota.too_many", most=MOST)]
    elif not made.entries and not made.wrong:
        made.wrong.append(Refusal("rota.empty"))
    return made


def _is_week(layout: _Layout) -> bool:
    """Say whether a sheet is a template week as the program writes it: weekdays, and how many posts there are."""
    return layout.kind == "list" and "day" not in layout.found.known() and "need" in layout.found.known()


def _said(line: Line, at: int) -> str:
    """Return what a cell says on one line; of one in which Excel keeps a date or a time, ISO 8601."""
    cell = line.cells[at] if at < len(line.cells) else ""
    if isinstance(cell, Refusal):
        return str(cell.values.get("value", "")) if cell.key == _DATE else ""
    return cell.strip()[:LONGEST]


def day_words(words: str) -> str | None:
    """Say what a cell is that stands for days: a `date` or `weekdays`; None for neither."""
    said = weekly_words.plain(words)
    found, rest = weekly_words.days(said)
    if found is not None and not rest.strip(" ,()"):
        return "weekdays"
    bare = _WEEKDAY.sub("", said).partition("T")[0]
    return "date" if bare and typed_text.day(bare, _LEAP) is not None else None


def _layout(sheet: Sheet) -> _Layout | None:
    if not sheet.lines:
        return None
    for name in ("day", "weekday"):
        found = headings.find(sheet, KNOWN, [name, "shift", "name"]) if _has(sheet, name, "shift") else None
        if found and {name, "shift"} <= found.known() and found.known() & {"name", "staff_no"}:
            return _Layout("list", found, ())
    return _across(sheet) or (None if roster_columns.is_sheet_of_people(sheet) else _down(sheet))


def _has(sheet: Sheet, *names: str) -> bool:
    return any(set(names) <= {KNOWN.get(plain(it)) for it in _texts(line)} for line in sheet.lines[:WITHIN])


def _texts(line: Line) -> list[str]:
    return [it for it in line.cells if isinstance(it, str)]


def _across(sheet: Sheet) -> _Layout | None:
    """Return the layout of a table with a column for each day. Of a sheet of people, only its heading line counts: what
    stands below may be birthdays."""
    people = roster_columns.heading_of(sheet, {}) if roster_columns.is_sheet_of_people(sheet) else None
    for at, line in enumerate(sheet.lines[:WITHIN]):
        places = _day_columns(line)
        if not places or (people is not None and people.line is not line):
            continue
        names = [None if n in places else KNOWN.get(plain(_said(line, n))) for n in range(len(line.cells))]
        of_people = bool({"name", "staff_no"} & set(names)) and "shift" not in names
        if not of_people and "shift" not in names:
            names[0] = "shift"
        found = Headings(line, names, sheet.lines[:at], sheet.lines[at + 1 :])
        return _Layout("people" if of_people else "shifts", found, places)
    return None


def _day_columns(line: Line) -> list[int]:
    """Return the columns of a heading line that stand for days: some weekdays, or dates that follow each other."""
    kinds = [day_words(_said(line, n)) for n in range(len(line.cells))]
    weekdays = [n for n, it in enumerate(kinds) if it == "weekdays" and n > 0]
    if len({_said(line, n) for n in weekdays}) > 1:
        return weekdays
    dates = [n for n, it in enumerate(kinds) if it == "date" and n > 0]
    days = [_leap_day(_said(line, n)) for n in dates]
    apart = [(later - one).days for one, later in pairwise(days)]
    return dates if len(dates) >= FEW_DATES and all(0 < it <= STEP for it in apart) else []


def _leap_day(words: str) -> date:
    found = typed_text.day(_WEEKDAY.sub("", weekly_words.plain(words)).partition("T")[0], _LEAP)
    return found or date.min


def _down(sheet: Sheet) -> _Layout | None:
    """Return the layout of a table with a line for each day."""
    for at, line in enumerate(sheet.lines[:WITHIN]):
        names = [KNOWN.get(plain(_said(line, n))) for n in range(len(line.cells))]
        column = next((names.index(it) for it in ("day", "weekday") if it in names), None)
        across = [n for n, it in enumerate(names) if it in (None, "name") and _said(line, n)]
        below = [it for it in sheet.lines[at + 1 :] if column is not None and _said(it, column)]
        days = [day_words(_dated(_said(it, column or 0), ANY_MONTH)) for it in below[:3]]
        if column is not None and across and any(days):
            shown = [None if n in across else it for n, it in enumerate(names)]
            return _Layout("days", Headings(line, shown, sheet.lines[:at], sheet.lines[at + 1 :]), across)
    return None


def _sheet(sheet: Sheet, layout: _Layout, made: DutyTable) -> None:
    found, month = layout.found, _month(sheet, layout.found)
    hours, lines = _hours_below(layout)
    left: list[int] = []
    spoken: set[str | None] = set()  # columns that name somebody
    for line in lines:
        entries = list(_entries(sheet, layout, line, hours, month))
        if not entries and any(line.cells):
            left.append(line.number)
        made.entries += entries
        spoken |= {it.column for it in entries}
        made.wrong += _unreadable(sheet, layout, line)
    where = {"sheet": sheet.name} if sheet.name else {}
    titles = [" ".join(_texts(it))[:60].strip() for it in found.skipped]
    silent = [n for n in layout.across if sheet.name is not None and letters(n + 1) not in spoken]
    ignored = [*_ignored(layout), *(_said(found.line, n)[:40] for n in silent), *_nameless(sheet, layout, lines)]
    for key, names in (("titles", [it for it in titles if it]), ("columns", ignored), ("lines", left)):
        if names:
            made.notes.append(Note(f"rota.{key}", {key: names[:NAMED], **where}))
    if sheet.hidden:
        made.notes.append(Note("rota.hidden", {"count": len(sheet.hidden), "rows": sheet.hidden[:NAMED], **where}))


def _ignored(layout: _Layout) -> list[str]:
    """Return the headings that mean nothing here."""
    line, taken = layout.found.line, set(layout.across)
    unread = [n for n, it in enumerate(layout.found.names) if n not in taken and it in (None, "left_out")]
    return [line.words(n)[:40] for n in unread if line.words(n)]


def _nameless(sheet: Sheet, layout: _Layout, lines: Sequence[Line]) -> Iterator[str]:
    """Yield the letters of columns with something in them and no heading."""
    head = layout.found.line
    for at in range(max((len(it.cells) for it in lines), default=0) if sheet.name is not None else 0):
        if (
            not _said(head, at)
            and layout.found.names[at : at + 1] in ([], [None])
            and any(_said(it, at) for it in lines)
        ):
            yield letters(at + 1)


def _month(sheet: Sheet, found: Headings) -> str:
    """Return the month that a title names, `2026年12月`, for days that are mere numbers; "" where none does."""
    above = [*(it for line in found.skipped for it in _texts(line)), sheet.name or ""]
    said = next((it for words in above if (it := _MONTH.search(words))), None)
    return f"{said[1]}年{said[2]}月" if said and said[1] else f"{said[2]}月" if said else ""


def _dated(words: str, month: str) -> str:
    """Return a day's words; a mere number is a day of the title's month."""
    bare = words.strip().rstrip("日号")
    return f"{month}{int(bare)}日" if month and bare.isdecimal() and 0 < int(bare) < 32 else words


def _hours_below(layout: _Layout) -> tuple[Mapping[int, str], Sequence[Line]]:
    """Return the hours that stand in a line of their own below the shifts' names, and the other lines."""
    below = layout.found.below
    if layout.kind != "days" or not below:
        return {}, below
    said = {n: _said(below[0], n) for n in layout.across if _said(below[0], n)}
    if said and all(_is_hours(it) for it in said.values()):
        return said, below[1:]
    return {}, below


def _is_hours(words: str) -> bool:
    try:
        found, rest = weekly_words.span(weekly_words.plain(words))
    except Refusal:
        return True
    return found is not None and not rest.strip(" ()")


def _entries(
    sheet: Sheet, layout: _Layout, line: Line, hours: Mapping[int, str], month: str
) -> Iterator[Entry]:  # fmt: skip
    """Yield what a line says; nothing of a line that says nothing of shifts, such as a remark below the table."""
    found = layout.found
    value = {name: " ".join(filter(None, (_said(line, n) for n in found.at(name)))) for name in LABELS}
    value["weekday"] = " ".join(filter(None, (_said(line, n) for n in found.at("weekday"))))
    if layout.kind == "list":
        if _speaks(value):
            column = next((it[0] for name in ("name", "staff_no") if (it := found.at(name))), 0)
            yield _entry(sheet, line, column, value, _dated(value["day"], month))
        return
    for n in layout.across:
        words = _said(line, n)
        if not words:
            continue
        head = _said(found.line, n)
        if layout.kind == "days":
            if not (value["day"] or value["weekday"]) or not _is_day(value, month):
                return
            said = {**value, "shift": head, "hours": hours.get(n, value["hours"]), "name": words}
            yield _entry(sheet, line, n, said, _dated(value["day"], month))
        elif layout.kind == "shifts":
            yield _entry(sheet, line, n, {**value, "name": words}, _dated(head, month))
        else:
            yield _entry(sheet, line, n, {**value, "shift": words}, _dated(head, month))


def _speaks(value: Mapping[str, str]) -> bool:
    """Say whether a line of a list is one of a shift, and no remark or signature below the table."""
    return sum(bool(value[it]) for it in ("day", "weekday", "shift", "name", "staff_no")) > 1


def _is_day(value: Mapping[str, str], month: str) -> bool:
    """Say whether a line stands for a day or is at least not a remark, which stands in one long cell."""
    words = _dated(value["day"] or value["weekday"], month)
    return day_words(words) is not None or len(words) <= DAY_LETTERS


def _entry(sheet: Sheet, line: Line, column: int, value: Mapping[str, str], day: str) -> Entry:
    letter = letters(column + 1) if sheet.name is not None else None
    weekday = value["weekday"]
    if day_words(day) == "weekdays":
        day, weekday = "", day
    return Entry(
        line.number, sheet.name, letter, day, weekday, value["shift"], value["hours"], value["start"], value["end"],
        value["need"], value["name"], value["staff_no"], value["unit"],
    )  # fmt: skip


def _unreadable(sheet: Sheet, layout: _Layout, line: Line) -> Iterator[Refusal]:
    """Yield why cells that are used cannot be read."""
    used = {n for n, it in enumerate(layout.found.names) if it not in (None, "left_out")} | set(layout.across)
    for n in sorted(used):
        cell = line.cells[n] if n < len(line.cells) else ""
        if isinstance(cell, Refusal) and (cell.key != _DATE or not cell.values.get("value")):
            told: dict[str, Any] = dict(cell.values)
            yield Refusal(cell.key, **told).at(line.number, sheet.name, letters(n + 1))
