"""Serve the page behind a one-time link: a file from somebody whose chat can send none, as if they had sent
it there."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.base import ReadFile, untouched
from bot.desk import Desk
from bot.web.pages import Pages, locale_of
from bot.web.reading import clean
from bot.web.turnstile import Turnstile
from handlers.core.incoming import Incoming
from handlers.core.locales import translations
from handlers.core.turn import File
from models.core.database import Database
from models.files import blobs
from models.files.blobs import safe_name
from models.messaging import upload_links

PATH = "/upload/{token}"
MIME = "application/octet-stream"


class Uploads:
    """Receives the files. Whoever holds a link is who asked for it; it is spent in the transaction in which the file is
    handled."""

    def __init__(
        self, desk: Desk, database: Database, clock: Callable[[], datetime], most: int = 8, read: ReadFile = untouched
    ) -> None:
        self._turnstile = Turnstile(most)
        self._read = read
        self._desk, self._database, self._clock = desk, database, clock
        self._pages = Pages(translations)

    def route(self) -> Route:
        return Route(PATH, self._serve, methods=["GET", "POST"])

    async def _serve(self, request: Request) -> Response:
        token = request.path_params["token"]
        if not await asyncio.to_thread(self._known, token):  # before the body is read, so that strangers cost nothing
            return self._say(request, "link_spent", 404)
        if request.method == "POST":
            with self._turnstile.through(token):
                return await self._take(request, token)
        return HTMLResponse(self._pages.render("upload.html", locale_of(request)))

    def _known(self, token: str) -> bool:
        with self._database.reading() as session:
            return upload_links.find(session, token, self._clock()) is not None

    async def _take(self, request: Request, token: str) -> Response:
        data = await request.body()
        if not data:
            return self._say(request, "empty_file", 400)
        name = safe_name(clean(request.query_params.get("name", "")))
        incoming = await asyncio.to_thread(self._incoming, token, blobs.described(name, MIME, data))
        if incoming is None:
            return self._say(request, "link_spent", 404)
        if met := self._desk.quotas.spend(incoming):
            return self._say(request, f"{met}_met", 429)
        read = await self._read(incoming, data)
        await self._desk.store(data)
        taken = await self._desk.run(lambda session, now: self._arrived(session, now, token, read, data))
        return self._say(request, "uploaded") if taken else self._say(request, "link_spent", 404)

    def _incoming(self, token: str, file: File) -> Incoming | None:
        now = self._clock()
        with self._database.reading() as session:
            found = upload_links.find(session, token, now)
        if found is None:
            return None
        upload, address = found
        return Incoming(address.channel, "upload", upload.digest, address.account, address.chat, True, now, file=file)

    def _arrived(self, session: Session, now: datetime, token: str, incoming: Incoming, data: bytes) -> bool:
        found = upload_links.find(session, token, now)
        if found is None or incoming.file is None:
            return False
        found[0].used_at = now
        session.add(found[0])
        blobs.keep(session, incoming.file.name, MIME, data)
        self._desk.handle(session, now, incoming)
        return True

    def _say(self, request: Request, key: str, status: int = 200) -> Response:
        return PlainTextResponse(self._pages.fault(locale_of(request), key), status)
