"""Our side of WeCom: the channel on a database, and what is asked of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from sqlmodel import Session

from bot.channels import base
from bot.channels.base import Recipient, SendError, Sent
from bot.channels.wecom import callback as web
from bot.channels.wecom.channel import WeCom
from bot.channels.wecom.credentials import Access
from handlers.core.incoming import Answer, Incoming
from handlers.core.rendering import Content
from models.core.database import Database
from models.messaging.addresses import Address
from models.messaging.contents import Button
from models.organisation.people import Person
from tests.fakes.wecom import AES_KEY, AGENT, CORP, SECRET, TOKEN, WeComServer
from tests.support.serving import Served, serving

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ASK = Content(
    "<b>【每日健康】</b>\n请于10:00前报送。",
    ((Button("零报告", "report.zero.1"),), (Button("有情况", "report.fill.1"),)),
)
RECEIPT = Content("✅ 已收到零报告，回执<b>7K3M</b>。", ((Button("修改", "report.fill_of.1"),),))
MANY = Content("选一个", tuple((Button(f"选项{n}", f"unit.show.{n}"),) for n in range(1, 8)))


@dataclass
class Desk:
    """Notes what it is handed; answers taps as it is told to."""

    taken: list[Incoming] = field(default_factory=list)
    reply: Answer | None = None
    broken: int = 0

    async def take(self, batch: Sequence[Incoming]) -> list[Answer | None]:
        if self.broken:
            self.broken -= 1
            raise OSError("disk full")
        self.taken += batch
        return [self.reply] * len(batch)


@dataclass
class Side:
    """The channel on a database, and what is asked of the channel in one event loop after the other."""

    channel: WeCom
    server: WeComServer
    database: Database

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def main() -> T:
            try:
                return await work()
            finally:
                await self.channel.api.close()

        return asyncio.run(main())

    def send(self, content: Content, *to: str | Recipient) -> list[Sent]:
        """Send a new message to these accounts, or edit these messages of theirs."""
        recipients = [t if isinstance(t, Recipient) else Recipient(t, t) for t in to]
        return self.run(lambda: self.channel.send(content, recipients, NOW))

    def change(self, content: Content, account: str, sent: Sent) -> Sent:
        return self.send(content, Recipient(account, account, sent.message))[0]

    def delete(self, account: str, sent: Sent) -> None:
        self.run(lambda: self.channel.delete(Recipient(account, account, sent.message), NOW))

    def work_off(self, desk: base.Desk, answer: Callable[[Incoming, Answer], None] = lambda i, a: None) -> None:
        self.run(lambda: self.channel.inbox.catch_up(desk, answer))


def access(server: WeComServer, **other: str) -> Access:
    words = {"secret": SECRET, "token": TOKEN, "aes_key": AES_KEY, "url": server.url}
    return Access(CORP, AGENT, **(words | other))


@contextmanager
def listening(side: Side) -> Iterator[Served]:
    """Our callback, answering on a real socket."""
    with serving(side.database, outside=[web.route(side.channel)]) as served:
        side.server.callback = f"http://127.0.0.1:{served.port}{web.PATH}"
        yield served


@contextmanager
def restarted(side: Side) -> Iterator[Side]:
    """Another side on the same database, later or on another machine."""
    with ThreadPoolExecutor(1) as executor:
        yield Side(WeCom(access(side.server), side.database, executor), side.server, side.database)


def error(sent: Sent) -> SendError:
    assert sent.error, sent
    return sent.error


def enrolled(session: Session, account: str) -> Person:
    """Somebody who is reached under this account."""
    person = Person(staff_no=account, name=account)
    session.add(person)
    session.flush()
    address = Address(channel="wecom", account=account, chat=account, person_id=person.id, since=NOW, used_at=NOW)
    session.add(address)
    return person
