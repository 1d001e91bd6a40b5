"""Answer `/healthz`: whether reports are taken and the clock ticks, as far as this program can know.

It is asked without a login, so it says one word per problem and no name, path or number. It is 503 whenever a report
might not be taken or a step not made, also with a held clock and a database on hold: then somebody has to act."""

import logging
import threading
import time

from bot.alive import Alive
from bot.clock_guard import Guard
from bot.opening import free, sound
from bot.scheduler import Scheduler
from models.core.database import Database
from models.operations.restore_hold import parked

log = logging.getLogger("zeroreport")
LOOK_EVERY = 30.0  # seconds between two looks at the whole database file, or a hundred times as long as one takes
WAITED = 1.0  # seconds that one question waits for such a look


class Health:
    """Collects a word for each thing that is wrong."""

    def __init__(
        self, database: Database, scheduler: Scheduler, guard: Guard, alive: Alive, least_free: int
    ) -> None:  # fmt: skip
        self._database, self._scheduler, self._guard, self._alive = database, scheduler, guard, alive
        self._least_free = least_free
        self._integrity = Integrity(database)

    def problems(self) -> list[str]:
        """Return the problems in the order in which one would act; empty if all is well."""
        answers, waits = self._asked()
        found = {
            "database": self._alive.away or not answers,
            "integrity": not self._integrity.sound(),
            "disk": free(self._database.write.url) < self._least_free,
            "parked": waits,
            "clock": self._guard.held,
            "ticks": not self._scheduler.alive,
            "loops": not self._alive.away and not self._alive.well,
        }
        return [name for name, wrong in found.items() if wrong]

    def _asked(self) -> tuple[bool, bool]:
        """Return whether the database can be read, and whether it is on hold; every tick tells whether it can be
        written."""
        try:
            with self._database.reading() as session:
                return True, parked(session)
        except Exception as error:
            log.info("the database does not answer: %s", type(error).__name__)
            return False, False


class Integrity:
    """Checks now and then whether an SQLite file is whole, for a hundredth of the time at most."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sound, self._next = True, 0.0
        self._looking: threading.Thread | None = None
        self._sqlite = database.read.dialect.name == "sqlite"

    def sound(self) -> bool:
        if self._sqlite and time.monotonic() >= self._next and self._looking is None:
            self._looking = threading.Thread(target=self._look, daemon=True)
            self._looking.start()
        looking = self._looking
        if looking:
            looking.join(WAITED)
        return self._sound

    def _look(self) -> None:
        began = time.monotonic()
        try:
            self._sound = sound(self._database)
        except Exception as error:
            log.warning("the database could not be looked through: %s", type(error).__name__)
            self._sound = not malformed(error)
        took = time.monotonic() - began
        self._next = time.monotonic() + max(LOOK_EVERY, 100 * took)
        self._looking = None


def malformed(error: BaseException) -> bool:
    """Say whether SQLite reports its file as damaged (CORRUPT) or no database at all (NOTADB)."""
    return (getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) or 0) & 0xFF in (11, 26)
