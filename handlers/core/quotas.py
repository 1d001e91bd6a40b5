"""Somebody sent more than a day's worth: they are told once, with when it ends."""

from datetime import datetime

from sqlmodel import Session

from handlers.core.incoming import Answer, Incoming
from handlers.core.turn import Defaults, words_for
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject


def say(session: Session, house: Defaults, incoming: Incoming, met: str, most: int, now: datetime) -> None:
    """In the person's own chat; strangers are told nothing."""
    found = addresses.who(session, incoming.channel, incoming.account)
    if found:
        person, address = found
        content = words_for(house, person).content("core/quota_met", what=met, most=most)
        cards.want(session, Slot.of(Subject.QUOTA, address, met, *incoming.id), Kind.REPLY, content, now)


def answer(house: Defaults, met: str, most: int) -> Answer:
    """To a tap that is not taken any more today."""
    return Answer(words_for(house, None).line("core/quota_met", what=met, most=most)[:200], alert=True)
