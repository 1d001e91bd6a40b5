"""Compose the web application: the chat page, its API, health."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from gettext import NullTranslations
from pathlib import Path
from urllib.parse import parse_qs

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.bounds import Bounds
from bot.channels.webchat.channel import NotRecorded, OverQuota, WebChat
from bot.web.api import Api, ClockBar, Command
from bot.web.dashboard.dashboard import Dashboard
from bot.web.directory import viewer
from bot.web.entry import Entry, account, need
from bot.web.guard import Guard, refusal
from bot.web.pages import Fault, Pages, chosen_language, locale_of
from bot.web.reading import whole
from bot.web.turnstile import Turnstile
from models.core.database import away
from models.messaging.addresses import who

__all__ = ["ClockBar", "Command", "make_app"]
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
    rehearsal: ClockBar | None = None,
    anyone: bool = False,
    on_language: Callable[[str], Awaitable[None]] | None = None,
    stopping: Callable[[], bool] = lambda: False,
    outside: Sequence[Route] = (),
    bounds: Bounds | None = None,
    dashboard: Dashboard | None = None,
) -> Starlette:
    """Build the web application. A `rehearsal` gives the page a bar with the clock; with `anyone` nobody logs in and
    the page can be anybody; `stopping` tells held polls that the server is about to end; `problems` says what is wrong
    with the program, one word each; `outside` are routes that are called from elsewhere, under any host name; so is
    the `dashboard` once the program has an address from outside."""
    pages = Pages(translations)
    entry = Entry(chat, pages)
    bounds = bounds or Bounds()
    api = Api(
        chat, entry, rehearsal=rehearsal, anyone=anyone, timezone=timezone, commands=commands, on_language=on_language,
        stopping=stopping, turnstile=Turnstile(bounds.uploads),
    )  # fmt: skip
    doors = [] if anyone else _entrance(entry)
    boards = [*dashboard.routes(), _to_dashboard(chat, entry, dashboard, anyone)] if dashboard else []
    bar = [Route("/clock", api.clock, methods=["GET", "POST"])] if rehearsal else []
    page = _page(pages, entry, rehearsal, anyone, on_language)
    opened = [
        *_open_paths(outside),
        *(["/dashboard/", "/static/"] if dashboard and dashboard.visits.public_url else []),
    ]
    guard = Middleware(Guard, port=port, pages=pages, outside=opened, most_lines=bounds.head_lines)
    return Starlette(
        routes=[*_routes(api, page, _health(problems)), _manifest(pages), *outside, *doors, *bar, *boards],
        middleware=[guard],
        exception_handlers=_handlers(pages),
    )


def _to_dashboard(chat: WebChat, entry: Entry, dashboard: Dashboard, anyone: bool) -> Route:
    """Return the route that signs in to the dashboard whoever one is in the browser chat."""

    async def open_it(request: Request) -> Response:
        form = parse_qs((await request.body()).decode(errors="replace"))
        mine = form.get("account", [""])[0][:64] if anyone else account(request) or ""
        found = await chat.read(lambda session: viewer(session, mine, chat.clock().date()))
        person = need(found).person
        address = await chat.read(lambda session: who(session, "web", mine))
        if address is None or address[0].id != person.id:
            raise Fault(401, "not_entered")
        report, survey = (whole(form.get(name, [""])[0]) for name in ("report", "survey"))
        return await dashboard.doors.open_for(request, address[1].id, report, survey)

    return Route("/chat/dashboard", open_it, methods=["POST"])


def _page(
    pages: Pages,
    entry: Entry,
    rehearsal: ClockBar | None,
    anyone: bool,
    on_language: Callable[[str], Awaitable[None]] | None,
) -> Answering:
    """Return the handler of the page itself, which asks a newcomer for a code where not anyone may be anybody."""

    async def page(request: Request) -> Response:
        if not anyone and await entry.viewer(request) is None:
            return entry.page(request)
        if on_language and not chosen_language(request):  # a newcomer to the demo gets the browser's language
            await on_language(locale_of(request))
        if rehearsal:
            rehearsal.begin()
        shown = {"anyone": anyone, "rehearsal": rehearsal is not None, "led": rehearsal is not None and rehearsal.led}
        return HTMLResponse(pages.render("chat.html", locale_of(request), **shown))

    return page


def _health(problems: Callable[[], Sequence[str]]) -> Answering:
    """Return the handler that says what is wrong with the program."""

    async def healthz(request: Request) -> Response:
        if found := await asyncio.to_thread(problems):
            return PlainTextResponse(" ".join(["not well:", *found]), 503)
        return PlainTextResponse("ok")

    return healthz


def _manifest(pages: Pages) -> Route:
    """Return the route of what a browser needs to install the page."""

    async def manifest(request: Request) -> Response:
        return Response(pages.render("manifest.json", locale_of(request)), media_type="application/manifest+json")

    return Route("/manifest.webmanifest", manifest)


def _entrance(entry: Entry) -> list[Route]:
    return [Route("/enter", entry.enter, methods=["POST"]), Route("/leave", entry.leave, methods=["POST"])]


def _routes(api: Api, page: Answering, healthz: Answering) -> list[BaseRoute]:
    return [
        Route("/", page),
        Route("/healthz", healthz),
        Route("/language", api.language, methods=["POST"]),
        Route("/chat/state", api.state),
        Route("/chat/messages", api.messages),
        Route("/chat/search", api.search),
        Route("/chat/events", api.events),
        Route("/chat/say", api.say, methods=["POST"]),
        Route("/chat/tap", api.tap, methods=["POST"]),
        Route("/chat/file", api.upload, methods=["POST"]),
        Route("/chat/place", api.place, methods=["POST"]),
        Route("/chat/file/{digest}/{name:path}", api.file),
        Route("/chat/picture/{digest}", api.picture),
        Mount("/static", _Static(directory=STATIC)),
    ]


def _open_paths(outside: Sequence[Route]) -> list[str]:
    """Return how the paths that are called from outside begin, and those of the files that their pages need."""
    return [route.path.partition("{")[0] for route in outside] + ["/static/"] * bool(outside)


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
            if error.status_code == 404 and "text/html" in request.headers.get("accept", ""):
                return HTMLResponse(pages.render("missing.html", locale_of(request)), 404)
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
