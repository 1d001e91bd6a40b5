"""Post an honour's certificate in the unit's group, once, and show there if it was withdrawn (docs/rules.md 38.6)."""

from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import col, select

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.honours import standing
from models.honours import honours
from models.honours.honours import Honour
from models.messaging import addresses, cards, delivery_queue
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind, Lane
from models.messaging.slots import Slot, Subject, subject_id
from models.organisation.units import Unit, root

PENDING = honours.ANY_DUE


def due(context: Context, aside: Sequence[int]) -> Honour | None:
    return honours.to_post(context.session, context.now, aside)


def post(context: Context, it: Honour) -> None:
    """Want the certificate in each group of the unit: in the transaction that says that it was posted."""
    it.post_at = None
    context.session.add(it)
    unit = context.session.get_one(Unit, it.unit_id)
    for group in addresses.groups(context.session, unit):
        content, slot = certificate(context, context.words_for(None), it), Slot.of(Subject.HONOUR, group, it.id)
        cards.want(context.session, slot, Kind.GROUP, content, context.now, lane=Lane.BULK)


def bring_up_to_date(context: Context, it: Honour) -> None:
    """Show in the groups how an honour stands now; what was never sent is not sent any more."""
    session = context.session
    query = select(Card, Address).join(Address, col(Address.id) == col(Card.address_id))
    found = query.where(Card.subject == Subject.HONOUR, Card.subject_id == subject_id(it.id))
    for card, group in session.exec(found).all():
        if card.shown_id is None and card.claimed_at is None and card.messages == 0:
            delivery_queue.call_off(session, card)
        else:
            content = certificate(context, context.words_for(None), it)
            cards.put(session, card, card.slot(group), Kind.GROUP, content, context.now, lane=Lane.BULK)


def certificate(context: Context, words: Renderer, it: Honour) -> Content:
    """Return the certificate as a message with its picture."""
    session = context.session
    unit, whole = session.get_one(Unit, it.unit_id), root(session)
    told = standing.told(session, words, it, unit)
    content = words.content("honours/post", one=told)
    picture = words.picture(
        "honour", alt=words.plain(content), unit=unit.name, whole=whole.name if whole else "", days=it.days or 0,
        title=told.title, day=it.day, number=str(it.id), withdrawn=it.withdrawn_at is not None,
    )  # fmt: skip
    return replace(content, picture=picture)
