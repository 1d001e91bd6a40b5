"""Name the lead of a unit that has none: a button of an admin's first steps."""

from sqlmodel import col, select

from handlers.core import admin_arguments, asking
from handlers.core.access import ADMIN
from handlers.core.asking import Option
from handlers.core.ids import UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.organisation.people import Kind, Membership, Person, Role, here
from models.organisation.units import Unit

router = Router("unit_lead", ADMIN)


@router.button("ask")
def tap_ask(turn: Turn, unit_id: UnitId) -> None:
    """Ask who is to lead a unit: by buttons for those who are in it, else by words. Admins are not offered: here a role
    takes the place of the other."""
    unit = turn.session.get(Unit, unit_id)
    admin_arguments.refuse_unless_admin(turn, unit.path if unit else "")
    if unit is None:
        return
    query = (
        select(Person)
        .join(Membership)
        .where(
            Membership.unit_id == unit.id, Membership.role == Role.MEMBER, Person.kind == Kind.STAFF,
            here(turn.today),
        )
        .order_by(col(Person.staff_no))
    )  # fmt: skip
    found = turn.session.exec(query).all()
    options = [Option(it.name, f"people role {it.staff_no} lead {unit.path}") for it in found]
    if options:
        asking.choose(turn, "unit_lead", options, path=unit.path)
    else:
        asking.for_words(turn, "unit_lead", f"people role {asking.PLACE} lead {unit.path}", path=unit.path)
