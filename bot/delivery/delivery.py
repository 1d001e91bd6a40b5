"""Make what is shown equal to what is wanted: claim, pace, send, record; try again, or give up and say why.

Rounds never overlap: one lock is held for the whole of each. Otherwise a card that one round sends while another
records its outcomes could stay claimed, and nothing more would reach its chat."""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot.alive import Alive
from bot.channels.base import Channel, Recipient, SendError, Sent
from bot.delivery import outcomes
from bot.delivery.outcomes import Outcome
from bot.delivery.pacing import Job, SendQueue
from bot.desk import Desk
from bot.lease import Lease
from models.core.database import away
from models.messaging import cards, delivery_queue
from models.messaging.cards import Lane
from models.messaging.contents import contents
from models.messaging.delivery_queue import Claimed
from models.operations.restore_hold import parked

log = logging.getLogger("zeroreport")
TOGETHER = 0.1  # seconds between two rounds at least: what comes in between shares a commit
SOON = 0.1  # seconds to the next round while calls are under way: until then a sent message is not recorded
PATIENCE = 4.0  # seconds to wait for calls at the end; the program's own limit is a little longer
AWAY = 5.0  # seconds for which a channel rests if its messages needed the database while that was away
STOPPED = "the program ended before the platform answered"


class Sender:
    """Empties one channel's queue: calls begin as soon as they may, many at once where the channel allows it."""

    def __init__(self, channel: Channel, lease: Lease, changed: Callable[[], None]) -> None:
        self.channel, self.profile = channel, channel.profile
        self.name = f"{self.profile.name}:{self.profile.bot}"
        self.queue = SendQueue(self.profile)
        self.epoch: int | None = None  # of the lease under which it sends
        self.calls: dict[asyncio.Task[None], list[Job]] = {}
        self.back: list[Outcome] = []  # outcomes that are not recorded yet
        self._lease, self._changed = lease, changed
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def feed(self, jobs: Iterable[Job]) -> None:
        self.queue.add(jobs)
        self.pump()

    def pump(self) -> None:
        """Begin what may begin now, and come back when the next may; stop the moment the lease is lost."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while self._sure() and (batch := self.queue.take(loop.time())):
            self.calls[asyncio.create_task(self._call(batch))] = batch
            if self.queue.hungry:
                self._changed()
        at = self.queue.next(loop.time())
        if not math.isinf(at) and self._sure():
            self._timer = loop.call_at(at, self.pump)

    def _sure(self) -> bool:
        return not self._closed and self._lease.sure(self.name, self.epoch)

    async def _call(self, batch: list[Job]) -> None:
        sent = await self._show(batch)
        now = asyncio.get_running_loop().time()
        self.queue.done(batch, now)
        for job, it in zip(batch, sent, strict=True):
            self.back.append(Outcome(job, it))
            if it.error and it.error.retry_after is not None:
                until = now + it.error.retry_after
                self.queue.close(until) if it.error.everywhere else self.queue.rest(job, until)
        task = asyncio.current_task()
        if task:
            self.calls.pop(task, None)
        if not self.calls and not self.queue.waiting:
            self._changed()
        self.pump()

    async def _show(self, batch: Sequence[Job]) -> list[Sent]:
        """Send a batch and return its outcomes. A bug in the channel is an error like any other, because no card may
        stay claimed."""
        try:
            return [it for it, _ in zip(await self._ask(batch), batch, strict=True)]
        except SendError as error:
            return [Sent(error=error) for _ in batch]
        except asyncio.CancelledError:
            return [Sent(error=SendError(STOPPED, uncertain=True)) for _ in batch]
        except Exception as bug:
            if away(bug):  # raised before anything was sent, so no try is used up
                return [
                    Sent(error=SendError("the database was away", retry_after=AWAY, everywhere=True)) for _ in batch
                ]
            log.exception("sending by %s failed by a bug", self.profile.name)
            return [
                Sent(error=SendError(f"a fault of ours ({type(bug).__name__})", uncertain=True, away=False))
                for _ in batch
            ]

    async def _ask(self, batch: Sequence[Job]) -> Sequence[Sent]:
        first = batch[0]
        if first.content is not None:
            return await self.channel.send(first.content, [job.recipient for job in batch], first.claim)
        try:
            if first.recipient.message is not None:
                await self.channel.delete(first.recipient, first.claim)
        except SendError as error:
            if not error.lost:
                raise
        return [Sent()]

    async def close(self) -> None:
        """Begin nothing more, and wait a limited time for the calls under way."""
        self._closed = True
        self.pump()
        if self.calls:
            _, late = await asyncio.wait(self.calls, timeout=PATIENCE)
            for call in late:
                call.cancel()
            if late:
                await asyncio.wait(late)


@dataclass
class _Round:
    """What a transaction has to know of each sender, and what it found out: the epoch, and what was claimed."""

    sender: Sender
    room: dict[Lane, int]
    resting: list[int]
    back: list[Outcome]
    under_way: list[list[Job]]
    epoch: int | None = None
    claimed: list[Job] | None = None


class Delivery:
    """Sends, in the program that leads for a channel's token; claiming is done in the transaction that holds the lease.
    A round is one transaction: it records what came back and claims what can be sent in the next half second."""

    def __init__(self, desk: Desk, lease: Lease, channels: Iterable[Channel], pause: float = 1.0) -> None:
        self._desk, self._lease, self._pause = desk, lease, pause
        self._senders = [Sender(channel, lease, desk.wanted.set) for channel in channels]
        self._one_at_a_time = asyncio.Lock()
        self._stopping = False
        self._last = -math.inf
        self._one_by_one = False  # after a round that failed by a bug: each message in its own savepoint
        self._doubtful: list[datetime] = []  # claims that may not have been committed

    def stop(self) -> None:
        """End `run` once every call under way came back and is recorded."""
        self._stopping = True
        self._desk.wanted.set()

    async def run(self, alive: Alive | None = None) -> None:
        alive = alive or Alive()
        while not self._stopping:
            await alive.round("delivery", self._turn)
        await asyncio.gather(*(sender.close() for sender in self._senders))
        await self._desk.run(self._give_back, wake=False)

    async def _turn(self) -> bool:
        await self._wait()
        self._desk.wanted.clear()
        return await self._round()

    async def once(self) -> bool:
        """Run a round and wait for all that it began; say whether there was anything to do."""
        busy = await self._round()
        while any(sender.queue.waiting or sender.calls for sender in self._senders):
            calls = [call for sender in self._senders for call in sender.calls]
            if calls:
                await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(SOON)
        return busy

    async def _wait(self) -> None:
        """Wait until something is wanted or may have come back; a little longer right after a round."""
        under_way = any(sender.calls or sender.back or sender.queue.waiting for sender in self._senders)
        try:
            await asyncio.wait_for(self._desk.wanted.wait(), min(SOON, self._pause) if under_way else self._pause)
        except TimeoutError:
            pass
        left = self._last + TOGETHER - asyncio.get_running_loop().time()
        if left > 0 and not self._stopping:
            await asyncio.sleep(left)

    async def _round(self) -> bool:
        async with self._one_at_a_time:
            self._last = now = asyncio.get_running_loop().time()
            rounds = []
            for sender in self._senders:
                room = {lane: sender.queue.room(lane, now) for lane in Lane}
                rounds.append(_Round(sender, room, sender.queue.resting(now), sender.back, list(sender.calls.values())))
                sender.back = []
            try:
                await self._desk.run(lambda session, now: self._transact(session, now, rounds), wake=False)
            except BaseException as error:
                for it in rounds:  # these calls did happen, so they are recorded first next time
                    it.sender.back = it.back + it.sender.back
                self._one_by_one = not away(error)
                raise
            self._one_by_one = False
            self._doubtful.clear()
            for it in rounds:
                if it.epoch != it.sender.epoch:  # another program led meanwhile: what was claimed is not ours
                    it.sender.epoch = it.epoch
                    it.sender.queue.empty()
                it.sender.feed(it.claimed or [])
            return any(it.back or it.claimed for it in rounds)

    def _transact(self, session: Session, now: datetime, rounds: list[_Round]) -> None:
        if self._doubtful:
            cards.never_sent(session, self._doubtful)
        self._doubtful.append(now)
        back = [o for it in rounds for o in it.back]
        outcomes.note(self._desk.context(session, now), back, one_by_one=self._one_by_one)
        for it in rounds:
            it.epoch, it.claimed = self._lease.held(session, it.sender.name), []
            if parked(session):
                it.epoch = None
            if it.epoch is None:
                continue
            if it.epoch != it.sender.epoch:
                outcomes.recover(self._desk.context(session, now), it.sender.profile, it.under_way)
            for lane in Lane:
                if it.room[lane] > 0:
                    taken = delivery_queue.claim(session, now, it.sender.profile.name, lane, it.room[lane], it.resting)
                    it.claimed += (_jobs_one_by_one if self._one_by_one else _jobs)(session, taken, it.sender, now)

    def _give_back(self, session: Session, now: datetime) -> None:
        """Record what came back, and release what was not sent for whoever leads next; called at the end."""
        back = [o for sender in self._senders for o in sender.back]
        outcomes.note(self._desk.context(session, now), back, one_by_one=True)
        left = [job for sender in self._senders for job in sender.queue.empty()]
        standing = delivery_queue.by_id(session, [job.card for job in left])
        for job in left:
            card = standing.get(job.card)
            if card is not None and card.claimed_at == job.claim:
                delivery_queue.give_back(session, card)


def _jobs(session: Session, taken: Sequence[Claimed], sender: Sender, now: datetime) -> list[Job]:
    """Turn claimed cards into jobs. Where nothing can be edited, send a new message or keep the old one."""
    known = contents(session, list({it.card.wanted_id for it in taken if it.card.wanted_id is not None}))
    jobs = []
    for card, account, chat, group in taken:
        message = card.message
        if message and card.wanted_id and not sender.profile.can_edit:
            if not delivery_queue.may_come_anew(card):
                delivery_queue.note_kept(session, card, card.wanted_id)
                continue
            message = None
        content = known.get(card.wanted_id or 0)
        jobs.append(
            Job(
                card.id, now, card.kind, Lane(card.lane), card.tries, card.wanted_id, content, card.address_id, group,
                Recipient(account, chat, message), sender.profile.cost(content, message),
            )
        )  # fmt: skip
    return jobs


def _jobs_one_by_one(session: Session, taken: Sequence[Claimed], sender: Sender, now: datetime) -> list[Job]:
    """Do the same one card at a time, leaving out those that fail by a bug."""
    jobs: list[Job] = []
    outcomes.each(
        session, taken, lambda it: jobs.extend(_jobs(session, [it], sender, now)),
        lambda it, bug: outcomes.give_up(session, it.card.id, now, bug),
    )  # fmt: skip
    return jobs
