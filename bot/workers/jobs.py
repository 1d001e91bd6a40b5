"""Run background jobs of every kind in `KINDS`: a long file is written on the read engine, beside the desk, with its
progress in the chat. A job has three tries through crashes, and the number of a fault at the end."""

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import IO, Protocol

from sqlmodel import Session

from bot.alive import Alive
from bot.desk import Desk
from bot.lease import Lease
from handlers.core.context import Context
from handlers.exports import report_files
from models.core.database import Database
from models.core.updates import fault_number
from models.operations import jobs
from models.operations.jobs import TRIES, Job

log = logging.getLogger("zeroreport")
PAUSE = 1.0  # seconds between looks for something to do
TOLD_EVERY = 3.0  # seconds between two messages about the progress


class Kind(Protocol):
    """Writes what a job of one kind makes, and what is said of it in the chat. `tick` is told how far the
    writing is."""

    MOST_BYTES: int

    def write_file(self, session: Session, job: Job, out: IO[bytes], tick: Callable[[int], None]) -> None: ...

    def progress(self, context: Context, job: Job, written: int) -> None: ...

    def finish(self, context: Context, job: Job, data: bytes) -> None: ...

    def fail(self, context: Context, job: Job, number: str) -> None: ...


KINDS: Mapping[str, Kind] = {report_files.JOB: report_files}


class Jobs:
    """Runs in the leading program; one job at a time."""

    def __init__(self, database: Database, desk: Desk, lease: Lease) -> None:
        self._database, self._desk, self._lease = database, desk, lease
        self._written = 0

    async def run(self, alive: Alive) -> None:
        await alive.rounds("jobs", self.once, PAUSE)

    async def once(self) -> bool:
        """Do the oldest job; say whether there was one."""
        if not self._lease.leading:
            return False
        job = await self._desk.run(_take, wake=False)
        if job is None:
            return False
        kind = KINDS[job.kind]
        if job.tries > TRIES:
            await self._desk.run(lambda session, now: self._fail(session, kind, job, now))
            return True
        data = await self._write(kind, job)
        await self._desk.run(
            lambda session, now: kind.finish(self._desk.context(session, now), session.merge(job), data)
        )
        return True

    async def _write(self, kind: Kind, job: Job) -> bytes:
        self._written = 0
        telling = asyncio.create_task(self._tell(kind, job))
        try:
            return await asyncio.to_thread(self._file, kind, job)
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):  # a failure to show progress does not matter
                await telling

    async def _tell(self, kind: Kind, job: Job) -> None:
        while True:
            await asyncio.sleep(TOLD_EVERY)
            await self._desk.run(
                lambda session, now: kind.progress(self._desk.context(session, now), session.merge(job), self._written)
            )

    def _file(self, kind: Kind, job: Job) -> bytes:
        def tick(written: int) -> None:
            self._written = written

        with tempfile.TemporaryFile() as out, self._database.reading() as session:
            kind.write_file(session, job, out, tick)
            out.seek(0)
            return out.read(kind.MOST_BYTES + 1)

    def _fail(self, session: Session, kind: Kind, job: Job, now: datetime) -> None:
        number = fault_number()
        log.error("fault %s: the job %s was given up", number, job.id)
        kind.fail(self._desk.context(session, now), session.merge(job), number)


def _take(session: Session, now: datetime) -> Job | None:
    found = jobs.next_one(session, list(KINDS))
    if found is None:
        return None
    found.tries += 1
    session.add(found)
    session.flush()
    session.refresh(found)
    session.expunge(found)
    return found
