"""Translate an XLSForm (an Excel workbook with survey, choices, settings), as clerks make it, into the YAML that every
other form is (docs/decisions/0052-xlsform.md)."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from models.core import characters
from models.core.errors import Note, Refusal, Refusals
from models.forms import xlsform_choices, xlsform_settings, xlsform_sheets
from models.forms import xlsform_words as known
from models.forms.latin_names import latin
from models.forms.spec import Type
from models.forms.xlsform_choices import Choice, Lists
from models.forms.xlsform_sheets import Row, Tables
from models.forms.xlsform_words import COLUMNS, LABELS, SPOKEN, language
from models.forms.xpath import Names, translate
from models.forms.yaml_reader import parse_form
from models.spreadsheets import reader
from models.spreadsheets.reader import Sheet, is_workbook

RECORDED = (
    "start",
    "end",
    "today",
    "deviceid",
    "subscriberid",
    "simserial",
    "phonenumber",
    "username",
    "email",
    "audit",
)  # fmt: skip -- what we keep of every report in our own way
NATIVE = (*get_args(Type), *RECORDED)
SETTINGS = {"form_id": "code", "form_title": "title", "about": "about", "statement": "statement",
            "pass_mark": "pass_mark", "attempts": "attempts"}  # fmt: skip
NAMED = 10  # made names that a note lists
_CJK = re.compile(r"[\u3400-\u9fff]")
_DECIMAL = re.compile(r"[0-9][.．][0-9]")
_MARK = re.compile(
    r"^\s*[*＊]\s*|\s*[*＊]\s*$|\s*[（(【\[]\s*(?:必填项?|required|mandatory)\s*[)）】\]]\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class Source:
    """A form's YAML, and what of the file was left out or read in another way."""

    text: str
    notes: list[Note] = field(default_factory=list)


def is_xlsform(data: bytes) -> bool:
    """Say whether these bytes are a workbook with a sheet for questions."""
    if not is_workbook(data):
        return False
    try:
        return any(name.strip().lower() == "survey" for name in reader.names(data))
    except Refusal:
        return False


def is_form(sheets: Sequence[Sheet]) -> bool:
    """Say whether a sheet has the headings of questions."""
    return xlsform_sheets.is_form(sheets)


def of_sheets(sheets: Sequence[Sheet], file: str = "") -> Source:
    """Return the YAML of a form in Excel; the file's name stands for what no setting says. Raises everything that is
    wrong, with sheet, row and column."""
    try:
        tables = xlsform_sheets.read(sheets)
    except Refusal as refusal:
        raise Refusals([refusal]) from None
    return _Writer(tables, file).source()


def source(data: bytes) -> Source:
    """Return the YAML of a workbook. Raises as `of_sheets`."""
    try:
        sheets = list(reader.read(data))
    except Refusal as refusal:
        raise Refusals([refusal]) from None
    return of_sheets(sheets)


