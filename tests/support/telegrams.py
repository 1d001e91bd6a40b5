"""Run the whole program beside a local Bot API server, in this process; time passes only when told to."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from bot.settings import Settings
from bot.web.server import listen
from handlers.cycle.outages import LONGEST_GAP
from models.core.database import Database
from models.cycle.steps import Heartbeat
from models.messaging import enrolment
from models.messaging.addresses import Address
from models.organisation.people import Person as Somebody
from models.organisation.units import unit_at
from tests.fakes.telegram import TOKEN, BotApi, Group, Person
from tests.support.world import World


class _Loop(asyncio.SelectorEventLoop):
    """An event loop without signals, which go to a main thread only: the test itself says when to end."""

    end: Any = None

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        self.end = callback


class Running:
    """A running App, in a thread of its own."""

    def __init__(self, app: App, bound: socket.socket | None = None) -> None:
        self.app, self.bound, self.loop = app, bound or listen("127.0.0.1", 0), _Loop()
        self.port = self.bound.getsockname()[1]
        self._up = threading.Event()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Running":
        self._thread.start()
        assert self._up.wait(60)
        return self

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self.app.run(self.bound, ready=self._ready))
        except BaseException as error:
            self.error = error
        finally:
            self.loop.close()

    def _ready(self) -> None:
        self.app.scheduler._jobs.pause()  # the test ticks
        self._up.set()

    def tick(self) -> None:
        asyncio.run_coroutine_threadsafe(self.app.scheduler.tick(), self.loop).result(60)

    def stop(self) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.loop.end)
        self.ended()

    def ended(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


class Town(World):
    """An organisation on Telegram: its people's phones are the server's."""

    api: BotApi
    program: Running | None = None
    mode = "polling"
    also: Mapping[str, Any] = MappingProxyType({})  # further settings of the program

    @classmethod
    def on(cls, database: Database, api: BotApi, mode: str = "polling") -> "Town":
        town = cls(database)
        town.api, town.mode = api, mode
        return town

    def settings(self, port: int = 0) -> Settings:
        given: dict[str, Any] = {
            "telegram_token": SecretStr(TOKEN), "telegram_api_url": self.api.url, "telegram_mode": self.mode,
        }  # fmt: skip
        if self.mode == "webhook":
            given["public_url"] = f"http://127.0.0.1:{port}"
        return Settings(_env_file=None, **given, **self.also)  # type: ignore[call-arg]

    def app(self, port: int = 0) -> App:
        return App(self.database, self.defaults, self.clock, settings=self.settings(port))

    @contextmanager
    def running(self) -> Iterator[Running]:
        bound = listen("127.0.0.1", 0)  # kept: nobody else may take the port that the settings name
        self.program = Running(self.app(bound.getsockname()[1]), bound).start()
        try:
            self.api.until(self.listening)
            yield self.program
        finally:
            self.program.stop()
            self.program = None

    def listening(self) -> bool:
        """Say whether the bot heard everything so far, and knows it: until then no tick does anything."""
        bot = self.api.bot
        heard = not bot.updates and bool(bot.webhook or bot.polls)
        return heard and (self.program is None or self.program.app.scheduler._caught_up())

    def tick(self, gap: timedelta = LONGEST_GAP) -> None:
        if self.program:
            if gap > LONGEST_GAP:
                self._beat_a_moment_ago()
            self.program.tick()

    def _beat_a_moment_ago(self) -> None:
        """Note what the program would have noted, had it ticked all the time."""
        with self.database.writing() as session:
            pulse = session.get(Heartbeat, 1)
            if pulse:
                pulse.at = self.clock.at - timedelta(seconds=1)
                session.add(pulse)

    def people(self, names: str) -> list[Person]:
        """Return enrolled people, each with a Telegram account; `_` stands for a space in a name."""
        return [self._enrolled(name) for name in names.split()]

    def _enrolled(self, name: str) -> Person:
        with self.database.writing() as session:
            who = session.exec(select(Somebody).where(Somebody.name == name.replace("_", " "))).one()
            person = Person(self.api, 10_000 + who.id, who.name)
            enrolment.enrol(session, who, "telegram", str(person.id), str(person.id), self.clock.now())
        return person

    def group(self, unit: str, number: int, topic: int | None = None) -> Group:
        """Return a group that the bot is in and that belongs to a unit; bound to one of its topics if it is a forum."""
        group = Group(self.api, number, unit)
        self.api.call(lambda: setattr(group.chat, "refusal", ""))
        if topic:
            self.api.call(lambda: group.chat.topics.add(topic))
        chat = f"{number}/{topic}" if topic else str(number)
        with self.database.writing() as session:
            now, owner = self.clock.now(), unit_at(session, unit).id
            session.add(
                Address(channel="telegram", account=chat, chat=chat, title=unit, unit_id=owner, since=now, used_at=now)
            )  # fmt: skip
        return group

    def shows(self, whom: Person | Group, words: str) -> Any:
        """Wait for a message with these words and return it."""
        return self.api.until(lambda: next((m for m in _standing(whom) if words in m.text), None))

    def answered(self, person: Person, label: str, where: Group | None = None) -> str:
        """Tap as soon as the button is there, and return what the bot answers to that."""
        self.api.until(lambda: any(label in words for m in _standing(where or person) for words in m.buttons))
        query = person.tap(label, where)
        self.api.until(lambda: query.answer is not None)
        return query.answer or ""

    def address(self, chat: str) -> Address:
        with self.database.reading() as session:
            return session.exec(select(Address).where(Address.chat == chat)).one()


def _standing(whom: Person | Group) -> Sequence[Any]:
    return [m for m in reversed(whom.chat.messages.values()) if m.by is None]
