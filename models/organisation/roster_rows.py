"""Check the lines of a roster, each by itself, and say everything that is wrong with them at once. Knows no database,
because files are read in a process of their own (docs/decisions/0143-files-in-a-process.md)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.core import characters
from models.core.errors import Refusal
from models.organisation import phone_numbers
from models.organisation.kinds import Kind, Role
from models.organisation.roster_headings import FIRST, LABELS, LAST
from models.spreadsheets.reader import Line, letters
from models.time.calendars import WEEKDAYS
from models.time.times import zone

ROLES = {"": Role.MEMBER, "成员": Role.MEMBER, "负责人": Role.LEAD, "管理员": Role.ADMIN} | {str(r): r for r in Role}
KINDS = {
    "": Kind.STAFF, "员工": Kind.STAFF, "代报对象": Kind.WARD, "外部": Kind.OUTSIDE, "外部对象": Kind.OUTSIDE,
} | {str(k): k for k in Kind}  # fmt: skip
_CHINESE = dict.fromkeys(("zh", "zh_cn", "zh-cn", "中文", "简体中文", "chinese"), "zh_CN")
LOCALES = {"": None} | _CHINESE | dict.fromkeys(("en", "english", "英文", "英语"), "en")
FULL_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NO_REST = ("none", "无", "-")
KEYS = ("staff_no", "reporter", "wecom_id")
EXAMPLES = ("示例", "example")  # the staff number of the template's example line
LEADS = {"是": Role.LEAD, "yes": Role.LEAD, "y": Role.LEAD, "true": Role.LEAD, "√": Role.LEAD, "1": Role.LEAD}
NO_LEADS = {"否": Role.MEMBER, "no": Role.MEMBER, "n": Role.MEMBER, "false": Role.MEMBER, "0": Role.MEMBER}
_ALL_ROLES = ROLES | LEADS | NO_LEADS
_CHANGED = re.compile(r"[+-]?\d+(?:\.\d+)?[eE]\+\d+|\d+\.\d+[eE]\d+|\d+\.0+|[\d,.]+%|\d{1,3}(?:,\d{3})+(?:\.\d+)?")
"""What spreadsheets and statistics programs make of a number that was meant as a name."""


MAY_STAY = ("role", "kind", "reporter")


@dataclass(frozen=True)
class Row:
    """One line of a roster, checked by itself. `unsaid` are the columns of `MAY_STAY` that its sheet lacks: what is
    known there stays."""

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
    phone: str | None = None
    sheet: str | None = None
    unsaid: tuple[str, ...] = ()


def row_of(told: dict[str, Any]) -> Row:
    """Return a row from what `dataclasses.asdict` made of it."""
    return Row(**told | {"role": Role(told["role"]), "kind": Kind(told["kind"]), "unsaid": tuple(told["unsaid"])})


@dataclass(frozen=True)
class Place:
    """Where the columns of a sheet are; `unit` is the unit of a sheet without a column for it."""

    sheet: str | None
    columns: Mapping[str, Sequence[int]]
    unit: str | None = None
    separators: str = ""  # of several units in a cell
    level: str = "/"  # between a unit and the one above it
    width: int = 0

    def at(self, refusal: Refusal, line: int, name: str) -> Refusal:
        where = self.columns.get(name)
        letter = letters(where[0] + 1) if where and self.sheet is not None else None
        return refusal.at(line, self.sheet, letter)


def rows(line: Line, place: Place) -> tuple[list[Row], list[Refusal], str]:
    """Return what a line says: a row for each unit, or everything that is wrong with it; and its staff number. The
    template's example and mere running numbers say nothing."""
    wrong: list[Refusal] = []
    if place.sheet is None and any(line.cells[place.width :]):  # in CSV a comma too many moves every cell after it
        return [], [Refusal("roster.too_many_cells").at(line.number, None)], ""
    value = _values(line, place, wrong)
    number = value.get("staff_no", "")
    if number.casefold() in EXAMPLES or not (any(value.values()) or wrong):
        return [], [], ""
    units = _units(value, place)
    made = _checked(line, place, value, units, wrong)
    return ([] if wrong else made), wrong, number


def _values(line: Line, place: Place, wrong: list[Refusal]) -> dict[str, str]:
    value: dict[str, str] = {}
    for name, columns in place.columns.items():
        said = []
        for at in columns:
            cell = line.cells[at] if at < len(line.cells) else ""
            if isinstance(cell, Refusal):
                wrong.append(_again(cell).at(line.number, place.sheet, letters(at + 1)))
                cell = "?"
            elif any(ord(c) < 32 for c in cell) and not (name == "unit" and place.separators):
                wrong.append(place.at(Refusal("roster.unprintable", column=LABELS.get(name, name)), line.number, name))
                cell = "?"
            said.append(cell)
        value[name] = _joined(name, said)
    return _named(value)


