"""Compose the web application: the chat page, its API, health."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from gettext import NullTranslations
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.bounds import Bounds
from bot.channels.webchat.channel import NotRecorded, OverQuota, WebChat
from bot.web.api import Api, Command, DemoClock
from bot.web.entry import Entry
from bot.web.guard import Guard, refusal
from bot.web.pages import Fault, Pages, chosen_language, locale_of
from bot.web.reading import fields
from bot.web.turnstile import Turnstile
from models.core.database import away

__all__ = ["Command", "DemoClock", "make_app"]
STATIC = Path(__file__).parent / "static"

Answering = Callable[[Request], Awaitable[Response]]


class _Static(StaticFiles):
    """The page's own files, requested again after every update of the program."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def make_app(
    chat: WebChat,
    *,
    port: int,
    translations: Callable[[str], NullTranslations],
    problems: Callable[[], Sequence[str]],
    timezone: str = "Asia/Shanghai",
    commands: Callable[[str], Sequence[Command]] = lambda _: (),
    demo: DemoClock | None = None,
    on_language: Callable[[str], Awaitable[None]] | None = None,
    stopping: Callable[[], bool] = lambda: False,
    outside: Sequence[Route] = (),
    bounds: Bounds | None = None,
) -> Starlette:
    """Build the web application. With `demo` nobody logs in and the page can be anybody; `stopping` tells held polls
    that the server is about to end; `problems` says what is wrong with the program, one word each; `outside` are routes
    that are called from elsewhere, under any host name."""
    pages = Pages(translations)
    entry = Entry(chat, pages)
    bounds = bounds or Bounds()
    api = Api(
        chat, entry, demo=demo, timezone=timezone, commands=commands, on_language=on_language, stopping=stopping,
        turnstile=Turnstile(bounds.uploads),
    )  # fmt: skip
    doors = [Route("/demo/clock", _clock(demo), methods=["GET", "POST"])] if demo else _entrance(entry)
    guard = Middleware(Guard, port=port, pages=pages, outside=_open_paths(outside), most_lines=bounds.head_lines)
    return Starlette(
        routes=[*_routes(api, _page(pages, entry, demo, on_language), _health(problems)), *outside, *doors],
        middleware=[guard],
        exception_handlers=_handlers(pages),
    )


def _page(
    pages: Pages, entry: Entry, demo: DemoClock | None, on_language: Callable[[str], Awaitable[None]] | None
) -> Answering:
    """Return the handler of the page itself, which outside the demo asks a newcomer for a code."""

    async def page(request: Request) -> Response:
        if demo is None and await entry.viewer(request) is None:
            return entry.page(request)
        if on_language and not chosen_language(request):  # a newcomer to the demo gets the browser's language
            await on_language(locale_of(request))
        return HTMLResponse(pages.render("chat.html", locale_of(request), demo=demo is not None))

    return page


def _health(problems: Callable[[], Sequence[str]]) -> Answering:
    """Return the handler that says what is wrong with the program."""

    async def healthz(request: Request) -> Response:
        if found := await asyncio.to_thread(problems):
            return PlainTextResponse(" ".join(["not well:", *found]), 503)
        return PlainTextResponse("ok")

    return healthz


def _entrance(entry: Entry) -> list[Route]:
    return [Route("/enter", entry.enter, methods=["POST"]), Route("/leave", entry.leave, methods=["POST"])]


def _routes(api: Api, page: Answering, healthz: Answering) -> list[BaseRoute]:
    return [
        Route("/", page),
        Route("/healthz", healthz),
        Route("/language", api.language, methods=["POST"]),
        Route("/chat/state", api.state),
        Route("/chat/messages", api.messages),
        Route("/chat/events", api.events),
        Route("/chat/say", api.say, methods=["POST"]),
        Route("/chat/tap", api.tap, methods=["POST"]),
        Route("/chat/file", api.upload, methods=["POST"]),
        Route("/chat/place", api.place, methods=["POST"]),
        Route("/chat/file/{digest}/{name:path}", api.file),
        Mount("/static", _Static(directory=STATIC)),
    ]


def _open_paths(outside: Sequence[Route]) -> list[str]:
    """Return how the paths that are called from outside begin, and those of the files that their pages need."""
    return [route.path.partition("{")[0] for route in outside] + ["/static/"] * bool(outside)


def _clock(demo: DemoClock) -> Answering:
    """Return the handler for the demo's clock: read it, pause it, run it, or go to the next step."""

    async def clock(request: Request) -> Response:
        if request.method == "POST":
            told = await fields(request, "action")
            await _drive(demo, told["action"], told.get("speed", "60"))
        return JSONResponse(demo.state())

    return clock


async def _drive(demo: DemoClock, action: str, speed: str) -> None:
    if action == "pause":
        demo.pause()
    elif action in ("play", "speed") and speed in ("60", "600"):
        demo.play(int(speed))
    elif action == "next":
        await demo.next_step()
    else:
        raise Fault(400, "not_understood")


def _handlers(pages: Pages) -> dict[object, Callable[[Request, Exception], Awaitable[Response]]]:
    """Return the handlers that turn every failure into a sentence, never a trace."""

    async def failed(request: Request, error: Exception) -> Response:
        if isinstance(error, ClientDisconnect):  # while it sent its body, so nobody reads this
            return Response(status_code=400)
        if isinstance(error, Fault):
            return refusal(pages, request, error.status, error.key)
        if isinstance(error, OverQuota):
            return refusal(pages, request, 429, f"{error.met}_met")
        if isinstance(error, NotRecorded):
            return refusal(pages, request, 503, "not_recorded")
        if isinstance(error, SQLAlchemyError):
            if away(error):
                return refusal(pages, request, 503, "away")
            raise error
        if isinstance(error, HTTPException):
            return refusal(pages, request, error.status_code, "no_page")
        return refusal(pages, request, 500, "broken")

    return {
        ClientDisconnect: failed,
        Fault: failed,
        NotRecorded: failed,
        OverQuota: failed,
        SQLAlchemyError: failed,
        HTTPException: failed,
        Exception: failed,
    }
