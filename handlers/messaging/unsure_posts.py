"""Tell the admins of a group's post that may have arrived, because it is never sent twice blindly."""

from handlers.core.context import Context
from models.messaging import addresses, cards
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind
from models.messaging.slots import Slot, Subject
from models.organisation.units import Unit


def tell_admins(context: Context, card: Card, address: Address) -> None:
    """Send one notice for each admin and message."""
    session = context.session
    unit = session.get(Unit, address.unit_id) if address.unit_id else None
    for admin, where in addresses.of_admins(session):
        content = context.words_for(admin).content("messaging/unsure", unit=unit, at=context.now)
        slot = Slot.of(Subject.UNSURE_POST, where, card.id, card.messages)
        cards.want_once(session, slot, Kind.NOTICE, content, context.now)