def _again(refusal: Refusal) -> Refusal:
    """Return the same refusal anew: one cell may stand in many lines of a merged range."""
    values: dict[str, Any] = refusal.values
    return Refusal(refusal.key, **values)


def _joined(name: str, said: list[str]) -> str:
    if name == "unit":  # cleaned name by name, later
        return "/".join(it.strip() for it in said if it.strip())
    return (characters.number if name in KEYS else characters.name)("".join(said))


def _named(value: dict[str, str]) -> dict[str, str]:
    """Return the values with a name made of a first and a last one."""
    first, last = value.pop(FIRST, ""), value.pop(LAST, "")
    if "name" not in value:
        value["name"] = f"{first} {last}".strip() if (first + last).isascii() else last + first
    return value


def _units(value: dict[str, str], place: Place) -> list[str]:
    said = value.get("unit", "")
    if place.unit is not None and not said:
        return [place.unit]
    parts = re.split(f"[{re.escape(place.separators)}]", said) if place.separators else [said]
    return [it.replace(place.level, "/") for it in parts if it.strip()]


def _checked(line: Line, place: Place, value: dict[str, str], units: list[str], wrong: list[Refusal]) -> list[Row]:
    def bad(key: str, column: str, /, **values: Any) -> None:
        wrong.append(place.at(Refusal(key, **values), line.number, column))

    def get(name: str) -> str:
        return "" if value.get(name, "").casefold() in characters.NOBODY else value.get(name, "")

    for name in ("staff_no", "name", "unit"):
        if not (units if name == "unit" else value.get(name)):
            bad("roster.blank", name, column=LABELS.get(name, name))
    _check_words(value, get, bad)
    role, kind, locale = (
        _chosen(get(name).lower(), name, known, bad)
        for name, known in (("role", _ALL_ROLES), ("kind", KINDS), ("locale", LOCALES))
    )
    rest = _or_wrong(lambda: rest_days(value.get("rest_days", "")), "rest_days", bad)
    phone = _or_wrong(lambda: phone_numbers.read(value.get("phone", "").strip("?")), "phone", bad)
    _or_wrong(lambda: zone(get("timezone")) if get("timezone") else None, "timezone", bad)
    paths = [_or_wrong(lambda it=it: unit_path(it), "unit", bad) for it in units]  # type: ignore[misc]
    made = [
        Row(
            line=line.number, staff_no=value.get("staff_no", ""), name=value.get("name", ""), unit=path or "",
            role=role or Role.MEMBER, kind=kind or Kind.STAFF, reporter=get("reporter") or None, locale=locale,
            timezone=get("timezone") or None, rest_days=rest, wecom_id=get("wecom_id") or None, phone=phone,
            sheet=place.sheet,
            unsaid=tuple(it for it in MAY_STAY if it not in place.columns),
        )
        for path in dict.fromkeys(paths)
    ]  # fmt: skip
    if made and value.get("name"):
        _check_kind(made[0], bad)
    return made


def _check_words(value: dict[str, str], get: Callable[[str], str], bad: Callable[..., None]) -> None:
    for name, words in value.items():
        if not words or name == "unit" or words == "?":
            continue
        if not characters.is_name(words):
            bad("roster.unprintable", name, column=LABELS.get(name, name))
        elif name in KEYS and (name == "staff_no" or get(name)):
            if _CHANGED.fullmatch(words):
                bad("roster.changed_number", name, value=words)
            elif not characters.is_number(words):
                bad("roster.staff_no", name, value=words)


def _chosen(said: str, name: str, known: Mapping[str, Any], bad: Callable[..., None]) -> Any:
    if said not in known:
        choices = [k for k in (ROLES if name == "role" else known) if k]
        bad("roster.choice", name, column=LABELS.get(name, name), value=said, known=choices)
    return known.get(said)


def _or_wrong(work: Callable[[], Any], name: str, bad: Callable[..., None]) -> Any:
    try:
        return work()
    except Refusal as refusal:
        bad(refusal.key, name, **refusal.values)
        return None


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


def _check_kind(row: Row, bad: Callable[..., None]) -> None:
    if row.kind is Kind.WARD and row.reporter is None:
        bad("roster.ward_alone", "reporter", name=row.name)
    if row.kind is Kind.WARD and row.role is not Role.MEMBER:
        bad("roster.ward_role", "role", name=row.name)
    if row.kind is Kind.STAFF and row.reporter is not None:
        bad("roster.staff_reporter", "reporter", name=row.name)
    if row.kind is Kind.OUTSIDE and row.reporter is not None:
        bad("roster.outside_reporter", "reporter", name=row.name)
    if row.kind is Kind.OUTSIDE and row.role is not Role.MEMBER:
        bad("roster.outside_role", "role", name=row.name)
    if row.kind is Kind.OUTSIDE and row.wecom_id is not None:
        bad("roster.outside_account", "wecom_id", name=row.name)
    if row.reporter == row.staff_no:
        bad("roster.own_reporter", "reporter", name=row.name)
