"""Makes what is shown equal what is wanted: claim, send, note; try again, or give up and say why."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.channels.base import Channel, Recipient, SendError, Sent
from bot.desk import Desk
from bot.lease import Lease
from models import cards
from models.addresses import Address, Reach
from models.cards import MAYBE_NEVER, Card, Content, Words
from models.parking import parked

log = logging.getLogger("zeroreport")
BACKOFF = (5, 20, 60, 300, 900)  # seconds between tries of a message that would not go
UNCERTAIN = "it may have arrived, nobody knows"


@dataclass(frozen=True)
class Job:
    """A claimed card, read out of its session."""

    card: int
    kind: str
    tries: int
    wanted: int | None
    message: str | None
    address: int
    channel: str
    account: str
    chat: str

    @property
    def recipient(self) -> Recipient:
        return Recipient(self.account, self.chat, self.message)


@dataclass(frozen=True)
class Outcome:
    job: Job
    sent: Sent


class Delivery:
    """Runs in the leading program only; claiming is done in the transaction that holds the lease."""

    def __init__(self, desk: Desk, lease: Lease, channels: Iterable[Channel], pause: float = 1.0) -> None:
        self._desk, self._lease, self._pause = desk, lease, pause
        self._channels: Mapping[str, Channel] = {c.profile.name: c for c in channels}
        self._recovered = False
        self._stopping = False
        self._sent: list[Outcome] = []
        self._one_at_a_time = asyncio.Lock()

    def stop(self) -> None:
        """Ends `run` after the round under way, so that nothing is left sent but not noted."""
        self._stopping = True
        self._desk.wanted.set()

    async def run(self) -> None:
        while not self._stopping:
            self._desk.wanted.clear()
            try:
                busy = await self.once()
            except Exception:
                log.exception("delivery stumbled and goes on")
                busy = False
                await asyncio.sleep(1)
            if not busy and not self._stopping:
                try:
                    await asyncio.wait_for(self._desk.wanted.wait(), self._pause)
                except TimeoutError:
                    pass

    async def once(self) -> bool:
        """One round; says whether there was anything to do. Rounds never overlap: what one had sent would be forgotten
        when the other notes its own, and a card that stays claimed holds up its address for ever."""
        async with self._one_at_a_time:
            return await self._round()

    async def _round(self) -> bool:
        await self._note_sent()  # what a full disk kept from being noted comes before anything new
        jobs, contents, now = await self._desk.run(self._claim, wake=False)
        for (name, wanted), group in _grouped(jobs).items():
            channel = self._channels[name]
            size = channel.profile.batch_size
            for at in range(0, len(group), size):
                content = contents[wanted] if wanted is not None else None
                self._sent += await _show(channel, content, group[at : at + size], now)
        await self._note_sent()
        return bool(jobs)

    async def _note_sent(self) -> None:
        if self._sent:
            await self._desk.run(lambda session, now: _note(session, now, self._sent), wake=False)
            self._sent = []

    def _claim(self, session: Session, now: datetime) -> tuple[list[Job], dict[int, Content], datetime]:
        if not self._lease.held(session) or parked(session):
            self._recovered = False
            return [], {}, now
        if not self._recovered:
            _recover(session, now)
            self._recovered = True
        claimed = cards.claim(session, now, list(self._channels))
        jobs = [
            Job(c.id, c.kind, c.tries, c.wanted_id, c.message, a.id, a.channel, a.account, a.chat) for c, a in claimed
        ]
        wanted = {j.wanted for j in jobs if j.wanted is not None}
        return jobs, {w: session.get_one(Words, w).content for w in wanted}, now


async def _show(channel: Channel, content: Content | None, jobs: list[Job], now: datetime) -> list[Outcome]:
    if content is None:
        return [Outcome(job, await _delete(channel, job, now)) for job in jobs]
    sent = await _send(channel, content, [job.recipient for job in jobs], now)
    again = [n for n, s in enumerate(sent) if s.error and s.error.lost and jobs[n].message]
    if again:  # what can no longer be edited is posted anew
        fresh = await _send(channel, content, [Recipient(jobs[n].account, jobs[n].chat) for n in again], now)
        for n, made in zip(again, fresh, strict=True):
            sent[n] = made
    return [Outcome(job, s) for job, s in zip(jobs, sent, strict=True)]


async def _send(channel: Channel, content: Content, recipients: list[Recipient], now: datetime) -> list[Sent]:
    """One call of the channel; a bug in it is an error like any other, for nothing may stay claimed."""
    try:
        return await channel.send(content, recipients, now)
    except SendError as error:
        return [Sent(error=error) for _ in recipients]
    except Exception as bug:
        log.exception("the channel %s stumbled", channel.profile.name)
        return [Sent(error=SendError(type(bug).__name__, uncertain=True)) for _ in recipients]


def _note(session: Session, now: datetime, outcomes: list[Outcome]) -> None:
    for it in outcomes:
        if it.sent.error is None:
            cards.note_shown(session, it.job.card, it.job.wanted, it.sent.message, now)
        else:
            _failed(session, it.job, it.sent.error, now)


def _grouped(jobs: list[Job]) -> dict[tuple[str, int | None], list[Job]]:
    groups: dict[tuple[str, int | None], list[Job]] = defaultdict(list)
    for job in jobs:
        groups[job.channel, job.wanted].append(job)
    return groups


async def _delete(channel: Channel, job: Job, now: datetime) -> Sent:
    if job.message is None:
        return Sent()
    try:
        await channel.delete(job.recipient, now)
    except SendError as error:
        return Sent() if error.lost else Sent(error=error)
    return Sent()


def _failed(session: Session, job: Job, error: SendError, now: datetime) -> None:
    address = session.get_one(Address, job.address)
    again: datetime | None = None
    if error.permanent:
        address.reach = Reach.UNREACHABLE
    elif error.migrated_to:
        address.chat = error.migrated_to
        again = now
    elif error.retry_after is not None:
        again = now + timedelta(seconds=error.retry_after)
    elif not (error.uncertain and job.kind in MAYBE_NEVER) and job.tries <= len(BACKOFF):
        again = now + timedelta(seconds=BACKOFF[job.tries - 1])
    session.add(address)
    cards.note_failed(session, job.card, error.reason, again_at=again)
    log.info("card %s was not shown: %s", job.card, error.reason)


def _recover(session: Session, now: datetime) -> None:
    """What was being sent when a program died: sent again, or left, as is written down for its kind."""
    for card in cards.abandoned(session):
        _recover_one(session, card, now)


def _recover_one(session: Session, card: Card, now: datetime) -> None:
    never = card.kind in MAYBE_NEVER and card.message is None
    cards.note_failed(session, card.id, UNCERTAIN, again_at=None if never else now)
