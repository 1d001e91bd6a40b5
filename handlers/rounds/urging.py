"""Remind of a round: those who owe a reply, by their lead's tap, and of a meeting's start."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from handlers.core.context import Context
from handlers.rounds import messages
from models.messaging import addresses, cards
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.rounds import counts, replies, rounds
from models.rounds.replies import Reply
from models.rounds.rounds import Round

AT_ONCE, CHUNK = 40, 20  # reminders within the tap, and in a chunk of the clock
AGAIN = timedelta(minutes=30)
DECLINED = "@leave"  # the choice of whoever does not come


def urged(session: Session, it: Round, unit: Unit, now: datetime) -> datetime | None:
    """Return when those of this unit were reminded, with it or with a unit above it, if it was within the last half
    hour."""
    for one in reversed(it.urges):
        at = datetime.fromisoformat(one["at"])
        if now - at < AGAIN and is_below(unit.path, session.get_one(Unit, one["unit"]).path):
            return at
    return None


def waiting(it: Round) -> bool:
    return any(not one["done"] for one in it.urges)


def urge(context: Context, it: Round, unit: Unit, lead: Person) -> int | None:
    """Remind those of a unit who owe a reply; return how many, None if they are too many for one transaction and the
    clock does it."""
    session = context.session
    day = replies.judged_on(it, rounds.newest(session, it), context.now)
    found = counts.owing(session, it, day, [unit], 0, AT_ONCE + 1)
    one: dict[str, Any] = {"unit": unit.id, "by": lead.id, "at": context.now.isoformat(), "cursor": 0, "done": False}
    recent = [old for old in it.urges if not old["done"] or context.now - datetime.fromisoformat(old["at"]) < AGAIN]
    if len(found) > AT_ONCE:
        it.urges, it.next_at = [*recent, one], context.now
        session.add(it)
        return None
    it.urges = [*recent, one | {"done": True}]
    session.add(it)
    return sum(_remind(context, it, reply, lead, Lane.REPLY) for reply in found)


def urge_next(context: Context, it: Round) -> None:
    """Remind the next few of the oldest reminder that is not done."""
    session = context.session
    one = dict(next(old for old in it.urges if not old["done"]))
    day = replies.judged_on(it, rounds.newest(session, it), context.now)
    unit, lead = session.get_one(Unit, one["unit"]), session.get_one(Person, one["by"])
    found = counts.owing(session, it, day, [unit], one["cursor"], CHUNK)
    for reply in found:
        _remind(context, it, reply, lead, Lane.BULK)
    one |= {"cursor": found[-1].id if found else one["cursor"], "done": len(found) < CHUNK}
    it.urges = [one if (old["unit"], old["at"]) == (one["unit"], one["at"]) else old for old in it.urges]


def _remind(context: Context, it: Round, reply: Reply, lead: Person, lane: Lane) -> bool:
    """Show the message once more at the end of the chat; say whether it reaches anybody."""
    person = context.session.get_one(Person, reply.person_id)
    address = addresses.reachable(context.session, person) if person.id != lead.id else None
    if address is None:
        return False
    rings = None if it.urgent else messages.starting(context, it.timezone)  # by day at once, at night in the morning
    messages.show(context, it, reply, person, address, below=True, urged=lead, lane=lane, not_before=rings)
    replies.told(context.session, it, [reply])
    return True


def remind_of_start(context: Context, it: Round) -> bool:
    """Remind the next few of a meeting's start, all but those who said that they do not come; say whether those were
    all."""
    session, version = context.session, rounds.newest(context.session, it)
    query = select(Reply).where(Reply.round_id == it.id, Reply.person_id > it.cursor, Reply.told > 0)
    found = session.exec(query.order_by(col(Reply.person_id)).limit(CHUNK)).all()
    declined = it.choices.index(DECLINED) if DECLINED in it.choices else None
    for reply in found:
        it.cursor = reply.person_id
        person = session.get_one(Person, reply.person_id)
        address = addresses.reachable(session, person)
        if address is None or (reply.number == it.number and reply.answer == declined and declined is not None):
            continue
        words = context.words_for(person, it.timezone)
        content = words.content(f"rounds/{it.kind}_start", **messages.frame(context, words, it, version))
        slot = Slot.of(Subject.ROUND_START, address, it.id, it.number)
        cards.want(session, slot, Kind.URGENT, content, context.now, lane=Lane.BULK)
    return len(found) < CHUNK
