"""Change people's places: joining, moving, roles, and who reports for a ward."""

from sqlmodel import Session, select

from models.changes.roster_limits import codes, former, refuse_outside, refuse_turning, same_name
from models.core import characters
from models.core.errors import Refusal
from models.organisation.people import Kind, Membership, Person, Role, home, no_other_admin
from models.organisation.units import Unit


def present(person: Person) -> None:
    """Raise `staffing.left` for somebody who has left, or will on a day already set."""
    if person.left_on is not None:
        raise Refusal("staffing.left", name=person.name, day=person.left_on)


def numbered(session: Session, staff_no: str) -> Person | None:
    """Return whose number it is, or was."""
    return session.exec(select(Person).where(Person.staff_no == characters.number(staff_no))).first()


def membership(session: Session, person: Person, unit: Unit) -> Membership | None:
    return session.exec(
        select(Membership).where(Membership.person_id == person.id, Membership.unit_id == unit.id)
    ).first()


def join(
    session: Session, staff_no: str, name: str, unit: Unit, role: Role = Role.MEMBER, reporter: Person | None = None,
    outside: bool = False,
) -> Person:  # fmt: skip
    """Add a person, a ward if a reporter is named, or somebody outside. Somebody who had left comes back under the old
    number and name, to everything they reported: a number is one person for ever. Raises `staffing.exists`,
    `staffing.number_taken`, `staffing.reporter`, `roster.staff_no`, `roster.unprintable`, `roster.number_was`,
    `roster.ward_role`, `roster.own_answers`, `roster.outside_role`, `roster.outside_turned`."""
    staff_no, name = characters.number(staff_no), characters.name(name)
    refuse_join(session, staff_no, name, role, reporter, outside=outside)
    person = numbered(session, staff_no)
    kind = Kind.OUTSIDE if outside else Kind.WARD if reporter else Kind.STAFF
    if person is None:
        person = Person(staff_no=staff_no, name=name)
    person.name, person.kind, person.left_on = name, kind, None
    person.reporter_id = reporter.id if reporter else None
    session.add(person)
    session.flush()
    for old in session.exec(select(Membership).where(Membership.person_id == person.id)).all():
        session.delete(old)
    session.flush()
    session.add(Membership(person_id=person.id, unit_id=unit.id, role=role, home=True))
    session.flush()
    return person


def refuse_join(
    session: Session, staff_no: str, name: str, role: Role, reporter: Person | None, *, outside: bool = False
) -> None:
    """Raise as `join`, before anything is changed."""
    if not characters.is_name(name):
        raise Refusal("roster.unprintable", column="name")
    if not characters.is_number(staff_no):
        raise Refusal("roster.staff_no", value=staff_no)
    known = numbered(session, staff_no)
    if staff_no in former(session):
        raise Refusal("roster.number_was", staff_no=staff_no)
    if known is None and staff_no in codes(session):
        raise Refusal("roster.staff_no", value=staff_no)
    if known is not None and known.left_on is None:
        raise Refusal("staffing.exists", staff_no=staff_no, name=known.name)
    if known is not None and not same_name(known.name, name):
        raise Refusal("staffing.number_taken", staff_no=staff_no, name=known.name, other=name, day=known.left_on)
    if outside and role is not Role.MEMBER:
        raise Refusal("roster.outside_role", name=name)
    if known is not None:
        refuse_outside(known, Kind.OUTSIDE if outside else Kind.STAFF)
    if reporter is not None:
        if role is not Role.MEMBER:
            raise Refusal("roster.ward_role", name=name)
        refuse_reporter(reporter)
        if known is not None:
            refuse_turning(session, known)


def refuse_reporter(reporter: Person) -> None:
    present(reporter)
    if reporter.kind != Kind.STAFF:
        raise Refusal("staffing.reporter", name=reporter.name)


def move(session: Session, person: Person, unit: Unit) -> None:
    """Give the person another home unit, as a member there; a role in the old one stays behind, those in task forces
    stay. Raises `staffing.left`, `staffing.there`, `staffing.last_admin`."""
    refuse_move(session, person, unit)
    old = membership(session, person, home(session, person))
    there = membership(session, person, unit)
    if old:
        session.delete(old)
        session.flush()
    session.add(there or Membership(person_id=person.id, unit_id=unit.id, home=True))
    if there:
        there.home = True
    session.flush()


def refuse_move(session: Session, person: Person, unit: Unit) -> None:
    present(person)
    at = home(session, person)
    if at.id == unit.id:
        raise Refusal("staffing.there", name=person.name, path=unit.path)
    held = membership(session, person, at)
    if held and held.role == Role.ADMIN:
        refuse_last_admin(session, person, at)


def set_role(session: Session, person: Person, unit: Unit, role: Role | None) -> None:
    """Give the person a role in a unit, which they join for it if they are not in it (a task force); None takes them
    out of a task force. Raises `staffing.left`, `staffing.same_role`, `staffing.home_role`, `roster.ward_role`,
    `staffing.last_admin`."""
    refuse_role(session, person, unit, role)
    held = membership(session, person, unit)
    if role is None:
        session.delete(held)
    elif held is None:
        session.add(Membership(person_id=person.id, unit_id=unit.id, role=role))
    else:
        held.role = role
        session.add(held)
    session.flush()


def refuse_role(session: Session, person: Person, unit: Unit, role: Role | None) -> None:
    present(person)
    held = membership(session, person, unit)
    if (held.role if held else None) == role:
        raise Refusal("staffing.same_role", name=person.name, path=unit.path)
    if role is None and held and held.home:
        raise Refusal("staffing.home_role", name=person.name, path=unit.path)
    if person.kind == Kind.WARD and role not in (None, Role.MEMBER):
        raise Refusal("roster.ward_role", name=person.name)
    if person.kind == Kind.OUTSIDE:
        raise Refusal("roster.outside_role", name=person.name)
    if held and held.role == Role.ADMIN:
        refuse_last_admin(session, person, unit)


def refuse_last_admin(session: Session, person: Person, unit: Unit) -> None:
    """Raise `staffing.last_admin` if nobody else would be admin of the whole."""
    if no_other_admin(session, person, unit):
        raise Refusal("staffing.last_admin", name=person.name)


def set_reporter(session: Session, ward: Person, reporter: Person) -> None:
    """Give a ward another reporter. Raises `staffing.no_ward`, `staffing.reporter`, `staffing.left`."""
    if ward.kind != Kind.WARD:
        raise Refusal("staffing.no_ward", name=ward.name)
    refuse_reporter(reporter)
    ward.reporter_id = reporter.id
    session.add(ward)
    session.flush()
