"""Read a roster file: its lines, each checked by itself. Knows no database, because it runs in a process of its own
(docs/decisions/0143-files-in-a-process.md)."""

import csv
import io
import re
from dataclasses import dataclass, replace
from typing import Any

from models.core import characters
from models.core.errors import Note, Refusal, Refusals
from models.organisation.kinds import Kind, Role
from models.spreadsheets import headings
from models.spreadsheets import reader as workbooks
from models.spreadsheets.headings import Headings
from models.spreadsheets.reader import Line, Sheet
from models.time.calendars import WEEKDAYS
from models.time.times import zone

HEADINGS = {
    "staff_no": "staff_no", "工号": "staff_no",
    "name": "name", "姓名": "name",
    "unit": "unit", "单位": "unit",
    "role": "role", "角色": "role",
    "kind": "kind", "类型": "kind",
    "reporter": "reporter", "代报人": "reporter",
    "locale": "locale", "语言": "locale",
    "timezone": "timezone", "时区": "timezone",
    "rest_days": "rest_days", "休息日": "rest_days",
    "wecom_id": "wecom_id", "企业微信账号": "wecom_id",
}  # fmt: skip
ROLES = {"": Role.MEMBER, "成员": Role.MEMBER, "负责人": Role.LEAD, "管理员": Role.ADMIN} | {str(r): r for r in Role}
KINDS = {"": Kind.STAFF, "员工": Kind.STAFF, "代报对象": Kind.WARD} | {str(k): k for k in Kind}
LOCALES = {"": None, "zh": "zh_CN", "zh_cn": "zh_CN", "中文": "zh_CN", "en": "en", "english": "en", "英文": "en"}
FULL_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NO_REST = ("none", "无", "-")
KNOWN = {headings.plain(heading): name for heading, name in HEADINGS.items()}
KEYS = ("staff_no", "reporter", "wecom_id")
NEEDED = ("staff_no", "name", "unit")
EXAMPLES = ("示例", "example")  # the staff number of the template's example line
QUOTED = re.compile("^'(?=['=+@-])")  # the apostrophe that keeps spreadsheets from taking a CSV cell for a formula


@dataclass(frozen=True)
class Row:
    """One line of a roster, checked by itself."""

    line: int
    staff_no: str
    name: str
    unit: str
    role: Role
    kind: Kind
    reporter: str | None
    locale: str | None
    timezone: str | None
    rest_days: str | None = None
    wecom_id: str | None = None


@dataclass(frozen=True)
class Roster:
    """A roster file as it was read."""

    rows: list[Row]
    notes: list[Note]


def row_of(told: dict[str, Any]) -> Row:
    """Return a row from what `dataclasses.asdict` made of it."""
    return Row(**told | {"role": Role(told["role"]), "kind": Kind(told["kind"])})


def decode(data: bytes) -> str:
    """Decode UTF-8 with or without BOM, or GB18030 as Chinese Excel writes it. Raises `roster.encoding`."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("roster.encoding")


def read(data: bytes) -> list[Row]:
    """Return the rows of a roster in CSV or Excel. Raises every bad line with its number and reason."""
    return look(data).rows


def look(data: bytes) -> Roster:
    """Return the same with notes on what was skipped: title lines, unknown columns, other sheets."""
    workbooks.refuse_if_too_large(data)
    if workbooks.is_workbook(data):
        sheet, found = _sheet_of_people(data)
        wrong: list[Refusal] = []
    else:
        sheet, wrong = _csv(decode(data))
        if not sheet.lines:
            raise Refusals(wrong or [Refusal("roster.empty")])
        found = headings.find(sheet, KNOWN, NEEDED)
    rows: list[Row] = []
    for line in found.lines:
        try:
            row = _row(line, sheet.name, found.columns)
        except Refusal as refusal:
            wrong.append(refusal)
        else:
            rows += [row] if row else []
    if not wrong and not rows:
        wrong.append(Refusal("roster.empty"))
    wrong += _inconsistent(rows)
    if wrong:
        raise _in_sheet(Refusals(sorted(wrong, key=lambda r: r.line or 0)), sheet)
    return Roster(rows, found.notes)


def _csv(text: str) -> tuple[Sheet, list[Refusal]]:
    """Return the lines of a CSV file, and why it could not be read to its end."""
    first = "\n".join(text.lstrip("\n\r").split("\n", headings.WITHIN)[: headings.WITHIN])
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    try:
        for cells in reader:
            said: list[workbooks.Cell] = [QUOTED.sub("", c.strip()) for c in cells]
            if any(said):
                lines.append(Line(reader.line_num, said))
            if len(lines) > workbooks.MOST_ROWS:
                raise Refusal("sheets.too_many_rows", most=workbooks.MOST_ROWS)
    except csv.Error as error:
        return Sheet(None, lines), [Refusal("roster.csv", line=reader.line_num, reason=str(error))]
    return Sheet(None, lines), []


def _sheet_of_people(data: bytes) -> tuple[Sheet, Headings]:
    """Return the first sheet with the headings. If none has them, the refusal is about the one that comes nearest."""
    nearest: Refusals | None = None
    others: list[object] = []
    for sheet in workbooks.read(data):
        if not sheet.lines:
            continue
        try:
            found = headings.find(sheet, KNOWN, NEEDED)
        except Refusals as refused:
            if nearest is None or _distance(refused) < _distance(nearest):
                nearest = _in_sheet(refused, sheet)
            others.append(sheet.name)
            continue
        notes = [Note("roster.sheet", {"sheet": sheet.name, "others": others})] if others else []
        notes += [Note("roster.hidden", {"count": sheet.hidden})] if sheet.hidden else []
        return sheet, replace(found, notes=[*notes, *found.notes])
    raise nearest or Refusals([Refusal("roster.empty")])


def _in_sheet(refused: Refusals, sheet: Sheet) -> Refusals:
    for refusal in refused.refusals:
        refusal.sheet = sheet.name
    return refused


def _distance(refused: Refusals) -> int:
    missing = refused.refusals[0].values.get("missing")
    return len(missing) if isinstance(missing, list) else 0


def _row(at: Line, sheet: str | None, columns: list[str | None]) -> Row | None:
    """Return one line as a row; None for the template's example and for mere running numbers. Raises with the line."""
    try:
        values = _values(at, sheet, columns)
        return None if values.get("staff_no") in EXAMPLES or not any(values.values()) else _read_row(at.number, values)
    except Refusal as refusal:
        refusal.line = at.number
        raise


