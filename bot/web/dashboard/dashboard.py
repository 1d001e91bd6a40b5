"""Serve the dashboard: show its pages, and hand what is pressed or typed on them to the desk as if it came from the
chat."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.base import ReadFile, untouched
from bot.channels.package import Door, Handing
from bot.desk import Desk
from bot.web.dashboard import answering, filling
from bot.web.dashboard.answering import Answering
from bot.web.dashboard.doors import Doors
from bot.web.dashboard.downloads import OPAQUE, Downloads, attached
from bot.web.dashboard.files import Files
from bot.web.dashboard.filling import Filling
from bot.web.dashboard.previews import previews
from bot.web.dashboard.renewals import Renewals
from bot.web.dashboard.visits import Asker, Visit, Visits, bearer
from bot.web.dashboard.ways import Handed, Returned
from bot.web.pages import Fault, Pages, locale_of
from bot.workers import documents as drawing
from handlers.core.incoming import Incoming
from handlers.core.locales import translations
from handlers.core.rendering import Renderer
from handlers.dashboard import answers, forms, looks, pages
from handlers.dashboard.all_pages import BY_NAME, menu
from handlers.dashboard.pages import EVERY, ROOT, Machine, Page, Query, Seen, View
from handlers.exports import papers
from handlers.exports.papers import Wanted
from models.core.audit import note
from models.core.database import Database
from models.core.errors import Refusal
from models.documents.paper import ENDINGS
from models.messaging.dashboard_keys import Kind
from models.spreadsheets import writer

STATUS = {
    "signed_out": 401, "no_token": 401, "link_spent": 404, "too_fast": 429, "not_from_here": 403, "not_for_you": 403,
    "read_only": 403, "not_proven": 403, "proof_old": 403, "not_enrolled": 403, "not_member": 403,
    "file_expired": 410, "platform_away": 503, "platform_refused": 503, "token_exists": 409, "too_many_tokens": 409,
}  # fmt: skip
HEADERS = {"Referrer-Policy": "same-origin"}  # else browsers hide where our own forms come from


class Dashboard:
    """The routes under /dashboard. `public_url` is the program's address from outside, "" if it has none; `ways` are
    the channels' own ways in."""

    def __init__(
        self, desk: Desk, database: Database, clock: Callable[[], datetime], public_url: str = "", *,
        ways: Mapping[str, Door] | None = None, most: int = 8, read: ReadFile = untouched,
        machine: Callable[[], Machine] | None = None,
    ) -> None:  # fmt: skip
        self._desk, self._clock, self._ways = desk, clock, ways or {}
        self.machine = machine
        self.visits = Visits(desk, database, clock, public_url)
        self.doors = Doors(self.visits)
        self._downloads = Downloads(self.visits)
        self._pages = Pages(translations)
        self._files = Files(desk, most, read)
        self._renewals = Renewals()
        self._drawing = asyncio.Semaphore(2)
        self._filling = Filling(desk, self.visits, self._files)
        self._answering = Answering(desk, self.visits)

    def routes(self) -> list[Route]:
        return [
            Route("/dashboard", _to_root),
            Route(ROOT + "in/{token}", _guarded(self.doors.enter), methods=["GET", "POST"]),
            Route(ROOT + "token/{token}", _guarded(self.doors.token), methods=["GET", "POST"]),
            *self._ways_in(),
            Route(ROOT + "export/{token}", _guarded(self._downloads.link), methods=["GET", "POST"]),
            Route(ROOT + "kept/{job:int}", _guarded(self._downloads.kept)),
            Route(ROOT + "message/{card:int}", _guarded(self._downloads.message)),
            Route(ROOT + "act", _guarded(self._act), methods=["POST"]),
            Route(ROOT + "act", _to_root),
            Route(ROOT + "file", _guarded(self._file), methods=["POST"]),
            Route(ROOT + "file", _to_root),
            Route(filling.PATH, _guarded(self._filling.show)),
            Route(filling.PATH, _guarded(self._filling.take), methods=["POST"]),
            Route(filling.PATH + "/file", _guarded(self._filling.file)),
            Route(answering.PATH, _guarded(self._answering.show)),
            Route(answering.PATH, _guarded(self._answering.take), methods=["POST"]),
            Route(ROOT + "leave", _guarded(self.doors.leave), methods=["POST"]),
            Route(ROOT + "{page:path}", _guarded(self._show)),
        ]

    def _ways_in(self) -> Iterator[Route]:
        """Yield the routes of the channels that can say who looks."""
        for channel, door in self._ways.items():
            path = ROOT + channel
            if isinstance(door, Handing):
                handed = Handed(channel, door, self.visits, self.doors)
                yield Route(path, _guarded(handed.serve), methods=["GET", "POST"])
            else:
                returned = Returned(channel, door, self.visits, self.doors)
                yield Route(path, _guarded(returned.begin))
                yield Route(f"{path}/back", _guarded(returned.back))

    async def _show(self, request: Request) -> Response:
        """Show a page as HTML, JSON or a table; 204 if nothing changed since `seen`."""
        asker, page = await self.visits.asker(request), _page(request.path_params["page"])
        query = Query.of(request.query_params.items())
        kind = query.text("as") or _accepted(request)
        if kind == "html":  # a page that is opened will ask, too
            seen = Seen.of(query.text("seen"))
            self._renewals.asked(seen.every if seen else EVERY)
        found = await self._gathered(page, asker, query)
        if found is None:
            return Response(status_code=204)
        view, it = found
        if kind == "json" or (kind not in ("csv", "file") and asker.kind == Kind.TOKEN):
            about = {"organisation": view.organisation, "reader": view.reader.name, "now": view.now.isoformat()}
            return JSONResponse(about | page.data(view, it))
        if kind == "csv":
            out = io.BytesIO()
            writer.write_csv(page.rows(view, it), out)
            return Response(out.getvalue(), media_type="text/csv; charset=utf-8")
        if kind in ENDINGS and page.paper and (wanted := page.paper(view, it, "word" if kind == "word" else "pdf")):
            return await self._paper(view, wanted)
        if kind == "file" and page.file:
            name, data = page.file(view, it)
            return Response(data, media_type=OPAQUE, headers=attached(name))
        with self._renewals.measured("drawn"):
            return _drawn(view, it, "live" if request.headers.get("hx-request") else "whole")

    async def _paper(self, view: View, wanted: Wanted) -> Response:
        """Draw the official report that a page stands for; few at once, because each takes a thread."""
        name, paper = await self.visits.read(
            lambda session: (
                papers.name_of(session, view.words, wanted),
                papers.paper(session, view.words, wanted, view.now, view.reader),
            )
        )
        async with self._drawing:
            data = await asyncio.to_thread(drawing.safely, paper, wanted.kind)
        by, about = view.reader.staff_no, f"{wanted.first}..{wanted.last}"
        await self._desk.run(lambda session, now: note(session, now, by, "export", about), wake=False)
        return Response(data, media_type=OPAQUE, headers=attached(name))

    async def _gathered(self, page: Page, asker: Asker, query: Query) -> tuple[View, Any] | None:
        """Return a page, or None if nothing changed since `seen` or its turn has not come. A look that has to be in the
        audit is noted first."""
        seen = Seen.of(query.text("seen"))

        def gather(session: Session, now: datetime) -> tuple[View, Any] | None:
            visit = self.visits.visit(session, asker)
            if seen and (not self._renewals.due(seen.made) or (not page.ticking and seen.current(session, now))):
                return None
            if seen:
                self._renewals.began()
            with self._renewals.measured("gathered"):
                return self._view(session, now, page, visit, query)

        found = await self.visits.read(lambda session: gather(session, self._clock()))
        if found and (look := found[0].look):
            by = found[0].reader.staff_no
            await self._desk.run(lambda session, now: looks.note(session, by, look, now), wake=False)
        return found

    def _view(self, session: Session, now: datetime, page: Page, visit: Visit, query: Query) -> tuple[View, Any]:
        context = self._desk.context(session, now)
        view = pages.view(context, page, visit.person, query)
        view.csrf, view.made, view.every = visit.csrf, self._renewals.second, self._renewals.every
        view.stays = round(self._renewals.wait / 60)
        view.machine = self.machine
        view.waits = answers.waits(context, visit.person)
        it = page.gather(context, view)
        if view.look and looks.noted(session, view.reader.staff_no, view.look, now):
            view.look = None
        return view, it

    async def _act(self, request: Request) -> Response:
        """Hand a button (`do`) or words (`say`) to the desk as if they came from the chat, and show the page named by
        the form as it stands then, with what the chat answers."""
        visit, told = await self.visits.pressed(request)
        page, query = _named(told.get("page", ""))
        before = await self._standing(visit)
        incoming = self._incoming(visit, told)
        answer = (await self._desk.take([incoming]))[0] if incoming else None
        said = (answer.text, answer.alert) if answer else ("", False)
        part = "board" if request.headers.get("hx-request") else "whole"
        return _drawn(*await self._answered(visit, page, query, before, said), part)

    async def _file(self, request: Request) -> Response:
        """Hand a file to the desk as if it came from the chat, and show the page with what the chat answers."""
        visit = await self.visits.sender(request)
        try:
            with self._files.room_for(visit):
                return await self._handed(visit, *await self.visits.given(request, visit))
        except Fault as fault:  # before the body was read, so no page is named
            words = self._desk.defaults.words_for(visit.person)
            said = self._pages.fault(words.locale, fault.key)
            return HTMLResponse(words.page("dashboard/shut", said=said), fault.status)

    async def _handed(self, visit: Visit, told: dict[str, str], file: tuple[str, bytes]) -> Response:
        page, query = _named(told.get("page", ""))
        before, said = await self._standing(visit), ""
        try:
            await self._files.take(visit, *file, self._clock())
        except Fault as fault:
            said = self._pages.fault(self._desk.defaults.words_for(visit.person).locale, fault.key)
        return _drawn(*await self._answered(visit, page, query, before, (said, bool(said))), "whole")

    async def _standing(self, visit: Visit) -> dict[int, int | None]:
        return await self.visits.read(lambda session: answers.standing(session, visit.address))

    async def _answered(
        self, visit: Visit, page: Page, query: Query, before: dict[int, int | None], said: tuple[str, bool]
    ) -> tuple[View, Any]:
        """Return a page as it stands now, with what the chat answers since `before`."""
        found = await self._gathered(page, Asker(visit.token, Kind.SESSION), query)
        if found is None:
            raise Refusal("dashboard.unknown")
        view, it = found
        told = await self.visits.read(lambda session: answers.since(session, visit.address, before))
        view.cards, view.heard = list(told), list(told.values())
        view.slips = await self.visits.read(lambda session: answers.slips(session, view.heard))
        view.said, view.bad = said
        return view, it

    def _incoming(self, visit: Visit, told: dict[str, str]) -> Incoming | None:
        """Return what was done on the page; None for an empty field."""
        data, text = told.get("do"), (forms.words(told) or told.get("say", "")).strip()
        if not data and not text:
            return None
        return visit.incoming(self._clock(), data=data or None, text=None if data else text)


