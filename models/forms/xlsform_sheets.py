"""Read the sheets of a form in Excel as rows: which sheet and which column is which, in which language, and what is not
used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from models.core import characters
from models.core.errors import Note, Refusal
from models.forms import xlsform_words as words
from models.forms.xlsform_words import COLUMNS, DECISIVE, HEADINGS, LABELS, NEEDED, SPOKEN
from models.spreadsheets import headings
from models.spreadsheets.headings import WITHIN, Headings, plain
from models.spreadsheets.reader import Line, Sheet, letters

NAMED = 10  # rows that a note lists
_NAMES = ("name", "list_name", "form_id", "type", "default_language")


@dataclass(frozen=True)
class Row:
    """One row: `said` has the words of each column by language, "" for a column that names none; `places` are the
    columns' letters."""

    sheet: str
    number: int
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    def get(self, column: str) -> str:
        return next(iter(self.said.get(column, {}).values()), "")

    def at(self, refusal: Refusal, column: str = "") -> Refusal:
        """Return the refusal with this row's place."""
        return refusal.at(self.number, self.sheet, self.places.get(column))


@dataclass
class Tables:
    """The rows of each sheet and the sheets' names, what is wrong with them, and what was left out."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    problems: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def is_form(sheets: Sequence[Sheet]) -> bool:
    """Say whether a sheet has the headings of questions, whatever the sheets are called."""
    return any(_asks(sheet) for sheet in sheets)


def _asks(sheet: Sheet) -> bool:
    for line in sheet.lines[:WITHIN]:
        known = {_heading(line.words(at), "survey") for at in range(len(line.cells))}
        if {"type", "label"} <= known or {"type", "name", "required"} <= known or {"type", "name", "choices"} <= known:
            return True
    return False


def read(sheets: Sequence[Sheet]) -> Tables:
    """Return the rows of a form's sheets. Raises `xlsform.no_survey` if no sheet has questions, `xlsform.csv` for a
    text."""
    if sheets and sheets[0].name is None:
        raise Refusal("xlsform.csv")
    tables = Tables()
    pages = _pages(sheets, tables)
    if "survey" not in pages:
        if tables.problems:  # it is hidden
            raise tables.problems[0]
        raise Refusal("xlsform.no_survey", found=[str(page.name) for page in sheets][:10])
    _note_others(tables, sheets, pages)
    for name in COLUMNS:
        tables.rows[name] = _table(tables, name, pages[name]) if name in pages else []
    return tables


def _pages(sheets: Sequence[Sheet], tables: Tables) -> dict[str, Sheet]:
    """Return which sheet is which: by XLSForm's names, else by others, and the questions by their headings. A hidden
    sheet of ours is a problem: nobody sees what is on it."""
    pages: dict[str, Sheet] = {}
    seen, unseen = [it for it in sheets if it.lines], [it for it in sheets if it.is_hidden]
    for exact, page in [(exact, page) for some in (seen, unseen) for exact in (True, False) for page in some]:
        ours = str(page.name).strip().lower() if exact else words.sheet(str(page.name))
        if ours in COLUMNS and ours not in pages and page not in pages.values():
            pages[ours] = page
    hidden = [ours for ours, page in pages.items() if page.is_hidden]
    tables.problems += [Refusal("xlsform.hidden_sheet").at(None, str(pages.pop(ours).name)) for ours in hidden]
    if "survey" not in pages:
        found = next((page for page in sheets if page not in pages.values() and _asks(page)), None)
        pages |= {"survey": found} if found else {}
    tables.names = {ours: str(page.name) for ours, page in pages.items()}
    return pages


def _note_others(tables: Tables, sheets: Sequence[Sheet], pages: Mapping[str, Sheet]) -> None:
    others = [str(page.name) for page in sheets if page.lines and page not in pages.values()]
    told = {it.sheet for it in tables.problems}
    hidden = [str(page.name) for page in sheets if page.is_hidden and page.name not in told]
    tables.notes += [Note("xlsform.sheets", {"sheets": others})] if others else []
    tables.notes += [Note("xlsform.hidden_sheets", {"sheets": hidden})] if hidden else []


def _heading(said: str, name: str) -> str | None:
    found = words.column(said, HEADINGS[name]) if said else None
    return found[0] if found else None


def _table(tables: Tables, name: str, page: Sheet) -> list[Row]:
    page = _upright(page) if name == "settings" else page
    heading = Row(str(page.name), page.lines[0].number)
    cells = {it.words(at) for it in page.lines[:WITHIN] for at in range(len(it.cells))}
    known = {plain(it): column for it in cells if (column := _heading(it, name))}
    try:
        found = _found(page, known, NEEDED[name])
    except Refusal as refusal:
        tables.problems.append(refusal.at(refusal.line, page.name))
        return []
    if found is None:
        tables.problems.append(heading.at(Refusal("xlsform.no_column", column=LABELS[NEEDED[name][0]])))
        return []
    columns = _Columns(tables, name, page, found)
    return [row for line in found.below if (row := columns.row(line)).said]


def _found(page: Sheet, known: Mapping[str, str], needed: Sequence[str]) -> Headings | None:
    """Return the heading line. Two lines are one table's headings only where cells are merged: what is asked may be
    called as a heading is."""
    try:
        return headings.find(page, known, needed)
    except Refusal as refusal:
        if any(it.row in (refusal.line, (refusal.line or 0) + 1) for it in page.merged):
            raise
    return next((found for it in needed if (found := headings.find(page, known, [it]))), None)


def _upright(page: Sheet) -> Sheet:
    """Return settings that stand below each other, name and value, as a heading line and a row."""
    sides = [line for line in page.lines if _heading(line.words(0), "settings")]
    above = max(sum(bool(_heading(it.words(at), "settings")) for at in range(len(it.cells))) for it in page.lines)
    if len(sides) < 2 or len(sides) <= above or any(len(line.cells) > 2 for line in sides):
        return page
    others = [line for line in page.lines if line not in sides]
    cells = [line.cells[1] if len(line.cells) > 1 else "" for line in sides]
    upright = [Line(sides[0].number, [line.cells[0] for line in sides]), Line(sides[-1].number, cells)]
    return Sheet(page.name, [*(it for it in others if it.number < sides[0].number), *upright,
                             *(it for it in others if it.number > sides[0].number)], [], page.hidden)  # fmt: skip


class _Columns:
    """The columns of one sheet: which column and which language each place is."""

    def __init__(self, tables: Tables, name: str, page: Sheet, found: Headings) -> None:
        self.tables, self.name, self.page, self.found = tables, name, page, found
        self.heading = Row(str(page.name), found.line.number)
        self.where: list[tuple[str, str] | None] = [self._at(at) for at in range(len(found.line.cells))]
        self._label_alone()
        self._once()
        self._missing()
        self._note()

    def words(self, at: int) -> str:
        return self.found.line.words(at)

    def _at(self, at: int) -> tuple[str, str] | None:
        found = words.column(self.words(at), HEADINGS[self.name]) if self.words(at) else None
        if found is None:
            return None
        column, spoken = found
        if spoken is None and column in SPOKEN:
            self._wrong(Refusal("xlsform.language", column=self.words(at)), at)
        return column, (spoken or "") if column in SPOKEN else ""

    def _wrong(self, refusal: Refusal, at: int) -> None:
        self.tables.problems.append(refusal.at(self.heading.number, self.heading.sheet, letters(at + 1)))

    def _label_alone(self) -> None:
        """Take names in Chinese for the labels where there is no other column of labels: both are what is asked."""
        columns = [it[0] for it in self.where if it]
        if self.name == "survey" and "label" not in columns and "name" in columns:
            at = next(at for at, it in enumerate(self.where) if it and it[0] == "name")
            if any(not line.words(at).isascii() for line in self.found.below):
                self.where[at] = ("label", "")
                self._taken(at, "label")

    def _taken(self, at: int, column: str) -> None:
        values: dict[str, object] = {"heading": self.words(at)[:40], "column": LABELS[column]}
        self.tables.notes.append(Note("headings.taken", values | {"sheet": self.heading.sheet}))

    def _once(self) -> None:
        """Refuse two columns that are the same one of ours and say different things; an empty one is left out."""
        for it in dict.fromkeys(self.where):
            places = [at for at, other in enumerate(self.where) if it and other == it]
            used = [at for at in places if any(line.words(at) for line in self.found.below)]
            if it and len(used) > 1 and any(len({line.words(at) for at in used}) > 1 for line in self.found.below):
                named = [self.words(at)[:40] for at in used]
                self._wrong(Refusal("headings.unclear", column=LABELS.get(it[0], it[0]), headings=named), used[1])
            for at in places:
                if at != (used or places)[0]:
                    self.where[at] = None

    def _missing(self) -> None:
        known = {it[0] for it in self.where if it}
        for needed in NEEDED[self.name]:
            absent = {plain(word): word for word in (needed, LABELS[needed]["zh"].partition("（")[2].strip("）"))}
            if needed in known:
                continue
            near = next(
                (at for at in self._unknown() if get_close_matches(plain(self.words(at)), absent, 1, 0.8)), None
            )
            if near is None and self.name != "settings":  # each setting is asked for by itself
                self.tables.problems.append(self.heading.at(Refusal("xlsform.no_column", column=LABELS[needed])))
        columns = set(COLUMNS[self.name]) - known
        for at in self._unknown():
            said = " ".join(self.words(at).partition("::")[0].lower().split())
            close = get_close_matches(said, columns, 1, 0.8)
            if close:
                self._wrong(Refusal("headings.misspelt", heading=self.words(at)[:40], meant=close[0]), at)

    def _unknown(self) -> list[int]:
        return [at for at, it in enumerate(self.where) if it is None and self.words(at)]

    def _note(self) -> None:
        sheet = self.heading.sheet
        for it in self.found.skipped:
            said = " ".join(cell for cell in it.cells if isinstance(cell, str) and cell)[:60]
            self.tables.notes.append(Note("xlsform.skipped", {"sheet": sheet, "line": it.number, "words": said}))
        self.found.names[:] = [it and it[0] for it in self.where]
        for note in headings.notes(self.found, self.page):
            if note.key == "headings.ignored":
                self.tables.notes.append(Note("xlsform.columns", {"sheet": sheet, **note.values}))
        if self.page.hidden:
            rows: dict[str, object] = {"count": len(self.page.hidden), "rows": self.page.hidden[:NAMED]}
            self.tables.notes.append(Note("xlsform.hidden", {"sheet": sheet, **rows}))
        read = [letters(at) for at in self.page.hidden_columns if at <= len(self.where) and self.where[at - 1]]
        if read:
            self.tables.notes.append(Note("roster.hidden_columns", {"sheet": sheet, "columns": read}))

    def row(self, line: Line) -> Row:
        said: dict[str, dict[str, str]] = {}
        places = {it[0]: letters(at + 1) for at, it in reversed(list(enumerate(self.where))) if it}
        row = Row(self.heading.sheet, line.number, said, places)
        for it, cell in zip(self.where, line.cells, strict=False):
            if cell == "" or it is None:
                continue
            column, spoken = it
            if isinstance(cell, Refusal):
                values: dict[str, Any] = cell.values
                self.tables.problems.append(row.at(Refusal(cell.key, **values), column))
            elif column in DECISIVE:
                self.tables.problems.append(row.at(Refusal("xlsform.decisive", column=column), column))
            elif words_ := (characters.key if column in _NAMES else characters.text)(cell).strip():
                said.setdefault(column, {})[spoken] = words_
        return row
