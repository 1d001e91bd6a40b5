"""Show an admin's first steps as one live message that ticks itself and goes when all is done."""

from datetime import datetime, timedelta
from typing import Literal

from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.core.events import Enrolled, SetupMoved
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from models.authority import permissions
from models.messaging import cards, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.operations import first_steps
from models.organisation.people import Person

router = Router("setup", LEAD)

MINUTE = timedelta(minutes=1)
ALL = "all"  # the subject of every card: the points are read anew each time


@router.button("to")
def tap_to(
    turn: Turn,
    command: Literal[
        "people", "people add", "people template", "unit add", "form", "assign new", "invite", "bind", "system"
    ],
) -> ToCommand:  # fmt: skip
    """Run a command without words: the way on from the first steps, and from wherever there is nothing yet."""
    name, _, words = command.partition(" ")
    return ToCommand(name, words)


def show(turn: Turn) -> None:
    """Show the first steps at the end of an admin's chat, as long as one is open."""
    if turn.speaker and turn.address:
        _draw(turn, turn.speaker, turn.address, below=True)


def redraw_own(turn: Turn) -> None:
    """Bring the first steps in the speaker's chat up to date, if they are shown there."""
    if turn.speaker is None or turn.address is None:
        return
    if live_messages.current(turn.session, Slot.of(Subject.CHECKLIST, turn.address, ALL)):
        _draw(turn, turn.speaker, turn.address)


def count_in(context: Context, event: Enrolled) -> None:
    """Count who came in wherever the first steps are shown, at most once a minute: thousands come in one morning."""
    _redraw(context, before=context.now - MINUTE)


def redraw(context: Context, event: SetupMoved) -> None:
    """Bring the first steps up to date wherever they are shown."""
    _redraw(context, before=context.now)


def _redraw(context: Context, before: datetime) -> None:
    """Bring up to date what was shown by then."""
    shown = cards.about(context.session, Subject.CHECKLIST, [ALL])
    for address_id in {it.address_id for it in shown if it.wanted_id and (it.shown_at or before) <= before}:
        address = context.session.get_one(Address, address_id)
        if address.person_id:
            _draw(context, context.session.get_one(Person, address.person_id), address)


def welcomed(context: Context, event: Enrolled) -> None:
    """Show the first steps to an admin who has just come in."""
    _draw(context, event.person, event.address, below=True)


def _draw(context: Context, person: Person, address: Address, *, below: bool = False) -> None:
    session, slot = context.session, Slot.of(Subject.CHECKLIST, address, ALL)
    tops = permissions.administers(session, person)
    points = first_steps.points(session, tops, context.today, context.now) if tops else []
    if all(point.done for point in points):
        live_messages.take_away(session, slot, Kind.REPLY, context.now)
        return
    content = context.words_for(person).content(
        "organisation/checklist", points=points, done=sum(point.done for point in points),
        open=[point.id for point in points if not point.done],
    )  # fmt: skip
    live_messages.show(session, slot, Kind.REPLY, content, context.now, below=below)