def _drawn(view: View, it: Any, part: str) -> Response:
    """Return the `whole` page, its `board` with what the chat answers, or what is `live` in it."""
    template = f"dashboard/{view.page.template}"
    shown = {"view": view, "page": it, "part": part, "menu": menu(view.role)}
    return HTMLResponse(view.words.page(template, **shown, as_html=answers.as_html, previews=previews))


def _page(name: str) -> Page:
    page = BY_NAME.get(name)
    if page is None:
        raise Refusal("dashboard.unknown")
    return page


def _named(address: str) -> tuple[Page, Query]:
    """Return the page of an address that a form of ours carries."""
    path, _, query = (address or ROOT).partition("?")
    if not path.startswith(ROOT):
        raise Refusal("dashboard.unknown")
    return _page(path.removeprefix(ROOT)), Query.of(parse_qsl(query))


def _guarded(serve: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Turn every refusal into a page in the reader's language, or into JSON for programs."""

    async def answer(request: Request) -> Response:
        try:
            response = await serve(request)
        except Refusal as refusal:
            response = _refused(request, refusal)
        response.headers.update(HEADERS)
        return response

    return answer


def _refused(request: Request, refusal: Refusal) -> Response:
    program = bearer(request) is not None
    if request.headers.get("hx-request") and not program:  # an open page: asked for as a whole it says what is wrong
        if refusal.key == "dashboard.too_fast":
            return Response(status_code=204)
        return Response(status_code=200, headers={"HX-Refresh": "true"})
    asker: Asker | None = getattr(request.state, "asker", None)
    words = asker.words if asker and asker.words else Renderer(locale_of(request))
    status, said = STATUS.get(refusal.key.rpartition(".")[2], 404), words.refusal(refusal)
    if _accepted(request) != "html" or program:
        return Response(json.dumps({"error": said}, ensure_ascii=False), status, media_type="application/json")
    return HTMLResponse(words.page("dashboard/shut", said=said), status)


async def _to_root(request: Request) -> Response:
    return RedirectResponse(ROOT, 303)


def _accepted(request: Request) -> str:
    """Return the first of the kinds we have that the caller accepts."""
    for kind in request.headers.get("accept", "").split(","):
        name = kind.partition(";")[0].strip().lower()
        if name in ("text/html", "application/json", "text/csv"):
            return name.rpartition("/")[2]
    return "html"
