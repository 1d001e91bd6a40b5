"""Measure the stock of 500 items after 100,000 movements, and each movement (see bench/README.md): part of
`python -m bench.campaign`, or `python -m bench.stock` alone."""

import os
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from sqlmodel import Session, col, func, select

from bench import world
from bench.day import MORNING, Day
from handlers.dashboard import supplies as page
from handlers.dashboard.pages import Query, view
from models.core.database import Database, connect
from models.core.schema import migrate
from models.evidence.verdicts import Verdict
from models.evidence.verified_sums import check
from models.organisation.people import Person
from models.organisation.units import root
from models.supplies import items, movements, totals
from models.supplies.items import Item, Store
from models.supplies.movements import Move, Movement, Told

ITEMS, STORES, MOVEMENTS, CHUNK = 500, 2, 100_000, 100
TARGET = 50  # ms: the stock as it is shown
Measured = Callable[[str, Callable[[], object]], float]


def run(measured: Measured, url: str | None = None, number: int = MOVEMENTS) -> None:
    """Measure in a database of its own."""
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        database = connect(url or f"sqlite:///{Path(folder) / 'stock.db'}")
        migrate(database)
        with database.writing() as session:
            world.found(session, 1000, 10, MORNING, 1)
            top = root(session)
            assert top is not None
            for n in range(ITEMS):
                items.put(session, top, f"品目{n}", "个", Decimal(10), MORNING)
            for n in range(STORES):
                items.put_store(session, top, f"仓库{n}", MORNING)
        few, many = number // 100, number
        _move(database, 0, few)
        with database.reading() as session:
            alone = measured(f"stock of {ITEMS} items after {few:,} movements", lambda: _held(session))
        began = time.process_time()
        _move(database, few, many)
        each = (time.process_time() - began) * 1000 / (many - few)
        print(f"{many:,} movements: {each:.2f} ms each", flush=True)
        _shown(database, measured, alone, many)
        database.close()


def _move(database: Database, first: int, last: int) -> None:
    """Enter movements, a hundred to a transaction."""
    for start in range(first, last, CHUNK):
        with database.writing() as session:
            known, stores = session.exec(select(Item)).all(), session.exec(select(Store)).all()
            by = session.get_one(Person, 1)
            for n in range(start, min(start + CHUNK, last)):
                told = Told(by, MORNING + timedelta(seconds=n), f"单{n}")
                comes = n // (ITEMS * STORES) % 2 == 0
                kind, amount = (Move.RECEIVED, "3.5") if comes else (Move.OFF, "-0.25")
                movements.move(session, kind, known[n % ITEMS], stores[n // ITEMS % STORES], Decimal(amount), told)


def _held(session: Session) -> object:
    session.expunge_all()
    return movements.held(session, range(1, STORES + 1))


def _added_up(session: Session) -> object:
    """The peer: the stock as the sum of all movements, each time it is asked for."""
    session.expunge_all()
    query = (
        select(Item, Store, func.sum(Movement.amount))
        .join(Movement, col(Movement.item_id) == col(Item.id))
        .join(Store, col(Store.id) == col(Movement.store_id))
        .group_by(col(Item.id), col(Store.id))
        .order_by(col(Item.name))
    )
    return session.exec(query).all()


def _shown(database: Database, measured: Measured, alone: float, number: int) -> None:
    day = Day(database, MORNING)
    with database.reading() as session:
        after = measured(f"stock of {ITEMS} items in {STORES} stores (target {TARGET})", lambda: _held(session))
        other = measured("peer: all movements added up", lambda: _added_up(session))
        context, reader = day.desk.context(session, day.clock.at), session.get_one(Person, 1)
        around = view(context, page.PAGE, reader, Query())
        measured("the dashboard's page", lambda: page.gather(context, around))
        top = root(session)
        assert top is not None
        measured("counts of the evening report", lambda: totals.standing(session, [top], MORNING))
        verdict, used = Verdict(), time.process_time()
        check(session, verdict)
        print(f"verify adds up {number:,}: {time.process_time() - used:.1f} s, differences {len(verdict.differs)}")
    print(f"ratio to the peer {other / after:.1f}, to itself before the history {after / alone:.2f}")


if __name__ == "__main__":
    from bench.campaign import measured as _measured

    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    run(_measured)
