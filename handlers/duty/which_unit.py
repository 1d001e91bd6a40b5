"""Find the unit of which a lead speaks, or offer those there are."""

from sqlmodel import col, select

from handlers.core import admin_arguments, asking
from handlers.core.asking import Option
from handlers.core.turn import Turn
from models.authority import permissions
from models.core.errors import Refusal
from models.duty import rotas
from models.organisation import units
from models.organisation.units import Unit


def of(turn: Turn, parts: list[str], *, optional: bool = False) -> tuple[Unit | None, list[str]]:
    """Return the unit with which the words begin, or else the only one there is, None if it has to be chosen; and the
    words after it. With `optional` they may name no unit at all. Raises `people.many_units`, `people.not_yours`, and
    `people.no_unit` if they name none."""
    unit, rest = admin_arguments.led(turn, parts)
    if unit is not None:
        return unit, rest
    if parts and not optional:
        raise Refusal("people.no_unit", path=" ".join(parts)[:40])
    led = permissions.leads(turn.session, turn.person, turn.today)
    below = turn.session.exec(select(Unit.id).where(units.below(led[0].path)).limit(2)).all() if len(led) == 1 else []
    return (led[0] if len(below) == 1 else None), parts


def choose(turn: Turn, command: str) -> None:
    """Offer the units that have a template week first, then the others."""
    asking.choose(turn, "duty_unit", [Option(it.path, f"duty {command} {it.path}") for it in led(turn)])


def led(turn: Turn) -> list[Unit]:
    """Return the units that the speaker leads, and those below: first those that have a template week."""
    tops = permissions.leads(turn.session, turn.person, turn.today)
    found = [
        it for top in tops
        for it in turn.session.exec(select(Unit).where(units.below(top.path)).order_by(col(Unit.rank)).limit(200)).all()
    ]  # fmt: skip
    having = rotas.of_units(turn.session, [it.id for it in found])
    return sorted(found, key=lambda it: (it.id not in having, it.rank))


def own(turn: Turn, number: int) -> Unit:
    """Return the unit of this id, which the speaker must lead. Raises `people.not_yours`."""
    unit = turn.session.get(Unit, number)
    if unit is None or not permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    return unit
