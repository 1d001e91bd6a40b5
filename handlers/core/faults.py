"""Apologise for a bug, with the number that the operator looks up."""

from datetime import timedelta

from handlers.core.incoming import Answer
from handlers.core.turn import Turn
from models.core import updates
from models.messaging import addresses, cards
from models.messaging.slots import Slot, Subject


def apologise(turn: Turn, number: str) -> None:
    """Tell the person the number of a fault, never a trace, and tell the admins: once an hour for each kind, in one
    message that counts."""
    since = turn.now.replace(minute=0, second=0, microsecond=0)
    first, times = updates.faults(turn.session, number, since)
    later = since + timedelta(minutes=turn.now.minute + 1) if times > 1 else None
    for admin, address in addresses.of_admins(turn.session):
        content = turn.words_for(admin).content("core/fault_notice", number=first, at=turn.now, times=times)
        slot = Slot.of(Subject.FAULT, address, first, f"{since:%Y%m%d%H}")
        cards.want(turn.session, slot, cards.Kind.NOTICE, content, turn.now, anew=False, not_before=later)
    found = addresses.who(turn.session, turn.incoming.channel, turn.incoming.account)
    if found:
        turn.speaker, turn.address = found
        if turn.incoming.pressed:
            turn.toast("core/apology", number=number, alert=True)
        else:
            turn.say("core/apology", number=number)
    elif turn.incoming.pressed:
        turn.answer = Answer(turn.words_for(None).line("core/apology", number=number), alert=True)
