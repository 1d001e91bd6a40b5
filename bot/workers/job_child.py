"""Write the file of one job and end: bot/workers/jobs.py starts it. On stdin comes a line of JSON with the database,
the kind of the job, its order, and the number of the open file to write to; on stdout go lines with how far it is, and
the last one with what is said of the file."""

import errno
import json
import os
import sys
import time
from typing import Any

from bot.workers.job_kinds import KINDS
from models.core import database_states
from models.core.database import connect

EVERY = 0.5  # seconds between two lines about how far it is
NO_ROOM = {"end": "no_room"}


class Teller:
    """Tells how far the writing is, twice a second at most."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, **said: Any) -> None:
        now = time.monotonic()
        if "written" in said and now < self._next:
            return
        self._next = now + EVERY
        tell(**said)


def tell(**said: Any) -> None:
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def full(error: Exception, url: str) -> bool:
    """Say whether this came of a disk without room."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    told = database_states.told(error, url)
    return told is not None and told.key == "database.full"


def main() -> None:
    os.nice(10)  # people who tap come first
    asked = json.loads(sys.stdin.readline())
    database = connect(asked["url"])
    try:
        with os.fdopen(asked["file"], "wb") as out, database.reading() as session:
            found = KINDS[asked["kind"]].write_file(session, asked["order"], out, Teller())
    except Exception as error:
        if not full(error, asked["url"]):
            raise
        found = NO_ROOM
    finally:
        database.close()
    tell(found=found)


if __name__ == "__main__":
    main()
