"""Make people of the tables of a roster file (docs/rules.md 15). Knows no database, because files are read in a process
of their own (docs/decisions/0143-files-in-a-process.md)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.core import characters
from models.core.errors import Note, Refusal, Refusals
from models.organisation import roster_columns, roster_rows
from models.organisation.roster_columns import Columns
from models.organisation.roster_headings import CHINESE, LABELS, NEEDED
from models.organisation.roster_questions import Answers, Option, Question, Unclear
from models.organisation.roster_rows import Place, Row
from models.spreadsheets import headings, tables
from models.spreadsheets.headings import Headings
from models.spreadsheets.reader import Line, Sheet, letters
from models.spreadsheets.tables import Tables

SEVERAL = ";；,，、\n"  # separators of several units in a cell
LEVELS = ("-", ">", "\\", "→")  # what others write between a unit and the one above it
NAMED = 10  # rows that a note lists
_FOOTER = re.compile(
    "合计|总计|小计|共计|共.{0,6}人|备注|注[:：]|说明|制表|填表|审核|审批|负责人签|total|note|prepared by|approved by",
    re.IGNORECASE,
)


@dataclass
class Roster:
    """A roster file as it was read: its rows and notes, everything that is wrong, or what must be asked first. `seen`
    are the staff numbers on lines that are wrong."""

    rows: list[Row] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    wrong: list[Refusal] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    question: Question | None = None
    unanswered: Refusal | None = None  # says the question where nobody can be asked


def read(data: bytes) -> list[Row]:
    """Return the rows of a roster in CSV or Excel. Raises everything that is wrong, with line and reason."""
    return look(data).rows


def look(data: bytes, answers: Answers | None = None) -> Roster:
    """Return the same with notes on what was left out. Raises what must be asked, too."""
    made = people(tables.read(data, CHINESE), answers or {})
    if made.unanswered:
        raise Refusals([made.unanswered])
    if made.wrong:
        raise Refusals(made.wrong)
    return made


def people(found: Tables, answers: Answers) -> Roster:
    """Read the people of a file's tables. Raises nothing."""
    try:
        return _people(found, answers)
    except Unclear as unclear:
        return Roster(question=unclear.question, unanswered=unclear.refusal)
    except Refusals as refused:
        return Roster(wrong=refused.refusals)


def _people(found: Tables, answers: Answers) -> Roster:
    sheets = found.sheets(encoding(found, answers))
    headed = _headed(sheets, answers)
    made = Roster(wrong=[*found.wrong])
    made.notes += _others(sheets, [sheet for sheet, _ in headed])
    for sheet, heading in headed:
        _sheet(sheet, heading, answers, len(headed) == 1, made)
    if not made.wrong and not made.rows:
        made.wrong.append(Refusal("roster.empty"))
    made.wrong += _inconsistent(made.rows)
    order = [sheet.name for sheet in sheets]
    made.wrong.sort(key=lambda it: (order.index(it.sheet) if it.sheet in order else 0, it.line or 0))
    return made


def encoding(found: Tables, answers: Answers) -> str | None:
    """Return the encoding that was chosen. Raises the question, if nobody can tell."""
    if len(found.ways) == 1 or answers.get("encoding") in found.ways:
        return answers.get("encoding")
    samples = found.samples()
    options = [Option(way, said) for way, said in samples.items()]
    raise Unclear(Question("encoding", "encoding", options, lasts=False), Refusal("roster.doubtful", ways=[*samples]))


def _headed(sheets: Sequence[Sheet], answers: Answers) -> list[tuple[Sheet, Headings]]:
    """Return the sheets of people. If there is none, the one that comes nearest; raises if that has no headings."""
    seen = [sheet for sheet in sheets if sheet.lines]
    if not seen:
        raise Refusals([Refusal("roster.empty")])
    found = []
    for sheet in seen:
        try:
            found.append((sheet, roster_columns.heading_of(sheet, answers)))
        except Refusal as refusal:
            raise Refusals([refusal.at(refusal.line, sheet.name)]) from None
    of_people = [(sheet, it) for sheet, it in found if it and roster_columns.is_of_people(it, sheet)]
    if of_people:
        return of_people
    near = [(sheet, it) for sheet, it in found if it]
    if not near:
        raise Refusals([headings.missing(None, seen[0], LABELS, NEEDED)])
    return near[:1]


def _others(sheets: Sequence[Sheet], taken: Sequence[Sheet]) -> list[Note]:
    """Note the sheets that are not read."""
    hidden = [sheet.name for sheet in sheets if sheet.is_hidden]
    others = [sheet.name for sheet in sheets if sheet.lines and sheet not in taken]
    notes = [Note("roster.sheets", {"sheets": [it.name for it in taken]})] if len(taken) > 1 else []
    notes += [Note("roster.other_sheets", {"sheets": others})] if others else []
    return notes + ([Note("roster.hidden_sheets", {"sheets": hidden})] if hidden else [])


