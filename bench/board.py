"""Measure the dashboard: its first page for 100,000 people, the summary of the whole with its picture, 200 open pages,
and the memory that stays: `python -m bench.board` (see bench/README.md)."""

import argparse
import asyncio
import gc
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import event
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message

from bench import world
from bench.commands import half_a_day, peers
from bench.cycle import warm_up
from bench.day import MORNING, Day
from bench.open_pages import SECONDS, Browsers
from bench.telegram import memory
from bench.waiting import Ran
from bot.bounds import Room
from bot.channels.webchat.channel import WebChat
from bot.clock import RehearsalClock
from bot.desk import Desk
from bot.web.app import make_app
from bot.web.dashboard.dashboard import Dashboard
from bot.web.dashboard.visits import COOKIE
from bot.web.entry import account_of
from bot.web.server import Server, listen
from handlers.core.context import Defaults
from handlers.core.locales import translations
from handlers.summaries import publishing
from models.core.database import Database, connect
from models.core.schema import migrate
from models.messaging import dashboard_keys as keys
from models.messaging.addresses import Address
from models.messaging.dashboard_keys import Kind
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import revisions
from models.reporting.reports import Report, State
from models.reporting.revisions import Filing
from tests.support.program import Office, Phone, Program, running, until

PAGE, SIZE, POST, SHARE, GROWTH = 150, 60, 200, 5, 10  # ms, KB, ms, % of a core, MB
TIMES, POSTS = 15, 10
BELOW = 5000  # units below one
OPEN = 200  # pages
QUIET = 10  # seconds


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Note the statements of the block."""
    found: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        found.append(statement)

    for engine in (database.write, database.read):
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in (database.write, database.read):
            event.remove(engine, "before_cursor_execute", note)


@contextmanager
def organisation(folder: str, people: int, branch: int, levels: int) -> Iterator[Day]:
    """Play a morning until the close at ten: nine tenths have reported; no summary is posted yet."""
    file = Path(folder) / f"{branch}.db"
    database = connect(f"sqlite:///{file}")
    migrate(database)
    with database.writing() as session:
        world.found(session, people, branch, MORNING, levels)
    day = Day(database, MORNING)
    began = time.monotonic()
    half_a_day(day, 10, 1)
    units = sum(branch**level for level in range(levels + 1))
    print(f"\n{people:,} people in {units:,} units, {time.monotonic() - began:.0f} s to make their morning", flush=True)
    yield day
    database.close()


def signed_in(database: Database, leads: Sequence[int], now: datetime) -> list[str]:
    """Return a session of the dashboard for each of these people."""
    with database.writing() as session:
        found = [session.exec(select(Address).where(Address.person_id == lead)).one() for lead in leads]
        people = [session.get_one(Person, lead) for lead in leads]
        return [
            keys.issue(session, Kind.SESSION, address, person, now)
            for address, person in zip(found, people, strict=True)
        ]


async def asked(app: ASGIApp, token: str, page: str = "") -> bytes:
    """Return a page, the first if none is named, as the application gives it, without a network in between."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    path, _, query = f"/dashboard/{page}".partition("?")
    headers = [(b"cookie", f"{COOKIE}={token}".encode()), (b"accept", b"text/html"), (b"host", b"127.0.0.1")]
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "headers": headers, "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "root_path": "",
    }  # fmt: skip
    await app(scope, receive, send)
    assert said[0]["status"] == 200, said[0]
    return b"".join(it.get("body", b"") for it in said)


def today(day: Day) -> None:
    """Let the lead of the whole open *Today*, and count the day's rows in Python."""
    app = Starlette(routes=Dashboard(day.desk, day.database, day.clock.now).routes())
    token = signed_in(day.database, [1], day.clock.now())[0]
    wall, busy = list[float](), list[float]()

    async def look() -> bytes:
        await asked(app, token)  # compiles templates and statements
        for _ in range(TIMES):
            began, used = time.perf_counter(), time.process_time()
            page = await asked(app, token)
            wall.append((time.perf_counter() - began) * 1000)
            busy.append((time.process_time() - used) * 1000)
        return page

    with counted(day.database) as statements:
        page = asyncio.run(look())
    peers(day)
    peer, mine = median(day.busy["peer"]), median(busy)
    print(
        f"Today: {mine:.0f} ms of processor time (target {PAGE}), {median(wall):.0f} of the clock, "
        f"{len(statements) // (TIMES + 1)} statements, {len(page) / 1000:.1f} KB (target {SIZE})"
    )
    print(f"peer, rows counted in Python: {peer:.0f} ms of processor time; ratio {mine / peer:.2f}", flush=True)


def file_one(day: Day) -> None:
    """Let one more person report, so that the figures are others."""
    period = day.period()
    with day.database.writing() as session:
        report = session.exec(select(Report).where(Report.period_id == period.id, Report.state == State.DUE)).first()
        assert report
        by = session.get_one(Person, report.person_id)
        revisions.file(session, period, report, Filing(State.ZERO, by, world.CHANNEL, day.clock.now(), statement="无"))


