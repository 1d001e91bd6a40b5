"""Run background jobs of every kind in `KINDS`: a long file is written in a process of its own, beside the desk, with
its progress in the chat, until it is cancelled. A job that a dying program left is begun again; it has three tries, and
the number of a fault at the end."""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import count
from typing import IO, Any

from sqlmodel import Session

from bot.alive import Alive
from bot.desk import Desk
from bot.lease import Lease
from bot.workers import child
from bot.workers.child import Stopped, TookTooLong
from bot.workers.job_child import NO_ROOM, full
from bot.workers.job_kinds import KINDS, FileKind
from models.core.database import Database, in_chunks
from models.core.updates import fault_number
from models.operations import job_files, jobs
from models.operations.jobs import TRIES, Job

log = logging.getLogger("zeroreport")
PAUSE = 1.0  # seconds between looks for something to do
LOOKED_EVERY = 1.0  # seconds between two looks whether somebody cancelled
TOLD_EVERY = 3  # of these looks between two messages about the progress
STORED = 200  # things made beside a file that one transaction stores
CHILD = "bot.workers.job_child"

Found = dict[str, Any] | None
# Given the kind, the order, and the file: write it, hearing and asking as `child.run` does.
Write = Callable[
    [str, Mapping[str, Any], IO[bytes], Callable[[child.Said], None], Callable[[], Awaitable[bool]]], Awaitable[Found]
]


