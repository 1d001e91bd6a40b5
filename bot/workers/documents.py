"""Draw official reports as Word and PDF, each in a process with limits that ends with it, so that the program never
loads what draws them (docs/decisions/0219-documents.md). Jobs of the chat, the dashboard and the command line ask
here."""

import asyncio
import json
import logging
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from bot.alive import Alive
from bot.desk import Desk
from bot.lease import Lease
from handlers.exports import document_job, papers
from models.core.database import Database
from models.core.errors import Refusal, Refusals
from models.core.updates import fault_number
from models.documents.paper import Format, Paper
from models.operations import jobs
from models.operations.jobs import TRIES, Job

log = logging.getLogger("zeroreport")
CHILD = Path(__file__).with_name("document_child.py")
SECONDS = 30
MEMORY = 2048  # MB of addresses: Typst maps a font of 32 MB in each of its threads
PAUSE = 1.0  # seconds between looks for something to do
_TURNS = threading.Semaphore(2)  # drawn at the same time


def drawn(paper: Paper, kind: Format) -> bytes:
    """Return the file. Raises Refusals for a template of the organisation that cannot be filled in."""
    with _TURNS:
        try:
            made = subprocess.run(  # noqa: S603 (our own program)
                [sys.executable, "-I", str(CHILD), str(SECONDS), str(MEMORY)], input=paper.packed(kind),
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"LANG": "C.UTF-8"}, cwd="/",
                timeout=SECONDS * 2, start_new_session=True, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Refusals([Refusal("documents.too_much")]) from None
    head, _, data = made.stdout.partition(b"\n")
    said = json.loads(head) if head else {}
    if wrong := said.get("wrong"):
        raise Refusals([Refusal(key, **values) for key, values in wrong])
    if said.get("size") != len(data) or not data:
        if paper.template is not None:
            raise Refusals([Refusal("documents.too_much")])
        raise RuntimeError(f"the process that draws documents ended with {made.returncode}")
    return data


def safely(paper: Paper, kind: Format) -> bytes:
    """Return the file; where the organisation's template cannot be filled in, in our own layout."""
    try:
        return drawn(paper, kind)
    except Refusals as refused:
        log.warning("a Word template could not be filled in, ours is used: %s", refused)
        return drawn(paper.plain, kind)


class Documents:
    """Runs in the leading program: makes the reports that people ask for, and those that are sent by themselves."""

    def __init__(self, database: Database, desk: Desk, lease: Lease) -> None:
        self._database, self._desk, self._lease = database, desk, lease

    async def run(self, alive: Alive) -> None:
        await alive.rounds("documents", self.once, PAUSE)

    async def once(self) -> bool:
        """Make the oldest one; say whether there was one. A job that a dying program left is begun again."""
        if not self._lease.leading:
            return False
        taken = await self._desk.run(_take, wake=False)
        if taken is None:
            return False
        job, now = taken
        if job.tries > TRIES:
            await self._desk.run(lambda session, now: self._fail(session, job, now))
            return True
        made = await asyncio.to_thread(self._made, job, now)
        if not isinstance(made, Refusals):
            await self._desk.store(made)
        await self._desk.run(lambda session, now: self._finish(session, job.id, made, now))
        return True

    def _made(self, job: Job, now: datetime) -> bytes | Refusals:
        """Return the file, or why there is none: a template that is only tried and cannot be filled in, a unit that has
        no part in these days any more."""
        wanted = papers.wanted_by(job)
        try:
            with self._database.reading() as session:
                paper = papers.paper_of(self._desk.context(session, now), job)
            return (drawn if wanted.template else safely)(paper, wanted.kind)
        except Refusals as refused:
            return refused
        except Refusal as refused:
            return Refusals([refused])

    def _finish(self, session: Session, number: int, made: bytes | Refusals, now: datetime) -> None:
        """Finish the job, once: another program may have, while this one was taken for dead."""
        context, job = self._desk.context(session, now), session.get_one(Job, number)
        if job.done_at is not None:
            return
        if isinstance(made, Refusals):
            document_job.refuse(context, job, made)
        else:
            document_job.finish(context, job, made)

    def _fail(self, session: Session, job: Job, now: datetime) -> None:
        number = fault_number()
        log.error("fault %s: the document %s was given up", number, job.id)
        document_job.fail(self._desk.context(session, now), session.get_one(Job, job.id), number)


def _take(session: Session, now: datetime) -> tuple[Job, datetime] | None:
    found = jobs.take(session, [document_job.JOB])
    return (found, now) if found else None
