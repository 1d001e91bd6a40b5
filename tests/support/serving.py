"""Serve the browser chat over a real socket, with a desk that only notes what it is handed."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from typing import Any

import uvicorn

from bot.channels.webchat.channel import WebChat
from bot.desk import Each
from bot.web.app import make_app
from handlers.core.incoming import Answer, Incoming
from models.core.database import Database
from models.messaging.addresses import Address
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


@dataclass
class Desk:
    """A desk that notes what comes, and answers and acts as it is told to."""

    taken: list[Incoming] = field(default_factory=list)
    reply: Answer | None = None
    broken: bool = False
    act: Callable[[Incoming], Awaitable[None]] | None = None

    async def take(self, batch: Sequence[Incoming], each: Each = lambda *_: None) -> list[Answer | None]:
        if self.broken:
            raise OSError("disk full")
        self.taken += batch
        if self.act:
            await self.act(batch[0])
        for incoming in batch:
            each(incoming, self.reply)
        return [self.reply] * len(batch)


class Clock:
    """A rehearsal's clock that notes what its page asks of it."""

    led = False

    def __init__(self) -> None:
        self.asked: list[object] = []

    def begin(self) -> None:
        """Do nothing: this clock stands."""

    def tour(self) -> None:
        """Return None: nobody is led."""

    def state(self) -> dict[str, Any]:
        step = {"at": (NOW + timedelta(hours=1)).isoformat(), "label": {"zh_CN": "提醒", "en": "Reminder"}}
        return {"now": NOW.isoformat(), "speed": 60, "paused": "pause" in self.asked, "next": step}

    def pause(self) -> None:
        self.asked.append("pause")

    def play(self, speed: float | None = None) -> None:
        self.asked.append(speed)

    async def next_step(self) -> None:
        self.asked.append("next")

    async def until(self, kind: str) -> None:
        self.asked.append(kind)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """A running server, and a client of this origin."""

    port: int
    chat: WebChat
    desk: Desk
    clock: Clock | None
    server: uvicorn.Server
    loop: asyncio.AbstractEventLoop

    def run(self, asked: Any) -> Any:
        """Run something of the channel's own on the server's loop."""
        return asyncio.run_coroutine_threadsafe(asked, self.loop).result(60)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        own = {"Host": f"127.0.0.1:{self.port}", "Accept-Language": "en"}
        if method == "POST":
            own["Origin"] = f"http://127.0.0.1:{self.port}"
        own.update({name.replace("_", "-"): value for name, value in headers.items()})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, raw, {name: value for name, value in own.items() if value})
            answer = connection.getresponse()
            found: dict[str, str] = {}
            for name, value in answer.getheaders():
                found[name.lower()] = f"{found[name.lower()]}\n{value}" if name.lower() in found else value
            return Reply(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        return self.ask("POST", path, body, **headers)


@contextmanager
def serving(database: Database, demo: bool = True, **options: Any) -> Iterator[Served]:
    """Serve the whole surface on a free port until the end of the block."""
    started, held = threading.Event(), []
    listening = socket.create_server(("127.0.0.1", 0))
    port, desk, clock = listening.getsockname()[1], Desk(), Clock() if demo else None

    async def main() -> None:
        with ThreadPoolExecutor(1) as executor:
            chat = WebChat(database, lambda: NOW, executor)
            made = make_app(
                chat, port=port, rehearsal=clock, anyone=demo,
                **{
                    "translations": lambda _: NullTranslations(), "problems": lambda: [],
                    "stopping": lambda: server.should_exit, **options,
                },
            )  # fmt: skip
            server = uvicorn.Server(uvicorn.Config(made, log_level="critical", lifespan="off"))
            receiving = asyncio.create_task(chat.receive(desk))
            await asyncio.sleep(0)
            held.append(Served(port, chat, desk, clock, server, asyncio.get_running_loop()))
            started.set()
            await server.serve(sockets=[listening])
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    started.wait(60)
    try:
        yield held[0]
    finally:
        held[0].server.should_exit = True
        thread.join(60)
        listening.close()


def populate(database: Database) -> None:
    """Found a bureau with two stations: Wang leads the first, Li belongs to it, Zhao to the second; everybody has a
    chat."""
    with database.writing() as session:
        bureau = Unit(name="局", path="局")
        session.add(bureau)
        session.flush()
        first = Unit(name="一站", path="局/一站", parent_id=bureau.id)
        second = Unit(name="二站", path="局/二站", parent_id=bureau.id)
        session.add_all([first, second])
        session.flush()
        for unit in (bureau, first, second):
            chat = f"g{unit.id}"
            session.add(Address(channel="web", account=chat, chat=chat, unit_id=unit.id, since=NOW, used_at=NOW))
        for number, (name, unit, role) in enumerate(
            [("王建国", first, Role.LEAD), ("李梅", first, Role.MEMBER), ("赵磊", second, Role.MEMBER)], 1
        ):
            person = Person(staff_no=f"100{number}", name=name)
            session.add(person)
            session.flush()
            session.add(Membership(person_id=person.id, unit_id=unit.id, role=role, home=True))
            chat = f"p{person.id}"
            session.add(Address(channel="web", account=chat, chat=chat, person_id=person.id, since=NOW, used_at=NOW))