def _sheet(sheet: Sheet, found: Headings, answers: Answers, alone: bool, made: Roster) -> None:
    columns = Columns(sheet, found, answers, alone)
    place = Place(
        sheet.name, columns.by_name, columns.unit, *_separators(columns, answers), width=len(found.line.cells)
    )
    notes = [*columns.notes, *headings.notes(found, sheet), *_hidden(sheet, columns)]
    left = []
    people = {line.number for line in _without_footers(found.below, columns)}
    for line in found.below:
        if line.number not in people or roster_columns.is_heading_again(line, found):
            left.append(line)
            continue
        rows, wrong, number = roster_rows.rows(line, place)
        made.rows += rows
        made.wrong += wrong
        if wrong and number:
            made.seen.add(number)
    notes += [Note("headings.skipped", {"line": it.number, "words": _said(it)}) for it in left[:NAMED]]
    for note in notes:
        note.values.setdefault("sheet", "" if alone else sheet.name)
    made.notes += notes


def _said(line: Line) -> str:
    return " ".join(it for it in line.cells if isinstance(it, str) and it)[:60]


def _hidden(sheet: Sheet, columns: Columns) -> list[Note]:
    notes = []
    if sheet.hidden:
        rows = sheet.hidden[:NAMED]
        notes.append(Note("roster.hidden", {"count": len(sheet.hidden), "rows": rows}))
    used = {at + 1 for places in columns.by_name.values() for at in places}
    read = [letters(at) for at in sheet.hidden_columns if at in used]
    return notes + ([Note("roster.hidden_columns", {"columns": read})] if read else [])


def _without_footers(lines: Sequence[Line], columns: Columns) -> list[Line]:
    """Return the lines without a sum or a signature at the end, which stand in one or two cells and name nobody."""
    kept = list(lines)
    while kept and _is_footer(kept[-1], columns):
        kept.pop()
    return kept


def _is_footer(line: Line, columns: Columns) -> bool:
    said = [it for it in line.cells if it]
    whole = sum(any(line.words(at) for at in columns.by_name.get(name, [])) for name in NEEDED)
    return whole < len(NEEDED) and len(said) <= 3 and bool(_FOOTER.search(_said(line)))


def _separators(columns: Columns, answers: Answers) -> tuple[str, str]:
    """Return what separates several units in a cell, and what stands between the levels of one. Raises the question, if
    nobody has said."""
    said = [(line, line.words(at)) for at in columns.by_name.get("unit", []) for line in columns.found.below]
    level = "/"
    if not any(characters.SLASHES.search(words) for _, words in said):
        level = next((_level(it, said, answers) for it in LEVELS if _is_level(it, said)), "/")
    several = [(line, words) for line, words in said if re.search(f"[{SEVERAL}]", words.strip())]
    if not several:
        return "", level
    line, words = several[0]
    names = [it.strip() for it in re.split(f"[{SEVERAL}]", words) if it.strip()]
    if "several" not in answers:
        options = [Option("yes", " · ".join(names)[:60]), Option("no", " ".join(words.split())[:60])]
        values: dict[str, object] = {
            "count": len(several), "line": line.number, "words": " ".join(words.split())[:60], "names": names,
        }  # fmt: skip
        raise Unclear(
            Question("several", "several", options, values, lasts=False),
            Refusal("roster.several", words=words[:60]).at(line.number, columns.sheet.name),
        )
    return (SEVERAL if answers["several"] == "yes" else ""), level


def _is_level(separator: str, said: Sequence[tuple[Line, str]]) -> bool:
    """Say whether most units are written with this character inside, so that it may stand between levels."""
    filled = [words for _, words in said if words]
    return len(filled) > 1 and sum(separator in words.strip(separator) for words in filled) * 2 > len(filled)


def _level(separator: str, said: Sequence[tuple[Line, str]], answers: Answers) -> str:
    key = f"levels:{separator}"
    line, words = next((line, words) for line, words in said if separator in words)
    path = "/".join(it.strip() for it in words.split(separator) if it.strip())
    if key not in answers:
        options = [Option("yes", path[:60]), Option("no", words[:60])]
        raise Unclear(
            Question(key, "levels", options, {"separator": separator, "words": words[:60], "path": path[:60]}),
            Refusal("roster.levels", separator=separator, words=words[:60]).at(line.number, None),
        )
    return separator if answers[key] == "yes" else "/"


def _inconsistent(rows: list[Row]) -> list[Refusal]:
    """Return what is wrong between lines: one staff number with two names, or one line twice."""
    wrong: list[Refusal] = []
    first: dict[str, Row] = {}
    there: set[tuple[str, str]] = set()
    for row in rows:
        before = first.setdefault(row.staff_no, row)
        other = before.line if before.sheet == row.sheet else f"{before.sheet}!{before.line}"
        refusal = None
        if (row.name, row.kind, row.reporter) != (before.name, before.kind, before.reporter):
            refusal = Refusal("roster.differs", staff_no=row.staff_no, other=other)
        elif (row.staff_no, characters.key(row.unit)) in there:
            refusal = Refusal("roster.twice", staff_no=row.staff_no, unit=row.unit)
        if refusal:
            wrong.append(refusal.at(row.line, row.sheet))
        there.add((row.staff_no, characters.key(row.unit)))
    return wrong


def learnt(question: Question, value: str) -> Mapping[str, str]:
    """Return what an answer teaches: a heading's column, or the answer under the question's own key."""
    if question.kind == "column" and value not in ("=sheet",):
        return {f"heading:{value}": str(question.values["asked"])}
    return {question.key: value}
