"""Translate an XLSForm (an Excel workbook with survey, choices, settings) into the YAML that every other form is
(docs/decisions/0052-xlsform.md)."""

import re
from dataclasses import dataclass, field
from typing import get_args

from models.core.errors import Note, Refusal, Refusals
from models.forms import xlsform_sheets
from models.forms.spec import Type
from models.forms.xlsform_sheets import COLUMNS, SPOKEN, Row, Tables, language
from models.forms.xpath import translate
from models.forms.yaml_reader import parse_form
from models.spreadsheets import file_kinds, reader, text_tables
from models.spreadsheets.reader import is_workbook

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
TYPES = {
    "string": "text", "int": "integer", "select one": "select_one", "select1": "select_one", "photo": "image",
    "select multiple": "select_multiple", "select all that apply": "select_multiple", "location": "geopoint",
    "gps": "geopoint",
}  # fmt: skip
SETTINGS = {"form_id": "code", "form_title": "title", "about": "about", "statement": "statement"}
_YES, _NO = ("yes", "true", "true()", "1", "required"), ("", "no", "false", "false()", "0")
_CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Source:
    """A form's YAML, and what of the file was left out."""

    text: str
    notes: list[Note] = field(default_factory=list)


def is_xlsform(data: bytes) -> bool:
    """Say whether these bytes are a workbook with the sheet that every XLSForm has."""
    if not is_workbook(data):
        return False
    try:
        return "survey" in (name.strip().lower() for name in reader.names(data))
    except Refusal:
        return False


def source(data: bytes) -> Source:
    """Return the YAML of a form file of either type. Raises everything that is wrong; for a workbook with sheets and
    rows."""
    if is_workbook(data):
        return _Writer(_tables(data)).source()
    said = _text(data)
    parse_form(said)
    return Source(said)


def _text(data: bytes) -> str:
    try:
        file_kinds.refuse(data)
        ways = text_tables.decode(data).ways
    except Refusal as refusal:
        raise Refusals([refusal]) from None
    if len(ways) > 1:
        raise Refusals([Refusal("roster.doubtful", ways=list(ways))])
    return next(iter(ways.values()))


def _tables(data: bytes) -> Tables:
    try:
        return xlsform_sheets.read(data)
    except Refusal as refusal:
        raise Refusals([refusal]) from None


class _Writer:
    """Writes YAML, and remembers for each of its lines from which row it comes."""

    def __init__(self, tables: Tables) -> None:
        self.tables, self.problems, self.notes = tables, tables.problems, tables.notes
        settings = tables.rows["settings"]
        self.settings = settings[0] if settings else Row("settings", 2)
        self.main = language(self.settings.get("default_language"))
        self.types: dict[str, str] = {}
        self.recorded: list[str] = []
        self.lines: list[str] = []
        self.rows: list[Row | None] = []

    def source(self) -> Source:
        for column in ("form_id", "form_title", "statement"):
            if not self.settings.get(column):
                self.problems.append(self.settings.at(Refusal("xlsform.no_setting", column=column)))
        self.put(self.settings, "", {key: self.words(self.settings, name) for name, key in SETTINGS.items()})
        self.add("questions:", None)
        for row in self.tables.rows["survey"]:
            try:
                self.question(row)
            except Refusal as refusal:
                self.problems.append(row.at(refusal))
        self.indicators()
        if self.recorded:
            self.notes.append(Note("xlsform.recorded", {"types": self.recorded}))
        text = "\n".join(self.lines) + "\n"
        self.check(text)
        return Source(text, self.notes)

    def check(self, text: str) -> None:
        """Parse the YAML like any other; errors are reported for the row they come from."""
        if not self.problems:
            try:
                parse_form(text)
            except Refusals as refused:
                for refusal in refused.refusals:
                    row = self.rows[min(refusal.line or 1, len(self.rows)) - 1]
                    refusal.line = None
                    self.problems.append(row.at(refusal) if row else refusal)
        if self.problems:
            order = list(COLUMNS)
            raise Refusals(sorted(self.problems, key=lambda it: (order.index(it.sheet or order[0]), it.line or 0)))

    def add(self, line: str, row: Row | None) -> None:
        self.lines.append(line)
        self.rows.append(row)

    def put(self, row: Row, indent: str, pairs: dict[str, str]) -> None:
        """Write those of the pairs that say something, one a line; `indent` may begin an item of a list."""
        for key, value in pairs.items():
            if value:
                self.add(f"{indent}{key}: {value}", row)
                indent = indent.replace("-", " ")

    def question(self, row: Row) -> None:
        typed = " ".join(row.get("type").split())
        alias = next((it for it in TYPES if f"{typed.lower()} ".startswith(it + " ")), "")
        kind, _, list_name = f"{TYPES[alias]}{typed[len(alias) :]}".partition(" ") if alias else typed.partition(" ")
        if kind in RECORDED:
            self.recorded.append(kind)
            return
        if kind not in get_args(Type) or (list_name and not kind.startswith("select")):
            raise Refusal("xlsform.type", type=typed[:40], known=list(get_args(Type)))
        name, required = row.get("name"), row.get("required").lower()
        if required not in (*_YES, *_NO):
            raise Refusal("xlsform.required", typed=required[:40])
        pairs = {"name": _quoted(name), "type": _quoted(kind)}
        pairs |= {column: self.words(row, column) for column in ("label", "hint")}
        pairs["required"] = "true" if required in _YES else ""
        pairs["relevant"] = _quoted(translate(row.get("relevant"), self.types))
        self.types[name] = kind
        pairs["constraint"] = _quoted(translate(row.get("constraint"), self.types, name))
        pairs["constraint_message"] = self.words(row, "constraint_message")
        default = row.get("default")
        pairs["default"] = _quoted("today" if default in ("today()", "now()") else default)
        self.put(row, "  - ", pairs)
        if kind.startswith("select"):
            self.choices(list_name)

    def choices(self, list_name: str) -> None:
        found = [it for it in self.tables.rows["choices"] if it.get("list_name") == list_name]
        if not found:
            known = list(dict.fromkeys(it.get("list_name") for it in self.tables.rows["choices"]))
            raise Refusal("xlsform.no_list", name=list_name or "?", known=known[:20])
        self.add("    choices:", None)
        for row in found:
            for column in ("name", "label"):
                if not row.get(column):
                    self.problems.append(row.at(Refusal("xlsform.blank", column=column)))
            self.put(row, "      - ", {"name": _quoted(row.get("name")), "label": self.words(row, "label")})

    def indicators(self) -> None:
        rows = self.tables.rows["indicators"]
        if rows:
            self.add("indicators:", None)
        for row in rows:
            self.put(row, "  - ", {column: self.words(row, column) for column in COLUMNS["indicators"]})

    def words(self, row: Row, column: str) -> str:
        """Return a cell's words as YAML, by language if its column names one. Words that quote an answer are wrong."""
        said = row.said.get(column, {})
        if column in SPOKEN and any("${" in words for words in said.values()):
            self.problems.append(row.at(Refusal("xlsform.quoting", column=column)))
        if column not in SPOKEN or set(said) <= {""}:
            return _quoted(row.get(column))
        spoken = {code: words for code, words in said.items() if code}
        if "" in said:
            spoken.setdefault(self.main or ("zh" if _CJK.search(said[""]) else "en"), said[""])
        return "{" + ", ".join(f"{code}: {_quoted(words)}" for code, words in spoken.items()) + "}"


def _quoted(words: str) -> str:
    """Return words as a YAML string on one line; "" stays empty."""
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"' if words else ""
