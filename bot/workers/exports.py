"""Long files asked for in the chat: written on the read engine, beside the desk, with their progress in the chat."""

import asyncio
import contextlib
import logging
import tempfile
from datetime import datetime

from sqlmodel import Session

from bot.alive import Alive
from bot.desk import Desk
from bot.lease import Lease
from handlers.exports import report_files
from handlers.exports.report_files import Wanted
from models.core.database import Database
from models.core.updates import fault_number
from models.operations import jobs
from models.operations.jobs import TRIES, Job

log = logging.getLogger("zeroreport")
PAUSE = 1.0  # seconds between looks for something to do
TOLD_EVERY = 3.0  # seconds between two words on the progress


class Exports:
    """Runs in the leading program; one file at a time."""

    def __init__(self, database: Database, desk: Desk, lease: Lease) -> None:
        self._database, self._desk, self._lease = database, desk, lease
        self._written = 0

    async def run(self, alive: Alive) -> None:
        await alive.rounds("errands", self.once, PAUSE)

    async def once(self) -> bool:
        """Does the oldest errand; says whether there was one."""
        if not self._lease.leading:
            return False
        errand = await self._desk.run(_take, wake=False)
        if errand is None:
            return False
        if errand.tries > TRIES:
            await self._desk.run(lambda session, now: self._fail(session, errand, now))
            return True
        data = await self._write(errand)
        await self._desk.run(
            lambda session, now: report_files.finish(session, self._desk.house, session.merge(errand), data, now)
        )
        return True

    async def _write(self, errand: Job) -> bytes:
        self._written = 0
        telling = asyncio.create_task(self._tell(errand))
        try:
            return await asyncio.to_thread(self._file, report_files.wanted_by(errand))
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):  # words on the progress are no reason to fail
                await telling

    async def _tell(self, errand: Job) -> None:
        while True:
            await asyncio.sleep(TOLD_EVERY)
            await self._desk.run(
                lambda session, now: report_files.progress(
                    session, self._desk.house, session.merge(errand), self._written, now
                )
            )

    def _file(self, wanted: Wanted) -> bytes:
        def tick(written: int) -> None:
            self._written = written

        with tempfile.TemporaryFile() as out, self._database.reading() as session:
            report_files.write(session, wanted, out, tick)
            out.seek(0)
            return out.read(report_files.MOST_BYTES + 1)

    def _fail(self, session: Session, errand: Job, now: datetime) -> None:
        number = fault_number()
        log.error("fault %s: the errand %s was given up", number, errand.id)
        report_files.fail(session, self._desk.house, session.merge(errand), number, now)


def _take(session: Session, now: datetime) -> Job | None:
    found = jobs.next_one(session)
    if found is None:
        return None
    found.tries += 1
    session.add(found)
    session.flush()
    session.refresh(found)
    session.expunge(found)
    return found
