"""Begin a measurement on a large database that may be kept for the next one, and end it."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from models.core.database import Database, connect


@contextmanager
def kept(about: str | None, make: Callable[[Database, int], object], people: int = 100_000) -> Iterator[Database]:
    """Yield the database of `--people` that `make` fills, or the one that `--database` names, as it was filled before;
    say how long filling it took, and how busy the machine was before and after."""
    options = argparse.ArgumentParser(description=about)
    options.add_argument("--people", type=int, default=people)
    options.add_argument("--database", help="a file to keep, or to use again")
    chosen = options.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="zeroreport-bench-") as folder:
        file = Path(chosen.database or Path(folder) / "bench.db")
        known = file.exists()
        database = connect(f"sqlite:///{file}")
        if not known:
            began = time.monotonic()
            make(database, chosen.people)
            print(f"{chosen.people:,} people, {time.monotonic() - began:.0f} s to make", flush=True)
        yield database
        database.close()
    print(f"load after: {os.getloadavg()[0]:.1f}")
