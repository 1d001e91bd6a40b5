"""Create the next period of a task once its opening has come."""

from collections.abc import Sequence

from handlers.core.context import Context
from models.cycle import openings, story
from models.cycle.assignments import Assignment
from models.cycle.steps import Heartbeat
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject

PENDING = openings.ANY_DUE


def due(context: Context, aside: Sequence[int]) -> Assignment | None:
    return openings.due(context.session, context.now, aside)


def create(context: Context, assignment: Assignment) -> None:
    """Create the period. One that should have opened during our last outage gets more time."""
    session = context.session
    outage, pulse = None, session.get(Heartbeat, 1)
    if pulse and pulse.outage_from and pulse.outage_to and assignment.next_at and assignment.next_at <= pulse.outage_to:
        outage = (pulse.outage_from, pulse.outage_to)
    made = openings.open_next(session, assignment, context.now, outage)
    if made is not None:
        story.opened(session, assignment, made)
    elif outage is None:
        _warn_of_unknown_year(context, assignment)
    openings.next_opening(session, assignment, assignment.next_day)


def _warn_of_unknown_year(context: Context, assignment: Assignment) -> None:
    """Tell the admins, on every day on which it keeps a task closed, that a year's holidays are unknown: holidays are
    never guessed."""
    for admin, address in addresses.of_admins(context.session):
        content = context.words_for(admin).content("cycle/unknown_year", assignment=assignment, day=assignment.next_day)
        slot = Slot.of(Subject.UNKNOWN_YEAR, address, assignment.id, assignment.next_day)
        cards.want(context.session, slot, Kind.NOTICE, content, context.now)
