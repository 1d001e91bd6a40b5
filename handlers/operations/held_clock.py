"""Tell the admins at once that the machine's clock jumped; one of them can say that it is right."""

from datetime import datetime

from handlers.core.context import Context
from models.core import audit, clock_jumps
from models.core.clock_jumps import Jump
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject

HELD, CONFIRMED, RETURNED = "held", "settled", "returned"


def hold(context: Context, since: datetime, machine: datetime, *, at_start: bool) -> None:
    session = context.session
    jump = clock_jumps.hold(session, since, machine, at_start=at_start)
    session.flush()
    audit.note(session, context.now, "clock", "clock.held", "", since=since.isoformat(), machine=machine.isoformat())
    _tell(context, jump, HELD)


def settled(context: Context, jump: Jump | None, machine: datetime) -> None:
    """Accept the machine's clock, because an admin or a server outside confirmed it."""
    audit.note(context.session, context.now, "clock", "clock.settled", "", machine=machine.isoformat())
    if jump:
        _tell(context, jump, CONFIRMED)
        clock_jumps.end(context.session, jump)


def returned(context: Context, jump: Jump) -> None:
    """Tell that the machine's clock was set right."""
    audit.note(context.session, context.now, "clock", "clock.returned", "")
    _tell(context, jump, RETURNED)
    clock_jumps.end(context.session, jump)


def _tell(context: Context, jump: Jump, state: str) -> None:
    for admin, address in addresses.of_admins(context.session):
        content = context.words_for(admin).content("operations/clock_jumped", jump=jump, state=state)
        slot = Slot.of(Subject.CLOCK_JUMP, address, jump.since.isoformat(), jump.machine.isoformat())
        cards.want(context.session, slot, Kind.NOTICE, content, context.now)
