"""Share what the benches of Telegram need: the server, an organisation with phones, the program as a process."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.core.database import Database, connect
from models.core.schema import migrate
from models.cycle import assignment_changes
from models.forms import versions
from models.messaging import enrolment
from models.organisation.units import unit_at
from models.time.times import Times
from tests.fakes.telegram import TOKEN, BotApi, Person
from tests.fakes.telegram.state import Query
from tests.support.crowd import hire
from tests.support.program import Office, Program, running
from tests.support.world import HEALTH, ZONE

ROOT = Path(__file__).parents[1]
SECOND = "07:10"
DAY = datetime.now(ZONE).date() + timedelta(days=1)


@contextmanager
def office(
    api: BotApi, count: int, *, second: bool = False, asked: bool = True
) -> Iterator[tuple[Office, Database, list[Person]]]:  # fmt: skip
    """Make an organisation of that many people on an SQLite file, each enrolled, asked tomorrow at 7:30, or not; or at
    7:00, and at `SECOND` about something else."""
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        url = f"sqlite:///{folder}/zeroreport.db"
        database = connect(url)
        migrate(database)
        now = datetime.now(UTC)
        with database.writing() as session:
            people = hire(session, count, stations=20)
            for who in people:
                chat = str(10_000 + who.id)
                enrolment.enrol(session, who, "telegram", chat, chat, now)
            unit = unit_at(session, "区局")
            other = HEALTH.replace("code: health", "code: evening")
            tasks = [(HEALTH, "07:00"), (other, SECOND)] if second else [(HEALTH, "07:30")]
            for source, opens in tasks if asked else []:
                version, _ = versions.store(session, source, now)
                assignment_changes.assign(
                    session, version, unit, now, calendar=f"once:{DAY}", times=Times.make(opens=opens),
                    timezone="Asia/Shanghai",
                )  # fmt: skip
            found = [(10_000 + who.id, who.name) for who in people]
        yield Office(Path(folder), url), database, [Person(api, number, name) for number, name in found]
        database.close()


@contextmanager
def program(
    office: Office, api: BotApi, clock: str, speed: int = 1, per_second: int = 1000, python: str | None = sys.executable
) -> Iterator[Program]:
    told = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "TELEGRAM_PER_SECOND": str(per_second)}
    with running(office, "run", "--clock", f"{DAY}T{clock}×{speed}", python=python, **told) as started:
        yield started


def paced(api: BotApi, people: Sequence[Person], rate: int) -> list[Query]:
    """Let people tap, so many a second, and wait until all are answered; return their taps."""
    queries, began = [], time.monotonic()
    for n, person in enumerate(people, 1):
        queries.append(person.tap("零报告"))
        time.sleep(max(0.0, began + n / rate - time.monotonic()))
    api.until(lambda: all(q.answer for q in queries), 600)
    return queries


@contextmanager
def peer(kind: str, api: BotApi, python: str = sys.executable) -> Iterator[subprocess.Popen[bytes]]:
    command = [python, "-m", "bench.echoes", kind, api.url, TOKEN]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def settle(api: BotApi, quiet: float = 3) -> None:
    """Wait until the server was not called for that long, long polls apart."""
    while True:
        last = api.call(lambda: max((at for at, method, _ in api.calls if method != "getUpdates"), default=0.0))
        left = last + quiet - time.monotonic()
        if left <= 0 and not api.call(lambda: api.bot.updates):
            return
        time.sleep(max(left, 0.2))


def answered(people: Sequence[Person]) -> int:
    return sum(bool(person.seen) for person in people)


def memory(process: int) -> float:
    """Return the resident memory in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024
