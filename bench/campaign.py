"""Measure a notice to 100,000: who is to get it is found, it is told, and receipts are counted by unit; the results of
a survey that all have answered; then the stock (bench/stock.py) and the timeline of ten years (bench/timeline.py):
`python -m bench.campaign` (see bench/README.md)."""

import argparse
import gc
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from sqlalchemy import text
from sqlmodel import Session, select

from bench import stock, timeline, world
from bench.day import MORNING, Day
from handlers.core import bundled
from handlers.rounds import clock, standing
from models.core.database import Database, connect
from models.core.schema import migrate
from models.cycle.places import Place
from models.cycle.steps import Heartbeat
from models.forms import versions
from models.organisation.people import Person
from models.organisation.units import Unit, above, root
from models.rounds import counts, rounds, surveys, tally
from models.rounds.audience import Audience
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion, Stage

TARGET, LIVE, HELD = 100, 150, 200  # ms: counting by unit, live results of a survey, and the longest transaction
TIMES = 9
HISTORY = 20  # notices before it, with as many receipts each


def send(database: Database, day: Day) -> int:
    """Store a notice to everybody."""
    with database.writing() as session:
        top = root(session)
        assert top is not None
        made = Round(
            kind=RoundKind.NOTICE, unit_id=top.id, by=1, made_at=day.clock.at,
            audience=Audience((top.id,), but=1).stored(), asks=Asks.RECEIPT, timezone="Asia/Shanghai",
        )  # fmt: skip
        version = RoundVersion(round_id=0, number=1, words="全体人员请阅", due_at=day.clock.at.replace(hour=18), by=1,
                               at=day.clock.at)  # fmt: skip
        return rounds.begin(session, made, version, day.clock.at).id


def work(day: Day, number: int, until: Stage) -> tuple[float, float, float]:
    """Let the clock do what is due until then; return the seconds of processor time, and the longest transaction in ms
    of processor time and of the clock."""
    began, busy, wall = time.process_time(), 0.0, 0.0
    while True:
        once, used = time.perf_counter(), time.process_time()

        def chunk(session: Session, now: object) -> bool:
            it = session.get_one(Round, number)
            if it.stage == until:
                return False
            clock.take(day.desk.context(session, day.clock.at), it)
            return True

        if not day.desk.transact(chunk):
            return time.process_time() - began, busy, wall
        busy, wall = (
            max(busy, (time.process_time() - used) * 1000),
            max(wall, (time.perf_counter() - once) * 1000),
        )


def measured(name: str, counting: Callable[[], object]) -> float:
    """Return the median milliseconds of processor time, which other programs do not disturb."""
    wall, busy = list[float](), list[float]()
    counting()  # statements are compiled once in a program's life
    for _ in range(TIMES):
        began, used = time.perf_counter(), time.process_time()
        counting()
        wall.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - used) * 1000)
    print(f"{name}: {median(busy):.0f} ms of processor time, {median(wall):.0f} of the clock", flush=True)
    return median(busy)


def peer(session: Session, number: int) -> dict[str, list[int]]:
    """Count objects in Python, as one would write it first."""
    paths = dict(session.exec(select(Place.id, Place.path)).all())
    found: dict[str, list[int]] = {}
    for reply in session.exec(select(Reply).where(Reply.round_id == number)).all():
        for path in above(paths[reply.place_id]):
            one = found.setdefault(path, [0, 0])
            one[0] += 1
            one[1] += reply.number == 1
    session.expunge_all()
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=100_000)
    options.add_argument("--url", help="a database to use, which is empty")
    chosen = options.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        database = connect(chosen.url or f"sqlite:///{Path(folder) / 'campaign.db'}")
        migrate(database)
        with database.writing() as session:
            world.found(session, chosen.people, 10, MORNING)
            session.merge(Heartbeat(at=MORNING))
        day = Day(database, MORNING)
        day.clock.at = MORNING.replace(hour=8)
        gc.freeze()  # as bot/app.py does
        number = send(database, day)
        for name, until in (("found", Stage.TELLING), ("told", Stage.OPEN)):
            took, busy, wall = work(day, number, until)
            longest = f"longest transaction {busy:.0f} ms, {wall:.0f} of the clock (target {HELD})"
            print(f"{chosen.people:,} {name}: {took:.1f} s of processor time, {longest}", flush=True)
        with database.writing() as session:
            filled = "UPDATE reply SET number = 1, at = (SELECT made_at FROM round LIMIT 1), late = "
            session.execute(text(f"{filled} false WHERE id % 20 > 1"))
            session.execute(text(f"{filled} true WHERE id % 20 = 1"))
        alone = _counted(database, number)
        _history(database, number)
        after = _counted(database, number)
        with database.reading() as session:
            other = measured("peer: objects counted in Python", lambda: peer(session, number))
            it, top = session.get_one(Round, number), session.get_one(Person, 1)
            context = day.desk.context(session, day.clock.at)
            measured("/notice as the root's lead reads it", lambda: standing.content(context, it, top))
        _surveys(database, day)
        print(f"ratio to the peer {other / after:.1f}, to itself before the history {after / alone:.2f}")
        database.close()
    stock.run(measured)
    timeline.run(measured)


