"""Measure a day of 100,000 people, with and without a year behind it: `python -m bench.cycle` (see bench/README.md)."""

import argparse
import gc
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from bench import world
from bench.day import MORNING, Day
from models.core.database import Database, connect
from models.core.schema import migrate
from tests.support import servers

GROWING = "report|revision|card|words|snapshot|step|period|post|seal|seen|address|person|membership"


@contextmanager
def plans(database: Database) -> Iterator[Counter[str]]:
    """Count the statements, within the block, that scan every row of a growing table (SQLite only)."""
    asked: dict[str, Any] = {}
    found: Counter[str] = Counter()

    def remember(_: Connection, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            short = re.sub(r"\(\?(, \?)+\)", "(?…)", statement)
            asked.setdefault(short, (statement, parameters[0] if many else parameters))

    for engine in (database.write, database.read):
        event.listen(engine, "before_cursor_execute", remember)
    try:
        yield found
    finally:
        for engine in (database.write, database.read):
            event.remove(engine, "before_cursor_execute", remember)
        lite = database.read.dialect.name == "sqlite"
        with database.read.connect() as connection:
            for short, (statement, parameters) in asked.items() if lite else ():
                for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters):
                    a_few = "card_pending" in row[3] or ("WHERE" not in statement and "LIMIT" in statement)
                    if re.match(rf"SCAN ({GROWING})\b", row[3]) and not a_few:
                        found[f"{row[3]}: {' '.join(short.split())[:240]}"] += 1


def warm_up() -> None:
    """Play a small day on a database of its own: templates and statements are compiled once in a program's life."""
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        database = connect(f"sqlite:///{Path(folder) / 'small.db'}")
        migrate(database)
        with database.writing() as session:
            world.found(session, 200, 2, MORNING)
        Day(database, MORNING).live()
        database.close()


def run(database: Database, people: int, branch: int, days: int, cards_kept: int) -> list[dict[str, float]]:
    """Play a day without history, the days between, and the day after them; return the figures of the two."""
    migrate(database)
    with database.writing() as session:
        world.found(session, people, branch, MORNING)
    tables = []
    for past in (0, days) if days else (0,):
        if past:
            start = time.perf_counter()
            for day in world.repeat(database, past - 1, cards_kept):
                if day % 10 == 0:
                    print(f"  {day} days copied, {time.perf_counter() - start:.0f} s", flush=True)
            with database.writing() as session:
                world.next_day(session)
        print(f"a day of {people} people after {past} others …", flush=True)
        day = Day(database, MORNING + timedelta(days=past))
        with plans(database) as scans:
            day.live()
        size = Path(database.write.url.database or "")
        if size.is_file():
            print(f"  the file has {size.stat().st_size / 1e9:.1f} GB", flush=True)
        day.open_as_peer()
        tables.append(day.table())
        for name, value in tables[-1].items():
            print(f"  {name:32}{value:12.1f} ms", flush=True)
        for scan in scans:
            print(f"  looks at every row: {scan}")
    return tables


def main() -> None:
    """Print each step and end with the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=100_000)
    options.add_argument("--branch", type=int, default=10, help="units below each unit, on three levels")
    options.add_argument("--days", type=int, default=365, help="days of history; 0 for none")
    options.add_argument("--cards", type=int, default=30, help="days after which messages are purged")
    options.add_argument(
        "--url", help="an empty database, or `postgresql` for a server of its own; else a file, removed in the end"
    )
    chosen = options.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zeroreport-bench-"))
        warm_up()
        gc.freeze()  # as bot/app.py does
        url = chosen.url or f"sqlite:///{Path(folder) / 'bench.db'}"
        if url == "postgresql":
            url = stack.enter_context(servers.postgresql()).make()
        database = connect(url)
        stack.callback(database.close)
        tables = run(database, chosen.people, chosen.branch, chosen.days, chosen.cards)
    print(f"\n| ms | 0 days | {chosen.days} days | ratio |\n|---|---|---|---|")
    for name, value in tables[0].items():
        rest = f"{tables[1][name]:,.1f} | {tables[1][name] / value:.2f}" if chosen.days else " | "
        print(f"| {name} | {value:,.1f} | {rest} |")


if __name__ == "__main__":
    main()
