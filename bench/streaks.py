"""Measure the lock's count of zero-case streaks: the slowest chunk of 5,000 units that all reach a milestone
(see bench/README.md): `python -m bench.streaks`."""

import gc
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import insert, select

from bench import world
from bench.day import MORNING
from models.core.database import Database, connect
from models.core.schema import migrate
from models.cycle import places
from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase
from models.cycle.steps import Step
from models.forms.versions import FormVersion
from models.honours import honours, streaks
from models.organisation.people import Membership
from models.organisation.units import Unit
from models.reporting.reports import Report, State

BRANCH, PEOPLE, TARGET = 70, 100_000, 200  # units below each on two levels: 4,971; ms that a transaction may hold


def _locked(database: Database) -> Period:
    """Store a locked day on which everybody reported zero."""
    with database.writing() as session:
        world.found(session, PEOPLE, BRANCH, MORNING, levels=2)
        task = session.exec(select(Assignment)).one()
        units = session.exec(select(Unit)).all()
        at = {it.id: places.place_of(session, it).id for it in units}
        made = Period(
            assignment_id=task.id, day=MORNING.date(), version_id=session.exec(select(FormVersion.id)).one(),
            place_id=at[1], phase=Phase.LOCKED, timezone="Asia/Shanghai", opens_at=MORNING, due_at=MORNING,
            lock_at=MORNING + timedelta(hours=12),
        )  # fmt: skip
        session.add(made)
        session.flush()
        homes = session.exec(select(Membership.person_id, Membership.unit_id)).all()
        same: dict[str, Any] = {"period_id": made.id, "state": State.ZERO}
        rows = [same | {"person_id": who, "place_id": at[unit]} for who, unit in homes]
        session.execute(insert(Report), rows)
        return made


def main() -> None:
    """Count the day as the lock does, a chunk in a transaction, and print the slowest."""
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        database = connect(f"sqlite:///{Path(folder) / 'streaks.db'}")
        migrate(database)
        period = _locked(database)
        gc.freeze()
        step, took, busy, done = Step(period_id=period.id, kind="lock", at=MORNING), [], [], False
        while not done and step.state != streaks.WARDS:
            wall, used = time.perf_counter(), time.process_time()
            with database.writing() as session:
                it = session.get_one(Period, period.id)
                done, grown = streaks.advance(session, it, step)
                honours.reach(session, it, grown, (1,), MORNING)
            took.append((time.perf_counter() - wall) * 1000)
            busy.append((time.process_time() - used) * 1000)
        database.close()
    of = f"{streaks.PLACES} places, then of {streaks.CHUNK} units"
    print(f"{len(took)} chunks of {of}: {sum(took):,.0f} ms, {sum(busy):,.0f} ms of processor time")
    print(f"the longest {max(took):.0f} ms, {max(busy):.0f} ms of processor time (target {TARGET})")


if __name__ == "__main__":
    main()
