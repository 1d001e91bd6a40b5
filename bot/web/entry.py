"""Let a person enter the browser chat with an enrolment code, and keep them by a cookie."""

import asyncio
import hashlib
import re
import secrets
import time
from urllib.parse import parse_qs

from sqlmodel import Session
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.channels.webchat.channel import WebChat
from bot.strangers import CODES_A_SECOND, Bucket
from bot.web.directory import Viewer, preview, viewer
from bot.web.pages import Fault, Pages, locale_of
from models.channels import code_attempts
from models.messaging import enrolment
from models.messaging.addresses import who

COOKIE = "zeroreport"
YEAR = 365 * 24 * 3600
LOOKS_AT_ONCE = 200.0  # codes; more wait in line, as many a second as the desk handles
PATIENCE = 3.0  # seconds to wait for the bot's own words about a wrong code


def account_of(token: str) -> str:
    return "w" + hashlib.sha256(token.encode()).hexdigest()[:24]


def account(request: HTTPConnection) -> str | None:
    token = request.cookies.get(COOKIE)
    return account_of(token) if token else None


class Entry:
    """The page with one field, and what it posts to."""

    def __init__(self, chat: WebChat, pages: Pages) -> None:
        self.chat = chat
        self.pages = pages
        self._looks = Bucket(CODES_A_SECOND, LOOKS_AT_ONCE, time.monotonic())

    async def viewer(self, request: HTTPConnection) -> Viewer | None:
        mine = account(request)
        if mine is None:
            return None
        return await self.chat.read(lambda session: viewer(session, mine, self.chat.clock().date()))

    def page(self, request: Request, problem: str | None = None, status: int = 200) -> HTMLResponse:
        locale = locale_of(request)
        return HTMLResponse(self.pages.render("enter.html", locale, problem=problem), status)

    async def enter(self, request: Request) -> Response:
        """Hand `/start CODE` to the desk. A right code enters under a token made at this moment: whoever planted a
        cookie in this browser before, or read it, has nothing. Wrong codes are counted under the token that the browser
        keeps, so that five of them lock it. Whoever drops that token to go on guessing meets the limits of all
        strangers at the desk and waits for each answer; what others send here never keeps a right code out."""
        typed = parse_qs((await request.body()).decode(errors="replace")).get("code", [""])[0]
        code = re.sub(r"[^0-9A-Z]", "", typed.upper().removeprefix("/START"))[:32]
        if not code:
            return self._refuse(request, 400, "no_code")
        while not self._looks.take(time.monotonic()):
            await asyncio.sleep(0.05)  # lets others have their turn
        kept, fresh = request.cookies.get(COOKIE), secrets.token_urlsafe(32)
        if await self.chat.read(lambda session: self._opens(session, kept, code)):
            await self.chat.enter(account_of(fresh), code)
            if await self.chat.read(lambda session: who(session, "web", account_of(fresh))):
                if kept:
                    await self.chat.retire(account_of(kept))
                return _keep(request, RedirectResponse("/", 303), fresh)
        token = kept or fresh
        mine = account_of(token)
        before = await self._last(mine)
        await self.chat.enter(mine, code)
        if await self.chat.read(lambda session: who(session, "web", mine)):
            return RedirectResponse("/", 303)  # already in, by another code or the same one twice
        problem = await self._reply(mine, before) or self.pages.fault(locale_of(request), "wrong_code")
        response = self.page(request, problem, 400)
        return response if kept else _keep(request, response, token)

    def _opens(self, session: Session, kept: str | None, code: str) -> bool:
        """Say whether this code lets somebody in, and this browser has not sent too many wrong ones."""
        now = self.chat.clock()
        if kept and code_attempts.locked_out(session, "web", account_of(kept), now):
            return False
        return enrolment.open_invite(session, code, now) is not None

    async def leave(self, request: Request) -> Response:
        """Forget this browser. Nobody holds the token any more, so the address is retired, because it can no longer be
        reached."""
        mine = account(request)
        if mine is not None:
            await self.chat.retire(mine)
        response = JSONResponse({})
        response.delete_cookie(COOKIE, path="/", secure=_safe(request), httponly=True, samesite="strict")
        return response

    def _refuse(self, request: Request, status: int, key: str) -> Response:
        return self.page(request, self.pages.fault(locale_of(request), key), status)

    async def _last(self, chat: str) -> int:
        found = await self.chat.messages(chat, limit=1)
        return found[-1].id if found else 0

    async def _reply(self, chat: str, before: int) -> str | None:
        """Return what the bot said to the code, which delivery shows a moment after the commit."""
        deadline, change = time.monotonic() + PATIENCE, -1
        while time.monotonic() < deadline:
            change = await self.chat.wait(change, deadline - time.monotonic())
            found = await self.chat.messages(chat, limit=1)
            if found and found[-1].id > before:
                return preview(found[-1], 400)
        return None


def _safe(request: Request) -> bool:
    """Say whether the browser came over TLS, so that the cookie is for TLS only. On this machine itself it
    need not be."""
    return request.url.scheme == "https"


def _keep(request: Request, response: Response, token: str) -> Response:
    response.set_cookie(COOKIE, token, max_age=YEAR, path="/", secure=_safe(request), httponly=True, samesite="strict")
    return response


def need(found: Viewer | None) -> Viewer:
    if found is None:
        raise Fault(401, "not_entered")
    return found
