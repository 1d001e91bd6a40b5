"""`/people`, 人员: show who is where and in which role; add, move and remove people and set roles, from tomorrow on
unless today."""

from datetime import date, timedelta
from typing import Literal

from sqlmodel import col, or_, select

from handlers.changes import proposing
from handlers.core import admin_arguments, asking
from handlers.core.access import ADMIN
from handlers.core.admin_arguments import guided
from handlers.core.ids import PersonId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import PEOPLE, ROLES, verb
from handlers.exports import roster_files
from handlers.organisation.adding_people import add
from handlers.organisation.people_phone import phone
from models.authority import responsibility
from models.changes import departures, staff_changes
from models.core.errors import Refusal
from models.files import blobs
from models.messaging import addresses
from models.organisation import people
from models.organisation.people import Kind, Person, Role, home
from models.organisation.units import Unit, below, find_unit
from models.spreadsheets.writer import TYPES

router = Router("people", ADMIN)

PAGE = 20


@router.command("people", word="人员")
def handle(turn: Turn, words: str) -> None:
    """Show the person named or, without words, buttons that lead to one."""
    said, rest = verb(words, PEOPLE)
    with guided(turn, "people", said or ""):
        if not words.strip():
            _menu(turn)
        elif said in NAMING and not rest:
            asking.for_words(turn, "person", f"people {said} {asking.PLACE}")
        elif said is None:
            find(turn, rest)
        else:
            VERBS[said](turn, rest)


def _menu(turn: Turn) -> None:
    shown = admin_arguments.all_units(turn)
    planned = proposing.waiting(turn, "people")
    turn.say(
        "organisation/people_menu", units=shown[:PAGE], more=len(shown) > PAGE, planned=planned, fileless=turn.fileless
    )


@router.button("unit")
def tap_unit(turn: Turn, unit_id: UnitId, page: int) -> None:
    """Show the people of one unit, a page of buttons at a time."""
    unit = turn.session.get(Unit, unit_id)
    admin_arguments.refuse_unless_admin(turn, unit.path if unit else "")
    if unit:
        _show_unit(turn, unit, page)


def _show_unit(turn: Turn, unit: Unit, page: int) -> None:
    query = (
        select(Person)
        .join(people.Membership)
        .where(people.Membership.unit_id == unit.id, people.here(turn.today))
        .order_by(col(Person.staff_no))
    )
    found = turn.session.exec(query.offset(page * PAGE).limit(PAGE + 1)).all()
    turn.say("organisation/people_unit", unit=unit, people=found[:PAGE], page=page, more=len(found) > PAGE)


@router.button("person")
def tap_person(turn: Turn, person_id: PersonId) -> None:
    """Show one person."""
    show(turn, _mine(turn, person_id))


def _mine(turn: Turn, person_id: int) -> Person:
    person = turn.session.get(Person, person_id)
    if person is None:
        raise Refusal("people.not_administered", path="")
    admin_arguments.refuse_unless_admin(turn, home(turn.session, person).path)
    return person


def find(turn: Turn, parts: list[str]) -> None:
    """Show one person by number or name, several by a part of the name, or a unit's people by its path."""
    if not parts:
        raise Refusal("people.too_few_words")
    words = " ".join(parts)
    unit = turn.session.exec(select(Unit).where(Unit.path == words)).first()
    if unit:
        tap_unit(turn, unit.id, 0)
        return
    own = _named_like(turn, words)
    if len(own) == 1:
        show(turn, own[0])
    elif own:
        turn.say("organisation/people_found", people=own[:PAGE], words=words, more=max(0, len(own) - PAGE))
    elif path := _path_of(turn, words):
        find(turn, [path])
    else:
        show(turn, admin_arguments.person(turn, parts)[0])