def _values(at: Line, sheet: str | None, columns: list[str | None]) -> dict[str, str]:
    if sheet is None and any(at.cells[len(columns) :]):  # in CSV a comma too many moves every cell after it
        raise Refusal("roster.too_many_cells", line=at.number)
    value: dict[str, str] = {}
    for name, cell in zip(columns, at.cells, strict=False):
        if name and isinstance(cell, Refusal):
            raise cell
        if name:
            if any(ord(c) < 32 for c in str(cell)):  # a cell of several lines is several names
                raise Refusal("roster.unprintable", column=name)
            value[name] = (characters.number if name in KEYS else characters.name)(str(cell))
    return value


def _read_row(line: int, value: dict[str, str]) -> Row:
    def get(name: str) -> str:
        return value.get(name, "")

    for name in ("staff_no", "name", "unit"):
        if not get(name):
            raise Refusal("roster.blank", line=line, column=name)
    for name, words in value.items():
        if words and name != "unit" and not characters.is_name(words):
            raise Refusal("roster.unprintable", line=line, column=name)
        if words and name in KEYS and not characters.is_number(words):
            raise Refusal("roster.staff_no", line=line, value=words)
    for known, name in ((ROLES, "role"), (KINDS, "kind"), (LOCALES, "locale")):
        if get(name).lower() not in known:
            choices = [k for k in known if k]
            raise Refusal("roster.choice", line=line, column=name, value=get(name), known=choices)
    if get("timezone"):
        zone(get("timezone"))
    row = Row(
        line=line,
        staff_no=get("staff_no"),
        name=get("name"),
        unit=unit_path(get("unit"), line),
        role=ROLES[get("role").lower()],
        kind=KINDS[get("kind").lower()],
        reporter=get("reporter") or None,
        locale=LOCALES[get("locale").lower()],
        timezone=get("timezone") or None,
        rest_days=rest_days(get("rest_days"), line),
        wecom_id=get("wecom_id") or None,
    )
    _check_kind(row)
    return row


def rest_days(words: str, line: int | None = None) -> str | None:
    """Return the weekly days off of a shift worker, `sat,sun` or 六 日, as `sat,sun`; "" for `none`, None if the cell
    is empty. Raises `roster.rest_days`."""
    if not words.strip():
        return None
    if words.strip().lower() in NO_REST:
        return ""
    found = set()
    for word in re.sub("星期|礼拜|周", " ", words.lower()).replace("天", "日").replace("、", " ").split():
        for name in re.split("[,，;；/]", word):
            days = list(name) if all(c in "一二三四五六日" for c in name) else [name]
            found |= {"一二三四五六日".index(d) if d in "一二三四五六日" else _weekday(d, words, line) for d in days}
    return ",".join(WEEKDAYS[n] for n in sorted(found))


def _weekday(name: str, words: str, line: int | None) -> int:
    full = [n for n, day in enumerate(FULL_WEEKDAYS) if len(name) > 2 and day.startswith(name)]
    if not full:
        raise Refusal("roster.rest_days", line=line, value=words)
    return full[0]


def unit_path(words: str, line: int | None = None) -> str:
    """Return a path like 区局/物流部/一站, each name trimmed; raises `roster.path`."""
    names = [characters.name(n) for n in characters.SLASHES.split(words)]
    while names and not (names[0] and names[-1]):  # a path may begin and end with /
        names = names[1:] if not names[0] else names[:-1]
    if not names or not all(map(characters.is_name, names)) or len(names) > 8:
        raise Refusal("roster.path", line=line, path=words)
    return "/".join(names)


def _check_kind(row: Row) -> None:
    if row.kind is Kind.WARD and row.reporter is None:
        raise Refusal("roster.ward_alone", line=row.line, name=row.name)
    if row.kind is Kind.WARD and row.role is not Role.MEMBER:
        raise Refusal("roster.ward_role", line=row.line, name=row.name)
    if row.kind is Kind.STAFF and row.reporter is not None:
        raise Refusal("roster.staff_reporter", line=row.line, name=row.name)
    if row.reporter == row.staff_no:
        raise Refusal("roster.own_reporter", line=row.line, name=row.name)


def _inconsistent(rows: list[Row]) -> list[Refusal]:
    """Return what is wrong between lines: one staff number with two names, or one line twice."""
    wrong: list[Refusal] = []
    first: dict[str, Row] = {}
    there: set[tuple[str, str]] = set()
    for row in rows:
        before = first.setdefault(row.staff_no, row)
        if (row.name, row.kind, row.reporter) != (before.name, before.kind, before.reporter):
            wrong.append(Refusal("roster.differs", line=row.line, staff_no=row.staff_no, other=before.line))
        elif (row.staff_no, characters.key(row.unit)) in there:
            wrong.append(Refusal("roster.twice", line=row.line, staff_no=row.staff_no, unit=row.unit))
        there.add((row.staff_no, characters.key(row.unit)))
    return wrong
