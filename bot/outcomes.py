"""What came of a message, written down: it stands, it is tried again, it is given up, or nobody knows."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.channels.base import Profile, SendError, Sent
from bot.pacing import Job
from handlers import reaching, unsure
from handlers.turn import House
from models import addresses, cards, groups
from models.addresses import Address
from models.cards import MAYBE_NEVER, Card, Shown

log = logging.getLogger("zeroreport")
BACKOFF = (5, 20, 60, 300, 900)  # seconds between tries of a message that would not go
OUTAGE = timedelta(days=7)  # for which a platform that does not answer is tried: it is the platform, not the message
MOST = len(BACKOFF) + OUTAGE // timedelta(seconds=BACKOFF[-1])  # tries of one wish meanwhile
UNCERTAIN = "it may have arrived, nobody knows"


@dataclass(frozen=True)
class Outcome:
    job: Job
    sent: Sent


def note(session: Session, house: House, found: Sequence[Outcome], now: datetime) -> None:
    """Many at once. What another program has taken over meanwhile is its own to note."""
    shown = [it for it in found if it.sent.error is None]
    cards.note_shown(session, [Shown(it.job.card, it.job.claim, it.job.wanted, it.sent.message) for it in shown], now)
    for group in addresses.lost_among(session, list({it.job.address for it in shown if it.job.group})):
        session.flush()
        reaching.healed(session, group, now)
    failed = [(it.job, it.sent.error) for it in found if it.sent.error is not None]
    standing = cards.by_id(session, [job.card for job, _ in failed])
    for job, error in failed:
        card = standing.get(job.card)
        if card is not None and card.claimed_at == job.claim:
            _failed(session, house, card, job, error, now)


def _failed(session: Session, house: House, card: Card, job: Job, error: SendError, now: datetime) -> None:
    log.info("card %s was not shown: %s", card.id, error.reason)
    address = session.get_one(Address, job.address)
    if error.permanent:
        cards.note_failed(session, card, error.reason, again_at=None)
        session.flush()
        reaching.lost(session, house, address, now, error.reason)
    elif error.migrated_to:
        groups.move(session, address.channel, address.chat.partition(groups.TOPIC)[0], error.migrated_to)
        cards.note_failed(session, card, error.reason, again_at=now if job.tries <= len(BACKOFF) else None)
    elif error.retry_after is not None:
        # the outbox keeps the pause, to the moment; its place before what was wanted later stays
        cards.note_failed(session, card, error.reason, again_at=card.not_before, counts=False)
    elif error.lost and card.message is not None:
        _lost(session, card, job, error, now)
    elif error.uncertain and job.recipient.message is None and job.kind in MAYBE_NEVER:
        _unsure(session, house, card, address, now)
    else:
        more = job.tries <= (MOST if error.away else len(BACKOFF)) and not error.hopeless
        again_at = now + timedelta(seconds=BACKOFF[min(job.tries, len(BACKOFF)) - 1]) if more else None
        cards.note_failed(session, card, error.reason, again_at=again_at)


def _lost(session: Session, card: Card, job: Job, error: SendError, now: datetime) -> None:
    """What stood there is gone or cannot be edited: a new message takes its place if it is worth one."""
    if cards.may_come_anew(card):
        card.message = None
        cards.note_failed(session, card, error.reason, again_at=now, counts=False)
    else:
        cards.note_kept(session, card, job.wanted)


def _unsure(session: Session, house: House, card: Card, address: Address, now: datetime) -> None:
    """Never sent again blindly: the admins look whether it is there. Something newer to say is sent again."""
    cards.note_failed(session, card, UNCERTAIN, again_at=None)
    card.messages += 1
    unsure.tell_admins(session, house, card, address, now)


def recover(session: Session, house: House, profile: Profile, under_way: Iterable[list[Job]], now: datetime) -> None:
    """What was being sent when a program died, or lost its lease: sent again, or left, as is written down for its kind.
    What this very program has under way comes back by itself."""
    ours = {(job.card, job.claim) for batch in under_way for job in batch}
    for card, address in cards.abandoned(session, [profile.name]):
        if (card.id, card.claimed_at) in ours:
            continue
        new = card.message is None or not profile.can_edit
        if card.kind in MAYBE_NEVER and new:
            _unsure(session, house, card, address, now)
        else:
            cards.note_failed(session, card, UNCERTAIN, again_at=now)
