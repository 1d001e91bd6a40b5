"""Put the parts together; no other module does."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session
from starlette.routing import Route

from bot import machine
from bot.alive import Alive
from bot.backups.seal_file import Publisher, SealFile
from bot.bounds import Bounds
from bot.channels.base import Channel
from bot.channels.package import Door, Handing, Installed, Services
from bot.channels.registry import CHANNELS
from bot.channels.webchat.channel import WebChat
from bot.clock import Clock, Outside
from bot.clock_guard import Guard
from bot.delivery.delivery import Delivery
from bot.desk import Desk
from bot.handup.invitation import invitation
from bot.handup.receiver import Receiver
from bot.handup.sender import Sender
from bot.health import Health
from bot.lease import Lease
from bot.memory import share_memory
from bot.scheduler import Scheduler
from bot.settings import Settings
from bot.web.api import ClockBar, Command
from bot.web.app import make_app
from bot.web.dashboard.dashboard import Dashboard
from bot.web.links import Links
from bot.web.server import Server
from bot.web.uploads import Uploads
from bot.workers.digests import Digests
from bot.workers.documents import Documents
from bot.workers.downloads import Fetching
from bot.workers.file_reader import Reader
from bot.workers.jobs import Jobs
from bot.workers.pictures import Pictures
from bot.workers.verifier import Verifier
from handlers.core.access import ADMIN, ANYBODY, LEAD, MEMBER
from handlers.core.context import Defaults
from handlers.core.groups import Group
from handlers.core.locales import translations
from handlers.core.rendering import Renderer
from handlers.registry import ROUTES
from models.core.database import Database
from models.messaging import enrolment_links

log = logging.getLogger("zeroreport")
ROLES = {ANYBODY: "member", MEMBER: "member", LEAD: "lead", ADMIN: "admin"}
PATIENCE = 5.0  # seconds that a message under way has to arrive when the program ends


def menu(locale: str) -> Sequence[Command]:
    """Return the menu of commands in one language, those of a group together."""
    words, order = Renderer(locale), list(Group)
    return [
        Command(command=c.name, word=c.word, description=words.line("core/command", name=c.name), role=ROLES[c.role])
        for c in sorted(ROUTES.commands, key=lambda it: order.index(it.group))
    ]


class App:
    """The running program on one database: desk, clock, delivery, channels."""

    def __init__(
        self,
        database: Database,
        defaults: Defaults,
        clock: Clock,
        *,
        settings: Settings | None = None,
        nightly: Callable[[], None] | None = None,
    ) -> None:
        share_memory()
        sys.setswitchinterval(0.0005)  # keeps the event loop prompt beside the desk's thread
        self.database, self.clock = database, clock
        self.bounds = settings.bounds if settings else Bounds()
        self.seal_file = settings.seal_file if settings and nightly else ""  # a rehearsal writes none
        self.worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self.desk = Desk(database, defaults, clock, self.worker, self.bounds)
        self.web = WebChat(database, clock.now, self.worker)
        self.reader = Reader(database, self.desk, clock, self.bounds)
        self.web.read_file, self.web.met = self.reader.read, self.desk.quotas.met
        self.pictures = Pictures()
        self.web.draw = self.pictures.png
        self.lease = Lease()
        self.alive = self.web.alive = Alive()
        self.outside = Outside()
        self._ending = asyncio.Event()
        self.installed = self._install(settings) if settings else []
        self.channels: list[Channel] = [self.web, *(it.channel for it in self.installed)]
        gc.freeze()  # modules stay loaded: without them a full collection takes 10 ms instead of 100
        self.guard = Guard(
            clock, self.desk, self.outside, timedelta(hours=settings.clock_gap_hours) if settings else timedelta.max,
            expected=any(channel.profile.real for channel in self.channels),
        )  # fmt: skip
        self.scheduler = Scheduler(
            self.desk, self.lease, clock,
            chat_days=self.bounds.chat_days,
            heartbeat_url=settings.heartbeat_url.get_secret_value() if settings else "",
            nightly=nightly, caught_up=lambda: all(it.caught_up() for it in self.installed),
            alive=self.alive, guard=self.guard, outside=self.outside, healthy=self._well,
        )  # fmt: skip
        self.least_free = (settings.disk_least_mb if settings else 0) * 1024 * 1024
        self.health = Health(database, self.scheduler, self.guard, self.alive, self.least_free)
        self.lease.speak_for(f"{channel.profile.name}:{channel.profile.bot}" for channel in self.channels)
        fileless = frozenset(c.profile.name for c in self.channels if not c.profile.takes_files)
        doors = {c.channel.profile.name: _way(c.door) for c in self.installed if c.door}
        still = frozenset(c.profile.name for c in self.channels if not (c.profile.can_edit and c.profile.counts_up))
        self.desk.defaults = replace(defaults, fileless=fileless, still=still, patience=clock.patience, doors=doors)
        self.delivery = Delivery(self.desk, self.lease, self.channels, pause=1.0 if clock.speed == 1 else 0.1)

    def _well(self) -> bool:
        return not self.health.problems()

    def _install(self, settings: Settings) -> list[Installed]:
        """Return the channels that are set up, besides the browser chat."""
        services = Services(
            self.database, self.desk, self.worker, self.lease, self.clock, self.outside, self.alive,
            self.pictures.png, menu, locale=self.desk.defaults.locale, public_url=settings.public_url,
        )  # fmt: skip
        return [made for channel in CHANNELS if (made := channel.make(settings, services))]

    async def run(
        self,
        bound: socket.socket,
        *,
        ready: Callable[[], None],
        rehearsal: ClockBar | None = None,
        anyone: bool = False,
        on_language: Callable[[str], Awaitable[None]] | None = None,
        beside: Sequence[Callable[[], Awaitable[None]]] = (),
        ends_by_signal: bool = True,
    ) -> None:
        """Serve until a signal ends the program; what was being written is finished first. Raise the error of a part
        that could not go on. A `rehearsal` drives the clock from a bar over the page; with `anyone` nobody logs in and
        the page can be anybody. A program beside another in the same process is not ended by the signal but by
        that one, with `end`."""
        server = self._server(bound, rehearsal, anyone, on_language)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM) if ends_by_signal else ():
            loop.add_signal_handler(name, self.end)
        await self.desk.run(self.guard.begin, wake=False)
        names = [channel.profile.name for channel in self.channels]
        host, port = bound.getsockname()[:2]
        page = f"http://{'[::1]' if host == '::1' else '127.0.0.1'}:{port}/"
        await self.desk.run(lambda session, _: _note_links(session, names, page), wake=False)
        for it in self.installed:
            await it.begin()
        self.scheduler.start()
        working = [*self._working(), _tell(server, ready), self._until_ended(server), *(begin() for begin in beside)]
        tasks = [asyncio.ensure_future(work) for work in working]
        for task in tasks:
            task.add_done_callback(lambda done: _end(server, done))
        try:
            await server.serve()
        finally:
            await self._stop(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()

    def end(self) -> None:
        """Have `run` finish what is being written and return."""
        self._ending.set()

    async def _until_ended(self, server: Server) -> None:
        await self._ending.wait()
        server.should_exit = True

    def _working(self) -> list[Awaitable[None]]:
        """Return what goes on as long as the program runs, beside its page and its clock."""
        database, desk, lease = self.database, self.desk, self.lease
        return [
            self.delivery.run(self.alive),
            *self._publishing(),
            Jobs(database, desk, lease).run(self.alive),
            Digests(database, desk, lease, self.clock).run(self.alive),
            Documents(database, desk, lease).run(self.alive),
            Sender(desk, lease).run(self.alive),
            Verifier(database, desk, lease).run(self.alive),
            Fetching(database, desk, lease, self.clock, self.channels, self.reader.read).run(self.alive),
            *(self._listen(channel) for channel in self.channels),
        ]

    def _publishing(self) -> list[Coroutine[Any, Any, None]]:
        """Return the loop that writes seals to the seal file, if one is set."""
        if not self.seal_file:
            return []
        return [Publisher(SealFile(Path(self.seal_file), self.database), self.desk).run(self.alive)]

    async def _listen(self, channel: Channel) -> None:
        await self.alive.running(channel.profile.name, lambda: channel.receive(self.desk))

    async def _stop(self, tasks: Sequence[asyncio.Future[None]]) -> None:
        """Finish what was begun and release the leases, without waiting for a platform that does not answer."""
        await self.scheduler.stop()
        self.delivery.stop()
        for task in tasks[1:]:
            task.cancel()
        await asyncio.wait(tasks[:1], timeout=PATIENCE)
        tasks[0].cancel()
        await asyncio.wait(tasks, timeout=PATIENCE)  # with a limit: Python 3.11's wait_for may lose a cancellation
        await self.desk.finish()
        for it in self.installed:
            await it.close()
        await self.pictures.close()
        await self.desk.run(self._release)
        self.worker.shutdown(wait=True)

    def _release(self, session: Session, _: object) -> None:
        self.lease.release(session)

    def _outside(self) -> list[Route]:
        """Return the routes that are called from elsewhere."""
        own = [self._uploads(), self._links(), Receiver(self.desk, self.bounds.room.proxies).route(), invitation()]
        return [*own, *(route for it in self.installed for route in it.routes)]

    def _uploads(self) -> Route:
        return Uploads(self.desk, self.database, self.clock.now, self.bounds.uploads, self.reader.read).route()

    def _links(self) -> Route:
        return Links(self.desk, self.database, self.clock.now, self.desk.defaults.public_url).route()

    def _server(
        self,
        bound: socket.socket,
        rehearsal: ClockBar | None,
        anyone: bool,
        on_language: Callable[[str], Awaitable[None]] | None,
    ) -> Server:
        stopping: list[Server] = []
        web = make_app(
            self.web,
            port=bound.getsockname()[1],
            translations=translations,
            problems=self.health.problems,
            timezone=self.desk.defaults.zone,
            commands=menu,
            rehearsal=rehearsal,
            anyone=anyone,
            on_language=on_language,
            stopping=lambda: bool(stopping and stopping[0].should_exit),
            bounds=self.bounds,
            dashboard=Dashboard(
                self.desk,
                self.database,
                self.clock.now,
                self.desk.defaults.public_url,
                ways={it.channel.profile.name: it.door for it in self.installed if it.door},
                most=self.bounds.uploads,
                machine=machine.looking(self.database, self.health, self.least_free),
                read=self.reader.read,
            ),
            outside=self._outside(),
        )
        stopping.append(Server(web, bound, self.bounds.room))
        return stopping[0]


def _note_links(session: Session, channels: Sequence[str], page: str) -> None:
    """Set where people of the browser chat enter, and forget the links of channels that are not there any more."""
    enrolment_links.keep_only(session, channels)
    enrolment_links.put(session, "web", page)


def _way(door: Door) -> str:
    """Return how a chat shows its way into the dashboard."""
    return "button" if isinstance(door, Handing) else "link"


def _end(server: Server, done: asyncio.Future[None]) -> None:
    """End the program with the error of a part that could not go on."""
    if not done.cancelled() and done.exception():
        server.should_exit = True


async def _tell(server: Server, ready: Callable[[], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    ready()
