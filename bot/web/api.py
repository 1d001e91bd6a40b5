"""Serve what the page asks and what people do on it, as JSON."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypedDict
from uuid import uuid4

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.webchat.channel import TEXT_LIMIT, WebChat
from bot.web import directory
from bot.web.directory import Viewer
from bot.web.entry import Entry, need
from bot.web.pages import LANGUAGE_COOKIE, LOCALES, Fault, locale_of
from bot.web.reading import clean, fields, number
from bot.web.turnstile import Turnstile
from handlers.core.incoming import Location
from models.core.errors import Refusal
from models.cycle.steps import StepKind
from models.files import blobs
from models.files.records import LONGEST_REMARK

SPEEDS = ("1", "60", "600")  # at which a rehearsal's bar runs the clock
LONGEST_SEARCH = 60  # characters
POLL = 20.0  # seconds for which a page's poll is held
SHOWN = (
    "image/png", "image/jpeg", "image/gif", "image/webp", "audio/mpeg", "audio/ogg", "audio/mp4", "audio/x-m4a",
    "audio/aac", "audio/wav", "audio/x-wav", "audio/webm",
)  # fmt: skip


class Command(TypedDict):
    """A line of the list that `/` offers; `role` is the lowest role that may say it."""

    command: str
    word: str
    description: str
    role: str


class ClockBar(Protocol):
    """A rehearsal's clock as its page controls it. `state`: {now, speed, paused, next: {at, label: {locale: …}} or
    None}. `begin` starts the clock with the first page. Where newcomers are `led`, `tour` says through what."""

    led: bool

    def begin(self) -> None: ...
    def state(self) -> dict[str, Any]: ...
    def tour(self) -> dict[str, Any] | None: ...
    def pause(self) -> None: ...
    def play(self, speed: float | None = None) -> None: ...
    async def next_step(self) -> None: ...
    async def until(self, kind: str) -> None: ...


class Api:
    """The routes under /chat. A cookie says who somebody is; with `anyone` the page does."""

    def __init__(
        self,
        chat: WebChat,
        entry: Entry,
        *,
        rehearsal: ClockBar | None,
        anyone: bool,
        timezone: str,
        commands: Callable[[str], Sequence[Command]],
        on_language: Callable[[str], Awaitable[None]] | None,
        stopping: Callable[[], bool],
        turnstile: Turnstile,
    ) -> None:
        self.turnstile = turnstile
        self.chat = chat
        self.entry = entry
        self.rehearsal = rehearsal
        self.anyone = anyone
        self.timezone = timezone
        self.commands = commands
        self.on_language = on_language
        self.stopping = stopping
        self.epoch = uuid4().hex[:12]

    # what the page asks

    async def state(self, request: Request) -> Response:
        only = None if self.anyone else need(await self.entry.viewer(request))
        today = self.chat.clock().date()
        since = await self.chat.wait(-1, 0)

        def ask(session: Session) -> list[dict[str, Any]]:
            rows = directory.people(session, today, only) + directory.groups(session, only)
            lasts = directory.lasts(session, (row["chat"] for row in rows))
            return [{**row, "last": lasts.get(row["chat"])} for row in rows]

        return JSONResponse(
            {
                "epoch": self.epoch,
                "since": since,
                "mode": "demo" if self.anyone else "run",
                "me": only.account if only else None,
                "locale": locale_of(request),
                "timezone": self.timezone,
                "chats": await self.chat.read(ask),
                "commands": list(self.commands(locale_of(request))),
                "clock": self.rehearsal.state() if self.rehearsal else None,
                "tour": self.rehearsal.tour() if self.rehearsal else None,
            }
        )

    async def messages(self, request: Request) -> Response:
        chat, before = request.query_params.get("chat", ""), request.query_params.get("before", "")
        if chat not in await self._chats(request):
            raise Fault(404, "no_chat")
        found = await self.chat.messages(chat, limit=100, before=number(before) if before else None)
        shaped = await self.chat.read(lambda session: directory.shapes(session, found))
        return JSONResponse({"messages": shaped, "more": len(found) == 100})

    async def search(self, request: Request) -> Response:
        wanted = " ".join(clean(request.query_params.get("q", "")).split())[:LONGEST_SEARCH]
        if not wanted:
            raise Fault(400, "not_understood")
        chats = await self._chats(request)
        found = await self.chat.read(lambda session: directory.search(session, chats, wanted))
        named = await self.chat.read(lambda session: directory.sounding(session, chats, wanted))
        return JSONResponse({"messages": found, "chats": named})

    async def events(self, request: Request) -> Response:
        """Hold a poll until something changed in a chat that the viewer sees, or for a while: any proxy understands a
        poll, it costs nothing to resume, and it lets the server stop at once."""
        since, chats = number(request.query_params.get("since", "")), await self._chats(request)
        if request.query_params.get("epoch") != self.epoch:
            return JSONResponse({"reset": True})
        latest = await self.chat.wait(since, 0 if self.stopping() else POLL, self.stopping)
        found, since = await self.chat.changes(since) if latest > since else ([], since)
        mine = [m for m in found if m.chat in chats]
        shaped = await self.chat.read(lambda session: directory.shapes(session, mine)) if mine else []
        clock = self.rehearsal.state() if self.rehearsal else None
        return JSONResponse({"since": since, "messages": shaped, "clock": clock})

    async def file(self, request: Request) -> Response:
        digest = request.path_params["digest"]
        chats = await self._chats(request)

        def ask(session: Session) -> tuple[dict[str, Any], bytes] | None:
            seen = [file for chat, file in directory.carrying(session, digest).items() if chat in chats]
            data = blobs.find(session, digest) if seen else None
            return (seen[0], data) if data is not None else None

        found = await self.chat.read(ask)
        if found is None:
            raise Fault(404, "no_file")
        mime = found[0]["mime"] if found[0]["mime"] in SHOWN else "application/octet-stream"
        return _part(request, found[1], mime)

    async def picture(self, request: Request) -> Response:
        """Draw a picture that stands in one of the viewer's chats."""
        digest, chats = request.path_params["digest"], await self._chats(request)
        found = await self.chat.read(lambda session: directory.drawn_in(session, digest, chats))
        png = await self.chat.draw(found) if found else None
        if png is None:
            raise Fault(404, "no_file")
        return Response(png, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})

    # what people do

    async def say(self, request: Request) -> Response:
        told = await fields(request, "chat", "text")
        who = await self._actor(request, told, told["chat"])
        text = told["text"].strip()
        if not text:
            raise Fault(400, "nothing_said")
        if len(text) > TEXT_LIMIT:
            raise Fault(400, "too_long")
        said = await self.chat.say(who.account, told["chat"], text)
        return JSONResponse({"message": directory.shape(said, who.person.name)})

    async def tap(self, request: Request) -> Response:
        told = await fields(request, "chat", "message", "data")
        who = await self._actor(request, told, told["chat"])
        answer = await self.chat.tap(who.account, told["chat"], told["message"], told["data"][:256])
        return JSONResponse({"toast": answer.text if answer else None, "alert": bool(answer and answer.alert)})

    async def upload(self, request: Request) -> Response:
        """Receive a file as the whole body; the query says who, where and its name."""
        told = {name: clean(value) for name, value in request.query_params.items()}
        who = await self._actor(request, told, told.get("chat", ""))
        with self.turnstile.through(who.account):
            return await self._upload(request, told, who)

    async def _upload(self, request: Request, told: dict[str, str], who: Viewer) -> Response:
        data = await request.body()
        if not data:
            raise Fault(400, "empty_file")
        mime = request.headers.get("content-type", "").split(";")[0].strip().lower()
        mime = mime if re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,80}", mime, re.ASCII) else "application/octet-stream"
        caption = told.get("caption", "").strip()
        if len(caption) > LONGEST_REMARK:
            raise Fault(400, "too_long")
        said = await self.chat.upload(who.account, told["chat"], told.get("name", ""), mime, data, caption)
        return JSONResponse({"message": directory.shape(said, who.person.name)})

    async def place(self, request: Request) -> Response:
        """Receive a person's place as the browser tells it, in degrees and metres."""
        told = await fields(request, "chat", "latitude", "longitude", "accuracy")
        who = await self._actor(request, told, told["chat"])
        numbers = [told[name] for name in ("latitude", "longitude", "accuracy")]
        if not all(re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", it, re.ASCII) for it in numbers):
            raise Fault(400, "not_understood")
        try:
            said = await self.chat.share(who.account, told["chat"], Location(*map(float, numbers)))
        except Refusal:
            raise Fault(400, "not_understood") from None
        return JSONResponse({"message": directory.shape(said, who.person.name)})

    async def language(self, request: Request) -> Response:
        locale = (await fields(request, "locale"))["locale"]
        if locale not in LOCALES:
            raise Fault(400, "not_understood")
        if self.on_language:
            await self.on_language(locale)
        response = JSONResponse({})
        response.set_cookie(LANGUAGE_COOKIE, locale, max_age=365 * 24 * 3600, httponly=True, samesite="strict")
        return response

    async def clock(self, request: Request) -> Response:
        """Read a rehearsal's clock, pause it, run it, or go to a step."""
        bar = self.rehearsal
        if bar is None or not (self.anyone or await self.entry.viewer(request)):
            raise Fault(401, "not_entered")
        if request.method == "POST":
            told = await fields(request, "action")
            await _drive(bar, told["action"], told)
        return JSONResponse(bar.state())

    # within

    async def _chats(self, request: Request) -> frozenset[str]:
        if self.anyone:
            return await self.chat.read(directory.everybody)
        return need(await self.entry.viewer(request)).chats

    async def _actor(self, request: Request, told: dict[str, str], chat: str) -> Viewer:
        """Return who acts, if that person may see the chat. The page is believed only where it can be anybody."""
        today, name = self.chat.clock().date(), told.get("account", "")
        if self.anyone:
            found = await self.chat.read(lambda session: directory.viewer(session, name, today))
        else:
            found = need(await self.entry.viewer(request))
        if found is None or chat not in found.chats:
            raise Fault(404, "no_chat")
        return found


async def _drive(bar: ClockBar, action: str, told: dict[str, str]) -> None:
    if action == "pause":
        bar.pause()
    elif action == "play":
        bar.play()
    elif action == "speed" and told.get("speed") in SPEEDS:
        bar.play(float(told["speed"]))
    elif action == "next":
        await bar.next_step()
    elif action == "until" and told.get("kind") in set(StepKind):
        await bar.until(told["kind"])
    else:
        raise Fault(400, "not_understood")


def _part(request: Request, data: bytes, mime: str) -> Response:
    """Return a file, or the requested part of it: some browsers play sound in no other way (RFC 9110, 14). It is always
    an attachment; pictures and sound keep their type, everything else is sent as bytes."""
    headers = {"Content-Disposition": "attachment", "Accept-Ranges": "bytes"}
    asked = re.fullmatch(r"bytes=([0-9]{1,9})-([0-9]{0,9})", request.headers.get("range", ""), re.ASCII)
    first = int(asked[1]) if asked else 0
    if asked is None or first >= len(data):
        return Response(data, media_type=mime, headers=headers)
    last = min(int(asked[2] or len(data) - 1), len(data) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, headers, mime)
