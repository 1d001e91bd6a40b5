"""The roster as a file: read, checked as a whole, compared with what is there, and only then taken over."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from models import characters, headings, order, paths, roster_limits, sheets
from models.calendars import WEEKDAYS, zone
from models.errors import Note, Refusal, Refusals
from models.headings import Headings
from models.people import Kind, Membership, Person, Role, Unit, no_other_admin
from models.people import root as top_unit
from models.sheets import Line, Sheet

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
EXAMPLES = ("示例", "example")  # the staff number in the template's example line, which is nobody
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


@dataclass(frozen=True)
class Difference:
    """What an import changes: `what` is unit, person, membership, or the name of the changed column."""

    what: str
    about: str
    before: str | None
    after: str


def row_of(told: dict[str, Any]) -> Row:
    """A row as `dataclasses.asdict` tells it."""
    return Row(**told | {"role": Role(told["role"]), "kind": Kind(told["kind"])})


def decode(data: bytes) -> str:
    """UTF-8 with or without BOM, or GB18030 as Chinese Excel writes it. Refusal `roster.encoding`."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("roster.encoding")


def read(data: bytes) -> list[Row]:
    """The rows of a roster in CSV or Excel. Refusals: every bad line with its number and reason."""
    return look(data).rows


def look(data: bytes) -> Roster:
    """The same with notes on what was passed over: title lines, columns we do not know, other sheets."""
    sheets.refuse_if_too_large(data)
    if sheets.is_workbook(data):
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
    """The lines of a CSV file, and why it could not be read to its end."""
    first = "\n".join(text.lstrip("\n\r").split("\n", headings.WITHIN)[: headings.WITHIN])
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    try:
        for cells in reader:
            said: list[sheets.Cell] = [QUOTED.sub("", c.strip()) for c in cells]
            if any(said):
                lines.append(Line(reader.line_num, said))
            if len(lines) > sheets.MOST_ROWS:
                raise Refusal("sheets.too_many_rows", most=sheets.MOST_ROWS)
    except csv.Error as error:
        return Sheet(None, lines), [Refusal("roster.csv", line=reader.line_num, reason=str(error))]
    return Sheet(None, lines), []


def _sheet_of_people(data: bytes) -> tuple[Sheet, Headings]:
    """The first sheet with the headings. Where none has them, the refusal is about the one that comes nearest."""
    nearest: Refusals | None = None
    others: list[object] = []
    for sheet in sheets.read(data):
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
    """One line as a row; None for the template's example and for mere running numbers. Refusal with the line."""
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
    """The weekly days off of a shift worker, `sat,sun` or 六 日, as `sat,sun`; "" for `none`, None where the cell is
    empty. Refusal `roster.rest_days`."""
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
    """A path like 区局/物流部/一站, each name trimmed; Refusal `roster.path`."""
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
    """What is wrong between lines: one staff number with two names, or one line twice."""
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


def take(session: Session, rows: list[Row], day: date | None = None, by: Person | None = None) -> list[Difference]:
    """Brings the organisation to what the rows say and tells what that changed. Absent from the file is not removed.

    `day` is the present one, for who has left by it (not given: whoever is to leave at all). `by` is whose act it is;
    None is the operator's. Refusals: all of `roster_limits.beyond`, and no admin of the whole left.
    """
    people = {p.staff_no: p for p in session.exec(select(Person)).all()}
    made: list[Difference] = []
    root = top_unit(session)
    _name_root(session, root, rows, made)
    rows = placed(session, rows)
    wrong = roster_limits.beyond(session, rows, people, root, day, by)
    if wrong:
        raise Refusals(sorted(wrong, key=lambda it: it.line or 0))
    units = _units(session, rows, made)
    for row in rows:
        _person(session, row, people, made)
    session.flush()
    numbers = {p.id: p.staff_no for p in people.values()}
    for row in rows:
        reporter = people[row.reporter] if row.reporter else None
        person = people[row.staff_no]
        if person.reporter_id != (reporter.id if reporter else None):
            if person.reporter_id is not None:
                made.append(Difference("reporter", row.staff_no, numbers[person.reporter_id], row.reporter or ""))
            person.reporter_id = reporter.id if reporter else None
            session.add(person)
    _memberships(session, rows, people, units, made)
    return made


