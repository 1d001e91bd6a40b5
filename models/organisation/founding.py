"""Found an organisation: its root and its first admin."""

from sqlmodel import Session

from models.core import characters
from models.core.errors import Refusal
from models.organisation import unit_order, units
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit


def begin(session: Session, root_name: str, staff_no: str, admin_name: str) -> Person:
    """Make the root unit and its admin; raises `cli.exists` if there is one, `cli.init_name` for a bad name."""
    there = units.root(session)
    if there is not None:
        raise Refusal("cli.exists", root=there.name)
    top, name, number = characters.name(root_name), characters.name(admin_name), characters.number(staff_no)
    fit = characters.is_name(top) and characters.is_name(name) and characters.is_number(number)
    if not fit or characters.SLASHES.search(top):
        raise Refusal("cli.init_name")
    unit = Unit(name=top, path=top, rank=unit_order.last(session, None))
    person = Person(staff_no=number, name=name)
    session.add_all([unit, person])
    session.flush()
    session.add(Membership(person_id=person.id, unit_id=unit.id, role=Role.ADMIN, home=True))
    session.flush()
    return person
