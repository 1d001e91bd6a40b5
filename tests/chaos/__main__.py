"""The whole of it: `python -m tests.chaos`, on SQLite and on a PostgreSQL that fails over; about six minutes each.

python -m tests.chaos --blows 25 --people 150       # --database postgresql, --seed N to repeat one
"""

import argparse
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from models.core.database import connect
from tests.chaos import day as days
from tests.chaos import judging
from tests.support.cluster import cluster

SPEED = 30.0


def blows(day: days.Day, count: int) -> list[days.Blow]:
    """Return blows, each kind at least once if there is room, in any order; the failover is last, because there is one
    standby."""
    kinds = [blow for blow in day.all_blows() if blow.__name__ != "fail_over"]
    chosen = [kinds[n % len(kinds)] for n in range(count)]
    random.shuffle(chosen)
    if day.server:
        chosen.insert(random.randrange(count // 2, count + 1), day.fail_over)
    return chosen


def play(kind: str, people: int, count: int) -> list[str]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zeroreport-chaos-")))
        server = stack.enter_context(cluster()) if kind == "postgresql" else None
        url = server.url if server else f"sqlite:///{folder / 'zeroreport.db'}"
        day = stack.enter_context(days.begun(folder, url, people, SPEED, server))
        day.suffer(blows(day, count))
        days.finish(day, url)
        print(*day.blows, sep="\n")
        database = connect(url)
        stack.callback(database.close)
        with database.reading() as session:
            found = judging.faults(day, session)
            told = judging.confessed(session)
        lives = sum(slot.lives for slot in day.slots)
        print(f"{kind}: {people} reports, {len(day.blows)} blows, {lives} starts, {len(told)} outages confessed")
        print(*told, *(found or ["nothing lost, nothing doubled, no step twice or never"]), sep="\n")
        if found:
            print(*(slot.said for slot in day.slots), sep="\n")
        return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    asked.add_argument("--people", type=int, default=150)
    asked.add_argument("--blows", type=int, default=25)
    asked.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    told = asked.parse_args()
    failed = []
    for kind in told.database or ["sqlite", "postgresql"]:
        print(f"{kind}, --seed {told.seed}", flush=True)
        random.seed(told.seed)
        failed += play(kind, told.people, told.blows)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
