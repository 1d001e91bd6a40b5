"""Simulate a chat platform in this process, as strict as a real one, with time that passes only when
everybody waits."""

import asyncio
import selectors
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlmodel import Session, select

from bot.channels.base import Limits, Profile, Recipient, SendError, Sent
from bot.clock import Clock
from bot.delivery.delivery import Delivery
from bot.desk import Desk
from bot.lease import Lease
from handlers.core.context import Defaults
from handlers.core.incoming import Answer, Incoming, Remote
from models.core.database import Database
from models.messaging import cards, contents
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind, Lane
from models.messaging.contents import Content
from models.messaging.slots import Slot, Subject
from tests.support.world import ZONE

T = TypeVar("T")
START = datetime(2026, 11, 23, 7, 30, 10, tzinfo=ZONE)
STRICT = Limits(per_second=30, per_chat_second=1, per_group_minute=20)


class _Jumping(selectors.DefaultSelector):
    """An event loop's selector that lets time pass instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found and timeout is None:
            raise RuntimeError("everybody waits for something that will never happen")
        if not found and timeout:
            self.now += timeout
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = _Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


class _Here(Executor):
    """The desk's thread, without a thread."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def play(scene: Callable[[], Awaitable[T]]) -> T:
    """Play a scene to its end; hours of it take as long as the work in them."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(scene())  # type: ignore[arg-type]


def moment() -> float:
    return asyncio.get_running_loop().time()


class PlayedClock(Clock):
    def now(self) -> datetime:
        return START + timedelta(seconds=moment())


@dataclass(frozen=True)
class Call:
    """One call as the platform saw it, when it arrived."""

    at: float
    what: str  # new, edit, delete
    chats: tuple[str, ...]
    text: str


@dataclass
class Platform:
    """A chat platform that counts what arrives in any second and any minute, edits and deletions too, and refuses what
    is too much. `next` holds what happens to the next calls to a chat: an error, raised before anything happens or, if
    it is uncertain, after it did."""

    limits: Limits = STRICT
    batch_size: int = 1
    can_edit: bool = True
    concurrency: int = 32
    latency: Callable[[], float] = lambda: 0.05
    name: str = "fake"
    calls: list[Call] = field(default_factory=list)
    refused: list[Call] = field(default_factory=list)
    phones: dict[str, dict[str, str]] = field(default_factory=dict)
    next: dict[str, deque[Exception]] = field(default_factory=dict)
    busy: "Counter[str]" = field(default_factory=Counter)
    ids: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def profile(self) -> Profile:
        return Profile(
            self.name, "bot", batch_size=self.batch_size, can_edit=self.can_edit, concurrency=self.concurrency,
            limits=self.limits,
        )  # fmt: skip

    async def send(self, content: Content, recipients: Sequence[Recipient], now: datetime) -> list[Sent]:
        assert len(recipients) <= self.batch_size
        assert self.can_edit or not any(r.message for r in recipients)
        what = "edit" if recipients[0].message else "new"
        return await self._called(what, recipients, content.text, lambda r: self._show(r, content.text))

    async def delete(self, recipient: Recipient, now: datetime) -> None:
        await self._called("delete", [recipient], "", self._erase)

    def _show(self, recipient: Recipient, text: str) -> str:
        phone = self.phones.setdefault(recipient.chat, {})
        if recipient.message and recipient.message not in phone:
            raise SendError("message to edit not found", lost=True)
        number = recipient.message or str(next(self.ids))
        phone[number] = text
        return number

    def _erase(self, recipient: Recipient) -> str:
        if self.phones[recipient.chat].pop(recipient.message or "", None) is None:
            raise SendError("message to delete not found", lost=True)
        return ""

    async def _called(
        self, what: str, recipients: Sequence[Recipient], text: str, act: Callable[[Recipient], str]
    ) -> list[Sent]:
        chats = tuple(r.chat for r in recipients)
        for chat in chats:
            assert not self.busy[chat], f"two calls to {chat} at once"
        self.busy.update(chats)
        away = self.latency() / 2
        await asyncio.sleep(away)
        try:
            call = Call(moment(), what, chats, text)
            self._count(call)
            ahead = [error for chat in chats if self.next.get(chat) for error in [self.next[chat].popleft()]]
            if ahead and not getattr(ahead[0], "uncertain", False):
                raise ahead[0]
            sent = [Sent(act(r)) for r in recipients]
            if ahead:
                raise ahead[0]
        finally:
            await asyncio.sleep(away)
            self.busy.subtract(chats)
        return sent

    def _count(self, call: Call) -> None:
        """Refuse what is too much, as the platform does."""
        minute = [c for c in self.calls if c.at > call.at - 60]
        second = [c for c in minute if c.at > call.at - 1]
        most = self.limits
        if most.per_second and len(second) >= most.per_second:
            self.refused.append(call)
            raise SendError("too many", retry_after=1, everywhere=True)
        for chat in call.chats:
            if most.per_chat_second and sum(chat in c.chats for c in second) >= most.per_chat_second:
                self.refused.append(call)
                raise SendError("too many in this chat", retry_after=1)
            in_group = sum(chat in c.chats for c in minute) if chat.startswith("g") else 0
            if most.per_group_minute and in_group >= most.per_group_minute:
                self.refused.append(call)
                raise SendError("too many in this group", retry_after=10)
        self.calls.append(call)

    async def receive(self, desk: Any) -> None: ...

    async def answer(self, incoming: Incoming, answer: Answer) -> None: ...

    async def fetch(self, remote: Remote) -> bytes:
        raise SendError("no files here", permanent=True)

    # what a test looks at

    def texts(self, chat: str) -> list[str]:
        return list(self.phones.get(chat, {}).values())

    def times(self, chat: str = "") -> list[float]:
        return [c.at for c in self.calls if not chat or chat in c.chats]


class Program:
    """One program on the database: a desk, a lease and a delivery. `stopped` from outside, it does nothing at all."""

    def __init__(self, database: Database, *platforms: Platform, pause: float = 1.0) -> None:
        self.database = database
        self.desk = Desk(database, Defaults(), PlayedClock(), _Here())
        self.lease = Lease(
            *(f"{p.profile.name}:{p.profile.bot}" for p in platforms),
            wall=lambda: START + timedelta(seconds=moment()), monotonic=moment,
        )  # fmt: skip
        self.delivery = Delivery(self.desk, self.lease, platforms, pause)
        self.task: asyncio.Task[None] | None = None

    def start(self) -> "Program":
        self.task = asyncio.create_task(self.delivery.run())
        return self

    async def stop(self) -> None:
        """End as SIGTERM ends a program."""
        self.delivery.stop()
        assert self.task
        await self.task
        await self.desk.run(lambda session, _: self.lease.release(session))

    def kill(self) -> None:
        """End as kill -9 does: what is under way arrives, and nobody records it."""
        assert self.task
        self.task.cancel()
        self.lease._know({})

    async def want(
        self, key: str, chat: str, text: str | None, *, kind: Kind | None = None, lane: Lane = Lane.REPLY, **more: Any
    ) -> None:
        def wish(session: Session, now: datetime) -> None:
            address = session.exec(select(Address).where(Address.chat == chat)).one()
            what = kind or (Kind.GROUP if address.group else Kind.ASK)
            slot = Slot.of(Subject.REPLY, address, key)
            cards.want(session, slot, what, Content(text) if text else None, now, lane=lane, **more)

        await self.desk.run(wish)

    async def wave(self, chats: Sequence[str], text: str = "ask") -> None:
        def wish(session: Session, now: datetime) -> None:
            wanted = contents.words(session, Content(text))
            found = {a.chat: a for a in session.exec(select(Address)).all()}
            rows = [
                {"subject_id": f"{text}:{chat}", "address_id": found[chat].id, "channel": found[chat].channel,
                 "wanted_id": wanted}
                for chat in chats
            ]  # fmt: skip
            cards.want_many(session, Subject.REPLY, rows, Kind.ASK, now, now)

        await self.desk.run(wish)

    def card(self, key: str) -> Card:
        with self.database.reading() as session:
            return session.exec(select(Card).where(Card.subject_id == key)).one()


def chats(database: Database, amount: int, letter: str = "p", channel: str = "fake", **more: Any) -> list[str]:
    """Make addresses: `p1`, `p2` … of persons, `g1` … of groups."""
    names = [f"{letter}{n}" for n in range(1, amount + 1)]
    with database.writing() as session:
        session.add_all(Address(channel=channel, account=n, chat=n, since=START, used_at=START, **more) for n in names)
    return names
