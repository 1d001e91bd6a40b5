"""Write digests beside the desk: a range is read on the reading engine, a few leads at a time, and what was written is
stored in a short transaction (docs/decisions/0231-digests.md)."""

import asyncio

from bot.alive import Alive
from bot.clock import Clock
from bot.desk import Desk
from bot.lease import Lease
from handlers.summaries import digests
from handlers.summaries.digests import Letters
from models.core.database import Database

PAUSE = 1.0  # seconds between looks for something to write


class Digests:
    """Runs in the leading program."""

    def __init__(self, database: Database, desk: Desk, lease: Lease, clock: Clock) -> None:
        self._database, self._desk, self._lease, self._clock = database, desk, lease, clock

    async def run(self, alive: Alive) -> None:
        await alive.rounds("digests", self.once, PAUSE)

    async def once(self) -> bool:
        """Write to the next leads; say whether there were any."""
        if not self._lease.leading:
            return False
        letters = await asyncio.to_thread(self._write)
        if letters is None:
            return False
        await self._desk.run(lambda session, now: digests.send(self._desk.context(session, now), letters))
        return True

    def _write(self) -> Letters | None:
        with self._database.reading() as session:
            return digests.write(self._desk.context(session, self._clock.now()))
