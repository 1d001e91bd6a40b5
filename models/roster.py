"""The roster as a file: read, checked as a whole, compared with what is there, and only then taken over."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import true
from sqlmodel import Session, col, func, select

from models import paths
from models.calendars import zone
from models.errors import Refusal, Refusals
from models.people import Kind, Membership, Person, Role, Unit, below, here
from models.people import root as top_unit

HEADINGS = {
    "staff_no": "staff_no", "工号": "staff_no",
    "name": "name", "姓名": "name",
    "unit": "unit", "单位": "unit",
    "role": "role", "角色": "role",
    "kind": "kind", "类型": "kind",
    "reporter": "reporter", "代报人": "reporter",
    "locale": "locale", "语言": "locale",
    "timezone": "timezone", "时区": "timezone",
}  # fmt: skip
ROLES = {"": Role.MEMBER, "成员": Role.MEMBER, "负责人": Role.LEAD, "管理员": Role.ADMIN} | {str(r): r for r in Role}
KINDS = {"": Kind.STAFF, "员工": Kind.STAFF, "代报对象": Kind.WARD} | {str(k): k for k in Kind}
LOCALES = {"": None, "zh": "zh_CN", "zh_cn": "zh_CN", "中文": "zh_CN", "en": "en", "english": "en", "英文": "en"}
LONGEST = 64
FORMULA = ("=", "+", "-", "@")


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


@dataclass(frozen=True)
class Difference:
    """What an import changes: `what` is unit, person, membership, or the name of the changed column."""

    what: str
    about: str
    before: str | None
    after: str


def headings(locale: str) -> list[str]:
    """The columns of a roster as a file names them, in the language asked for."""
    first = 1 if locale == "zh_CN" else 0
    return list(HEADINGS)[first::2]


def decode(data: bytes) -> str:
    """UTF-8 with or without BOM, or GB18030 as Chinese Excel writes it. Refusal `roster.encoding`."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("roster.encoding")


def read(data: bytes) -> list[Row]:
    """The rows of a roster in CSV. Refusals: every bad line with its number and reason."""
    text = decode(data)
    first = text.lstrip("\n\r").split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    wrong: list[Refusal] = []
    rows: list[Row] = []
    try:
        columns = _columns(lines)
        for cells in lines:
            if not any(c.strip() for c in cells):
                continue
            try:
                rows.append(_row(lines.line_num, columns, cells))
            except Refusal as refusal:
                wrong.append(refusal)
    except csv.Error as error:
        wrong.append(Refusal("roster.csv", line=lines.line_num, reason=str(error)))
    if not wrong and not rows:
        wrong.append(Refusal("roster.empty"))
    wrong += _inconsistent(rows)
    if wrong:
        raise Refusals(sorted(wrong, key=lambda r: r.line or 0))
    return rows


def _columns(lines: Iterator[list[str]]) -> list[str | None]:
    for cells in lines:
        if any(c.strip() for c in cells):
            break
    else:
        raise Refusals([Refusal("roster.empty")])
    columns = [HEADINGS.get(c.strip().lower()) for c in cells]
    unknown = [c.strip() for c, known in zip(cells, columns, strict=True) if known is None and c.strip()]
    missing = [c for c in ("staff_no", "name", "unit") if c not in columns]
    if missing:
        raise Refusals([Refusal("roster.no_heading", line=1, missing=missing)])
    if unknown:
        raise Refusals([Refusal("roster.heading", line=1, unknown=unknown)])
    if len({c for c in columns if c}) < len([c for c in columns if c]):
        raise Refusals([Refusal("roster.heading_twice", line=1)])
    return columns


def _row(line: int, columns: list[str | None], cells: list[str]) -> Row:
    if [c for c in cells[len(columns) :] if c.strip()]:
        raise Refusal("roster.too_many_cells", line=line)
    value = {name: _unquoted(cell.strip()) for name, cell in zip(columns, cells, strict=False) if name}

    def get(name: str) -> str:
        return value.get(name, "")

    for name in ("staff_no", "name", "unit"):
        if not get(name):
            raise Refusal("roster.blank", line=line, column=name)
    for name, words in value.items():
        if any(ord(c) < 32 for c in words) or (name != "unit" and len(words) > LONGEST):
            raise Refusal("roster.unprintable", line=line, column=name)
    if any(c.isspace() for c in get("staff_no")):
        raise Refusal("roster.staff_no", line=line, value=get("staff_no"))
    for known, name in ((ROLES, "role"), (KINDS, "kind"), (LOCALES, "locale")):
        if get(name).lower() not in known:
            choices = [k for k in known if k]
            raise Refusal("roster.choice", line=line, column=name, value=get(name), known=choices)
    if get("timezone"):
        try:
            zone(get("timezone"))
        except Refusal as refusal:
            refusal.line = line
            raise
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
    )
    _check_kind(row)
    return row


