"""Record what came of a message: it was delivered, is tried again, is given up, or nobody knows."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlmodel import Session

from bot.channels.base import Profile, SendError, Sent
from bot.delivery.pacing import Job
from handlers.core.context import Context
from handlers.messaging import reachability, unsure_posts
from models.core.database import away
from models.core.updates import fault_number
from models.messaging import addresses, delivery_queue, groups
from models.messaging.addresses import Address
from models.messaging.cards import MAYBE_NEVER, Card
from models.messaging.contents import StoredContent
from models.messaging.delivery_queue import Shown

T = TypeVar("T")
log = logging.getLogger("zeroreport")
BACKOFF = (5, 20, 60, 300, 900)  # seconds between tries of a message
OUTAGE = timedelta(days=7)  # for which a platform that does not answer is tried: the message is not to blame
MOST = len(BACKOFF) + OUTAGE // timedelta(seconds=BACKOFF[-1])  # tries of one message in that time
UNCERTAIN = "it may have arrived, nobody knows"


@dataclass(frozen=True)
class Outcome:
    job: Job
    sent: Sent


def note(context: Context, found: Sequence[Outcome], *, one_by_one: bool = False) -> None:
    """Record many outcomes at once, or `one_by_one` after that failed by a bug. Cards that another program has taken
    over are left to it."""
    session = context.session
    if one_by_one:
        each(session, found, lambda it: note(context, [it]), lambda it, bug: _stumbled(session, it, bug))
        return
    shown = [it for it in found if it.sent.error is None]
    delivery_queue.note_shown(
        session, [Shown(it.job.card, it.job.claim, it.job.wanted, it.sent.message) for it in shown], context.now
    )
    taken = {it.job.address: it.job.claim for it in sorted(shown, key=lambda it: it.job.claim) if it.job.group}
    for group in addresses.lost_before(session, taken):
        session.flush()
        reachability.healed(session, group, context.now)
    failed = [(it.job, it.sent.error) for it in found if it.sent.error is not None]
    standing = delivery_queue.by_id(session, [job.card for job, _ in failed])
    for job, error in failed:
        card = standing.get(job.card)
        if card is not None and card.claimed_at == job.claim:
            _failed(context, card, job, error)


def each(
    session: Session, found: Iterable[T], take: Callable[[T], None], failed: Callable[[T, Exception], object]
) -> None:  # fmt: skip
    """Call `take` for each in a savepoint of its own, so that a bug in one costs no other its turn."""
    for it in found:
        try:
            with session.begin_nested():
                take(it)
        except Exception as bug:
            if away(bug):
                raise
            failed(it, bug)


def give_up(session: Session, number: int, claim: datetime, bug: Exception) -> Card | None:
    """Give up a message that fails by a bug until it has something new to say: the evening report names it, and the log
    has the reason. Return the card, if it is still ours."""
    log.error("error %s: a message could not be made and is given up", fault_number(), exc_info=bug)
    card = delivery_queue.by_id(session, [number]).get(number)
    if card is None or card.claimed_at != claim:
        return None
    delivery_queue.note_failed(session, card, f"a fault of ours ({type(bug).__name__})", again_at=None)
    return card


def _stumbled(session: Session, outcome: Outcome, bug: Exception) -> None:
    """Give up an outcome that could not be recorded. If the message was sent, that at least is recorded, so that it is
    not sent again."""
    card = give_up(session, outcome.job.card, outcome.job.claim, bug)
    if card is not None and outcome.sent.error is None:
        there = outcome.job.wanted is not None and session.get(StoredContent, outcome.job.wanted) is not None
        card.message, card.shown_id, card.gave_up = outcome.sent.message, outcome.job.wanted if there else None, False
        card.pending = card.wanted_id != outcome.job.wanted
        session.add(card)


def _failed(context: Context, card: Card, job: Job, error: SendError) -> None:
    session, now = context.session, context.now
    log.info("card %s was not shown: %s", card.id, error.reason)
    address = session.get_one(Address, job.address)
    if error.permanent:
        delivery_queue.note_failed(session, card, error.reason, again_at=None)
        session.flush()
        reachability.lost(context, address, error.reason)
    elif error.migrated_to:
        groups.move(session, address.channel, address.chat.partition(groups.TOPIC)[0], error.migrated_to)
        delivery_queue.note_failed(session, card, error.reason, again_at=now if job.tries <= len(BACKOFF) else None)
    elif error.retry_after is not None:
        # the queue keeps the exact pause, and the card keeps its place before later ones
        delivery_queue.note_failed(session, card, error.reason, again_at=card.not_before, counts=False)
    elif error.lost and card.message is not None:
        _lost(session, card, job, error, now)
    elif error.uncertain and job.recipient.message is None and job.kind in MAYBE_NEVER:
        _unsure(context, card, address)
    else:
        more = job.tries <= (MOST if error.away else len(BACKOFF)) and not error.hopeless
        again_at = now + timedelta(seconds=BACKOFF[min(job.tries, len(BACKOFF)) - 1]) if more else None
        delivery_queue.note_failed(session, card, error.reason, again_at=again_at)


def _lost(session: Session, card: Card, job: Job, error: SendError, now: datetime) -> None:
    """Send a new message in place of one that is gone or cannot be edited, if that is worth it."""
    if delivery_queue.may_come_anew(card):
        card.message = None
        delivery_queue.note_failed(session, card, error.reason, again_at=now, counts=False)
    else:
        delivery_queue.note_kept(session, card, job.wanted)


def _unsure(context: Context, card: Card, address: Address) -> None:
    """Leave a message that may have arrived: never send it again blindly, and let the admins check. Something newer is
    sent as usual."""
    delivery_queue.note_failed(context.session, card, UNCERTAIN, again_at=None)
    card.messages += 1
    unsure_posts.tell_admins(context, card, address)


def recover(context: Context, profile: Profile, under_way: Iterable[list[Job]]) -> None:
    """Handle what was being sent when a program died or lost its lease: send again or leave, by the kind of card. What
    this very program has under way comes back by itself."""
    session = context.session
    ours = {(job.card, job.claim) for batch in under_way for job in batch}
    found = [
        (card, address, card.claimed_at)
        for card, address in delivery_queue.abandoned(session, [profile.name])
        if card.claimed_at and (card.id, card.claimed_at) not in ours
    ]

    def again(it: tuple[Card, Address, datetime]) -> None:
        card, address, _ = it
        new = card.message is None or not profile.can_edit
        if card.kind in MAYBE_NEVER and new:
            _unsure(context, card, address)
        else:
            delivery_queue.note_failed(session, card, UNCERTAIN, again_at=context.now)

    each(session, found, again, lambda it, bug: give_up(session, it[0].id, it[2], bug))