def _name_root(session: Session, root: Unit | None, rows: list[Row], made: list[Difference]) -> None:
    """An organisation that is nothing but its root yet gets the name that the first roster gives it."""
    name = rows[0].unit.split("/")[0]
    lonely = root and session.exec(select(func.count()).select_from(Unit)).one() == 1
    if root and lonely and root.name != name and all(r.unit.split("/")[0] == name for r in rows):
        made.append(Difference("name", root.path, root.name, name))
        root.name = root.path = name
        session.add(root)
        session.flush()


def renamed(made: Sequence[Difference]) -> list[Note]:
    """A word about numbers that get another name: they stay one person's, with all that this person reported."""
    names = [f"{d.about} {d.before} → {d.after}" for d in made if d.what == "name" and d.before]
    return [Note("roster.renamed", {"names": names[:10], "count": len(names)})] if names else []


def placed(session: Session, rows: list[Row]) -> list[Row]:
    """The rows with each unit spelt as the one that is there, or came first, and looks the same."""
    spelt = {characters.key(path): path for path in session.exec(select(Unit.path).order_by(col(Unit.path))).all()}
    found: dict[str, str] = {}
    for row in rows:
        if row.unit not in found:
            path = ""
            for name in row.unit.split("/"):
                path = f"{path}/{name}" if path else name
                path = spelt.setdefault(characters.key(path), path)
            found[row.unit] = path
    return [row if found[row.unit] == row.unit else replace(row, unit=found[row.unit]) for row in rows]


def _units(session: Session, rows: Iterable[Row], made: list[Difference]) -> dict[str, Unit]:
    units = {u.path: u for u in session.exec(select(Unit)).all()}
    for path in dict.fromkeys(r.unit for r in rows):
        ensure_unit(session, path, units, made)
    return units


def ensure_unit(session: Session, path: str, units: dict[str, Unit], made: list[Difference]) -> Unit:
    """The unit of this path, made with those above it where needed."""
    if path in units:
        return units[path]
    above, _, name = path.rpartition("/")
    parent = ensure_unit(session, above, units, made) if above else None
    unit = units[path] = Unit(
        path=path, name=name, parent_id=parent.id if parent else None, rank=order.last(session, parent)
    )
    session.add(unit)
    session.flush()
    paths.remember(session, unit, "")
    made.append(Difference("unit", path, None, path))
    return unit


def _person(session: Session, row: Row, people: dict[str, Person], made: list[Difference]) -> None:
    person = people.get(row.staff_no)
    if person is None:
        person = people[row.staff_no] = Person(staff_no=row.staff_no, name=row.name, kind=row.kind)
        person.locale, person.timezone, person.rest_days = row.locale, row.timezone, row.rest_days
        person.wecom_id = row.wecom_id
        made.append(Difference("person", row.staff_no, None, row.name))
    for column in ("name", "kind", "locale", "timezone", "rest_days", "wecom_id"):
        before, after = getattr(person, column), getattr(row, column)
        if after is not None and before != after:
            setattr(person, column, after)
            made.append(Difference(column, row.staff_no, str(before) if before else None, str(after)))
    session.add(person)


def _memberships(
    session: Session, rows: list[Row], people: dict[str, Person], units: dict[str, Unit], made: list[Difference]
) -> None:
    held = {(m.person_id, m.unit_id): m for m in session.exec(select(Membership)).all()}
    homed = {m.person_id for m in held.values() if m.home}
    admins_no_more: list[tuple[Person, Unit, int]] = []
    for row in rows:
        person, unit = people[row.staff_no], units[row.unit]
        membership = held.get((person.id, unit.id))
        if membership is None:
            membership = Membership(person_id=person.id, unit_id=unit.id, role=row.role, home=person.id not in homed)
            homed.add(person.id)
            held[person.id, unit.id] = membership
            made.append(Difference("membership", row.staff_no, None, f"{row.unit} {row.role}"))
        elif membership.role != row.role:
            made.append(Difference("role", row.staff_no, membership.role, row.role))
            if membership.role == Role.ADMIN:
                admins_no_more.append((person, unit, row.line))
            membership.role = row.role
        session.add(membership)
    session.flush()
    for person, unit, line in admins_no_more:  # the file as a whole may name another
        if no_other_admin(session, person, unit):
            raise Refusals([Refusal("roster.last_admin", line=line, name=person.name)])
