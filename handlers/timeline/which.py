"""Find the unit and the month of which the words after `/timeline`, or a button, speak."""

import re
from datetime import date

from handlers.core.turn import Turn
from handlers.timeline import standing
from models.authority import permissions, timeline_reach
from models.core import typed_text
from models.core.errors import Refusal
from models.organisation import units
from models.organisation.units import Unit

MARKED = re.compile(r"=u([0-9]{1,9})")  # a unit, in the command of a button


def unit_and_month(turn: Turn, parts: list[str]) -> tuple[Unit, date | None]:
    """Return the unit and the month that the words name, one's own unit if they name none: “Station 1” is a unit before
    it is January. Raises `timeline.not_yours`, of a unit that there is not too, and `history.no_month`."""
    if parts and (marked := MARKED.fullmatch(parts[0])):
        return unit(turn, int(marked[1])), _month(turn, parts[1:])
    for named, said in ((parts, []), (parts[:-1], parts[-1:]), (parts[1:], parts[:1])):
        month = typed_text.month(said[0], turn.today) if said else None
        found = _found(turn, named) if not said or month else None
        if found:
            return found, month
    if len(parts) < 2 and (not parts or typed_text.meant_as_month(parts[0])):
        return standing.own(turn, turn.person), _month(turn, parts)
    if permissions.leads(turn.session, turn.person, turn.today):
        units.find_unit(turn.session, " ".join(parts))  # which says what is wrong, and what was meant
    raise Refusal("timeline.not_yours")


def _found(turn: Turn, parts: list[str]) -> Unit | None:
    try:
        return units.find_unit(turn.session, " ".join(parts)) if parts else None
    except Refusal:
        return None


def _month(turn: Turn, parts: list[str]) -> date | None:
    """Return the month that the words name, None for no words. Raises `history.no_month`."""
    month = typed_text.month(" ".join(parts), turn.today)
    if parts and month is None:
        raise Refusal("history.no_month", typed=" ".join(parts)[:20])
    return month


def unit(turn: Turn, number: int) -> Unit:
    """Return the unit that a button names. Raises `timeline.not_yours`."""
    found = turn.session.get(Unit, number)
    if found is None:
        raise Refusal("timeline.not_yours")
    timeline_reach.scope(turn.session, turn.person, found, turn.today)
    return found
