"""Read files outside the desk: each in a process with limits, few at once, one for each person
(docs/decisions/0143-files-in-a-process.md)."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from sqlmodel import Session

from bot.bounds import Bounds
from bot.clock import Clock
from bot.desk import Desk
from handlers.core import file_reading
from handlers.core.incoming import Incoming
from models.changes import file_answers, file_readings
from models.changes.file_readings import Reading
from models.core.database import Database
from models.forms import versions

log = logging.getLogger("zeroreport")
CHILD = Path(__file__).with_name("file_reader_child.py")
SAID_AFTER = 1.0  # seconds after which the person is told that the file is being read
MOST_WAITING = 10  # files, each kept in memory until its turn
SIGKILL = 9


class Reader:
    """Reads a file on its way to the desk. `read` returns the Incoming as the desk gets it."""

    def __init__(self, database: Database, desk: Desk, clock: Clock, bounds: Bounds) -> None:
        self._database, self._desk, self._clock, self._bounds = database, desk, clock, bounds
        self._turns = asyncio.Semaphore(bounds.files)
        self._whose: set[tuple[str, str]] = set()

    async def read(self, incoming: Incoming, data: bytes) -> Incoming:
        """Return the Incoming with what an admin's roster or form, or a lead's duty table, says; any other as it is,
        because nobody else's file is opened."""
        if incoming.file is None or not await asyncio.to_thread(self._is_read, incoming, data):
            return incoming
        return dataclasses.replace(incoming, reading=await self._reading(incoming, incoming.file.name, data))

    def _is_read(self, incoming: Incoming, data: bytes) -> bool:
        with self._database.reading() as session:
            today = self._desk.context(session, self._clock.now()).today
            return file_reading.is_read(session, incoming, data, today)

    async def _reading(self, incoming: Incoming, name: str, data: bytes) -> Reading:
        who = (incoming.channel, incoming.account)
        if who in self._whose:
            return file_readings.refused(name, "files.one_at_a_time")
        if len(self._whose) >= self._bounds.files + MOST_WAITING:
            return file_readings.refused(name, "files.busy")
        self._whose.add(who)
        telling = asyncio.ensure_future(self._tell(incoming, name))
        try:
            async with self._turns:
                made = await self.look(name, data, await asyncio.to_thread(self._answers))
            if made.form:  # parses the form now, so that the desk finds it parsed
                await asyncio.to_thread(versions.parsed, made.form)
            return await self._bounded(incoming, name, made)
        finally:
            self._whose.discard(who)
            telling.cancel()

    async def _bounded(self, incoming: Incoming, name: str, made: Reading) -> Reading:
        """Refuse too many rows at once from anybody but an admin of the whole, because the desk compares each row with
        the organisation."""
        rows, most = made.size, self._bounds.part_rows
        if rows <= most or await asyncio.to_thread(self._is_of_the_whole, incoming):
            return made
        return file_readings.refused(name, "files.part_rows", rows=rows, most=most)

    def _is_of_the_whole(self, incoming: Incoming) -> bool:
        with self._database.reading() as session:
            return file_reading.of_the_whole(session, incoming)

    async def _tell(self, incoming: Incoming, name: str) -> None:
        await asyncio.sleep(SAID_AFTER)

        def tell(session: Session, now: datetime) -> None:
            file_reading.say_being_read(self._desk.context(session, now), incoming, name)

        with contextlib.suppress(Exception):  # telling may fail, the file is read all the same
            await self._desk.run(tell)

    def _answers(self) -> dict[str, str]:
        with self._database.reading() as session:
            return file_answers.known(session)

    async def look(self, name: str, data: bytes, answers: Mapping[str, str] = MappingProxyType({})) -> Reading:
        """Read a file in a process, with what people said about earlier ones; if that had to be killed, or died, that
        is what is wrong with the file."""
        seconds, memory = self._bounds.file_seconds, self._bounds.file_memory
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(CHILD), str(seconds), str(memory), file_readings.kind(name),
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={"LANG": "C.UTF-8"}, cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            log.warning("no process for reading a file: %s", error.strerror)
            return file_readings.refused(name, "files.busy")
        try:
            said = await _in_time(process, json.dumps(dict(answers)).encode() + b"\n" + data, seconds)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if said is None or process.returncode in (-SIGKILL, -24):  # by its own limit: SIGXCPU
            return file_readings.refused(name, "files.too_long", seconds=seconds)
        try:
            return await asyncio.to_thread(_restore, said)
        except (KeyError, TypeError, ValueError, IndexError):
            log.warning("a file could not be read: its process ended with %s", process.returncode)
            return file_readings.refused(name, "files.too_much", memory=memory)


async def _in_time(process: Process, data: bytes, seconds: float) -> bytes | None:
    """Return what the process answered; None if its time is over."""
    talk = asyncio.ensure_future(process.communicate(data))
    done, _ = await asyncio.wait([talk], timeout=seconds)
    if not done:
        process.kill()
        await asyncio.wait([talk])
        return None
    return talk.result()[0]


def _restore(said: bytes) -> Reading:
    return file_readings.restored(said.split(b"\n"))