def _path_of(turn: Turn, words: str) -> str | None:
    """Return the path of the unit of this name. Raises `people.many_units`, `people.not_administered`."""
    try:
        found = find_unit(turn.session, words)
    except Refusal as refusal:
        if refusal.key != "people.no_unit":
            raise
        return None
    admin_arguments.refuse_unless_admin(turn, found.path)
    return found.path


def _named_like(turn: Turn, words: str) -> list[Person]:
    """Return the admin's own people whose name contains these words, or whose number they are."""
    of = [below(top.path) for top in admin_arguments.units(turn)]
    query = (
        select(Person)
        .join(people.Membership)
        .join(Unit)
        .where(col(Person.name).contains(words, autoescape=True) | (Person.staff_no == words))
        .where(col(people.Membership.home).is_(True), or_(*of))
        .order_by(col(Person.staff_no))
    )
    return list(turn.session.exec(query).all())


def show(turn: Turn, person: Person) -> None:
    """Show a person's place, roles, wards, phone, and what is planned for them."""
    speaker = person.reporter_id or person.id
    turn.say(
        "organisation/person",
        person=person,
        unit=home(turn.session, person),
        roles=people.roles(turn.session, person),
        reporter=turn.session.get(Person, person.reporter_id) if person.reporter_id else None,
        wards=responsibility.wards(turn.session, person, turn.today),
        reach=addresses.silence(turn.session, [speaker])[speaker],
        planned=proposing.waiting(turn, "people", person.staff_no),
    )


def _about(person: Person) -> dict[str, object]:
    return {"person": person.id, "no": person.staff_no, "name": person.name}


def move(turn: Turn, parts: list[str]) -> None:
    person, rest = admin_arguments.person(turn, parts)
    if not rest:
        tap_move(turn, person.id)
        return
    unit, rest = admin_arguments.unit(turn, rest)
    _propose_move(turn, person, unit, admin_arguments.day(turn, rest))


def _propose_move(turn: Turn, person: Person, unit: Unit, day: date | None) -> None:
    staff_changes.refuse_move(turn.session, person, unit)
    before = home(turn.session, person)
    role = staff_changes.membership(turn.session, person, before)
    wards = responsibility.wards(turn.session, person, turn.today)
    arguments = _about(person) | {
        "unit": unit.id, "from": before.path, "to": unit.path, "before": role.role if role else "", "wards": len(wards),
    }  # fmt: skip
    undo = f"/people move {person.staff_no} {before.path}"
    proposing.propose(turn, "people.move", arguments, day, [before, unit], count=1, undo=undo)


@router.button("move")
def tap_move(turn: Turn, person_id: PersonId) -> None:
    """Show the units of the admin's own as buttons, to move the person to."""
    person = _mine(turn, person_id)
    at = home(turn.session, person)
    units = [u for u in admin_arguments.all_units(turn) if u.id != at.id]
    turn.say("organisation/people_where", person=person, units=units[:40], more=len(units) > 40)


@router.button("move_to")
def tap_move_to(turn: Turn, person_id: PersonId, unit_id: UnitId) -> None:
    """Propose the move to the chosen unit."""
    person, unit = _mine(turn, person_id), turn.session.get(Unit, unit_id)
    admin_arguments.refuse_unless_admin(turn, unit.path if unit else "")
    if unit:
        _propose_move(turn, person, unit, None)


def role(turn: Turn, parts: list[str]) -> None:
    person, rest = admin_arguments.person(turn, parts)
    if not rest:
        tap_role(turn, person.id)
        return
    wish = ROLES.get(rest[0].lower()) if rest else None
    if wish is None:
        raise Refusal("staffing.no_role", typed=rest[0])
    rest = rest[1:]
    unit = home(turn.session, person)
    if rest and _names_unit(turn, rest):
        unit, rest = admin_arguments.unit(turn, rest)
    _propose_role(turn, person, unit, wish, admin_arguments.day(turn, rest))


def _names_unit(turn: Turn, parts: list[str]) -> bool:
    try:
        admin_arguments.named(turn, parts, find_unit)
    except Refusal as refusal:
        try:
            return admin_arguments.day(turn, parts) is None
        except Refusal:
            raise refusal from None
    return True