def post(day: Day, name: str) -> None:
    """Post the summary of the whole in a transaction of its own, each time with other figures."""
    period = day.period()

    def publish(session: Session, now: datetime) -> None:
        publishing.post_unit(day.desk.context(session, now), period, session.get_one(Unit, 1))

    for _ in range(POSTS):
        file_one(day)
        day.transact(name, publish)


def posts(day: Day) -> None:
    """Measure that with its picture and, as its peer, as words alone."""
    post(day, "picture")
    with day.database.writing() as session:
        for period in session.exec(select(type(day.period()))).all():
            period.picture = False
            session.add(period)
    post(day, "words")
    took, busy, words = day.took["picture"], median(day.busy["picture"]), median(day.busy["words"])
    print(
        f"summary of the whole with its picture: {busy:.0f} ms of processor time, {median(took):.0f} of the "
        f"clock in the median (target {POST}), first {took[0]:.0f}, longest {max(took):.0f}"
    )
    print(f"peer, as words alone: {words:.0f} ms of processor time; ratio {busy / words:.2f}", flush=True)


def serve(url: str, at: datetime, told: Connection) -> None:
    """Serve the dashboard and nothing else, on a clock that goes on from the morning: a process of its own."""
    sys.setswitchinterval(0.0005)  # as bot/app.py does
    database, clock = connect(url), RehearsalClock(at, 1)
    bound = listen("127.0.0.1", 0)
    port = bound.getsockname()[1]

    async def run() -> None:
        with ThreadPoolExecutor(1) as worker:
            board = Dashboard(Desk(database, Defaults(), clock, worker), database, clock.now)
            chat = WebChat(database, clock.now, worker)
            web = make_app(chat, port=port, translations=translations, problems=list, dashboard=board)
            gc.freeze()
            told.send(port)
            await Server(web, bound, Room()).serve()

    asyncio.run(run())


def open_pages(day: Day, seconds: int) -> None:
    """Keep pages open in browsers, each on a connection of its own, and see what the server uses of a core."""
    leads = range(1, OPEN + 1)
    tokens = signed_in(day.database, leads, day.clock.now())
    here, there = multiprocessing.get_context("spawn").Pipe()
    url = f"sqlite:///{day.database.write.url.database}"
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(url, day.clock.now(), there), daemon=True)
    server.start()
    try:
        port, pid = here.recv(), server.pid
        assert pid
        before = Ran.of(pid).ran
        time.sleep(QUIET)
        print(f"{OPEN} pages: without them {(Ran.of(pid).ran - before) / QUIET:.1%} of a core")
        browsers = Browsers(port, tokens, lambda: Ran.of(pid).ran)
        quiet, busy, peer = asyncio.run(browsers.look(seconds))
    finally:
        server.kill()
        server.join(10)
    print(f"open pages, each asks every {SECONDS} s, nothing is new: {quiet} (target {SHARE} %)")
    print(f"something is new each time: {busy} (target {SHARE} %)")
    print(f"peer, the page made for each question: {peer}; ratio {busy.share / peer.share:.2f}", flush=True)


def remembered(folder: str) -> None:
    """Look at the memory of the real program, which has done nothing before: after an answer in the chat, a page and a
    picture."""
    with organisation(folder, 200, 2, 2) as day:
        with day.database.writing() as session:
            address = session.exec(select(Address).where(Address.person_id == 1)).one()
            address.account = address.chat = account_of("browser")
            session.add(address)
        day.until(10, 30)
        day.deliver()
        (token,) = signed_in(day.database, [1], day.clock.now())
        office = Office(Path(folder), f"sqlite:///{day.database.write.url.database}")
    with running(office, "run", "--clock", f"{MORNING:%Y-%m-%d}T10:31×1", python=sys.executable) as program:
        time.sleep(QUIET)
        before, chatted, paged, pictured = steps(program, address.chat, token)
    print(
        f"memory of the program: {before:.0f} MB when started, {chatted:.0f} after an answer in the chat, "
        f"{paged:.0f} after a first page, {pictured:.0f} after a first picture"
    )
    grown = f"{pictured - before:.0f} MB more than when started (target {GROWTH})"
    print(f"page and picture: {grown}, {pictured - chatted:.0f} more than with the answer alone", flush=True)


def steps(program: Program, chat: str, token: str) -> Iterator[float]:
    """Yield the memory before and after each step."""
    phone, process = Phone(program.port, "zeroreport=browser"), program.process.pid
    yield memory(process)
    messages = len(phone.messages(chat))
    phone.say(chat, "/status")
    until(lambda: len(phone.messages(chat)) > messages + 1)
    yield memory(process)
    assert program.get("/dashboard/", Cookie=f"{COOKIE}={token}", Accept="text/html").status == 200
    yield memory(process)
    drawn = next(m["picture"] for m in phone.messages("g1") if m.get("picture"))
    assert phone.ask("GET", drawn["url"]).status == 200
    yield memory(process)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=100_000)
    options.add_argument("--seconds", type=int, default=120, help="how long pages are open")
    chosen = options.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        remembered(folder)
        warm_up()
        gc.freeze()  # as bot/app.py does
        with organisation(folder, chosen.people, 10, 3) as day:
            today(day)
            open_pages(day, chosen.seconds)
        with organisation(folder, chosen.people, BELOW, 1) as day:
            today(day)
            posts(day)
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
