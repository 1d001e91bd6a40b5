"""The one current message about a thing in a chat: find it, replace it."""

from datetime import datetime

from sqlmodel import Session

from models.messaging import cards
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind, Lane
from models.messaging.contents import Content


def current(session: Session, prefix: str) -> Card | None:
    """The one message that stands now of those whose keys begin so."""
    return next((c for c in reversed(cards.with_prefix(session, prefix)) if c.wanted_id), None)


def show(
    session: Session,
    prefix: str,
    address: Address,
    kind: Kind,
    content: Content,
    now: datetime,
    *,
    below: bool = False,
    lane: Lane = Lane.REPLY,
    not_before: datetime | None = None,
) -> Card:
    """Makes `content` stand in the live message; `below` posts it anew at the end of the chat and removes the old."""
    before = cards.with_prefix(session, prefix)
    standing = next((c for c in reversed(before) if c.wanted_id), None)
    if standing and not below:
        return cards.want(
            session, standing.key, address, kind, content, now, lane=lane, not_before=not_before, standing=standing
        )
    if standing:
        cards.want(session, standing.key, address, kind, None, now, lane=lane, not_before=not_before, standing=standing)
    key = f"{prefix}{len(before)}"
    return cards.want(session, key, address, kind, content, now, lane=lane, not_before=not_before)