class Jobs:
    """Runs in the leading program; one job at a time."""

    def __init__(self, database: Database, desk: Desk, lease: Lease, write: Write | None = None) -> None:
        self._url = database.write.url.render_as_string(hide_password=False)
        self._desk, self._lease = desk, lease
        self._write_file = write or self._in_a_process
        self._said: dict[str, Any] = {}
        self._made: list[Any] = []
        self._looks = 0

    async def run(self, alive: Alive) -> None:
        await alive.rounds("jobs", self.once, PAUSE)

    async def once(self) -> bool:
        """Do the oldest job; say whether there was one."""
        if not self._lease.leading:
            return False
        job = await self._desk.run(lambda session, _: jobs.take(session, list(KINDS)), wake=False)
        if job is None:
            return False
        kind = KINDS[job.kind]
        await self._drop(job)  # what an earlier try may have left
        if job.tries > TRIES:
            await self._failed(kind, job)
            return True
        with tempfile.TemporaryFile() as out:
            try:
                found = await self._written(kind, job, out)
                await self._end(kind, job, found, out)
            except Stopped:
                await self._drop(job)
        return True

    async def _written(self, kind: FileKind, job: Job, out: IO[bytes]) -> Found:
        self._said, self._made, self._looks = {}, [], 0
        order = await self._desk.run(
            lambda session, now: kind.order(self._desk.context(session, now), session.get_one(Job, job.id)), wake=False
        )
        try:
            return await self._write_file(job.kind, order, out, self._hear, lambda: self._goes_on(kind, job))
        except TookTooLong:
            log.warning("the job %s took longer than %.0f s and was ended", job.id, child.LONGEST)
            return None

    def _hear(self, said: child.Said) -> None:
        self._made += said.get("made", ())
        self._said.update({name: value for name, value in said.items() if name != "made"})

    async def _in_a_process(
        self, kind: str, order: Mapping[str, Any], out: IO[bytes], said: Callable[[child.Said], None],
        goes_on: Callable[[], Awaitable[bool]],
    ) -> Found:  # fmt: skip
        asked = {"url": self._url, "kind": kind, "order": order, "file": out.fileno()}
        return await child.run(CHILD, asked, said, goes_on, every=LOOKED_EVERY, files=[out.fileno()])

    async def _goes_on(self, kind: FileKind, job: Job) -> bool:
        """Say whether the file is still wanted; now and then show how far it is."""
        self._looks += 1
        show = self._looks % TOLD_EVERY == 0 and bool(self._said)

        def look(session: Session, now: datetime) -> bool:
            it = session.get_one(Job, job.id)
            if it.done_at is None and show:
                kind.progress(self._desk.context(session, now), it, self._said)
            return it.done_at is None

        return await self._desk.run(look, wake=show)

    async def _end(self, kind: FileKind, job: Job, found: Found, out: IO[bytes]) -> None:
        """Hand the file over, or say what became of it. A job that broke down is begun again."""
        if found is None:
            if job.tries >= TRIES:
                await self._failed(kind, job)
            return
        if found != NO_ROOM:
            found = await self._hand_over(kind, job, found, out)
        if found == NO_ROOM:
            await self._drop(job)
            await self._ended(kind, job, "no_room")

    async def _hand_over(self, kind: FileKind, job: Job, found: dict[str, Any], out: IO[bytes]) -> dict[str, Any]:
        """Send a file that a chat takes; keep a larger one for its link. Raises Stopped if it is wanted no more."""
        size = out.seek(0, 2)
        out.seek(0)
        try:
            if size > kind.most_bytes and not await self._keep(kind, job, out):
                await self._ended(kind, job, "too_large", size=size // 1024 // 1024)
                return found
            for some in in_chunks(() if "refused" in found else self._made, STORED):
                await self._desk.run(partial(self._store, kind=kind, job=job, made=some), wake=False)
            data = None if size > kind.most_bytes else await asyncio.to_thread(out.read)
            await self._desk.store(data or b"")
            if not await self._desk.run(lambda session, now: self._finish(session, now, kind, job, found, size, data)):
                await self._drop(job)
        except Exception as error:
            if full(error, self._url):
                return NO_ROOM
            raise
        return found

    async def _keep(self, kind: FileKind, job: Job, out: IO[bytes]) -> bool:
        """Keep a file in parts, each in a transaction of its own; say whether a link could lead to it."""
        if not await self._desk.run(lambda session, now: bool(kind.base(self._desk.context(session, now))), wake=False):
            return False
        for number in count():
            data = await asyncio.to_thread(out.read, job_files.PART)
            if not data:
                return True
            await self._desk.run(partial(_keep_part, job=job, number=number, data=data), wake=False)
        raise AssertionError("unreachable")

    def _store(self, session: Session, now: datetime, *, kind: FileKind, job: Job, made: Sequence[Any]) -> None:
        kind.store(self._desk.context(session, now), _wanted(session, job), made)

    def _finish(
        self, session: Session, now: datetime, kind: FileKind, job: Job, found: dict[str, Any], size: int,
        data: bytes | None,
    ) -> bool:  # fmt: skip
        """Finish the job, once: a connection that is lost during the commit has this run again. Say whether its person
        has the file now: roles change while it is written."""
        if not _handed_over(session, job):
            kind.finish(self._desk.context(session, now), _wanted(session, job), found, size, data)
        return _handed_over(session, job)

    async def _ended(self, kind: FileKind, job: Job, how: str, **more: Any) -> None:
        await self._desk.run(
            lambda session, now: kind.end(self._desk.context(session, now), _wanted(session, job), how, **more)
        )

    async def _failed(self, kind: FileKind, job: Job) -> None:
        number = fault_number()
        log.error("fault %s: the job %s was given up", number, job.id)
        await self._ended(kind, job, "failed", number=number)

    async def _drop(self, job: Job) -> None:
        while await self._desk.run(lambda session, _: job_files.drop(session, job.id), wake=False):
            pass


def _handed_over(session: Session, job: Job) -> bool:
    return (session.get_one(Job, job.id).result or {}).get("end") == "written"


def _wanted(session: Session, job: Job) -> Job:
    """Return the job as it stands. Raises Stopped if somebody cancelled it."""
    it = session.get_one(Job, job.id)
    if it.done_at is not None:
        raise Stopped
    return it


def _keep_part(session: Session, _: datetime, *, job: Job, number: int, data: bytes) -> None:
    job_files.add(session, _wanted(session, job).id, number, data)
