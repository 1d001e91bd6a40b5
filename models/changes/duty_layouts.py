"""Tell how a duty table is laid out: days and shifts in rows or in columns (docs/rules.md 35.16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.changes import duty_cells
from models.changes.duty_headings import KNOWN
from models.organisation import roster_columns
from models.spreadsheets import headings
from models.spreadsheets.headings import WITHIN, Headings, plain
from models.spreadsheets.reader import Line, Sheet

FEW_DATES, STEP = 3, 3  # dates that make a heading, and days between two


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out: `list` (a line for each shift), `days` (a line for each day, a column for each shift),
    `shifts` (a line for each shift, a column for each day) or `people` (a line for each person)."""

    kind: str
    found: Headings
    across: Sequence[int]  # columns of shifts or of days


def is_duty(sheets: Sequence[Sheet]) -> bool:
    """Say whether a sheet is a duty table."""
    return any(of(it) is not None for it in sheets)


def of(sheet: Sheet) -> Layout | None:
    """Return how a sheet is laid out; None if it is no duty table."""
    if not sheet.lines:
        return None
    for name in ("day", "weekday"):
        found = headings.find(sheet, KNOWN, [name, "shift", "name"]) if _has(sheet, name, "shift") else None
        if found and {name, "shift"} <= found.known() and found.known() & {"name", "staff_no"}:
            return Layout("list", found, ())
    return _across(sheet) or (None if roster_columns.is_sheet_of_people(sheet) else _down(sheet))


def _has(sheet: Sheet, *names: str) -> bool:
    return any(set(names) <= {KNOWN.get(plain(it)) for it in duty_cells.texts(line)} for line in sheet.lines[:WITHIN])


def _across(sheet: Sheet) -> Layout | None:
    """Return the layout of a table with a column for each day. Of a sheet of people, only its heading line counts: what
    stands below may be birthdays."""
    people = roster_columns.heading_of(sheet, {}) if roster_columns.is_sheet_of_people(sheet) else None
    for at, line in enumerate(sheet.lines[:WITHIN]):
        places = _day_columns(line)
        if not places or (people is not None and people.line is not line):
            continue
        names = [None if n in places else KNOWN.get(plain(duty_cells.said(line, n))) for n in range(len(line.cells))]
        of_people = bool({"name", "staff_no"} & set(names)) and "shift" not in names
        if not of_people and "shift" not in names:
            names[0] = "shift"
        found = Headings(line, names, sheet.lines[:at], sheet.lines[at + 1 :])
        return Layout("people" if of_people else "shifts", found, places)
    return None


def _day_columns(line: Line) -> list[int]:
    """Return the columns of a heading line that stand for days: some weekdays, or dates that follow each other."""
    kinds = [duty_cells.day_words(duty_cells.said(line, n)) for n in range(len(line.cells))]
    weekdays = [n for n, it in enumerate(kinds) if it == "weekdays" and n > 0]
    if len({duty_cells.said(line, n) for n in weekdays}) > 1:
        return weekdays
    dates = [n for n, it in enumerate(kinds) if it == "date" and n > 0]
    days = [duty_cells.leap_day(duty_cells.said(line, n)) for n in dates]
    apart = [(later - one).days for one, later in pairwise(days)]
    return dates if len(dates) >= FEW_DATES and all(0 < it <= STEP for it in apart) else []


def _down(sheet: Sheet) -> Layout | None:
    """Return the layout of a table with a line for each day."""
    for at, line in enumerate(sheet.lines[:WITHIN]):
        names = [KNOWN.get(plain(duty_cells.said(line, n))) for n in range(len(line.cells))]
        column = next((names.index(it) for it in ("day", "weekday") if it in names), None)
        across = [n for n, it in enumerate(names) if it in (None, "name") and duty_cells.said(line, n)]
        if column is not None and across and _are_days(sheet.lines[at + 1 :], column, names[column]):
            shown = [None if n in across else it for n, it in enumerate(names)]
            return Layout("days", Headings(line, shown, sheet.lines[:at], sheet.lines[at + 1 :]), across)
    return None


def _are_days(lines: Sequence[Line], column: int, name: str | None) -> bool:
    """Say whether one of the first cells of a column is a day; `name` is what its heading says it is."""
    words = [it for line in lines if (it := duty_cells.said(line, column))][:3]
    said = [duty_cells.weekday(it) if name == "weekday" else it for it in words]
    return any(duty_cells.day_words(duty_cells.dated(it, duty_cells.ANY_MONTH)) for it in said)


def is_week(layout: Layout) -> bool:
    """Say whether a sheet is a template week as the program writes it: weekdays, and how many posts there are."""
    return layout.kind == "list" and "day" not in layout.found.known() and "need" in layout.found.known()
