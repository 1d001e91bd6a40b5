"""How a person enters the browser chat: with their enrolment code, and is kept by a cookie."""

import hashlib
import re
import secrets
import time
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.channels.webchat import WebChat
from bot.web.directory import Viewer, preview, viewer
from bot.web.pages import Fault, Pages, locale_of
from models.addresses import who

COOKIE = "zeroreport"
YEAR = 365 * 24 * 3600
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

    async def viewer(self, request: HTTPConnection) -> Viewer | None:
        mine = account(request)
        if mine is None:
            return None
        return await self.chat.read(lambda session: viewer(session, mine, self.chat.clock().date()))

    def page(self, request: Request, problem: str | None = None, status: int = 200) -> HTMLResponse:
        locale = locale_of(request)
        return HTMLResponse(self.pages.render("enter.html", locale, problem=problem), status)

    async def enter(self, request: Request) -> Response:
        """Hands `/start CODE` to the desk. The token stays the same however often the code is wrong, so that five
        wrong ones lock this account. Who drops it to go on guessing meets the bounds of all strangers at the desk, and
        waits for each answer; what others send here never keeps a right code out."""
        typed = parse_qs((await request.body()).decode(errors="replace")).get("code", [""])[0]
        code = re.sub(r"[^0-9A-Z]", "", typed.upper().removeprefix("/START"))[:32]
        if not code:
            return self._refuse(request, 400, "no_code")
        token = request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
        mine = account_of(token)
        before = await self._last(mine)
        await self.chat.enter(mine, code)
        response: Response
        if await self.chat.read(lambda session: who(session, "web", mine)):
            response = RedirectResponse("/", 303)
        else:
            problem = await self._reply(mine, before) or self.pages.fault(locale_of(request), "wrong_code")
            response = self.page(request, problem, 400)
        response.set_cookie(COOKIE, token, max_age=YEAR, path="/", httponly=True, samesite="strict")
        return response

    async def leave(self, request: Request) -> Response:
        """Forgets this browser. Nobody holds the token any more, so the address is retired: it would be a lie to
        call it reachable."""
        mine = account(request)
        if mine is not None:
            await self.chat.retire(mine)
        response = JSONResponse({})
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    def _refuse(self, request: Request, status: int, key: str) -> Response:
        return self.page(request, self.pages.fault(locale_of(request), key), status)

    async def _last(self, chat: str) -> int:
        found = await self.chat.messages(chat, limit=1)
        return found[-1].id if found else 0

    async def _reply(self, chat: str, before: int) -> str | None:
        """What the bot said to the code; it comes by way of delivery, a moment after the commit."""
        deadline, change = time.monotonic() + PATIENCE, -1
        while time.monotonic() < deadline:
            change = await self.chat.wait(change, deadline - time.monotonic())
            found = await self.chat.messages(chat, limit=1)
            if found and found[-1].id > before:
                return preview(found[-1], 400)
        return None


def need(found: Viewer | None) -> Viewer:
    if found is None:
        raise Fault(401, "not_entered")
    return found
