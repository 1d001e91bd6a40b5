"""Read what the leads' commands have in common: which unit is meant, whether it is theirs, and its periods."""

from datetime import date
from typing import Annotated

from handlers.core.access import LEAD
from handlers.core.button_values import Letters
from handlers.core.ids import UnitId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from models.authority import permissions
from models.core import typed_text
from models.core.errors import Refusal
from models.cycle import periods
from models.cycle.periods import Period
from models.organisation import people, units
from models.organisation.people import Person
from models.organisation.units import Unit

router = Router("choose", LEAD)
Words = Annotated[str, Letters("[a-z0-9_ -]", 40)]  # a command with the words typed before the unit


def chosen_unit(turn: Turn, words: str, command: str) -> Unit | None:
    """Return the unit named in the command, or the only one the lead has; None if buttons were shown to choose one.
    Raises `people.not_yours` for a unit outside the lead's subtrees."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    if words.strip():
        unit = units.find_unit(turn.session, words.strip())
        if not permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
            raise Refusal("people.not_yours", path=unit.path)
        return unit
    if len(led) == 1:
        return led[0]
    turn.say("core/choose_unit", units=led, command=command)
    return None


@router.button("unit")
def tap_unit(turn: Turn, unit_id: UnitId, words: Words) -> ToCommand | None:
    """Run the command that asked which unit is meant, with this unit."""
    unit = turn.session.get(Unit, unit_id)
    if unit is None:
        turn.toast("core/not_yours", alert=True)
        return None
    name, _, rest = words.partition(" ")
    return ToCommand(name, f"{rest} {unit.path}".strip())


def in_question(turn: Turn, words: str, command: str) -> list[tuple[Period, Unit]]:
    """Return the periods of the day that the words after a command name, with the unit that they name; answer where
    the unit has to be chosen first, or has no part in any period of that day."""
    day, rest = day_and_rest(turn, words)
    unit = chosen_unit(turn, rest, f"{command} {day}")
    if unit is None:
        return []
    found = [(period, unit) for period in about(turn, unit, day)]
    if not found:
        turn.say("core/no_period", unit=unit, about=day)
    return found


def about(turn: Turn, unit: Unit, day: date) -> list[Period]:
    """Return the periods of a day in which this unit has a part."""
    return periods.of_day(turn.session, day, unit=unit)


def person_in_reach(turn: Turn, words: str) -> Person:
    """Return the person named, if they are the lead's own; raises `people.not_yours` otherwise. Of namesakes, one's own
    is meant; the numbers of others are not told."""
    own = _own(turn, words)
    if own is not None:
        return own
    try:
        person = people.find_person(turn.session, words)
    except Refusal as refusal:
        raise Refusal("people.no_person", name=words[:40]) from refusal
    home = people.home(turn.session, person)
    if not permissions.may_lead(turn.session, turn.person, home.path, turn.today):
        raise Refusal("people.not_yours", path=home.path)
    return person


def _own(turn: Turn, words: str) -> Person | None:
    """Return whom the words name among the lead's own. Raises `people.many_persons`."""
    tops = permissions.leads(turn.session, turn.person, turn.today)
    try:
        return people.find_person(turn.session, words, tops)
    except Refusal as refusal:
        if refusal.key != "people.no_person":
            raise
        return None


def is_unit(turn: Turn, words: str) -> bool:
    """Say whether the words name a unit, even one of several of that name."""
    try:
        units.find_unit(turn.session, words)
    except Refusal as refusal:
        return refusal.key == "people.many_units"
    return True


def day_and_rest(turn: Turn, words: str) -> tuple[date, str]:
    """Return the day, if the first or the last word is one, otherwise today; and the other words."""
    parts = words.split()
    for at in (0, -1):
        found = typed_text.day(parts[at], turn.today) if parts else None
        if found:
            parts.pop(at)
            return found, " ".join(parts)
    return turn.today, words


def led_unit(turn: Turn, unit_id: int) -> Unit:
    """Return the unit a button names, if it is the lead's own; raises `people.not_yours` otherwise."""
    unit = turn.session.get(Unit, unit_id)
    if unit is None or not permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    return unit