def _propose_role(turn: Turn, person: Person, unit: Unit, wish: str, day: date | None) -> None:
    staff_changes.refuse_role(turn.session, person, unit, None if wish == "none" else Role(wish))
    held = staff_changes.membership(turn.session, person, unit)
    before = held.role if held else "none"
    arguments = _about(person) | {"unit": unit.id, "path": unit.path, "before": before, "role": wish}
    undo = f"/people role {person.staff_no} {before} {unit.path}"
    proposing.propose(turn, "people.role", arguments, day, [unit], count=1, undo=undo)


@router.button("role")
def tap_role(turn: Turn, person_id: PersonId) -> None:
    """Show the roles to choose from."""
    person = _mine(turn, person_id)
    turn.say("organisation/people_role", person=person, unit=home(turn.session, person))


@router.button("role_to")
def tap_role_to(turn: Turn, person_id: PersonId, wish: Literal["member", "lead", "admin"]) -> None:
    """Propose the chosen role."""
    person = _mine(turn, person_id)
    _propose_role(turn, person, home(turn.session, person), wish, None)


def leave(turn: Turn, parts: list[str]) -> None:
    person, rest = admin_arguments.person(turn, parts)
    _propose_leave(turn, person, admin_arguments.day(turn, rest))


@router.button("leave")
def tap_leave(turn: Turn, person_id: PersonId) -> None:
    """Propose that the person leaves the organisation."""
    _propose_leave(turn, _mine(turn, person_id), None)


def _propose_leave(turn: Turn, person: Person, day: date | None) -> None:
    departures.refuse_leave(turn.session, person, day or turn.today + timedelta(days=1))
    unit = home(turn.session, person)
    reporter = turn.session.get(Person, person.reporter_id) if person.reporter_id else None
    undo = f"/people add {person.staff_no} {person.name} {unit.path}" + (f" {reporter.staff_no}" if reporter else "")
    undo += " outside" if person.kind == Kind.OUTSIDE else ""
    arguments = _about(person) | {"path": unit.path}
    proposing.propose(turn, "people.leave", arguments, day, [unit], count=1, undo=undo)


def reporter(turn: Turn, parts: list[str]) -> None:
    """Set who reports for a ward from now on, which must be settled before a reporter can leave."""
    ward, rest = admin_arguments.person(turn, parts)
    new, rest = admin_arguments.person(turn, rest)
    if ward.kind != Kind.WARD:
        raise Refusal("staffing.no_ward", name=ward.name)
    staff_changes.refuse_reporter(new)
    old = turn.session.get(Person, ward.reporter_id) if ward.reporter_id else None
    arguments = _about(ward) | {
        "reporter": new.id, "reporter_name": new.name, "before": old.name if old else "",
    }  # fmt: skip
    undo = f"/people reporter {ward.staff_no} {old.staff_no if old else ''}"
    day = admin_arguments.day(turn, rest)
    units = [home(turn.session, ward), home(turn.session, new)]
    proposing.propose(turn, "people.reporter", arguments, day, units, count=1, undo=undo)


def template(turn: Turn, parts: list[str]) -> None:
    """Send an empty roster with its headings, to be filled in with a spreadsheet and sent back."""
    name, data = roster_files.template_name(turn.words), roster_files.template(turn.words)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    turn.send(turn.words.content("organisation/people_template", file=file, fileless=turn.fileless))


def undo(turn: Turn, parts: list[str]) -> None:
    proposing.undo(turn, "people", parts)


NAMING = ("move", "role", "leave", "reporter", "find", "phone")  # verbs that ask whom, if nobody is named
VERBS = {
    "add": add, "move": move, "role": role, "leave": leave, "reporter": reporter, "find": find, "template": template,
    "undo": undo, "phone": phone,
}  # fmt: skip
