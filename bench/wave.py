"""10,000 prompts through the delivery under a strict limit: how much of it is used, and is anything refused? Then a
notice to as many people, found and told by the clock meanwhile: it is to be no slower.

python -m bench.wave            ten times Telegram's 30 a second, so that it ends within a minute
python -m bench.wave --real     30 a second: five and a half minutes
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, func, select

from bench import world
from bot.channels.base import Channel, Limits, Profile, Recipient, SendError, Sent
from bot.clock import Clock
from bot.delivery.delivery import Delivery
from bot.desk import Desk
from bot.lease import Lease
from handlers.core.context import Defaults
from handlers.core.incoming import Answer, Incoming, Remote
from handlers.rounds import clock
from models.core.database import Database, connect
from models.core.schema import migrate
from models.messaging import cards, contents, delivery_queue
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind, Lane
from models.messaging.contents import Content
from models.messaging.slots import Subject
from models.organisation.units import root
from models.rounds import rounds
from models.rounds.audience import Audience
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion, Stage

WORDS = Content("【每日健康】请于10:00前报送。")
REAL = 30.0


class Platform:
    """A platform 20 to 50 ms away that refuses what is more than `rate` in any second, counted when it arrives."""

    def __init__(self, rate: float, name: str = "bench") -> None:
        self.rate = rate
        self.profile = Profile(name, "bot", concurrency=200, limits=Limits(per_second=rate, per_chat_second=1))
        self.arrived: list[float] = []
        self.begun, self.refused = 0.0, 0
        self._second: deque[float] = deque()

    @property
    def whole(self) -> float:
        """Return the seconds from the beginning, when nothing is stored yet, to the last message."""
        return self.arrived[-1] - self.begun

    async def send(self, content: Content, recipients: Sequence[Recipient], now: datetime) -> list[Sent]:
        away = random.uniform(0.010, 0.025)
        await asyncio.sleep(away)
        at = time.monotonic()
        while self._second and self._second[0] <= at - 1:
            self._second.popleft()
        if len(self._second) >= self.rate:
            self.refused += 1
            raise SendError("Too Many Requests", retry_after=1, everywhere=True)
        self._second.append(at)
        self.arrived.append(at)
        await asyncio.sleep(away)
        return [Sent(str(len(self.arrived)))]

    async def delete(self, recipient: Recipient, now: datetime) -> None: ...

    async def receive(self, desk: object) -> None: ...

    async def answer(self, incoming: Incoming, answer: Answer) -> None: ...

    async def fetch(self, remote: Remote) -> bytes:
        return b""


def found(database: Database, messages: int, channel: str, now: datetime) -> None:
    with database.writing() as session:
        same = {"channel": channel, "since": now, "used_at": now}
        session.add_all(Address(account=str(n), chat=str(n), **same) for n in range(messages))


def wish(session: Session, name: str, channel: str, now: datetime, not_before: datetime) -> None:
    wanted = contents.words(session, WORDS)
    ids = session.exec(select(Address.id)).all()
    rows = [{"subject_id": f"{name}:{n}", "address_id": n, "channel": channel, "wanted_id": wanted} for n in ids]
    cards.want_many(session, Subject.REPLY, rows, Kind.ASK, not_before, now)


async def delivered(database: Database, channel: Channel, asked: Callable[[Desk], Awaitable[object]]) -> float:
    """Send what is asked for through the delivery, which runs meanwhile; return processor seconds."""
    with ThreadPoolExecutor(1) as worker:
        desk = Desk(database, Defaults(), Clock(), worker)
        lease = Lease(f"{channel.profile.name}:{channel.profile.bot}")
        delivery = Delivery(desk, lease, [channel])
        began = time.process_time()
        running = asyncio.create_task(delivery.run())
        await asked(desk)
        while await asyncio.to_thread(_left, database):
            await asyncio.sleep(1)
        delivery.stop()
        await running
        return time.process_time() - began


async def wave(database: Database, channel: Channel) -> float:
    """Send the wave."""
    name = channel.profile.name
    return await delivered(database, channel, lambda desk: desk.run(lambda s, now: wish(s, "wave", name, now, now)))


async def notice(database: Database, channel: Channel) -> float:
    """Send a notice that asks everybody for a receipt: the clock finds whom, and makes the messages, a chunk to a
    transaction, as the program does."""

    async def send(desk: Desk) -> None:
        number = await desk.run(_begin)
        while await desk.run(lambda session, now: _chunk(desk, session, now, number)):
            pass

    return await delivered(database, channel, send)


def _begin(session: Session, now: datetime) -> int:
    top = root(session)
    assert top is not None
    noon = f"Etc/GMT{now.hour - 12:+d}"  # at night it would wait for the morning
    made = Round(
        kind=RoundKind.NOTICE, unit_id=top.id, by=1, made_at=now, audience=Audience((top.id,)).stored(),
        asks=Asks.RECEIPT, timezone=noon,
    )  # fmt: skip
    said = RoundVersion(round_id=0, number=1, words=WORDS.text, due_at=now + timedelta(hours=6), by=1, at=now)
    return rounds.begin(session, made, said, now).id


def _chunk(desk: Desk, session: Session, now: datetime, number: int) -> bool:
    it = session.get_one(Round, number)
    if it.stage == Stage.OPEN:
        return False
    clock.take(desk.context(session, now), it)
    return True


def _left(database: Database) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(Card).where(col(Card.pending).is_(True))).one()


async def plain(channel: Channel, messages: int, rate: float) -> None:
    """Send as a peer would: one after the other, asleep in between."""
    for n in range(messages):
        await channel.send(WORDS, [Recipient(str(n), str(n))], datetime.now(UTC))
        await asyncio.sleep(1 / rate)


def claiming(database: Database, channel: str) -> float:
    """Return the median milliseconds that claiming the next 15 takes."""
    took = []
    for _ in range(50):
        with Session(database.write) as session, session.begin() as transaction:
            began = time.perf_counter()
            assert len(delivery_queue.claim(session, datetime.now(UTC), channel, Lane.BULK, 15)) == 15
            took.append((time.perf_counter() - began) * 1000)
            transaction.rollback()
    return statistics.median(took)


def used(platform: Platform, act: Callable[[], Awaitable[object]]) -> tuple[float, float, object]:
    """Return the share of the limit that was used, the seconds from the first to the last message, and what `act`
    returned."""
    platform.begun = time.monotonic()
    said = asyncio.run(act())  # type: ignore[arg-type]
    seconds = platform.arrived[-1] - platform.arrived[0]
    return (len(platform.arrived) - 1) / seconds / platform.rate, seconds, said


def beside(messages: int, rate: float, folder: str) -> tuple[Platform, float]:
    """Send a notice to as many people; return what arrived, and the seconds of the processor."""
    database = connect(f"sqlite:///{Path(folder) / 'notice.db'}")
    migrate(database)
    with database.writing() as session:
        world.found(session, messages, 10, datetime.now(UTC))
    while datetime.now(UTC).minute % 30 in (29, 0):  # no wave begins in the minute in which everybody else's does
        time.sleep(1)
    platform = Platform(rate, world.CHANNEL)
    _, _, processor = used(platform, lambda: notice(database, platform))
    database.close()
    return platform, float(processor)  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--real", action="store_true", help=f"{REAL:.0f} a second")
    parser.add_argument("--waiting", type=int, default=10, help="waves that wait when claiming is measured again")
    asked = parser.parse_args()
    sys.setswitchinterval(0.0005)  # as bot/app.py does
    rate = REAL if asked.real else REAL * 10
    with tempfile.TemporaryDirectory() as folder:
        database = connect(f"sqlite:///{Path(folder) / 'wave.db'}")
        migrate(database)
        now = datetime.now(UTC)
        found(database, asked.messages, "bench", now)
        ours, peers = Platform(rate), Platform(rate)
        share, seconds, processor = used(ours, lambda: wave(database, ours))
        peer, peer_seconds, _ = used(peers, lambda: plain(peers, asked.messages // 10, rate))
        with database.writing() as session:
            wish(session, "next", "bench", now, now - timedelta(hours=1))
        alone = claiming(database, "bench")
        for n in range(asked.waiting):
            with database.writing() as session:
                wish(session, f"waiting{n}", "bench", now, now)
        many = claiming(database, "bench")
        database.close()
        told, busy = beside(asked.messages, rate, folder)
    print(
        f"{len(ours.arrived)} messages, {rate:.0f}/s: {seconds:.1f} s, {share:.2%} of the limit, {ours.refused} refused"
    )
    print(f"processor: {float(processor) / asked.messages * 1000:.2f} ms a message")  # type: ignore[arg-type]
    print(f"peer (a loop with a sleep, {len(peers.arrived)} messages): {peer_seconds:.1f} s, {peer:.2%} used")
    print(f"claiming 15: {alone:.2f} ms; with {asked.waiting * asked.messages} more waiting: {many:.2f} ms")
    print(
        f"a notice: {len(told.arrived)} messages, {told.whole:.1f} s from the beginning (the wave: {ours.whole:.1f}), "
        f"{told.refused} refused, {busy / asked.messages * 1000:.2f} ms of processor a message"
    )
    print(f"ratio to the peer: {share / peer:.2f}; the notice's time to the wave's: {told.whole / ours.whole:.2f}")


if __name__ == "__main__":
    main()
