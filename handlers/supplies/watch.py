"""Do what a hand-out has due: ask the next of a list to confirm, remind them, take back from those who have not, and
tell the keeper once, after a day, who has not (docs/rules.md 33.4)."""

from collections.abc import Sequence

from handlers.core.context import Context
from handlers.supplies import receivers, rest, standing
from models.organisation.people import Person
from models.supplies import handouts
from models.supplies.handouts import ANY_DUE, Handout

PENDING = ANY_DUE
CHUNK = 25  # who are asked at once


def due(context: Context, aside: Sequence[int]) -> Handout | None:
    return handouts.due(context.session, context.now, aside)


def take(context: Context, made: Handout) -> None:
    """Do the next chunk."""
    if made.rest_by is not None:
        rest.go_on(context, made)
    elif made.cursor is not None:
        _send(context, made, made.cursor)
    else:
        _tell(context, made)
    context.session.add(made)


def _send(context: Context, made: Handout, after: int) -> None:
    session = context.session
    found = handouts.next_waiting(session, made, after, CHUNK)
    urged = session.get_one(Person, made.urged_by) if made.urged_by else None
    for it in found:
        receivers.bring(context, it, urged=urged)
    made.cursor = found[-1].id if len(found) == CHUNK else None
    if made.cursor is None:
        handouts.look_again(made, context.now)


def _tell(context: Context, made: Handout) -> None:
    """Tell the keeper once who has not confirmed, if anybody has not."""
    session = context.session
    made.told_at, made.next_at = context.now, None
    if handouts.next_waiting(session, made, 0, 1):
        keeper = session.get_one(Person, handouts.movement_of(session, made).by)
        standing.show(context, made, keeper, below=True, at_night=False)
