"""Serve the pages behind a survey's links, for people who have no account (docs/rules.md 32).

The link is all the proof there is: no page here reads a session of the chat or the dashboard, and none gives one. An
open link's pages tell browsers apart by a cookie of their own."""

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.desk import Desk
from bot.web.dashboard import multipart
from bot.web.dashboard.answering import shown
from bot.web.dashboard.filling import MOST_PARTS
from bot.web.dashboard.visits import LONGEST_FIELD, Visits
from bot.web.devices import Devices, csrf
from bot.web.link_limits import Limits
from bot.web.pages import LOCALES, browser_language
from bot.web.reading import clean, whole
from handlers.core.incoming import FilledPage
from handlers.core.rendering import Renderer
from handlers.dashboard import link_page
from handlers.dashboard.link_page import LinkPage, Outcome
from handlers.questions import by_link
from handlers.rounds.outside import PATH
from models.core.database import Database
from models.core.errors import Refusal
from models.rounds import links
from models.rounds.links import Found

LONGEST_SOUGHT = 100  # characters by which published answers are looked for
REMEMBERED = 20_000  # sendings that must not count twice, of surveys that keep nothing by which it could be told
HEADERS = {"Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}


class Links:
    """The pages. `public_url` is the program's address from outside, "" if it has none."""

    def __init__(self, desk: Desk, database: Database, clock: Callable[[], datetime], public_url: str = "") -> None:
        self._desk, self._clock = desk, clock
        self._visits = Visits(desk, database, clock, public_url)
        self._devices, self._limits = Devices(self._visits), Limits(desk, self._visits, clock)
        self._sent: dict[str, str] = {}  # by the mark of a browser or a page: what was sent, as `_whole` says it

    def route(self) -> Route:
        return Route(PATH + "{token}", self._serve, methods=["GET", "POST"])

    async def _serve(self, request: Request) -> Response:
        words = Renderer(_language(request), today=self._visits.day)
        try:
            response = await (self._take(request) if request.method == "POST" else self._show(request))
        except Refusal as refusal:
            response = _shut(request, words, refusal)
        await self._limits.tell()
        response.headers.update(HEADERS)
        return response

    async def _find(self, request: Request) -> str:
        """Return the token of a link that leads somewhere, before anything else is read. Raises `surveys.link_unknown`,
        `surveys.too_fast`."""
        token = request.path_params["token"]
        self._limits.look(request)
        if await self._visits.read(lambda session: links.find(session, token, self._visits.day)) is None:
            self._limits.wrong(request)
            raise Refusal("surveys.link_unknown")
        return str(token)

    async def _show(self, request: Request) -> Response:
        token = await self._find(request)
        device = self._devices.of(request) or secrets.token_urlsafe(18)
        change, done = bool(request.query_params.get("change")), bool(request.query_params.get("done"))
        page = await self._gathered(request, token, device, change=change, done=done)
        response = _drawn(page)
        if page.person is None and not self._devices.of(request):
            self._devices.name(request, response, device)
        return response

    async def _take(self, request: Request) -> Response:
        token = await self._find(request)
        try:
            self._visits.refuse_elsewhere(request)
        except Refusal:
            raise Refusal("surveys.not_from_here") from None
        body = await request.body()
        about = request.headers.get("content-type", "")
        told, sent = await asyncio.to_thread(lambda: read(multipart.parts(about, body, MOST_PARTS)))
        if not told:
            raise Refusal("surveys.not_understood")
        device = self._devices.of(request) or ""
        if sent.do == "ask":
            return await self._asked(request, token, told.get("words", ""), whole(told.get("about", "")))
        outcome, stopped = await self._handed(request, token, device, told, sent)
        done = outcome.done
        page = await self._gathered(request, token, device, sent=sent, refused=outcome.bad, nonce=told.get("nonce", ""))
        page.said, page.bad = outcome.said, outcome.bad
        page.stopped = page.stopped or stopped
        way = f"{PATH}{token}?lang={page.words.locale}" + ("&done=1" if page.several else "")
        response: Response
        if request.headers.get("accept", "").startswith("application/json"):
            response = JSONResponse(shown(page, sent, done=done, way=way))
        elif done or (sent.do == "drop" and not page.stopped):
            response = RedirectResponse(way, 303)
        else:
            response = _drawn(page, STATUS["too_fast"] if outcome.fast else 200)
        if done and page.person is None and not page.several:
            self._devices.remember(request, response, page.it.id)
        return response

    async def _asked(self, request: Request, token: str, typed: str, about: int) -> Response:
        """Hand a question to the desk, and show the page with it; what is refused stays in its field."""

        def ask(session: Session, now: datetime) -> None:
            found = links.find(session, token, self._desk.defaults.today(now))
            if found is None:
                raise Refusal("surveys.link_unknown")
            by_link.ask(self._desk.context(session, now), found, typed, about)

        try:
            await self._desk.run(ask)
        except Refusal as refusal:
            page = await self._gathered(request, token, "")
            if page.talk is None or refusal.key == "surveys.link_unknown":
                raise
            page.talk.refused, page.talk.typed, page.talk.about = page.words.refusal(refusal), typed, about
            return _drawn(page)
        return RedirectResponse(f"{PATH}{token}?lang={_language(request)}#ask", 303)

    async def _handed(
        self, request: Request, token: str, device: str, told: dict[str, str], sent: FilledPage
    ) -> tuple[Outcome, str]:  # fmt: skip
        """Hand it to the desk; return what came of it, and what keeps the survey from taking answers. What an open
        link's page only saves is not kept anywhere; one that comes too fast is shown again, with all that was typed:
        a market's phones share an address."""
        found = await self._visits.read(lambda session: links.find(session, token, self._visits.day))
        if found is None:
            raise Refusal("surveys.link_unknown")
        mark = sending = ""
        if found.person is None:
            if not device or told.get("csrf") != csrf(token, device):
                raise Refusal("surveys.no_cookie")
            if sent.do != "submit":
                return Outcome(), ""
            try:
                self._limits.answer(request, found)
            except Refusal as refusal:
                return Outcome(Renderer(_language(request)).refusal(refusal), bad=True, fast=True), ""
            mark = links.mark_of(found.round.id, told.get("nonce", "") if found.link.several else device)
            sending = _whole(found, told.get("nonce", ""), sent)
            if found.round.anonymous and (self._has_answered(request, found) or mark in self._sent):
                again = sending != "" and self._sent.get(mark) == sending
                said = Renderer(_language(request)).refusal(Refusal("surveys.device"))
                return Outcome(done=True) if again else Outcome(said, bad=True), ""
        words = Renderer(_language(request), found.round.timezone, today=self._visits.day)
        if found.round.anonymous:
            self._note(mark, sending)
        outcome = Outcome()
        stopped = ""
        try:
            outcome = await self._desk.run(lambda session, now: self._taken(session, now, token, sent, words, mark))
        except Refusal as refusal:
            if refusal.key == "surveys.full":
                self._limits.full(found)
            stopped = words.refusal(refusal)
        finally:
            if not outcome.done:
                self._sent.pop(mark, None)
        return outcome, stopped

    def _taken(
        self, session: Session, now: datetime, token: str, sent: FilledPage, words: Renderer, mark: str
    ) -> Outcome:  # fmt: skip
        found = links.find(session, token, self._desk.defaults.today(now))
        if found is None:
            raise Refusal("surveys.link_unknown")
        return link_page.take(self._desk.context(session, now), found, sent, words, mark)

    def _note(self, mark: str, sending: str) -> None:
        """Remember a sending of which the database keeps nothing."""
        if len(self._sent) >= REMEMBERED:
            del self._sent[next(iter(self._sent))]
        self._sent[mark] = sending

    async def _gathered(
        self, request: Request, token: str, device: str, *, sent: FilledPage | None = None, change: bool = False,
        done: bool = False, refused: bool = False, nonce: str = "",
    ) -> LinkPage:  # fmt: skip
        def gather(session: Session) -> LinkPage:
            found = links.find(session, token, self._visits.day)
            if found is None:
                raise Refusal("surveys.link_unknown")
            open_link = found.person is None
            answered = open_link and not refused and self._answered(session, request, found, device, done=done)
            context = self._desk.context(session, self._clock())
            page = link_page.gather(
                context, found, token, _language(request), sent=sent, change=change, answered=answered,
                sought=clean(request.query_params.get("faq", ""))[:LONGEST_SOUGHT],
            )  # fmt: skip
            page.csrf = csrf(token, device) if found.person is None else ""
            page.nonce = nonce or secrets.token_urlsafe(12)
            return page

        return await self._visits.read(gather)

    def _answered(self, session: Session, request: Request, found: Found, device: str, *, done: bool) -> bool:
        """Say whether this browser has answered an open link."""
        if found.link.several:
            return done
        if found.round.anonymous:
            return self._has_answered(request, found)
        return links.answered(session, found.round, links.mark_of(found.round.id, device))

    def _has_answered(self, request: Request, found: Found) -> bool:
        return not found.link.several and self._devices.answered(request, found.round.id)


def _whole(found: Found, nonce: str, sent: FilledPage) -> str:
    """Return what a sending is known by when it comes again, "" for a page that names itself nothing: a digest of the
    answers and of the page's own random words, which are kept nowhere, so that the digest tells no answer."""
    fields = sorted((name, list(values)) for name, values in sent.fields.items())
    return links.mark_of(found.round.id, json.dumps([nonce, fields])) if nonce else ""


def _language(request: Request) -> str:
    """Return the language chosen on the page, else the browser's."""
    chosen = request.query_params.get("lang", "")
    return chosen if chosen in LOCALES else browser_language(request)


def read(parts: Sequence[multipart.Part]) -> tuple[dict[str, str], FilledPage]:
    """Return what a page sent: its single fields, and the form."""
    told: dict[str, list[str]] = {}
    for it in parts:
        if it.filename is None:
            told.setdefault(it.name, []).append(clean(it.data.decode(errors="replace"))[:LONGEST_FIELD])
    first = {name: values[0] for name, values in told.items()}
    do = first.get("do", "save")
    page = FilledPage(
        0, do, "",
        {name.removeprefix("q."): values for name, values in told.items() if name.startswith("q.")},
        {name.removeprefix("was."): value for name, value in first.items() if name.startswith("was.")},
        head=whole(first.get("head", "")), tried="tried" in first,
    )  # fmt: skip
    return first, page


def _drawn(page: LinkPage, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page.words.page("survey/page", page=page), status)


STATUS = {"link_unknown": 404, "too_fast": 429, "not_from_here": 403, "no_cookie": 403, "not_understood": 400}


def _shut(request: Request, words: Renderer, refusal: Refusal) -> Response:
    """Return why there is no page, in the reader's language."""
    status, said = STATUS.get(refusal.key.rpartition(".")[2], 404), words.refusal(refusal)
    if request.headers.get("accept", "").startswith("application/json"):
        return JSONResponse({"error": said}, status)
    return HTMLResponse(words.page("survey/shut", said=said, path=request.url.path), status)
