"""10,000 prompts through the delivery under a strict limit: how much of it is used, and is anything refused?

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

from bot.channels.base import Channel, Limits, Profile, Recipient, SendError, Sent
from bot.clock import Clock
from bot.delivery.delivery import Delivery
from bot.desk import Desk
from bot.lease import Lease
from handlers.core.context import Defaults
from handlers.core.incoming import Answer, Incoming, Remote
from models.core.database import Database, connect
from models.core.schema import migrate
from models.messaging import cards, contents, delivery_queue
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind, Lane
from models.messaging.contents import Content
from models.messaging.slots import Subject

WORDS = Content("【每日健康】请于10:00前报送。")
REAL = 30.0


class Platform:
    """A platform 20 to 50 ms away that refuses what is more than `rate` in any second, counted when it arrives."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.profile = Profile("bench", "bot", concurrency=200, limits=Limits(per_second=rate, per_chat_second=1))
        self.arrived: list[float] = []
        self.refused = 0
        self._second: deque[float] = deque()

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


async def wave(database: Database, channel: Channel) -> float:
    """Send the wave through the delivery; return processor seconds."""
    with ThreadPoolExecutor(1) as worker:
        desk = Desk(database, Defaults(), Clock(), worker)
        lease = Lease(f"{channel.profile.name}:{channel.profile.bot}")
        delivery = Delivery(desk, lease, [channel])
        await desk.run(lambda session, now: wish(session, "wave", channel.profile.name, now, now))
        began = time.process_time()
        running = asyncio.create_task(delivery.run())
        while await asyncio.to_thread(_left, database):
            await asyncio.sleep(1)
        delivery.stop()
        await running
        return time.process_time() - began


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
    said = asyncio.run(act())  # type: ignore[arg-type]
    seconds = platform.arrived[-1] - platform.arrived[0]
    return (len(platform.arrived) - 1) / seconds / platform.rate, seconds, said


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
    print(
        f"{len(ours.arrived)} messages, {rate:.0f}/s: {seconds:.1f} s, {share:.2%} of the limit, {ours.refused} refused"
    )
    print(f"processor: {float(processor) / asked.messages * 1000:.2f} ms a message")  # type: ignore[arg-type]
    print(f"peer (a loop with a sleep, {len(peers.arrived)} messages): {peer_seconds:.1f} s, {peer:.2%} used")
    print(f"claiming 15: {alone:.2f} ms; with {asked.waiting * asked.messages} more waiting: {many:.2f} ms")
    print(f"ratio to the peer: {share / peer:.2f}")


if __name__ == "__main__":
    main()
