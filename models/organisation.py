"""The first step: an organisation's root and its first admin."""

from sqlmodel import Session

from models import order, people
from models.errors import Refusal
from models.people import Membership, Person, Role, Unit


def begin(session: Session, root_name: str, staff_no: str, admin_name: str) -> Person:
    """Makes the root unit and its admin; Refusal `cli.exists` where there is one, `cli.init_name` for a bad name."""
    there = people.root(session)
    if there is not None:
        raise Refusal("cli.exists", root=there.name)
    if not root_name.strip() or "/" in root_name or not admin_name.strip() or not staff_no.strip():
        raise Refusal("cli.init_name")
    unit = Unit(name=root_name.strip(), path=root_name.strip(), rank=order.last(session, None))
    person = Person(staff_no=staff_no.strip(), name=admin_name.strip())
    session.add_all([unit, person])
    session.flush()
    session.add(Membership(person_id=person.id, unit_id=unit.id, role=Role.ADMIN, home=True))
    session.flush()
    return person
