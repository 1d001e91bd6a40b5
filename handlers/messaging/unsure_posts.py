"""A group's post of which nobody knows whether it arrived: the admins are told, for it is never sent twice blindly."""

from datetime import datetime

from sqlmodel import Session

from handlers.core.turn import Defaults, words_for
from models.messaging import addresses, cards
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind
from models.messaging.slots import Slot, Subject
from models.organisation.units import Unit


def tell_admins(session: Session, house: Defaults, card: Card, address: Address, now: datetime) -> None:
    """One notice per admin and message."""
    unit = session.get(Unit, address.unit_id) if address.unit_id else None
    for admin, where in addresses.of_admins(session):
        content = words_for(house, admin).content("messaging/unsure", unit=unit, at=now)
        slot = Slot.of(Subject.UNSURE_POST, where, card.id, card.messages)
        cards.want_once(session, slot, Kind.NOTICE, content, now)
