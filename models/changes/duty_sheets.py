"""Find what a duty table says (值班表): for which days, which shift, who. How it is laid out is told by
models/changes/duty_layouts.py; what the words mean is decided where the organisation is known
(models/duty/week_file.py, docs/rules.md 35.16)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.changes import duty_cells, duty_layouts
from models.changes.duty_headings import LABELS
from models.changes.duty_layouts import Layout
from models.core.errors import Note, Refusal
from models.spreadsheets.headings import Headings
from models.spreadsheets.reader import Line, Sheet, letters
from models.time import weekly_words

MOST = 2000  # cells that name somebody
NAMED = 10  # lines that a note lists
DAY_LETTERS = 20  # characters that may name a day
_MONTH = re.compile(r"(?:((?:19|20)[0-9]{2})\s*年\s*)?(?<![0-9])(1[0-2]|0?[1-9])\s*月")


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


def read(sheets: Sequence[Sheet]) -> DutyTable:
    """Return what the duty tables among these sheets say. Where one is a template week, others are left out."""
    made = DutyTable()
    found = [(it, layout) for it in sheets if (layout := duty_layouts.of(it)) is not None]
    weeks = [(it, layout) for it, layout in found if duty_layouts.is_week(layout)]
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


def _sheet(sheet: Sheet, layout: Layout, made: DutyTable) -> None:
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
    titles = [" ".join(duty_cells.texts(it))[:60].strip() for it in found.skipped]
    silent = [n for n in layout.across if sheet.name is not None and letters(n + 1) not in spoken]
    ignored = [
        *_ignored(layout),
        *(duty_cells.said(found.line, n)[:40] for n in silent),
        *_nameless(sheet, layout, lines),
    ]
    for key, names in (("titles", [it for it in titles if it]), ("columns", ignored), ("lines", left)):
        if names:
            made.notes.append(Note(f"rota.{key}", {key: names[:NAMED], **where}))
    if sheet.hidden:
        made.notes.append(Note("rota.hidden", {"count": len(sheet.hidden), "rows": sheet.hidden[:NAMED], **where}))


def _ignored(layout: Layout) -> list[str]:
    """Return the headings that mean nothing here."""
    line, taken = layout.found.line, set(layout.across)
    unread = [n for n, it in enumerate(layout.found.names) if n not in taken and it in (None, "left_out")]
    return [line.words(n)[:40] for n in unread if line.words(n)]


def _nameless(sheet: Sheet, layout: Layout, lines: Sequence[Line]) -> Iterator[str]:
    """Yield the letters of columns with something in them and no heading."""
    head = layout.found.line
    for at in range(max((len(it.cells) for it in lines), default=0) if sheet.name is not None else 0):
        if (
            not duty_cells.said(head, at)
            and layout.found.names[at : at + 1] in ([], [None])
            and any(duty_cells.said(it, at) for it in lines)
        ):
            yield letters(at + 1)


def _month(sheet: Sheet, found: Headings) -> str:
    """Return the month that a title names, `2026年12月`, for days that are mere numbers; "" where none does."""
    above = [*(it for line in found.skipped for it in duty_cells.texts(line)), sheet.name or ""]
    said = next((it for words in above if (it := _MONTH.search(words))), None)
    return f"{said[1]}年{said[2]}月" if said and said[1] else f"{said[2]}月" if said else ""


def _hours_below(layout: Layout) -> tuple[Mapping[int, str], Sequence[Line]]:
    """Return the hours that stand in a line of their own below the shifts' names, and the other lines."""
    below = layout.found.below
    if layout.kind != "days" or not below:
        return {}, below
    said = {n: duty_cells.said(below[0], n) for n in layout.across if duty_cells.said(below[0], n)}
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
    sheet: Sheet, layout: Layout, line: Line, hours: Mapping[int, str], month: str
) -> Iterator[Entry]:  # fmt: skip
    """Yield what a line says; nothing of a line that says nothing of shifts, such as a remark below the table."""
    found = layout.found
    value = {name: " ".join(filter(None, (duty_cells.said(line, n) for n in found.at(name)))) for name in LABELS}
    weekdays = (duty_cells.weekday(duty_cells.said(line, n)) for n in found.at("weekday"))
    value["weekday"] = " ".join(filter(None, weekdays))
    if layout.kind == "list":
        if _speaks(value):
            column = next((it[0] for name in ("name", "staff_no") if (it := found.at(name))), 0)
            yield _entry(sheet, line, column, value, duty_cells.dated(value["day"], month))
        return
    for n in layout.across:
        words = duty_cells.said(line, n)
        if not words:
            continue
        head = duty_cells.said(found.line, n)
        if layout.kind == "days":
            if not (value["day"] or value["weekday"]) or not _is_day(value, month):
                return
            said = {**value, "shift": head, "hours": hours.get(n, value["hours"]), "name": words}
            yield _entry(sheet, line, n, said, duty_cells.dated(value["day"], month))
        elif layout.kind == "shifts":
            yield _entry(sheet, line, n, {**value, "name": words}, duty_cells.dated(head, month))
        else:
            yield _entry(sheet, line, n, {**value, "shift": words}, duty_cells.dated(head, month))


def _speaks(value: Mapping[str, str]) -> bool:
    """Say whether a line of a list is one of a shift, and no remark or signature below the table."""
    return sum(bool(value[it]) for it in ("day", "weekday", "shift", "name", "staff_no")) > 1


def _is_day(value: Mapping[str, str], month: str) -> bool:
    """Say whether a line stands for a day or is at least not a remark, which stands in one long cell."""
    words = duty_cells.dated(value["day"] or value["weekday"], month)
    return duty_cells.day_words(words) is not None or len(words) <= DAY_LETTERS


def _entry(sheet: Sheet, line: Line, column: int, value: Mapping[str, str], day: str) -> Entry:
    letter = letters(column + 1) if sheet.name is not None else None
    weekday = value["weekday"]
    if duty_cells.day_words(day) == "weekdays":
        day, weekday = "", day
    return Entry(
        line.number, sheet.name, letter, day, weekday, value["shift"], value["hours"], value["start"], value["end"],
        value["need"], value["name"], value["staff_no"], value["unit"],
    )  # fmt: skip


def _unreadable(sheet: Sheet, layout: Layout, line: Line) -> Iterator[Refusal]:
    """Yield why cells that are used cannot be read."""
    used = {n for n, it in enumerate(layout.found.names) if it not in (None, "left_out")} | set(layout.across)
    for n in sorted(used):
        cell = line.cells[n] if n < len(line.cells) else ""
        if isinstance(cell, Refusal) and (cell.key != duty_cells.DATE or not cell.values.get("value")):
            told: dict[str, Any] = dict(cell.values)
            yield Refusal(cell.key, **told).at(line.number, sheet.name, letters(n + 1))
