"""Serve delivery from the outbox: claim a card, note that it was shown, note that it failed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Integer, String, and_, bindparam, case, func, or_
from sqlmodel import Session, col, select, update

from models.core.database import Instant, change, in_chunks
from models.messaging.addresses import Address, is_group
from models.messaging.cards import MOST_MESSAGES, Card, Kind, Lane
from models.messaging.contents import StoredContent


class Claimed(NamedTuple):
    """A card that is to be shown now, and where."""

    card: Card
    account: str
    chat: str
    group: bool


class Shown(NamedTuple):
    """The result of a send: which card and which claim of it, what is shown now (None: nothing any more), and the
    platform's id of the message."""

    card: int
    claim: datetime
    content: int | None
    message: str | None


_NEXT = (
    select(Card, col(Address.account), col(Address.chat), is_group())
    .join(Address, col(Address.id) == col(Card.address_id))
    .where(
        col(Card.pending).is_(True),
        col(Card.gave_up).is_(False),
        Card.channel == bindparam("channel"),
        Card.lane == bindparam("lane"),
        Card.not_before <= bindparam("now"),
        col(Card.claimed_at).is_(None),
        col(Card.address_id).not_in(select(Card.address_id).where(col(Card.claimed_at).is_not(None))),
        col(Card.address_id).not_in(bindparam("resting", expanding=True)),
    )
    .order_by(col(Card.not_before), col(Card.id))
    .limit(bindparam("limit"))
    .execution_options(populate_existing=True)  # `note_shown` bypasses the session
)


_BY_ID = select(Card).where(col(Card.id).in_(bindparam("ids", expanding=True)))


def claim(
    session: Session, now: datetime, channel: str, lane: Lane, limit: int = 150, resting: Iterable[int] = ()
) -> list[Claimed]:
    """Claim the next cards of a lane that are to be shown, at most one per address, leaving out `resting` addresses.
    They are committed as claimed before anything is sent, so that a crash leaves a trace."""
    asked = {"channel": channel, "lane": lane, "now": now, "resting": list(resting), "limit": limit}
    rows = session.exec(_NEXT, params=asked).all()
    taken: dict[int, Claimed] = {}
    for card, account, chat, group in rows:
        taken.setdefault(card.address_id, Claimed(card, account, chat, group))
    change(session, [(it.card, {"claimed_at": now, "tries": it.card.tries + 1}) for it in taken.values()])
    return list(taken.values())


def by_id(session: Session, ids: Sequence[int]) -> dict[int, Card]:
    """Return these cards in few queries; those deleted meanwhile are not among them."""
    found: dict[int, Card] = {}
    for some in in_chunks(ids):
        rows = session.exec(_BY_ID, params={"ids": some}).all()
        found.update({card.id: card for card in rows})
    return found


def may_come_anew(card: Card) -> bool:
    """Say whether a new message may take the place of one that cannot be edited."""
    return card.anew and card.messages < MOST_MESSAGES.get(Kind(card.kind), card.messages + 1)


_SHOWN = (
    update(Card)
    .where(
        col(Card.id) == bindparam("card"),
        or_(
            col(Card.claimed_at) == bindparam("claim"),
            and_(col(Card.gave_up).is_(True), col(Card.claimed_at).is_(None)),
        ),
    )
    .values(
        messages=case(
            (
                col(Card.message).is_distinct_from(func.coalesce(bindparam("sent", type_=String()), col(Card.message))),
                col(Card.messages) + 1,
            ),
            else_=col(Card.messages),
        ),
        message=bindparam("sent", type_=String()),
        # a content wanted no longer may have been deleted while the call was under way
        shown_id=select(StoredContent.id)
        .where(StoredContent.id == bindparam("shown", type_=Integer()))
        .scalar_subquery(),
        pending=col(Card.wanted_id).is_distinct_from(bindparam("shown", type_=Integer())),
        shown_at=bindparam("now", type_=Instant()),
        claimed_at=None,
        error=None,
        gave_up=False,
    )
)


def note_shown(session: Session, found: Iterable[Shown], now: datetime) -> None:
    """Note what sends left behind. What was wanted meanwhile stays pending. A card that another program has taken over
    is left to it, except that a message given up as uncertain did arrive. Cards that the session holds already do not
    change with it."""
    rows = [{"card": it.card, "claim": it.claim, "shown": it.content, "sent": it.message, "now": now} for it in found]
    if rows:
        session.flush()
        session.connection().execute(_SHOWN, rows)


def note_kept(session: Session, card: Card, tried: int | None) -> None:
    """Note that the message cannot be edited and the change is worth no new one: it stays. Content wanted later than
    `tried` stays pending."""
    card.claimed_at, card.error = None, None
    card.pending = card.wanted_id not in (tried, card.shown_id)
    session.add(card)


def note_failed(session: Session, card: Card, reason: str, *, again_at: datetime | None, counts: bool = True) -> None:
    """Note that a send failed: it is retried at `again_at`, or given up. `counts` is False if the message was not at
    fault: then it uses up no try."""
    card.claimed_at, card.error, card.tries = None, reason[:300], card.tries - (not counts)
    if again_at is None:
        card.gave_up = True
    else:
        card.not_before = again_at
    session.add(card)


def waiting_at(session: Session, address: Address) -> list[Card]:
    """Return the cards of a chat that are wanted, not shown, and not being sent; the oldest first."""
    query = select(Card).where(
        Card.address_id == address.id, col(Card.pending).is_(True), col(Card.claimed_at).is_(None)
    )
    return list(session.exec(query.order_by(col(Card.id))).all())


def set_aside(session: Session, card: Card, reason: str) -> None:
    """Try no more, until `resume` or until something new is wanted."""
    card.gave_up, card.error = True, card.error or reason
    session.add(card)


def resume(session: Session, card: Card, now: datetime) -> None:
    card.gave_up, card.error, card.tries, card.not_before = False, None, 0, now
    session.add(card)


def call_off(session: Session, card: Card) -> None:
    """Want the card here no more; the message is left as it is."""
    card.wanted_id, card.pending, card.gave_up, card.error = card.shown_id, False, False, None
    session.add(card)


def give_back(session: Session, card: Card) -> None:
    """Release a claim under which nothing was sent."""
    card.claimed_at, card.tries = None, card.tries - 1
    session.add(card)


def abandoned(session: Session, channels: Iterable[str]) -> list[tuple[Card, Address]]:
    """Return what was being sent on these channels when a program died."""
    query = select(Card, Address).join(Address, col(Address.id) == col(Card.address_id))
    rows = session.exec(query.where(col(Card.claimed_at).is_not(None), col(Card.channel).in_(list(channels)))).all()
    return [(card, address) for card, address in rows]


def undelivered(session: Session, before: datetime, since: datetime) -> list[tuple[Card, Address]]:
    """Return what should have been shown by then and was not, with its reason; what was given up before `since` is left
    out."""
    return [
        (card, address)
        for card, address in session.exec(
            select(Card, Address)
            .join(Address, col(Address.id) == col(Card.address_id))
            .where(
                col(Card.pending).is_(True),
                Card.not_before < before,
                or_(col(Card.gave_up).is_(False), col(Card.not_before) >= since),
            )
            .order_by(col(Card.id))
        ).all()
    ]
