"""Tell somebody who sent more than a day's limit, once, with when it ends."""

from handlers.core.context import Context, Defaults
from handlers.core.incoming import Answer, Incoming
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject


def say(context: Context, incoming: Incoming, met: str, most: int) -> None:
    """Tell the person in their own chat; strangers are told nothing."""
    found = addresses.who(context.session, incoming.channel, incoming.account)
    if found:
        person, address = found
        content = context.words_for(person).content("core/quota_met", what=met, most=most)
        cards.want(
            context.session, Slot.of(Subject.QUOTA, address, met, *incoming.id), Kind.REPLY, content, context.now
        )


def answer(defaults: Defaults, met: str, most: int) -> Answer:
    """Return the answer to a tap that is not accepted any more today."""
    return Answer(defaults.words_for(None).line("core/quota_met", what=met, most=most)[:200], alert=True)
