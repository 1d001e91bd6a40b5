"""Read a roster or a form that somebody sent into plain data; nothing of the file itself goes any further.

The file is read where it can do no harm (bot/workers/file_reader.py). The result is written as lines of JSON, one line
for each row."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from models.changes import duty_layouts, duty_sheets
from models.changes.duty_headings import CHINESE as OF_DUTY
from models.changes.duty_sheets import Entry
from models.core.errors import Note, Refusal, Refusals
from models.forms import xlsform
from models.forms.yaml_reader import parse_form
from models.organisation import roster_columns, roster_reader, roster_rows
from models.organisation.roster_headings import CHINESE
from models.organisation.roster_questions import Answers, Option, Question, Unclear
from models.organisation.roster_reader import Roster
from models.organisation.roster_rows import Row
from models.spreadsheets import file_kinds, reader, tables, text_tables
from models.spreadsheets.reader import Line, Sheet
from models.spreadsheets.tables import Tables

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".et", ".ods", ".xlsb", ".numbers", ".html", ".htm")
SHEETS = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".et", ".ods")  # as which leads send duty tables
FORMS = (".yaml", ".yml")
TEMPLATES = (".docx", ".doc", ".dotx", ".wps")
TOLD = 50  # refusals that are listed
LONGEST = 300  # characters of a value in a sentence
MOST_VALUES = 20  # of a list in a sentence
_FORM = re.compile(rb"^(?:code|title|statement|questions)\s*:", re.MULTILINE)


@dataclass(frozen=True)
class Reading:
    """The contents of a file: the rows of a roster, or a form's YAML; or what is wrong, and how much more of it.

    A `question` must be answered before the `tables` can be read; `unanswered` says it where nobody can be asked.
    `seen` are the staff numbers on lines that are wrong."""

    rows: list[Row] = field(default_factory=list)
    form: str | None = None
    is_form: bool = False
    notes: list[Note] = field(default_factory=list)
    wrong: list[Refusal] = field(default_factory=list)
    more: int = 0
    as_a_whole: bool = False  # the error is about the whole file and not about a line
    seen: list[str] = field(default_factory=list)
    question: Question | None = None
    unanswered: Refusal | None = None
    tables: Tables | None = None
    template: str | None = None  # the language of a Word template, "" of one that is wrong
    duty: list[Entry] | None = None  # the entries of a duty table

    @property
    def size(self) -> int:
        """Return how many rows the desk would look at."""
        waiting = self.tables.sheets() if self.tables else []
        return len(self.rows) or len(self.duty or ()) or sum(len(sheet.lines) for sheet in waiting)

    @property
    def learnt(self) -> bool:
        """Say whether it was read by what somebody has said about a file."""
        return any(note.key == "headings.learnt" for note in self.notes)

    def refuse(self) -> None:
        """Raise what is wrong, if anything is."""
        if self.unanswered:
            raise Refusals([self.unanswered])
        if self.wrong and self.as_a_whole:
            raise self.wrong[0]
        if self.wrong:
            raise Refusals(self.wrong, self.more)


def takes(name: str) -> bool:
    """Say whether a file of this name is meant as a roster or a form; one without such a name may be, by content."""
    return name.lower().endswith(TABLES + FORMS + TEMPLATES)


def may_be_meant(name: str, data: bytes) -> bool:
    """Say whether somebody may have meant this file as a roster or a form, whatever its name."""
    return takes(name) or file_kinds.of(data) in (file_kinds.WORKBOOK, "old_excel", "ods", "locked", "word")


def may_be_duty(name: str, data: bytes) -> bool:
    """Say whether somebody may have meant this file as a duty table, whatever its name."""
    return name.lower().endswith(SHEETS) or file_kinds.of(data) == file_kinds.WORKBOOK


def kind(name: str) -> str:
    """Return what kind of file this name stands for; nothing else of a sent name is used."""
    return next((ending for ending in TABLES + FORMS + TEMPLATES if name.lower().endswith(ending)), "")


def read(name: str, data: bytes, answers: Answers | None = None) -> Reading:
    """Read a file, every door the same way: what it is, its content says, and its name only where that may be either.
    `answers` are what people said about earlier files. Raises nothing but MemoryError: what is wrong with the file is
    in the answer."""
    if is_template(name, data):
        return _of_template(data)
    given = answers or {}
    form = _is_form(name, data)
    try:
        if form and not reader.is_workbook(data):
            file_kinds.refuse(data)
            return of_tables(_lines(data, given.get("encoding")), given)
        found = tables.read(data, CHINESE | OF_DUTY, given.get("encoding"))
        form = form or _asks(found)
        if form:
            made = xlsform.of_sheets(found.sheets(), name)
            return Reading(form=made.text, is_form=True, notes=made.notes)
        return _of_duty(found) if duty_layouts.is_duty(found.sheets()) else of_tables(found, given)
    except Refusal as refusal:
        return Reading(is_form=form, wrong=[refusal], as_a_whole=True)
    except Refusals as refused:
        return _wrong(refused, form)


def is_template(name: str, data: bytes) -> bool:
    """Say whether this is meant as the Word template of the official report."""
    return name.lower().endswith(TEMPLATES) or file_kinds.of(data) == "word"


def _of_template(data: bytes) -> Reading:
    from models.documents import template_check  # only where a template is read: it loads what reads Word files

    try:
        return Reading(template=template_check.language(template_check.check(data)))
    except Refusals as refused:
        return Reading(template="", wrong=refused.refusals[:TOLD], more=max(0, len(refused.refusals) - TOLD))


def _of_duty(found: Tables) -> Reading:
    """Read a duty table. Leads, who send them, are asked nothing about encodings: the sentence says what to save."""
    if len(found.ways) > 1:
        return Reading(duty=[], wrong=[Refusal("roster.doubtful", ways=[*found.samples()])], as_a_whole=True)
    made = duty_sheets.read(found.sheets())
    wrong = [*found.wrong, *made.wrong]
    whole, more = not made.entries and len(wrong) == 1, max(0, len(wrong) - TOLD)
    return Reading(duty=made.entries, notes=made.notes, wrong=wrong[:TOLD], more=more, as_a_whole=whole)


def _is_form(name: str, data: bytes) -> bool:
    if reader.is_workbook(data):
        return xlsform.is_xlsform(data)
    text = data[:65536].replace(b"\0", b"")
    return name.lower().endswith(FORMS) or len(set(_FORM.findall(text))) >= 2


def _asks(found: Tables) -> bool:
    """Say whether tables are those of a form: no sheet is one of people, and one has the headings of questions."""
    sheets = found.sheets()
    return xlsform.is_form(sheets) and not any(roster_columns.is_sheet_of_people(it) for it in sheets)


def _lines(data: bytes, encoding: str | None) -> Tables:
    """Return a text as the lines it has, in each encoding that it may have."""
    ways = text_tables.decode(data, encoding=encoding).ways
    return Tables({
        way: [Sheet(None, [Line(at, [line]) for at, line in enumerate(said.split("\n"), 1)])]
        for way, said in ways.items()
    }, is_text=True)  # fmt: skip


def of_tables(found: Tables, answers: Answers) -> Reading:
    """Read what tables say: people, or a form in YAML. If something must be asked first, the tables are kept for the
    answer."""
    if not found.is_text:
        return of_people(found, answers)
    try:
        roster_reader.encoding(found, answers)
        sheet = found.sheets(answers.get("encoding"))[0]
        text = "\n".join(line.words(0) for line in sheet.lines)
        parse_form(text)
        return Reading(form=text.removeprefix("\ufeff"), is_form=True)
    except Unclear as unclear:
        return Reading(is_form=True, question=unclear.question, unanswered=unclear.refusal, tables=found)
    except Refusals as refused:
        return _wrong(refused, True)


def _wrong(refused: Refusals, is_form: bool) -> Reading:
    return Reading(is_form=is_form, wrong=refused.refusals[:TOLD], more=max(0, len(refused.refusals) - TOLD))


def of_people(found: Tables, answers: Answers) -> Reading:
    """Read the people of tables; if something must be asked first, the tables are kept for the answer."""
    made: Roster = roster_reader.people(found, answers)
    if made.question:
        return Reading(question=made.question, unanswered=made.unanswered, tables=found)
    whole = len(made.wrong) == 1 and made.wrong[0].line is None and not made.rows
    wrong, more = made.wrong[:TOLD], max(0, len(made.wrong) - TOLD)
    return Reading(made.rows, None, False, made.notes, wrong, more, whole, sorted(made.seen))


def refused(name: str, key: str, **values: Any) -> Reading:
    """Return the reading of a file that was not read to its end."""
    return Reading(is_form=name.lower().endswith(FORMS), wrong=[Refusal(key, **values)], as_a_whole=True)


def written(reading: Reading) -> Iterator[bytes]:
    """Yield the lines of a reading: first what it is, then one line for each row, or the tables that wait."""
    question = reading.question
    head = {
        "form": reading.form, "is_form": reading.is_form, "more": reading.more, "template": reading.template,
        "as_a_whole": reading.as_a_whole,
        "notes": [[it.key, _plain(it.values)] for it in reading.notes],
        "wrong": [_refusal_told(it) for it in reading.wrong],
        "seen": reading.seen,
        "question": question and asdict(question) | {"values": _plain(question.values)},
        "unanswered": reading.unanswered and _refusal_told(reading.unanswered),
        "duty": None if reading.duty is None else [list(asdict(it).values()) for it in reading.duty],
    }  # fmt: skip
    yield _line(head)
    yield from tables.written(reading.tables) if reading.tables else written_rows(reading.rows)


def restored(lines: Sequence[bytes]) -> Reading:
    """Return what `written` wrote; raises KeyError, TypeError, IndexError or ValueError for anything else."""
    head = json.loads(lines[0])
    question, unanswered = head["question"], head["unanswered"]
    return Reading(
        rows=[] if question else restored_rows(lines[1:]),
        form=head["form"],
        is_form=head["is_form"],
        notes=[Note(key, values) for key, values in head["notes"]],
        wrong=[_refusal(it) for it in head["wrong"]],
        more=head["more"],
        template=head.get("template"),
        duty=None if head.get("duty") is None else [Entry(*it) for it in head["duty"]],
        as_a_whole=head["as_a_whole"],
        seen=head["seen"],
        question=question_of(question) if question else None,
        unanswered=_refusal(unanswered) if unanswered else None,
        tables=tables.restored(lines[1:]) if question else None,
    )


def question_of(told: dict[str, Any]) -> Question:
    """Return a question from what `dataclasses.asdict` made of it."""
    return Question(**told | {"options": [Option(**it) for it in told["options"]]})


def _refusal_told(refusal: Refusal) -> list[Any]:
    return [refusal.key, refusal.line, refusal.sheet, refusal.column, _plain(refusal.values)]


def _refusal(told: list[Any]) -> Refusal:
    key, line, sheet, column, values = told
    return Refusal(key, **values).at(line, sheet, column)


def written_duty(entries: Sequence[Entry]) -> bytes:
    """Return entries of a duty table as they are kept until somebody has said of which unit they are."""
    return json.dumps([list(asdict(it).values()) for it in entries], ensure_ascii=False).encode()


def restored_duty(data: bytes) -> list[Entry]:
    return [Entry(*it) for it in json.loads(data)]


def written_rows(rows: Sequence[Row]) -> Iterator[bytes]:
    return (_line(asdict(row)) for row in rows)


def restored_rows(lines: Sequence[bytes]) -> list[Row]:
    return [roster_rows.row_of(json.loads(line)) for line in lines if line]


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Return a sentence's values as JSON types, each of limited length."""
    return {name: _short(value) for name, value in values.items()}


def _short(value: object) -> object:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, dict):
        return {str(name): _short(it) for name, it in value.items()}
    if isinstance(value, list | tuple):
        return [_short(it) for it in value[:MOST_VALUES]]
    said = str(value)
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
