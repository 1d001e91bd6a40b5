"""Compare a roster as a whole with the organisation, and import it (docs/rules.md 15)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from sqlmodel import Session, func, select

from models.changes import roster_limits, roster_units, staff_numbers
from models.core.errors import Note, Refusal, Refusals
from models.cycle import former_paths, periods
from models.organisation import unit_order
from models.organisation.people import Kind, Membership, Person, Role, no_other_admin
from models.organisation.roster_reader import look as look
from models.organisation.roster_reader import read as read
from models.organisation.roster_rows import Row as Row
from models.organisation.units import Unit
from models.organisation.units import root as top_unit


@dataclass(frozen=True)
class Difference:
    """One change that an import makes: `what` is unit, person, membership, or the name of the changed column."""

    what: str
    about: str
    before: str | None
    after: str


def take(
    session: Session, rows: list[Row], day: date | None = None, by: Person | None = None,
    numbers: Mapping[str, str] = MappingProxyType({}),
) -> list[Difference]:  # fmt: skip
    """Change the organisation to what the rows say and return what changed; what is absent from the file is not
    removed. `day` is today, to leave out people who have left by it (by default: whoever is to leave at all). `by` is
    the author, None the operator. `numbers` are new → old ones of people who get another staff number. Raises
    everything of `roster_limits.beyond`, and if no admin of the whole would be left."""
    staff_numbers.change_all(session, rows, numbers, day, by)
    people = {p.staff_no: p for p in session.exec(select(Person)).all()}
    made = [Difference("staff_no", new, old, new) for new, old in numbers.items()]
    root = top_unit(session)
    _name_root(session, root, rows, made)
    rows, wrong = roster_units.placed(session, rows, root)
    rows = _as_before(session, rows, people)
    wrong = wrong or roster_limits.beyond(session, rows, people, root, day, by)
    if wrong:
        raise Refusals(in_order(wrong, rows))
    units = _units(session, rows, made)
    for row in rows:
        _person(session, row, people, made)
    session.flush()
    held = {p.id: p.staff_no for p in people.values()}
    for row in rows:
        reporter = people[row.reporter] if row.reporter else None
        person = people[row.staff_no]
        if person.reporter_id != (reporter.id if reporter else None):
            if person.reporter_id is not None:
                made.append(Difference("reporter", row.staff_no, held[person.reporter_id], row.reporter or ""))
            person.reporter_id = reporter.id if reporter else None
            session.add(person)
    _memberships(session, rows, people, units, made)
    return made


def _as_before(session: Session, rows: list[Row], people: Mapping[str, Person]) -> list[Row]:
    """Return the rows with what their sheets have no column for as it is: roles, who is a ward, and reporters
    (docs/rules.md 15.1)."""
    if not any(row.unsaid for row in rows):
        return rows
    held = {
        (person_id, path): role
        for person_id, path, role in session.exec(select(Membership.person_id, Unit.path, Membership.role).join(Unit))
    }
    numbers = {person.id: number for number, person in people.items()}
    return [_stays(row, people[row.staff_no], held, numbers) if row.staff_no in people else row for row in rows]


def _stays(row: Row, person: Person, held: Mapping[tuple[int, str], str], numbers: Mapping[int, str]) -> Row:
    role = held.get((person.id, row.unit), row.role) if "role" in row.unsaid else row.role
    kind = Kind(person.kind) if "kind" in row.unsaid else row.kind
    kept = numbers.get(person.reporter_id) if person.reporter_id else None
    stays = "reporter" in row.unsaid or ("kind" in row.unsaid and kind is Kind.WARD and row.reporter is None)
    return replace(row, role=Role(role), kind=kind, reporter=kept if stays else row.reporter)


def in_order(wrong: Sequence[Refusal], rows: Sequence[Row]) -> list[Refusal]:
    """Return refusals in the order of their file."""
    sheets = {sheet: at for at, sheet in enumerate(dict.fromkeys(it.sheet for it in rows))}
    return sorted(wrong, key=lambda it: (sheets.get(it.sheet, len(sheets)), it.line or 0))


def also_wrong(
    session: Session, rows: list[Row], seen: Collection[str], day: date | None, by: Person | None
) -> list[Refusal]:
    """Return what does not fit the organisation in a file of which other lines are wrong already, so that everything is
    said in one pass. `seen` are the staff numbers on those lines."""
    if not rows:
        return []
    root = top_unit(session)
    root = None if root and _is_lonely(session, rows) else root
    people = {p.staff_no: p for p in session.exec(select(Person)).all()}
    rows, wrong = roster_units.placed(session, rows, root)
    rows = _as_before(session, rows, people)
    return wrong + roster_limits.beyond(session, rows, people, root, day, by, seen)


def _name_root(session: Session, root: Unit | None, rows: list[Row], made: list[Difference]) -> None:
    """Give an organisation that is nothing but its root the name of the first roster's top unit."""
    name = rows[0].unit.split("/")[0]
    if root and root.name != name and _is_lonely(session, rows):
        made.append(Difference("name", root.path, root.name, name))
        root.name = root.path = name
        session.add(root)
        session.flush()


