"""Measure how long a round of hand-outs holds the writer in an organisation of 5,000: recorded for 290 people, asked,
reminded, and taken back from all of them, with another 290 messages on their phones: `python -m bench.handouts` (see
bench/README.md)."""

import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, func, select

from bench import world
from bench.day import MORNING, Day
from handlers.core.incoming import Incoming
from handlers.supplies import watch
from models.conversations import expected_input
from models.core.database import connect
from models.core.schema import migrate
from models.cycle.steps import Heartbeat
from models.evidence.verdicts import Verdict
from models.evidence.verified_sums import check
from models.organisation.people import Person
from models.supplies.handouts import WAITING, Handing

PEOPLE, UNITS = 5000, 17
TARGET = 200  # ms that one transaction may hold the writer


def run(url: str | None = None) -> None:
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        database = connect(url or f"sqlite:///{Path(folder) / 'handouts.db'}")
        migrate(database)
        day = Day(database, MORNING)
        with database.writing() as session:
            world.found(session, PEOPLE, UNITS, MORNING, 1)
            session.merge(Heartbeat(at=MORNING))
        day.clock.at = MORNING + timedelta(hours=1)
        for words in ("item 口罩 个", "store 仓库", "received 口罩 5000"):
            _says(day, f"/supplies {words}")
        _records(day, "received")
        _says(day, "/supplies each 口罩 单位1 3")
        _records(day, "each of a unit is handed something")
        _due(day, "asked")
        day.deliver()
        _press(day, "reminded", "supplies.urge.1")
        _due(day, "reminded, by the clock")
        _press(day, "taking back is begun", "supplies.rest.1")
        while _waiting(day):
            _says(day, "无人领取")
            _records(day, "taken back, recorded")
            _due(day, "taken back, by the clock")
            day.deliver()
            if _waiting(day):
                _press(day, "taking back is begun", "supplies.rest.1")
        with database.reading() as session:
            verdict = Verdict()
            check(session, verdict)
            assert verdict.differs == [], verdict.differs
        for name, took in day.took.items():
            busy = day.busy[name]
            print(f"{name}: {len(took)} transactions, at most {max(busy):.0f} ms of processor time,"
                  f" {max(took):.0f} of the clock (target {TARGET})", flush=True)  # fmt: skip
        database.close()


def _incoming(day: Day, text: str | None, data: str | None) -> Incoming:
    day.updates += 1
    return Incoming(
        channel=world.CHANNEL, bot="b", update=f"h.{day.updates}", account="000001", chat="000001", private=True,
        at=day.clock.at, text=text, data=data,
    )  # fmt: skip


def _says(day: Day, text: str) -> None:
    day.desk.transact(lambda session, now: day.desk.handle(session, now, _incoming(day, text, None)))


def _press(day: Day, name: str, data: str) -> None:
    answer = day.transact(name, lambda session, now: day.desk.handle(session, now, _incoming(day, None, data)))
    assert not answer or not answer.alert, answer


def _records(day: Day, name: str) -> None:
    with day.database.reading() as session:
        held = expected_input.held(session, session.get_one(Person, 1))
        assert held is not None
    _press(day, name, f"supply.record.{held.revision}")


def _due(day: Day, name: str) -> None:
    """Do all that hand-outs have due, as the clock does it."""

    def one(session: Session, now: datetime) -> bool:
        context = day.desk.context(session, now)
        made = watch.due(context, [])
        if made is not None:
            watch.take(context, made)
        return made is not None

    while day.transact(name, one):
        pass


def _waiting(day: Day) -> int:
    with day.database.reading() as session:
        return session.exec(select(func.count(col(Handing.id))).where(*WAITING)).one()


if __name__ == "__main__":
    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    run()
