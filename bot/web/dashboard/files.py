"""Take a file that is sent on a page of the dashboard, and hand it to the desk as if it had been sent in the chat."""

from contextlib import AbstractContextManager
from datetime import datetime

from sqlmodel import Session

from bot.channels.base import ReadFile
from bot.channels.webchat.channel import FILE_LIMIT
from bot.desk import Desk
from bot.web.dashboard.visits import Visit
from bot.web.pages import Fault
from bot.web.reading import clean
from bot.web.turnstile import Turnstile
from handlers.core.incoming import Incoming
from models.files import blobs
from models.files.blobs import safe_name

MIME = "application/octet-stream"


class Files:
    """Receives the files: a bounded number at a time, one for each person, within what a person may send in a day."""

    def __init__(self, desk: Desk, most: int, read: ReadFile) -> None:
        self._desk, self._read = desk, read
        self._turnstile = Turnstile(most)

    def room_for(self, visit: Visit) -> AbstractContextManager[None]:
        """Let somebody's file in, before its body is read: it takes memory while it comes. Raises Fault
        `one_at_a_time`, `busy`."""
        return self._turnstile.through(str(visit.person.id))

    async def take(self, visit: Visit, name: str, data: bytes, now: datetime) -> None:
        """Hand the file over. Raises Fault with what is wrong: `empty_file`, `too_big`, `files_met` and so on."""
        if not data:
            raise Fault(400, "empty_file")
        if len(data) > FILE_LIMIT:
            raise Fault(413, "too_big")
        file = blobs.described(safe_name(clean(name)), MIME, data)
        incoming = visit.incoming(now, file=file)
        if met := self._desk.quotas.spend(incoming):
            raise Fault(429, f"{met}_met")
        read = await self._read(incoming, data)
        await self._desk.store(data)
        await self._desk.run(lambda session, now: self._arrived(session, now, read, data))

    def _arrived(self, session: Session, now: datetime, incoming: Incoming, data: bytes) -> None:
        if incoming.file is not None:
            blobs.keep(session, incoming.file.name, MIME, data)
            self._desk.handle(session, now, incoming)