def _counted(database: Database, number: int) -> float:
    with database.reading() as session:
        it, top = session.get_one(Round, number), session.get_one(Unit, 1)
        return measured(
            f"receipts counted by unit (target {TARGET})",
            lambda: counts.by_unit(session, it, MORNING.date(), [top]),
        )


def _surveys(database: Database, day: Day) -> None:
    """Let everybody answer a survey, a thousand to a transaction, and read its results."""
    with database.writing() as session:
        version, _ = versions.store(session, bundled.source("stock"), MORNING)
        it = session.exec(select(Round)).first()
        assert it is not None
        made = Round(
            kind=RoundKind.SURVEY, unit_id=it.unit_id, by=1, made_at=MORNING, audience=it.audience, asks=Asks.FORM,
            form_id=version.id, timezone=it.timezone, stage=Stage.DONE,
        )  # fmt: skip
        said = RoundVersion(round_id=0, number=1, words="库存", by=1, at=MORNING)
        number = rounds.begin(session, made, said, MORNING).id
        session.execute(text("UPDATE round SET next_at = NULL WHERE id = :id"), {"id": number})
        places = session.exec(select(Reply.place_id, Reply.person_id).where(Reply.round_id == it.id)).all()
    level = ("high", "right", "low", "out")
    began = time.perf_counter()
    for start in range(0, len(places), 1000):
        with database.writing() as session:
            survey, some = session.get_one(Round, number), list(enumerate(places[start : start + 1000], start))
            answers = [{"days": n % 90, "level": level[n % 4], "masks": "enough"} for n, _ in some]
            rows = zip(some, answers, strict=True)
            found = [Reply(round_id=number, person_id=who, place_id=place, number=1, answers=said)
                     for (_, (place, who)), said in rows]  # fmt: skip
            session.add_all(found)
            tally.add(session, survey, version.spec, [(it.place_id, it.answers or {}, 1) for it in found])
    print(f"{len(places):,} answers taken: {time.perf_counter() - began:.1f} s")
    with database.reading() as session:
        survey, top = session.get_one(Round, number), session.get_one(Unit, 1)
        measured(f"live results (target {LIVE})", lambda: surveys.results(session, survey, [top]))
        measured("a question by unit", lambda: tally.by_unit(session, survey, [top], "level"))


def _history(database: Database, number: int) -> None:
    """Copy the notice with all its replies."""
    columns = (
        'kind, unit_id, "by", made_at, audience, asks, choices, urgent, timezone, number, stage, cursor, climbed,'
        " reminded, urges, anonymous, ended, opened"
    )
    own = "person_id, place_id, told, number, answer, at, late, remark, outside"
    with database.writing() as session:
        for copy in range(1, HISTORY + 1):
            values = {"copy": copy, "own": number}
            made = f"INSERT INTO round (id, {columns}) SELECT id + :copy, {columns} FROM round WHERE id = :own"
            session.execute(text(made), values)
            copied = f"INSERT INTO reply (round_id, {own}) SELECT round_id + :copy, {own} FROM reply"
            session.execute(text(f"{copied} WHERE round_id = :own"), values)


if __name__ == "__main__":
    main()