class _Writer:
    """Writes YAML, and remembers for each of its lines from which cell it comes."""

    def __init__(self, tables: Tables, file: str) -> None:
        self.tables, self.problems, self.notes = tables, tables.problems, tables.notes
        settings = tables.rows["settings"]
        written = settings[0] if settings else Row(tables.names.get("settings", "settings"), 2)
        self.settings, made = xlsform_settings.completed(written, file)
        self.notes += made
        self.main = language(self.settings.get("default_language"))
        self.lists = Lists(tables)
        self.names = Names()
        self.recorded: list[str] = []
        self.whole: list[str] = []  # questions whose type is just “number”
        self.made: dict[str, str] = {}  # words → the name made of them
        self.lines: list[str] = []
        self.cells: list[tuple[Row, str] | None] = []

    def source(self) -> Source:
        self.head()
        rows = self.tables.rows["survey"]
        self.names.written = self.called(rows)
        self.add("questions:", None)
        for row in rows:
            try:
                self.question(row)
            except Refusal as refusal:
                self.problems.append(refusal if refusal.line else row.at(refusal))
        self.indicators()
        self.note()
        text = "\n".join(self.lines) + "\n"
        self.check(text)
        return Source(text, self.notes)

    def head(self) -> None:
        pairs = {key: self.words(self.settings, name) for name, key in SETTINGS.items()}
        about = self.settings.get("about")
        pairs["about"] = _quoted(known.ABOUT.get(characters.key(about).lower(), about))
        pairs["code"] = _quoted(self.latin(self.settings.get("form_id")))
        self.put(self.settings, "", pairs, {key: name for name, key in SETTINGS.items()})

    def note(self) -> None:
        if self.recorded:
            self.notes.append(Note("xlsform.recorded", {"types": self.recorded}))
        unused = self.lists.unused()
        if unused:
            self.notes.append(Note("xlsform.lists", {"lists": unused}))
        more = [row.number for row in self.tables.rows["settings"][1:]]
        if more:
            self.notes.append(Note("xlsform.settings_rows", {"sheet": self.settings.sheet, "rows": more}))
        if self.whole:
            self.notes.append(Note("xlsform.whole", {"questions": self.whole}))
        if self.made:
            names = [f"{words[:20]} → {name}" for words, name in self.made.items()]
            self.notes.append(Note("xlsform.named", {"names": names[:NAMED], "count": len(names)}))

    def check(self, text: str) -> None:
        """Parse the YAML like any other; errors are reported for the cell they come from."""
        if not self.problems:
            try:
                parse_form(text)
            except Refusals as refused:
                for refusal in refused.refusals:
                    cell = self.cells[min(refusal.line or 1, len(self.cells)) - 1]
                    self.problems.append(cell[0].at(refusal, cell[1]) if cell else refusal.at(None, None))
        if self.problems:
            order = [self.tables.names.get(it, it) for it in COLUMNS]
            where = {name: at for at, name in enumerate(order)}
            raise Refusals(sorted(self.problems, key=lambda it: (where.get(it.sheet or "", 0), it.line or 0)))

    def add(self, line: str, cell: tuple[Row, str] | None) -> None:
        self.lines.append(line)
        self.cells.append(cell)

    def put(self, row: Row, indent: str, pairs: dict[str, str], columns: dict[str, str] | None = None) -> None:
        """Write those of the pairs that say something, one a line; `indent` may begin an item of a list. `columns` are
        those from which a key comes that is not called as its column."""
        for key, value in pairs.items():
            if value:
                self.add(f"{indent}{key}: {value}", (row, (columns or {}).get(key, key)))
                indent = indent.replace("-", " ")

    def latin(self, written: str) -> str:
        """Return a name that may stand in a report: as it was written, or made of Chinese words."""
        if not written or written.isascii():
            return written
        self.made[written] = latin(written)
        return self.made[written]

    def name(self, row: Row) -> str:
        """Return a question's name; one without a name has that of its label."""
        if row.get("name"):
            return self.latin(row.get("name"))
        label = row.said.get("label", {})
        words = _MARK.sub("", label.get("en") or next(iter(label.values()), ""))
        if words:
            self.made[words] = latin(words)
        return self.made.get(words, "")

    def called(self, rows: Sequence[Row]) -> dict[str, str]:
        """Return the names of questions by what expressions may call them: the name as it is written, or the words if
        no other question has them."""
        said = [
            (characters.key(_MARK.sub("", words)), self.name(row))
            for row in rows
            for words in row.said.get("label", {}).values()
        ]
        once = Counter(words for words, _ in said)
        written = {row.get("name"): self.name(row) for row in rows if row.get("name")}
        return {words: name for words, name in said if once[words] == 1} | written

    def question(self, row: Row) -> None:
        if not row.get("type"):
            raise row.at(Refusal("xlsform.blank", column=LABELS["type"]), "type")
        kind, rest = known.kind(row.get("type"), NATIVE)
        if kind in RECORDED:
            self.recorded.append(kind)
            return
        name = self.name(row)
        choices = self.choices(row, kind, rest, name)
        kind = self.plain_kind(row, kind)
        if kind not in get_args(Type) or (rest and not kind.startswith("select")):
            typed = row.get("type")[:40]
            raise row.at(Refusal("xlsform.type", type=typed, known=[*known.TYPE_LABELS.values()]), "type")
        self.put(row, "  - ", self.pairs(row, name, kind))
        if kind.startswith("select"):
            self.add("    choices:", (row, "type"))
        for choice in choices:
            said = {"label": choice.label, "explanation": choice.explanation}
            spoken = Row(choice.row.sheet, choice.row.number, said, choice.row.places)
            pairs = {"name": _quoted(choice.name), "label": self.words(spoken, "label")}
            places = dict.fromkeys(pairs, choice.column)
            pairs |= {"score": _quoted(choice.score), "explanation": self.words(spoken, "explanation")}
            self.put(choice.row, "      - ", pairs, places)
            if choice.written:
                self.made[choice.written] = choice.name

    def choices(self, row: Row, kind: str, rest: str, name: str) -> list[Choice]:
        if kind == known.YES_NO:
            choices = xlsform_choices.yes_no(row)
        elif kind in ("select_one", "select_multiple"):
            label = next(iter(row.said.get("label", {}).values()), "")
            choices = self.lists.of(row, rest, row.get("name"), name, characters.key(label))
        else:
            if row.get("choices") and kind in get_args(Type):
                raise row.at(Refusal("forms.choices_unasked", name=name, type=kind), "choices")
            choices = []
        for choice in choices:
            named = {*choice.label.values(), choice.written} - {""}
            self.names.choices.setdefault(name, {}).update(dict.fromkeys(named, choice.name))
        return choices

    def plain_kind(self, row: Row, kind: str) -> str:
        """Return the type in our words: a number is whole unless its row shows decimals."""
        if kind == known.YES_NO:
            return "select_one"
        if kind != known.NUMBER:
            return kind
        if any(_DECIMAL.search(row.get(it)) for it in ("constraint", "default", "hint", "constraint_message", "label")):
            return "decimal"
        self.whole.append(next(iter(row.said.get("label", {}).values()), row.get("name"))[:20])
        return "integer"

    def pairs(self, row: Row, name: str, kind: str) -> dict[str, str]:
        required = characters.key(row.get("required")).lower()
        marked = any(_MARK.search(said) for said in row.said.get("label", {}).values())
        if required not in known.YES | known.NO:
            self.problems.append(row.at(Refusal("xlsform.required", typed=required[:40]), "required"))
        pairs = {"name": _quoted(name), "type": _quoted(kind), "label": self.words(row, "label")}
        pairs["hint"] = self.words(row, "hint")
        pairs["required"] = "true" if required in known.YES or (marked and not required) else ""
        pairs["relevant"] = self.expression(row, "relevant")
        self.names.types[name] = kind
        pairs["constraint"] = self.expression(row, "constraint", name)
        pairs["constraint_message"] = self.words(row, "constraint_message")
        default = row.get("default")
        pairs["score"] = self.expression(row, "score", name)
        pairs["explanation"] = self.words(row, "explanation")
        pairs["default"] = _quoted("today" if default in known.TODAY else default)
        pairs["propose"] = _quoted(row.get("propose"))
        return pairs

    def expression(self, row: Row, column: str, own: str = "") -> str:
        try:
            return _quoted(translate(row.get(column), self.names, own))
        except Refusal as refusal:
            self.problems.append(row.at(refusal, column))
            return ""

    def indicators(self) -> None:
        rows = self.tables.rows["indicators"]
        if rows:
            self.add("indicators:", None)
        for row in rows:
            pairs = {column: self.words(row, column) for column in COLUMNS["indicators"]}
            total = characters.key(row.get("total")).lower()
            pairs["total"] = "true" if total in known.YES else _quoted("" if total in known.NO else total)
            self.put(row, "  - ", pairs)

    def words(self, row: Row, column: str) -> str:
        """Return a cell's words as YAML, by language if its column names one. Words that quote an answer are wrong."""
        said = row.said.get(column, {})
        if column in SPOKEN and any("${" in words for words in said.values()):
            self.problems.append(row.at(Refusal("xlsform.quoting", column=column), column))
        if column not in SPOKEN or set(said) <= {""}:
            return _quoted(_MARK.sub("", row.get(column)) if column == "label" else row.get(column))
        spoken = {code: words for code, words in said.items() if code}
        if "" in said:
            spoken.setdefault(self.main or ("zh" if _CJK.search(said[""]) else "en"), said[""])
        if column == "label":
            spoken = {code: _MARK.sub("", words) for code, words in spoken.items()}
        return "{" + ", ".join(f"{code}: {_quoted(words)}" for code, words in spoken.items()) + "}"


def _quoted(words: str) -> str:
    """Return words as a YAML string on one line; "" stays empty."""
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"' if words else ""
