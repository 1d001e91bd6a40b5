"""Take back what nobody of a hand-out confirmed: from the first few at once, from the others by the clock, a chunk at a
time (docs/rules.md 33.4)."""

from handlers.core.context import Context
from handlers.core.turn import Turn
from handlers.supplies import receivers, standing, story
from models.core.exact import NOTHING
from models.organisation.people import Person
from models.supplies import handouts
from models.supplies.handouts import AT_ONCE, Handout
from models.supplies.items import Item
from models.supplies.movements import Told


def begin(turn: Turn, made: Handout, told: Told) -> None:
    """Take back from the first, and leave the others to the clock; the speaker sees who is left."""
    made.rest_by, made.rest_said, made.next_at = told.by.id, told.note, told.at
    turn.session.add(made)
    go_on(turn, made)
    standing.show(turn, made, turn.person, below=True)


def go_on(context: Context, made: Handout) -> None:
    """Take back from the next few; with the last of them it is over, and everybody who sees the hand-out sees that."""
    session = context.session
    told = Told(session.get_one(Person, made.rest_by), context.now, made.rest_said)
    waiting = handouts.next_waiting(session, made, 0, AT_ONCE)
    item, back = session.get_one(Item, handouts.movement_of(session, made).item_id), NOTHING
    for handing in waiting:
        back += handouts.take_back(session, handing, handing.left, told).movement.amount
        receivers.refresh(context, handing)
    if waiting and waiting[0].store_id is None:
        story.came_back(context, item, back)
    if not handouts.next_waiting(session, made, 0, 1):
        handouts.rested(session, made)
        standing.refresh(context, made)
