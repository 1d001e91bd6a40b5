"""Keep a roll call going, a chunk at a time: ask, show the lists to the leads, ask in the other chat where a message
did not arrive, look for those who came in meanwhile, and say where it stands that it is closed."""

from collections.abc import Sequence
from datetime import timedelta

from handlers.core.context import Context
from handlers.rollcall import lists
from handlers.rounds import messages, sending
from models.organisation.people import Person
from models.rounds import rollcalls, rounds
from models.rounds.rounds import Round, RoundKind, Stage

PENDING = rounds.any_due(RoundKind.ROLLCALL)
UNITS = 5  # whose leads are shown the list at once
OTHERS = 100  # people who are asked in their other chat at once
FIRST = timedelta(minutes=10)
SOON, LATER = timedelta(seconds=20), timedelta(minutes=2)  # between two looks, within FIRST and after


def due(context: Context, aside: Sequence[int]) -> Round | None:
    return rounds.due(context.session, context.now, RoundKind.ROLLCALL, aside)


def take(context: Context, it: Round) -> None:
    """Do the next chunk."""
    if it.stage == Stage.FINDING:
        sending.find(context, it)
    elif it.stage == Stage.TELLING:
        _then(it, Stage.LISTING, done=sending.tell(context, it))
    elif it.stage == Stage.LISTING:
        if _list_next(context, it):
            _rest(context, it)
    elif it.stage == Stage.TAKING_BACK:
        _then(it, Stage.LISTING, done=sending.take_back(context, it))
    elif it.stage == Stage.NOTING:
        if sending.note(context, it):
            it.stage, it.next_at = Stage.DONE, None
    else:
        _wake(context, it)
    context.session.add(it)


def _then(it: Round, stage: Stage, *, done: bool) -> None:
    if done:
        it.stage, it.cursor = stage, 0


def _list_next(context: Context, it: Round) -> bool:
    """Show the list to the leads of the next units; say whether those were all."""
    found = rollcalls.units_asked(context.session, it, it.cursor, UNITS)
    for unit in found:
        lists.show_leads(context, it, unit)
        it.cursor = unit.id
    if len(found) == UNITS:
        return False
    lists.show_caller(context, it)
    return True


def _rest(context: Context, it: Round) -> None:
    """Let it wait for the next look; when it is closed, what is known of messages is noted last."""
    it.cursor = 0
    if it.closed_at is not None:
        it.stage, it.next_at = Stage.NOTING, context.now
    else:
        it.stage = Stage.OPEN
        soon = context.now - it.made_at < FIRST and lists.live(context, it)
        it.next_at = context.now + (SOON if soon else LATER)


def _wake(context: Context, it: Round) -> None:
    """Ask in their other chats those whom the question has not reached, then look for those who came in. A roll call
    that nobody closed is closed after a week."""
    session = context.session
    if context.now >= rounds.newest(session, it).over_at:
        rollcalls.close(session, it, session.get_one(Person, it.by), context.now)
        return
    _elsewhere(context, it)
    it.stage, it.cursor = Stage.FINDING, 0


def _elsewhere(context: Context, it: Round) -> None:
    for reply, person, address in rollcalls.elsewhere(context.session, it, context.now, OTHERS):
        messages.show(context, it, reply, person, address, below=True)
