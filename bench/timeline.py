"""Measure the timeline of ten years (see bench/README.md): part of `python -m bench.campaign`, or
`python -m bench.timeline` alone."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, insert, select

from bench import world
from bench.day import MORNING, Day
from handlers.core.rendering import Renderer
from handlers.dashboard import timeline as page
from handlers.dashboard.pages import Query, view
from handlers.timeline import standing
from models.authority import timeline_reach
from models.core.database import Database, connect
from models.core.schema import migrate
from models.organisation.people import Person
from models.organisation.units import root
from models.timeline import entries, reading
from models.timeline.entries import TimelineEntry
from models.timeline.sources import ALERTS, INCIDENTS, NOTICE, WRITTEN

YEARS, TARGET = 10, 150  # ms
Measured = Callable[[str, Callable[[], object]], float]


def run(measured: Measured, url: str | None = None) -> None:
    """Measure in a database of its own."""
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        database = connect(url or f"sqlite:///{Path(folder) / 'timeline.db'}")
        migrate(database)
        with database.writing() as session:
            world.found(session, 1000, 10, MORNING, 1)
        _fill(database, 1)
        alone = _shown(database, measured, 1)
        _fill(database, YEARS)
        after = _shown(database, measured, YEARS)
        _compared(database, measured, alone, after)
        database.close()


def _fill(database: Database, years: int) -> None:
    """Write years of entries: each day alerts, incidents and two notices, a word of the admin each week."""
    with database.writing() as session:
        top = root(session)
        assert top is not None
        session.execute(TimelineEntry.__table__.delete())  # type: ignore[attr-defined]
        session.execute(insert(TimelineEntry), list(_rows(top.id, MORNING.date(), years)))
    with database.reading() as session:
        print(f"{years} years: {len(session.exec(select(TimelineEntry.id)).all()):,} entries", flush=True)


def _rows(unit_id: int, last: date, years: int) -> Iterator[dict[str, Any]]:
    made = {"unit_id": unit_id, "n": 1, "guarded": False, "words": None}
    for n in range(years * 365):
        day = last - timedelta(days=n)
        for source in (ALERTS, INCIDENTS):
            told = {"over": 3, "ended": day.isoformat()}
            yield made | {"day": day, "source": source.name, "key": f"{day}", "told": told, "guarded": True, "n": 3}
        for which in range(2):
            yield made | {"day": day, "source": NOTICE.name, "key": f"{day}{which}", "told": {"title": f"通知{n}"}}
        if n % 7 == 0:
            yield made | {"day": day, "source": WRITTEN.name, "key": None, "told": {}, "words": f"第{n}天的记录"}


def _shown(database: Database, measured: Measured, years: int) -> float:
    day, words = Day(database, MORNING), Renderer("zh_CN")
    with database.reading() as session:
        reader, top = session.get_one(Person, 1), root(session)
        assert top is not None
        context = day.desk.context(session, datetime.combine(MORNING.date(), MORNING.timetz()))
        around = view(context, page.PAGE, reader, Query())

        def chat() -> object:
            session.expunge_all()
            return standing.page(context, words, session.get_one(Person, 1), top)

        def board() -> object:
            session.expunge_all()
            return page.gather(context, around)

        found = measured(f"the dashboard's page, {years} years (target {TARGET})", board)
        measured(f"a page of the chat, {years} years", chat)
        measured(f"twelve months, {years} years", lambda: standing.months(context, words, reader, top, MORNING.date()))
        return found


def _compared(database: Database, measured: Measured, alone: float, after: float) -> None:
    """Measure the peer: all entries read, sorted and grouped by months in Python, as one would write it first."""
    with database.reading() as session:
        top, reader = root(session), session.get_one(Person, 1)
        assert top is not None
        scope = timeline_reach.scope(session, reader, top, MORNING.date())
        other = measured("peer: all read and grouped in Python", lambda: _peer(session, scope))
    print(f"ratio to the peer {other / after:.1f}, to itself with one year {after / alone:.2f}")
    with database.writing() as session:
        used = time.process_time()
        for n in range(200):
            entries.add(session, ALERTS, top.id, MORNING.date() + timedelta(days=n % 5), f"new {n % 5}")
        print(f"counting an alert: {(time.process_time() - used) * 5:.2f} ms each")


def _peer(session: Session, scope: reading.Scope) -> dict[date, dict[str, int]]:
    session.expunge_all()
    found: dict[date, dict[str, int]] = {}
    ids = [it.id for it in scope.units]
    for it in session.exec(select(TimelineEntry).where(col(TimelineEntry.unit_id).in_(ids))).all():
        month = found.setdefault(it.day.replace(day=1), {})
        month[it.source] = month.get(it.source, 0) + it.n
    return found


if __name__ == "__main__":
    from bench.campaign import measured as _measured

    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    run(_measured)
