"""Measure the Monday on which 1,110 leads get their week, and the first on which they get their month: how long it
takes in all and how long the writer is held, beside the same letters written in the writer's own transactions:
`python -m bench.digests` (see bench/README.md)."""

import time
from datetime import datetime

from sqlmodel import Session, delete, func, select

from bench.cycle import warm_up
from bench.day import MORNING, Day
from bench.kept import kept
from bench.months import two_months
from handlers.summaries import digests
from models.messaging.cards import Card
from models.messaging.slots import Subject
from models.summaries.digests import Digest

MONDAY = datetime(2026, 11, 30, 9, tzinfo=MORNING.tzinfo)
FIRST = datetime(2026, 12, 1, 9, tzinfo=MORNING.tzinfo)
ALL, LONGEST = 60, 200  # seconds, ms: targets


def _begin(day: Day) -> None:
    def begin(session: Session, now: datetime) -> None:
        context = day.desk.context(session, now)
        morning = digests.due(context, ())
        assert morning is not None
        digests.begin(context, morning)

    day.desk.transact(begin)


def ours(day: Day) -> list[float]:
    """Read beside the desk, store in transactions of their own; return the processor time of each of these, in ms."""
    took: list[float] = []
    while True:
        with day.database.reading() as session:
            letters = digests.write(day.desk.context(session, day.clock.now()))
        if letters is None:
            return took
        began = time.thread_time()
        day.desk.transact(lambda session, now: digests.send(day.desk.context(session, now), letters))  # noqa: B023
        took.append((time.thread_time() - began) * 1000)


def peer(day: Day) -> list[float]:
    """Read and store in one transaction for each few leads, as a step of the day would."""

    def both(session: Session, now: datetime) -> bool:
        context = day.desk.context(session, now)
        letters = digests.write(context)
        if letters is not None:
            digests.send(context, letters)
        return letters is not None

    took, busy = list[float](), True
    while busy:
        began = time.thread_time()
        busy = day.desk.transact(both)
        took.append((time.thread_time() - began) * 1000)
    return took


def measured(day: Day, name: str, at: datetime) -> None:
    for who, work in (("ours", ours), ("peer", peer)):
        with day.database.writing() as session:
            session.execute(delete(Digest))
            session.execute(delete(Card).where(Card.subject == Subject.DIGEST))  # type: ignore[arg-type]
        day.clock.at = at
        _begin(day)
        began, busy = time.perf_counter(), time.process_time()
        took = work(day)
        wall, busy = time.perf_counter() - began, time.process_time() - busy
        with day.database.reading() as session:
            count = session.exec(select(func.count()).where(Card.subject == Subject.DIGEST)).one()
        print(
            f"{name}, {who}: {count} letters in {wall:.1f} s (target {ALL}), {busy:.1f} s of processor time;"
            f" longest transaction {max(took):.0f} ms of it (target {LONGEST})",
            flush=True,
        )


def main() -> None:
    with kept(__doc__, two_months) as database:
        warm_up()
        day = Day(database, MONDAY)
        measured(day, "the week", MONDAY)
        measured(day, "the month", FIRST)


if __name__ == "__main__":
    main()
