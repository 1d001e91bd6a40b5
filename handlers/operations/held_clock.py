"""The machine's clock jumped: the admins are told at once, and one of them can say that it is right."""

from datetime import datetime

from sqlmodel import Session

from handlers.core.turn import Defaults, words_for
from models.core import audit, clock_jumps
from models.core.clock_jumps import Jump
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject

HELD, CONFIRMED, RETURNED = "held", "settled", "returned"


def hold(
    session: Session, house: Defaults, since: datetime, machine: datetime, now: datetime, *, at_start: bool
) -> None:  # fmt: skip
    jump = clock_jumps.hold(session, since, machine, at_start=at_start)
    session.flush()
    audit.note(session, now, "clock", "clock.held", "", since=since.isoformat(), machine=machine.isoformat())
    _tell(session, house, jump, HELD, now)


def settled(session: Session, house: Defaults, jump: Jump | None, machine: datetime, now: datetime) -> None:
    """An admin says so, or somebody outside: from now on it is as late as the machine says."""
    audit.note(session, now, "clock", "clock.settled", "", machine=machine.isoformat())
    if jump:
        _tell(session, house, jump, CONFIRMED, now)
        clock_jumps.end(session, jump)


def returned(session: Session, house: Defaults, jump: Jump, now: datetime) -> None:
    """The machine's clock was set right."""
    audit.note(session, now, "clock", "clock.returned", "")
    _tell(session, house, jump, RETURNED, now)
    clock_jumps.end(session, jump)


def _tell(session: Session, house: Defaults, jump: Jump, state: str, now: datetime) -> None:
    for admin, address in addresses.of_admins(session):
        content = words_for(house, admin).content("operations/clock_jumped", jump=jump, state=state)
        slot = Slot.of(Subject.CLOCK_JUMP, address, jump.since.isoformat(), jump.machine.isoformat())
        cards.want(session, slot, Kind.NOTICE, content, now)