def safe(cell: str) -> str:
    """What no spreadsheet takes for a formula (OWASP); `read` takes the apostrophe off again."""
    return "'" + cell if cell[:1] in FORMULA else cell


def _unquoted(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA else cell


def unit_path(words: str, line: int | None = None) -> str:
    """A path like 区局/物流部/一站, each name trimmed; Refusal `roster.path`."""
    names = [n.strip() for n in words.strip().strip("/").split("/")]
    if not all(0 < len(n) <= LONGEST for n in names) or len(names) > 8:
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
        elif (row.staff_no, row.unit) in there:
            wrong.append(Refusal("roster.twice", line=row.line, staff_no=row.staff_no, unit=row.unit))
        there.add((row.staff_no, row.unit))
    return wrong


def take(session: Session, rows: list[Row]) -> list[Difference]:
    """Brings the organisation to what the rows say and tells what that changed. Absent from the file is not removed.

    Refusals where rows do not fit what is there: another root, a reporter nobody knows, a ward with wards.
    """
    people = {p.staff_no: p for p in session.exec(select(Person)).all()}
    made: list[Difference] = []
    root = top_unit(session)
    _name_root(session, root, rows, made)
    _check_against(root, rows, people)
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
                made.append(Difference("reporter", row.staff_no, numbers[person.reporter_id], str(row.reporter)))
            person.reporter_id = reporter.id if reporter else None
            session.add(person)
    _memberships(session, rows, people, units, made)
    session.flush()
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


def _check_against(root: Unit | None, rows: list[Row], people: dict[str, Person]) -> None:
    wrong = []
    top = root.path if root else rows[0].unit.split("/")[0]
    kinds: dict[str, str] = {no: p.kind for no, p in people.items()} | {r.staff_no: r.kind for r in rows}
    for row in rows:
        if row.unit.split("/")[0] != top:
            wrong.append(Refusal("roster.root", line=row.line, path=row.unit, root=top))
        if row.reporter and kinds.get(row.reporter) is None:
            wrong.append(Refusal("roster.reporter_unknown", line=row.line, reporter=row.reporter))
        elif row.reporter and kinds[row.reporter] == Kind.WARD:
            wrong.append(Refusal("roster.reporter_ward", line=row.line, reporter=row.reporter))
    if wrong:
        raise Refusals(wrong)


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
    unit = units[path] = Unit(path=path, name=name, parent_id=parent.id if parent else None)
    session.add(unit)
    session.flush()
    paths.remember(session, unit, "")
    made.append(Difference("unit", path, None, path))
    return unit


def _person(session: Session, row: Row, people: dict[str, Person], made: list[Difference]) -> None:
    person = people.get(row.staff_no)
    if person is None:
        person = people[row.staff_no] = Person(staff_no=row.staff_no, name=row.name, kind=row.kind)
        person.locale, person.timezone = row.locale, row.timezone
        made.append(Difference("person", row.staff_no, None, row.name))
    for column in ("name", "kind", "locale", "timezone"):
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
            membership.role = row.role
        session.add(membership)


def rows_of(session: Session, top: Unit | None, day: date) -> list[list[str]]:
    """The roster as a file that brings in the same again: a row per membership, the home first; cells are safe for
    spreadsheets. `top` narrows it to a subtree; who has left by `day` is not in it."""
    query = (
        select(Person, Unit, Membership)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(here(day), below(top.path) if top else true())
        .order_by(col(Person.staff_no), col(Membership.home).desc(), col(Unit.path))
    )
    numbers = dict(session.exec(select(Person.id, Person.staff_no)).all())
    rows = [
        [
            p.staff_no,
            p.name,
            u.path,
            m.role,
            p.kind,
            numbers.get(p.reporter_id or 0, ""),
            p.locale or "",
            p.timezone or "",
        ]
        for p, u, m in session.exec(query).all()
    ]
    return [[safe(cell) for cell in row] for row in rows]
