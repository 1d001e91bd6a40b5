"""Measure what leads ask about 100,000 people, through the desk: `python -m bench.commands` (see bench/README.md)."""

import argparse
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from sqlmodel import Session, select

from bench import world
from bench.cycle import plans, warm_up
from bench.day import MORNING, Day
from handlers.core.incoming import Incoming
from models.core.database import connect
from models.core.schema import migrate
from models.cycle.periods import Period
from models.cycle.places import Place
from models.cycle.steps import Heartbeat
from models.organisation.people import Person
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision

TARGET = 150  # ms, median
ASKED = (
    "/team", "/summary", "/summary {day}", "/summary {leaf}", "/why", "/why silent", "/why received {day}",
    "/why zero {leaf}", "/why {receipt}", "/signoff", "/team {leaf}", "/urge {leaf}",
)  # fmt: skip
TIMES = 15


def half_a_day(day: Day, hour: int = 10, minute: int = 30) -> None:
    """Play half a day: opened, asked, nine tenths filed, closed, summed up, which is what leads ask about in the
    morning; at an earlier time as far as it is by then."""
    day.clock.at = day.day
    with day.database.writing() as session:
        session.merge(Heartbeat(at=day.day))
    day.until(7, 31)
    silent = day.silent()
    day.file(silent[: len(silent) * 9 // 10])
    day.until(hour, minute)


def ask(day: Day, words: str) -> None:
    """Let the lead of the whole type it; the answer, as a card, is part of the transaction."""
    for _ in range(TIMES):
        day.updates += 1
        day.clock.at += timedelta(seconds=1)
        incoming = Incoming(
            channel=world.CHANNEL, bot="b", update=f"c{day.updates}", account="000001", chat="000001", private=True,
            at=day.clock.at, text=words,
        )  # fmt: skip

        def handle(session: Session, now: datetime, incoming: Incoming = incoming) -> None:
            assert day.desk.handle(session, now, incoming) is None

        day.transact(words, handle)


def peers(day: Day) -> None:
    """Measure the same answers as one would write them first: the day's rows as objects, counted in Python."""
    for _ in range(3):
        with day.database.reading() as session:
            start, busy = time.perf_counter(), time.thread_time()
            period = session.exec(select(Period)).one()
            rows = session.exec(select(Report).where(Report.period_id == period.id)).all()
            by_place: Counter[tuple[int, str]] = Counter((row.place_id, row.state) for row in rows)
            paths = {p.id: p.path for p in session.exec(select(Place)).all()}
            below: Counter[tuple[str, str]] = Counter()
            for (place, state), n in by_place.items():
                below["/".join(paths[place].split("/")[:2]), state] += n
            owing = [r.person_id for r in rows if r.owed][:200]
            names = [session.get_one(Person, person).name for person in owing]
            filled = [session.get_one(Revision, r.head_id).answers for r in rows if r.state == State.FILLED]
            assert names and filled and below
        day.took["peer"].append((time.perf_counter() - start) * 1000)
        day.busy["peer"].append((time.thread_time() - busy) * 1000)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=100_000)
    options.add_argument("--branch", type=int, default=10, help="units below each unit, on three levels")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        warm_up()
        database = connect(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate(database)
        with database.writing() as session:
            world.found(session, chosen.people, chosen.branch, MORNING)
        day = Day(database, MORNING)
        half_a_day(day)
        with database.reading() as session:
            leaf = session.exec(select(world.Unit.path).order_by(world.Unit.id.desc())).first()  # type: ignore[attr-defined]
            receipt = session.exec(select(Report.receipt).where(Report.receipt != None)).first()  # noqa: E711
        asked = [words.format(day=f"{MORNING:%Y-%m-%d}", leaf=leaf, receipt=receipt) for words in ASKED]
        with plans(database) as scans:
            for words in asked:
                ask(day, words)
        peers(day)
        database.close()
    show(day, asked)
    for scan in scans:
        print(f"  looks at every row: {scan}")


def show(day: Day, asked: list[str]) -> None:
    print(f"\n| ms, median (target < {TARGET}) | wall | processor | to the peer's |\n|---|---|---|---|")
    peer = median(day.busy["peer"])
    for words in [*asked, "peer"]:
        busy = median(day.busy[words])
        print(f"| {words} | {median(day.took[words]):.1f} | {busy:.1f} | {busy / peer:.3f} |")


if __name__ == "__main__":
    main()
