"""Fetch the files that people sent from the platform, after the commit, and hand them in at the desk.

A download is no job (`bot/workers/jobs.py`): it belongs to a message and perhaps to nobody yet, four run at once, and
its next try is when the platform says, for a week. Its row is deleted in the transaction that hands the file in, so a
crash in between neither loses nor doubles a file."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session

from bot.alive import Alive
from bot.channels.base import Channel, ReadFile, SendError, untouched
from bot.clock import Clock
from bot.desk import Desk
from bot.lease import Lease
from handlers.core.incoming import Incoming
from handlers.messaging import downloads
from models.core.database import Database
from models.files import blobs
from models.files import downloads as rows
from models.files.downloads import LARGEST, RemoteFile

log = logging.getLogger("zeroreport")
PAUSE = 1.0  # seconds between looks for something to do
AT_ONCE = 4


class Fetching:
    """Runs in the leading program; fetches a few files at a time, and tries each again until it has it or
    never will."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        lease: Lease,
        clock: Clock,
        channels: Iterable[Channel],
        read: ReadFile = untouched,
    ) -> None:
        self._read = read
        self._arriving: dict[int, asyncio.Task[None]] = {}  # fetched, and being read or handed in
        self._database, self._desk, self._lease, self._clock = database, desk, lease, clock
        self._channels: Mapping[str, Channel] = {c.profile.name: c for c in channels}

    async def run(self, alive: Alive) -> None:
        await alive.rounds("fetching", self.once, PAUSE)

    async def once(self) -> bool:
        """Fetch what is due; say whether there was anything."""
        found = await asyncio.to_thread(self._due) if self._lease.leading else []
        await asyncio.gather(*(self._fetch(it) for it in found))
        return bool(found)

    def _due(self) -> list[RemoteFile]:
        with self._database.reading() as session:
            limit = AT_ONCE + len(self._arriving)
            found = rows.due(session, self._clock.now(), list(self._channels), limit)
            return [it for it in found if it.id not in self._arriving][:AT_ONCE]

    async def _fetch(self, file: RemoteFile) -> None:
        try:
            data = await self._channels[file.channel].fetch(downloads.remote(file))
        except SendError as error:
            wrong = error
        except Exception as bug:
            log.exception("fetching a file by %s failed by a bug", file.channel)
            wrong = SendError(type(bug).__name__)
        else:
            self._arrives(file, data)
            return
        log.info("file %s was not fetched: %s", file.id, wrong.reason)
        await self._desk.run(lambda session, now: self._failed(session, now, file.id, wrong))

    def _arrives(self, file: RemoteFile, data: bytes) -> None:
        """Read a file and hand it in, while others are fetched: reading may take a minute."""
        task = asyncio.create_task(self._hand_in(file, data))
        self._arriving[file.id] = task
        task.add_done_callback(lambda _: self._arriving.pop(file.id, None))

    async def settled(self) -> None:
        """Wait until every fetched file is handed in."""
        while self._arriving:
            await asyncio.gather(*self._arriving.values(), return_exceptions=True)

    async def _hand_in(self, file: RemoteFile, data: bytes) -> None:
        """Hand a file in. If that fails its row stays, and the file is fetched again after a while."""
        incoming = downloads.handed_in(file, blobs.described(file.name, file.mime, data))
        self._desk.quotas.weigh(incoming, 0 if file.size else len(data))
        try:
            if len(data) <= LARGEST:
                incoming = await self._read(incoming, data)
                await self._desk.store(data)
            await self._desk.run(lambda session, now: self._arrived(session, now, file.id, incoming, data))
        except Exception:
            log.exception("file %s was fetched and not handed in", file.id)
            with contextlib.suppress(Exception):
                wrong = SendError("not handed in")
                await self._desk.run(lambda session, now: self._failed(session, now, file.id, wrong))

    def _arrived(self, session: Session, now: datetime, row: int, incoming: Incoming, data: bytes) -> None:
        """Keep the bytes, hand the file in and delete its row, in one transaction."""
        it = session.get(RemoteFile, row)
        if it is None:
            return
        if len(data) > LARGEST:
            downloads.too_large(self._desk.context(session, now), it)
            return
        blobs.keep(session, it.name, it.mime, data)
        session.delete(it)
        self._desk.handle(session, now, incoming)

    def _failed(self, session: Session, now: datetime, row: int, error: SendError) -> None:
        it = session.get(RemoteFile, row)
        if it is not None and (error.permanent or not rows.later(session, it, now, error.retry_after, away=error.away)):
            downloads.failed(self._desk.context(session, now), it)
