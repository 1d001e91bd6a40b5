"""Find and replace the one current message about a thing in a chat."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from sqlmodel import Session

from models.messaging import cards
from models.messaging.cards import Card, How, Kind
from models.messaging.contents import Content
from models.messaging.slots import Slot


def current(session: Session, slot: Slot) -> Card | None:
    """Return the current message in the slot's chat, whatever its sequence."""
    return newest(cards.in_chat(session, slot))


def newest(found: Sequence[Card]) -> Card | None:
    """Return the current one of cards about one thing in one chat, given in their sequence."""
    return next((card for card in reversed(found) if card.wanted_id), None)


def show(
    session: Session,
    slot: Slot,
    kind: Kind,
    content: Content,
    now: datetime,
    *,
    below: bool = False,
    instead: Content | None = None,
    **how: Unpack[How],
) -> Card:
    """Show `content` in the live message; `below` posts it anew at the end of the chat and deletes the old one, or
    leaves `instead` in its place."""
    before = cards.in_chat(session, slot)
    standing = newest(before)
    if standing and not below:
        return cards.put(session, standing, slot, kind, content, now, **how)
    if standing:
        cards.put(session, standing, slot, kind, instead, now, **how)
    slot = slot._replace(sequence=before[-1].sequence + 1 if before else 0)
    return cards.put(session, None, slot, kind, content, now, **how)


def take_away(session: Session, slot: Slot, kind: Kind, now: datetime) -> None:
    """Delete the live message."""
    standing = current(session, slot)
    if standing:
        cards.put(session, standing, slot, kind, None, now)