def _is_lonely(session: Session, rows: Sequence[Row]) -> bool:
    """Say whether the organisation is nothing but its root, and the roster names one with units below."""
    alone = session.exec(select(func.count()).select_from(Unit)).one() == 1
    return alone and any("/" in row.unit for row in rows) and len({row.unit.split("/")[0] for row in rows}) == 1


def renamed(made: Sequence[Difference]) -> list[Note]:
    """Note the numbers that get another name: they stay one person's, with everything this person reported. The root,
    which the first roster names, has no number: its own name stands there."""
    found = [d for d in made if d.what == "name" and d.before and d.about != d.before]
    names = [f"{d.about} {d.before} → {d.after}" for d in found]
    return [Note("roster.renamed", {"names": names[:10], "count": len(names)})] if names else []


def _units(session: Session, rows: Iterable[Row], made: list[Difference]) -> dict[str, Unit]:
    units = {u.path: u for u in session.exec(select(Unit)).all()}
    for path in dict.fromkeys(r.unit for r in rows):
        ensure_unit(session, path, units, made)
    return units


def ensure_unit(session: Session, path: str, units: dict[str, Unit], made: list[Difference]) -> Unit:
    """Return the unit of this path, made with those above it where needed."""
    if path in units:
        return units[path]
    above, _, name = path.rpartition("/")
    parent = ensure_unit(session, above, units, made) if above else None
    unit = units[path] = Unit(
        path=path, name=name, parent_id=parent.id if parent else None, rank=unit_order.last(session, parent)
    )
    session.add(unit)
    session.flush()
    former_paths.remember(session, unit, "", periods.newest_id(session))
    made.append(Difference("unit", path, None, path))
    return unit


def _person(session: Session, row: Row, people: dict[str, Person], made: list[Difference]) -> None:
    person = people.get(row.staff_no)
    if person is None:
        person = people[row.staff_no] = Person(staff_no=row.staff_no, name=row.name, kind=row.kind)
        person.locale, person.timezone, person.rest_days = row.locale, row.timezone, row.rest_days
        person.wecom_id, person.phone = row.wecom_id, row.phone or None
        made.append(Difference("person", row.staff_no, None, row.name))
    for column in ("name", "kind", "locale", "timezone", "rest_days", "wecom_id"):
        before, after = getattr(person, column), getattr(row, column)
        if after is not None and before != after:
            setattr(person, column, after)
            made.append(Difference(column, row.staff_no, str(before) if before else None, str(after)))
    if row.phone is not None and (person.phone or "") != row.phone:
        made.append(Difference("phone", row.staff_no, person.phone, row.phone))
        person.phone = row.phone or None
    session.add(person)


def _memberships(
    session: Session, rows: list[Row], people: dict[str, Person], units: dict[str, Unit], made: list[Difference]
) -> None:
    held = {(m.person_id, m.unit_id): m for m in session.exec(select(Membership)).all()}
    homed = {m.person_id for m in held.values() if m.home}
    admins_no_more: list[tuple[Person, Unit, Row]] = []
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
                admins_no_more.append((person, unit, row))
            membership.role = row.role
        session.add(membership)
    session.flush()
    for person, unit, row in admins_no_more:  # checked last, because the file may name another admin
        if no_other_admin(session, person, unit):
            raise Refusals([Refusal("roster.last_admin", name=person.name).at(row.line, row.sheet)])
