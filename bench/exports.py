"""Measure a long export: 100,000 reports of forty columns as Excel and as CSV, written as the program writes them while
somebody else is answered: `python -m bench.exports` (see bench/README.md)."""

import asyncio
import os
import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from statistics import median, quantiles

from openpyxl import Workbook
from sqlmodel import Session, col, select

from bench import world
from bench.day import MORNING, Day
from bench.kept import kept
from bench.telegram import memory
from bot.desk import Desk
from bot.lease import Lease
from bot.workers.jobs import Jobs
from handlers.core.context import Defaults
from handlers.core.rendering import Renderer
from handlers.exports import long_files, report_words
from handlers.exports.export_job import Reports
from handlers.exports.wanted import Wanted
from models.core.database import Database
from models.core.schema import migrate
from models.cycle.periods import Period
from models.cycle.steps import Heartbeat
from models.operations.jobs import Job
from models.organisation.people import Person
from models.reporting import revisions
from models.reporting.reports import Report, State
from models.reporting.revisions import Filing

TARGET, MEMORY = 60, 200  # s, MB
PEER = 10_000  # rows that the peer writes
QUESTIONS = 21  # and 19 columns of ours
TYPES = ("text", "integer", "decimal", "date", "select_one")
CHOICES = ", choices: [{name: a, label: {zh: 无, en: None}}, {name: b, label: {zh: 有, en: Some}}]"
EVERY = 0.05  # seconds between two answers


def form() -> str:
    """Return a form of many questions, of the usual types."""
    head = "code: wide\ntitle: {zh: 宽表, en: Wide}\nabout: persons\nstatement: {zh: 无。, en: Nothing.}\nquestions:\n"
    return head + "\n".join(
        f"  - {{name: q{n}, type: {kind}, label: {{zh: 问题{n}, en: Question {n}}}"
        f"{CHOICES if kind == 'select_one' else ''}}}"
        for n, kind in enumerate(TYPES[n % len(TYPES)] for n in range(QUESTIONS))
    )


def answers(chance: random.Random) -> dict[str, object]:
    made: dict[str, object] = {}
    for n in range(QUESTIONS):
        kind = TYPES[n % len(TYPES)]
        made[f"q{n}"] = {
            "text": f"情况说明{chance.randrange(10**6)}", "integer": chance.randrange(1000),
            "decimal": round(chance.uniform(35, 39), 1), "date": f"2026-11-{chance.randrange(1, 29):02}",
            "select_one": chance.choice("ab"),
        }[kind]  # fmt: skip
    return made


def filled(database: Database, people: int) -> None:
    """Play a morning on which everybody has something to report."""
    migrate(database)
    with database.writing() as session:
        world.found(session, people, 10, MORNING, form=form())
        session.merge(Heartbeat(at=MORNING))
    day, chance = Day(database, MORNING), random.Random(1)
    day.until(7, 31)
    ids = day.silent()
    for at in range(0, len(ids), 500):
        with database.writing() as session:
            period = session.get_one(Period, day.period().id)
            for report in session.exec(select(Report).where(col(Report.id).in_(ids[at : at + 500]))).all():
                by = session.get_one(Person, report.person_id)
                filing = Filing(State.FILLED, by, world.CHANNEL, day.clock.at, answers=answers(chance))
                revisions.file(session, period, report, filing)


async def answered(desk: Desk, took: list[float]) -> None:
    """Have the desk answer something small, again and again."""
    while True:
        start = time.perf_counter()
        await desk.run(lambda session, _: session.get_one(Person, 1), wake=False)
        took.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(EVERY)


async def written(day: Day, name: str, ask: Callable[[Session, datetime], int]) -> None:
    """Write the file that is asked for as a job, and print what it took."""
    with ThreadPoolExecutor(1) as worker:
        desk = Desk(day.database, Defaults(public_url="https://bench.example.org"), day.clock, worker)
        lease = Lease()
        lease.leading = True
        number = await desk.run(ask)
        peace, under, held, writing = list[float](), list[float](), list[float](), list[float]()
        watching = asyncio.ensure_future(answered(desk, peace))
        await asyncio.sleep(3)
        watching.cancel()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        watching, weighing = asyncio.ensure_future(answered(desk, under)), asyncio.ensure_future(_weigh(held, writing))
        start = time.perf_counter()
        await Jobs(day.database, desk, lease).once()
        took = time.perf_counter() - start
        watching.cancel()
        weighing.cancel()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with day.database.reading() as session:
        job = session.get_one(Job, number)
        result = job.result or {}
    assert result["end"] == "written", result
    print(
        f"{name}: {job.rows:,} rows in {took:.1f} s (target {TARGET}), processor time {busy:.1f} s, "
        f"{result['size'] / 1e6:.1f} MB; memory of its process {max(writing):.0f} MB, "
        f"of the program {max(held):.0f} MB at most (target {MEMORY})"
    )
    print(f"  an answer of the desk: {_spread(peace)} before, {_spread(under)} meanwhile", flush=True)


def _spread(took: Sequence[float]) -> str:
    return f"median {median(took):.1f}, p99 {quantiles(took, n=100)[-1]:.1f}, longest {max(took):.0f} ms"


def _ask(session: Session, now: datetime, kind: str) -> int:
    person, asked = session.get_one(Person, 1), Wanted("2026-11-23", "2026-11-23", None, (), kind)
    return long_files.ask(session, person, Reports.of, f"reports.{kind}", asdict(asked), 0, now).id


async def _weigh(held: list[float], writing: list[float]) -> None:
    """Note the memory of this process and of the one that writes."""
    tasks = Path("/proc/self/task")
    while True:
        held.append(memory(os.getpid()))
        for child in " ".join(it.joinpath("children").read_text() for it in tasks.iterdir()).split():
            with suppress(OSError, StopIteration):
                writing.append(memory(int(child)))
        await asyncio.sleep(0.1)


def peer(day: Day) -> None:
    """Write the first rows of the same table with openpyxl."""
    with day.database.reading() as session:
        (sheet,) = report_words.sheets(session, Renderer("zh_CN"), [day.period()], [None])
        rows: Iterator[list[object]] = islice(sheet.rows, PEER)
        busy, book = time.process_time(), Workbook(write_only=True)
        page = book.create_sheet("宽表")
        for row in rows:
            page.append([it.replace(tzinfo=None) if isinstance(it, datetime) else it for it in row])
        book.save(BytesIO())
    busy = time.process_time() - busy
    print(f"peer, openpyxl: {PEER:,} of these rows in {busy:.1f} s of processor time", flush=True)


def main() -> None:
    with kept(__doc__, filled) as database:
        day = Day(database, MORNING)
        day.clock.at = MORNING.replace(hour=11)
        for kind in ("xlsx", "csv"):
            asyncio.run(written(day, kind, partial(_ask, kind=kind)))
        peer(day)


if __name__ == "__main__":
    main()
