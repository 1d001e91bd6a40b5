"""Read the sheets of an XLSForm as rows: which column is which, in which language, and which are not used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from models.core.errors import Note, Refusal
from models.spreadsheets import reader
from models.spreadsheets.reader import Line, Sheet

COLUMNS = {
    "survey": ("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message", "default"),
    "choices": ("list_name", "name", "label"),
    "settings": ("form_title", "form_id", "default_language", "about", "statement"),
    "indicators": ("name", "label", "count", "value", "format", "total"),  # a sheet of our own, as in YAML
}
NEEDED = {"survey": "type", "choices": "list_name", "settings": "form_id", "indicators": "name"}
SPOKEN = ("label", "hint", "constraint_message", "form_title", "statement")  # columns that may name a language
SAME = {
    "survey": {"constraint message": "constraint_message", "relevance": "relevant"},
    "choices": {"list name": "list_name", "value": "name"},
    "settings": {"title": "form_title", "id_string": "form_id", "default language": "default_language"},
    "indicators": {},
}
# columns that change what is asked; XLSForm's others change only how it looks
DECISIVE = ("calculation", "choice_filter", "repeat_count", "trigger", "read_only", "readonly")
LANGUAGES = {"english": "en", "chinese": "zh", "中文": "zh", "简体中文": "zh", "汉语": "zh"}
_CODE = re.compile(r"(?:^|\()\s*([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2,4}))?\s*\)?\s*$")
_PLAIN_REGIONS = ("CN", "HANS", "US", "GB")


@dataclass(frozen=True)
class Row:
    """One row: `said` has the words of each column by language, "" for a column that names none."""

    sheet: str
    number: int
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def get(self, column: str) -> str:
        return next(iter(self.said.get(column, {}).values()), "")

    def at(self, refusal: Refusal) -> Refusal:
        """Return the refusal with this row's place."""
        refusal.line, refusal.sheet = self.number, self.sheet
        return refusal


@dataclass
class Tables:
    """The rows of each sheet, what is wrong with them, and what was left out."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    problems: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read(data: bytes) -> Tables:
    """Read a workbook. Raises as `spreadsheets.reader.read`, or `xlsform.no_survey` if it is no form."""
    pages = {str(sheet.name).strip().lower(): sheet for sheet in reader.read(data)}
    if "survey" not in pages or not pages["survey"].lines:
        raise Refusal("xlsform.no_survey", found=[str(page.name) for page in pages.values()][:10])
    tables = Tables()
    others = [str(page.name) for name, page in pages.items() if name not in COLUMNS and page.lines]
    if others:
        tables.notes.append(Note("xlsform.sheets", {"sheets": others}))
    for name in COLUMNS:
        page = pages.get(name)
        tables.rows[name] = _table(tables, name, page) if page and page.lines else []
    return tables


def language(words: str) -> str:
    """Return the code of `English (en)`, `中文`, `zh-CN`; "" if it is not clear."""
    named = LANGUAGES.get(words.partition("(")[0].strip().lower(), "")
    found = _CODE.search(words)
    if found is None or (named and "(" not in words):
        return named
    region = (found[2] or "").upper()
    return found[1].lower() + (f"_{region}" if region and region not in _PLAIN_REGIONS else "")


def _table(tables: Tables, name: str, page: Sheet) -> list[Row]:
    head, *below = page.lines
    columns = [_column(head.words(at), name) for at in range(len(head.cells))]
    heading = Row(name, head.number)
    known = [column for column, _ in columns]
    if NEEDED[name] not in known:
        tables.problems.append(heading.at(Refusal("xlsform.no_column", column=NEEDED[name])))
    ignored = []
    for at, (column, spoken) in enumerate(columns):
        said = head.words(at)
        if column in SPOKEN and column in COLUMNS[name] and spoken is None:
            tables.problems.append(heading.at(Refusal("xlsform.language", column=said)))
        if said and column not in (*COLUMNS[name], *DECISIVE):
            near = get_close_matches(column, set(COLUMNS[name]) - set(known), 1, 0.8)
            if near:
                tables.problems.append(heading.at(Refusal("headings.misspelt", heading=said, meant=near[0])))
            ignored.append(said[:40])
    if ignored:
        tables.notes.append(Note("xlsform.columns", {"sheet": name, "columns": ignored}))
    return [row for line in below if (row := _row(tables, name, line, columns)).said]


def _column(heading: str, sheet: str) -> tuple[str, str | None]:
    """Return `label::English (en)` as the column and its language; the language is None if it is not clear."""
    column, _, spoken = heading.partition("::")
    column = " ".join(column.lower().split())
    return SAME[sheet].get(column, column), (language(spoken) or None) if spoken.strip() else ""


def _row(tables: Tables, name: str, line: Line, columns: list[tuple[str, str | None]]) -> Row:
    said: dict[str, dict[str, str]] = {}
    row = Row(name, line.number, said)
    for (column, spoken), cell in zip(columns, line.cells, strict=False):
        if cell == "" or column not in (*COLUMNS[name], *DECISIVE):
            continue
        if isinstance(cell, Refusal):
            tables.problems.append(row.at(cell))
        elif column in DECISIVE:
            tables.problems.append(row.at(Refusal("xlsform.decisive", column=column)))
        else:
            said.setdefault(column, {})[spoken or ""] = cell
    return row
