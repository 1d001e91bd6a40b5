"""Measure a month of 100,000 people, as `/summary 2026-11` and the pages *Unit* and *Week and month* show it, for the
whole, a branch and a unit, and who is silent for days: `python -m bench.months` (see bench/README.md)."""

import asyncio
import gc
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import text
from sqlmodel import Session, col, func, select
from starlette.applications import Starlette

from bench import world
from bench.board import asked, signed_in
from bench.cycle import warm_up
from bench.day import MORNING, Day
from bench.kept import kept
from bot.web.dashboard.dashboard import Dashboard
from handlers.core.incoming import Incoming
from handlers.summaries import contents
from models.core.database import Database
from models.core.schema import migrate
from models.cycle.periods import Period
from models.cycle.steps import Heartbeat
from models.organisation.units import Unit
from models.reporting.reports import Report

FIRST, DAYS = date(2026, 10, 1), 60  # two whole months end with November
ROOT, UNIT, LONGEST = 1000, 150, 200  # ms, targets
TIMES = 7
SHOWN = 100  # who really report, so that there is a receipt to copy


def two_months(database: Database, people: int) -> None:
    """Play one morning and copy it to the days after it. Of a hundred 96 report in time, two late and two never, as
    rows alone: what is read of a month are rows and what was frozen at the close."""
    migrate(database)
    morning = MORNING.replace(month=FIRST.month, day=FIRST.day)
    with database.writing() as session:
        world.found(session, people, 10, morning)
        session.merge(Heartbeat(at=morning))
    day = Day(database, morning)
    day.clock.at = morning
    day.until(7, 31)
    day.file(day.silent()[:SHOWN])
    _report(database, "id % 50 > 1", late=False)
    day.until(10, 1)
    _report(database, "id % 50 = 1", late=True)
    for _ in world.repeat(database, DAYS, 1):
        pass


def _report(database: Database, which: str, *, late: bool) -> None:
    filed = f"UPDATE report SET state = 'zero', late = {late} WHERE state = 'due' AND {which}"
    with database.writing() as session:
        session.execute(text(filed))


def measured(name: str, target: int, work: Callable[[], object]) -> None:
    wall, busy = list[float](), list[float]()
    work()  # statements are compiled once in a program's life
    for _ in range(TIMES):
        began, used = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - used) * 1000)
    print(
        f"{name}: {median(busy):.0f} ms of processor time (target {target}), {median(wall):.0f} of the clock",
        flush=True,
    )


def typed(day: Day, who: str, words: str) -> None:
    """Let a lead type it; the answer, as a card, is part of the transaction."""
    day.clock.at += timedelta(seconds=1)
    incoming = Incoming(
        channel=world.CHANNEL, bot="b", update=f"m{time.time_ns()}", account=who, chat=who, private=True,
        at=day.clock.at, text=words,
    )  # fmt: skip

    def handle(session: Session, now: datetime) -> None:
        assert day.desk.handle(session, now, incoming) is None

    day.desk.transact(handle)


def counted(day: Day) -> None:
    """Count the month's reports one by one, as one would write it first."""
    with day.database.reading() as session:
        month = select(Period.id).where(col(Period.day).between(date(2026, 11, 1), date(2026, 11, 30)))
        query = select(Report.state, Report.late, func.count()).where(col(Report.period_id).in_(month))
        session.execute(query.group_by(col(Report.state), col(Report.late))).all()


def silent(database: Database) -> None:
    """Ask who is silent three days running: of as many units as people can be named in, and of all."""
    with database.reading() as session:
        units = list(session.exec(select(Unit.id).order_by(col(Unit.id).desc())).all())

    def ask(some: list[int]) -> None:
        with database.reading() as session:
            period = session.exec(select(Period).order_by(col(Period.day).desc())).first()
            assert period
            contents.long_silent(session, period, some, 3)

    for some in (units[:150], units):
        measured(f"silent days running, {len(some):,} units", LONGEST, lambda: ask(some))  # noqa: B023


def main() -> None:
    with kept(__doc__, two_months) as database:
        warm_up()
        gc.freeze()  # as bot/app.py does
        day = Day(database, datetime(2026, 12, 1, 9, tzinfo=MORNING.tzinfo))
        day.clock.at = day.day
        app = Starlette(routes=Dashboard(day.desk, database, day.clock.now).routes())
        with database.reading() as session:
            leaf = max(session.exec(select(Unit.id)).all())
        for name, lead, target in (("the whole", 1, ROOT), ("a branch of a tenth", 2, ROOT), ("a unit", leaf, UNIT)):
            token = signed_in(database, [lead], day.clock.now())[0]
            measured(f"/summary 2026-11, {name}", target, lambda: typed(day, f"{lead:06}", "/summary 2026-11"))  # noqa: B023
            for page in ("unit?month=2026-11", "range?from=2026-11-01&to=2026-11-30"):
                measured(f"{page}, {name}", target, lambda: asyncio.run(asked(app, token, page)))  # noqa: B023
        silent(database)
        measured("peer, the month's reports counted in one statement", ROOT, lambda: counted(day))


if __name__ == "__main__":
    main()
