"""Handle a chat that can no longer be reached, and one that can again: nobody misses what is theirs if that can be
helped.

A group that refuses stays bound and is tried at each later post (docs/rules.md 13.5), because no platform says when
rights are given back, a topic is opened or a robot is added again."""

from datetime import datetime, timedelta

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.turn import Turn
from handlers.messaging import enrolment
from handlers.prompts import prompts
from models.authority import permissions
from models.cycle.periods import Period
from models.messaging import addresses, cards, contents, delivery_queue, live_messages
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Card, Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import report_context
from models.reporting.reports import Report, State

GONE = "unreachable"
LASTING = frozenset(
    {
        Kind.ALERT,
        Kind.INCIDENT,
        Kind.QUESTION,
        Kind.NOTICE,
        Kind.SUMMARY,
        Kind.ESCALATION,
        Kind.DIGEST,
        Kind.GROUP,
        Kind.LINE,
        Kind.ROUND,
        Kind.URGENT,
    }
)  # still true later on
RINGS = frozenset({Kind.ALERT, Kind.INCIDENT})  # a new message, even if the chat has one
KEPT = timedelta(days=1)  # for which an undelivered message is worth showing


def heard(turn: Turn) -> None:
    """Note that somebody did something: this is the chat they use, and a private one reaches them."""
    if turn.here.unopened:
        enrolment.welcome(turn)
    addresses.used(turn.session, [turn.here], turn.now)
    if turn.incoming.private and turn.here.reach == Reach.UNREACHABLE:
        healed(turn.session, turn.here, turn.now)


def healed(session: Session, address: Address, now: datetime) -> None:
    """Note that the chat can be reached again, and show what did not arrive within a day, if it still says
    something."""
    address.reach, address.trouble, address.lost_at = Reach.REACHABLE, None, None
    session.add(address)
    session.flush()
    for card in delivery_queue.waiting_at(session, address):
        if _lasts(session, card) and now - card.created_at < KEPT:
            delivery_queue.resume(session, card, now)
        else:
            delivery_queue.call_off(session, card)


def lost(context: Context, address: Address, reason: str = GONE) -> None:
    """Note that a chat takes no messages any more. What its person still owes, and what did not arrive, is shown in
    their other chat if they have one; of a group the admins are told, and the next post is tried there all the same. Of
    a chat that was lost before only the newest reason is kept."""
    session = context.session
    if address.unit_id:
        address.trouble = reason[:300]
        session.add(address)
    if address.reach != Reach.REACHABLE:
        return
    address.reach, address.lost_at = Reach.UNREACHABLE, context.now
    session.add(address)
    session.flush()
    person = session.get(Person, address.person_id) if address.person_id else None
    other = addresses.reachable(session, person) if person else None
    if person and other:
        prompts.ask_today(context, person, other, only_due=True)
    for card in delivery_queue.waiting_at(session, address):
        if person and other:
            _show_there(context, card, person, other)
            delivery_queue.call_off(session, card)
        else:
            delivery_queue.set_aside(session, card, GONE)
    unit = session.get(Unit, address.unit_id) if address.unit_id else None
    if unit:
        _tell_of_group(context, address, unit)


def _tell_of_group(context: Context, group: Address, unit: Unit) -> None:
    """Tell the admins of the unit that its group gets nothing, why, and what helps."""
    session = context.session
    for admin, address in addresses.of_admins(session):
        if permissions.may_admin(session, admin, unit.path):
            content = context.words_for(admin).content("messaging/group_lost", group=group, unit=unit)
            slot = Slot.of(Subject.GROUP_LOST, address, group.id, context.now.isoformat())
            cards.want(session, slot, Kind.NOTICE, content, context.now)


def _lasts(session: Session, card: Card) -> bool:
    """Say whether a card is worth showing later: not the questions, which are asked anew, nor answers to commands."""
    return card.wanted_id is not None and (card.kind in LASTING or _receipt(session, card) is not None)


def _receipt(session: Session, card: Card) -> Report | None:
    """Return the report whose receipt the card is."""
    if card.subject != Subject.REPORT:
        return None
    report = session.get(Report, int(card.subject_id))
    return report if report and report.state != State.DUE else None


def _show_there(context: Context, card: Card, person: Person, other: Address) -> None:
    """Show the same in another chat of the person's."""
    session = context.session
    report = _receipt(session, card)
    if report:
        it = report_context.context_of(session, session.get_one(Period, report.period_id), report)
        prompts.ask(context, it, person, other)
    elif card.wanted_id and card.kind in LASTING:
        content = session.get_one(contents.StoredContent, card.wanted_id).content
        kind = Kind(card.kind)
        live_messages.show(session, card.slot(other), kind, content, context.now, below=kind in RINGS)
