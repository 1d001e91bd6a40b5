"""Run the checks of records that somebody asked for (handlers/evidence/verify.py), one after another, each in a process
of its own: beside the desk, at low priority, and with a time limit. A check that was stopped ends at once."""

import logging
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.alive import Alive
from bot.desk import Desk
from bot.lease import Lease
from bot.workers import child
from bot.workers.child import Said, Stopped, TookTooLong
from handlers.evidence import verify
from models.core.database import Database
from models.core.updates import fault_number
from models.operations import jobs
from models.operations.jobs import TRIES, Job

log = logging.getLogger("zeroreport")
PAUSE = 1.0  # seconds between looks for something to do
NOTE_EVERY = 2.0  # seconds between two notes of how far it is
CHILD = "bot.workers.verify_child"
TOO_LONG: dict[str, Any] = {}


class Verifier:
    """Runs in the leading program; one check at a time."""

    def __init__(self, database: Database, desk: Desk, lease: Lease) -> None:
        self._url = database.write.url.render_as_string(hide_password=False)
        self._desk, self._lease = desk, lease
        self._looked = 0

    async def run(self, alive: Alive) -> None:
        await alive.rounds("verifications", self.once, PAUSE)

    async def once(self) -> bool:
        """Do the oldest check; say whether there was one."""
        if not self._lease.leading:
            return False
        job = await self._desk.run(lambda session, _: jobs.take(session, [verify.JOB]), wake=False)
        if job is None:
            return False
        found = await self._found(job)
        await self._desk.run(lambda session, now: self._end(session, now, job.id, found))
        return True

    async def _found(self, job: Job) -> dict[str, Any] | None:
        """Return what the check found; None if it broke down or was stopped."""
        self._looked = 0
        asked = {"url": self._url, "period": job.period_id}

        async def goes_on() -> bool:
            return await self._desk.run(lambda session, now: self._goes_on(session, now, job.id), wake=False)

        try:
            return await child.run(CHILD, asked, self._hear, goes_on, every=NOTE_EVERY)
        except Stopped:
            return None
        except TookTooLong:
            log.warning("the check %s took longer than %.0f s and was ended", job.id, child.LONGEST)
            return TOO_LONG

    def _hear(self, said: Said) -> None:
        self._looked = said["looked"]

    def _goes_on(self, session: Session, now: datetime, number: int) -> bool:
        """Note how far the check is; say whether it is still wanted."""
        job = session.get_one(Job, number)
        if job.done_at is None:
            verify.progress(self._desk.context(session, now), job, self._looked)
        return job.done_at is None

    def _end(self, session: Session, now: datetime, number: int, found: dict[str, Any] | None) -> None:
        """Keep what was found. A check that broke down is begun again, three times in all."""
        job, context = session.get_one(Job, number), self._desk.context(session, now)
        if job.done_at is not None:
            return
        if found:
            verify.finish(context, job, found)
        elif found is TOO_LONG or job.tries >= TRIES:
            fault = fault_number()
            log.error("fault %s: the check %s was given up", fault, job.id)
            verify.fail(context, job, fault)
