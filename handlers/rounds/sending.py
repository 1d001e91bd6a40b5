"""Send rounds: store who is asked, then make the messages, a chunk at a time. A chunk is one transaction with its own
progress, so that a program that dies meanwhile tells nobody twice and forgets nobody."""

from collections.abc import Sequence
from datetime import datetime, time

from sqlmodel import col, select

from handlers.core.context import Context
from handlers.rounds import messages
from models.messaging import cards, noise_budget
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind, Lane
from models.messaging.slots import Subject, subject_id
from models.organisation.people import Person
from models.reporting.audience import best_addresses
from models.rounds import replies, rounds
from models.rounds.replies import Reply
from models.rounds.rounds import Round, Stage
from models.time.times import day_at, zone

CHUNK = 300  # recipients found, and messages made of the same words
ONE_BY_ONE = 40  # messages that replace others


def find(context: Context, it: Round) -> None:
    """Store the rows of the next recipients."""
    if replies.find(context.session, it, day_at(context.now, it.timezone), CHUNK):
        it.stage, it.cursor = Stage.TELLING, 0


def tell(context: Context, it: Round) -> bool:
    """Make the messages of the next recipients; say whether those were all. Whoever has no chat, or no room left in the
    day's noise budget, is told by a later search (docs/rules.md 27.6)."""
    most = CHUNK if it.number == 1 else ONE_BY_ONE
    found = replies.untold(context.session, it, most)
    if found:
        it.cursor = found[-1][1].id
        where = best_addresses(context.session, found[0][1].id, it.cursor)
        where = {person.id: where[person.id] for _, person in found if person.id in where}
        full = _full(context, it, where)
        there = [(reply, person) for reply, person in found if person.id in where and person.id not in full]
        _make(context, it, there, where)
    return len(found) < most


def _full(context: Context, it: Round, where: dict[int, Address]) -> set[int]:
    """Return for whom the day has no room for one more message."""
    if it.urgent:
        return set()
    today = day_at(context.now, it.timezone)
    morning = datetime.combine(today, time(0), zone(it.timezone))
    return noise_budget.without_room(context.session, where, morning, today)


def _make(
    context: Context, it: Round, found: Sequence[tuple[Reply, Person]], where: dict[int, Address]
) -> None:  # fmt: skip
    session, start, kind = context.session, messages.start(context, it), messages.kind(it)
    fresh = [(reply, person) for reply, person in found if reply.told == 0]
    if fresh:
        said = messages.stored(context, messages.in_languages(context, it, rounds.newest(session, it)))
        rows = [
            {
                "subject_id": subject_id(it.id), "address_id": where[person.id].id, "channel": where[person.id].channel,
                "wanted_id": said.get(person.locale or "", said[context.defaults.locale]),
            }
            for _, person in fresh
        ]  # fmt: skip
        cards.want_many(session, Subject.ROUND, rows, kind, start, context.now, messages.lane(it))
    for reply, person in found:
        if reply.told:
            messages.show(
                context, it, reply, person, where[person.id], below=True, lane=Lane.BULK, not_before=start
            )  # fmt: skip
    replies.told(session, it, [reply for reply, _ in found])


def take_back(context: Context, it: Round) -> bool:
    """Say in the next messages of a withdrawn round that it is; one that was not sent yet never is. Say whether those
    were all."""
    session = context.session
    said = messages.in_languages(context, it, rounds.newest(session, it), "withdrawn")
    query = select(Card, Address, Person).join(Address, col(Address.id) == col(Card.address_id))
    found = session.exec(
        query.join(Person, col(Person.id) == col(Address.person_id))
        .where(Card.subject == Subject.ROUND, Card.subject_id == subject_id(it.id), Card.id > it.cursor)
        .order_by(col(Card.id))
        .limit(ONE_BY_ONE)
    ).all()
    for card, address, person in found:
        sent = card.shown_id is not None or card.message is not None or card.claimed_at is not None
        locale = person.locale if person.locale in said else context.defaults.locale
        cards.put(
            session, card, card.slot(address), Kind(card.kind), said[locale] if sent else None, context.now,
            lane=Lane.BULK,
        )  # fmt: skip
        it.cursor = card.id
    return len(found) < ONE_BY_ONE


def note(context: Context, it: Round) -> bool:
    """Note when messages reached the next recipients, before the messages are forgotten; say whether those were all."""
    query = select(Reply).where(Reply.round_id == it.id, Reply.person_id > it.cursor)
    found = context.session.exec(query.order_by(col(Reply.person_id)).limit(CHUNK)).all()
    replies.reached(context.session, it, found)
    it.cursor = found[-1].person_id if found else it.cursor
    return len(found) < CHUNK
