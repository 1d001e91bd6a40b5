"""Serve the page on which a report's form is filled in, and hand what it sends to the desk."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.channels.webchat.channel import FILE_LIMIT
from bot.desk import Desk
from bot.web.dashboard import multipart
from bot.web.dashboard.files import Files
from bot.web.dashboard.multipart import Part
from bot.web.dashboard.visits import LONGEST_FIELD, Asker, Visit, Visits
from bot.web.guard import BODY_LIMIT
from bot.web.pages import Fault, Pages
from bot.web.reading import clean, whole
from handlers.core.incoming import Answer, FilledPage
from handlers.core.locales import translations
from handlers.core.turn import Turn
from handlers.dashboard import filling
from handlers.dashboard.answers import as_html
from handlers.dashboard.filling import FillPage
from handlers.dashboard.pages import ROOT
from handlers.reporting import form_page
from handlers.reporting.form_page import NEW
from models.core.errors import Refusal
from models.files import blobs
from models.files.blobs import described, safe_name
from models.files.records import is_file
from models.messaging.dashboard_keys import Kind
from models.reporting.reports import State

PATH = ROOT + "fill"
MOST_PARTS = 1000  # of a page: a form has a few hundred questions at most
OCTETS = "application/octet-stream"
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")  # a browser may show these; the rest it keeps


@dataclass(frozen=True)
class Sent:
    """What a page sent: the form, and the files with the question each answers, "" for none."""

    page: FilledPage
    files: Sequence[tuple[str, Part]]


class Filling:
    """The page's own routes. Whoever looks is known by the session, as everywhere on the dashboard."""

    def __init__(self, desk: Desk, visits: Visits, files: Files) -> None:
        self._desk, self._visits, self._files = desk, visits, files
        self._pages = Pages(translations)

    async def show(self, request: Request) -> Response:
        """Show the form, its receipt, or why it takes nothing more."""
        asker = self._visits.browser(request)
        change = bool(request.query_params.get("change"))
        number = whole(request.query_params.get("report", ""))
        return _drawn(await self._gathered(asker, number, change=change))

    async def take(self, request: Request) -> Response:
        """Take what the page sends: as JSON for its script, else as the page that comes next."""
        visit = await self._visits.sender(request)
        size = request.headers.get("content-length", "")
        large = not size.isdecimal() or int(size) > BODY_LIMIT
        with self._files.room_for(visit) if large else nullcontext():
            body = await request.body()
            parts = await asyncio.to_thread(
                multipart.parts, request.headers.get("content-type", ""), body, MOST_PARTS
            )  # fmt: skip
            answer, sent = await self._hand_over(visit, read(visit, parts))
        asker = Asker(visit.token, Kind.SESSION)
        page = await self._gathered(asker, sent.report, sent=sent)
        page.said, page.bad = (answer.text, answer.alert) if answer else ("", False)
        page.ended = sent.do == "drop" and not page.bad
        done = not page.bad and not page.ended and filled(page, sent)
        if request.headers.get("accept", "").startswith("application/json"):
            return JSONResponse(_told(page, sent, done=done))
        if done:
            return RedirectResponse(f"{PATH}?report={sent.report}", 303)
        return _drawn(page)

    async def file(self, request: Request) -> Response:
        """Return a file of the form: a picture to be shown, any other to be kept."""
        asker = self._visits.browser(request)
        number, digest = whole(request.query_params.get("report", "")), request.query_params.get("digest", "")

        def ask(session: Session) -> tuple[str, bytes] | None:
            turn = self._turn(session, self._visits.visit(session, asker))
            answers, files = form_page.standing(turn, *form_page.find(turn, number))
            every = [*files, *(it for it in answers.values() if is_file(it))]
            said = next((it for it in every if it["digest"] == digest), None)
            data = blobs.find(session, digest) if said else None
            return (said["mime"], data) if said and data is not None else None

        found = await self._visits.read(ask)
        if found is None:
            raise Refusal("dashboard.no_report")
        mime = found[0] if found[0] in SHOWN else OCTETS
        kept = "inline" if mime in SHOWN else "attachment"
        return Response(found[1], media_type=mime, headers={"Content-Disposition": kept})

    async def _hand_over(self, visit: Visit, sent: Sent) -> tuple[Answer | None, FilledPage]:
        """Hand over the files, then the rest; return the last answer, or the first that is a refusal."""
        page, told = sent.page, dict(sent.page.shown)
        for about, part in sent.files:
            try:
                refused = await self._store(visit, replace(page, do="file", about=about, fields={}, shown={}), part)
            except Fault as fault:
                said = self._pages.fault(self._desk.defaults.words_for(visit.person).locale, fault.key)
                refused = Answer(said, alert=True)
            if refused:
                return refused, replace(page, do="save")
            told |= {about: NEW} if about else {}
            page = replace(page, shown=told, files=page.files if about else NEW)
        if page.do == "look":
            return None, page
        now = self._visits.clock()
        answers = await self._desk.take([visit.incoming(now, page=page)])
        return answers[0], page

    async def _store(self, visit: Visit, page: FilledPage, part: Part) -> Answer | None:
        """Keep a file and hand it to the desk in one transaction; return the refusal, if it is one."""
        if not part.data:
            raise Fault(400, "empty_file")
        if len(part.data) > FILE_LIMIT:
            raise Fault(413, "too_big")
        mime = part.mime or OCTETS
        file = described(safe_name(clean(part.filename or "")), mime, part.data)
        incoming = visit.incoming(self._visits.clock(), page=page, file=file)
        if met := self._desk.quotas.spend(incoming):
            raise Fault(429, f"{met}_met")

        def arrived(session: Session, now: datetime) -> Answer | None:
            blobs.keep(session, file.name, mime, part.data)
            return self._desk.handle(session, now, incoming)

        await self._desk.store(part.data)
        answer = await self._desk.run(arrived)
        return answer if answer and answer.alert else None

    async def _gathered(
        self, asker: Asker, report: int, *, change: bool = False, sent: FilledPage | None = None
    ) -> FillPage:
        def gather(session: Session) -> FillPage:
            visit = self._visits.visit(session, asker)
            page = filling.gather(self._turn(session, visit), report, change=change, sent=sent)
            page.csrf = visit.csrf
            return page

        return await self._visits.read(gather)

    def _turn(self, session: Session, visit: Visit) -> Turn:
        now = self._visits.clock()
        return Turn.of(self._desk.context(session, now), visit.incoming(now), visit.address, visit.person)


def read(visit: Visit, parts: Sequence[Part]) -> Sent:
    """Return what a page of this session sent. Raises `dashboard.not_from_here`."""
    told: dict[str, list[str]] = defaultdict(list)
    for it in parts:
        if it.filename is None:
            told[it.name].append(clean(it.data.decode(errors="replace"))[:LONGEST_FIELD])
    first = {name: values[0] for name, values in told.items()}
    if first.get("csrf") != visit.csrf:
        raise Refusal("dashboard.not_from_here")
    do, _, about = first.get("do", "save").partition(":")
    page = FilledPage(
        whole(first.get("report", "")), do, about,
        {name.removeprefix("q."): values for name, values in told.items() if name.startswith("q.")},
        {name.removeprefix("was."): value for name, value in first.items() if name.startswith("was.")},
        first.get("files", ""), whole(first.get("head", "")), whole(first.get("version", "")),
        "tried" in first,
    )  # fmt: skip
    files = [
        (it.name.removeprefix("file."), it) for it in parts if it.name.startswith("file.") and (it.filename or it.data)
    ]
    return Sent(page, files)


def filled(page: FillPage, sent: FilledPage) -> bool:
    """Say whether what the page sent is filed, by it or elsewhere, so that its receipt comes next."""
    report = page.asked.report
    here = sent.do == "submit" or sent.head != (report.head_id or 0)
    return page.draft is None and report.state != State.DUE and here


def _told(page: FillPage, sent: FilledPage, *, done: bool) -> dict[str, Any]:
    """Return what the page's script shows: what applies, what is wrong, and what changed elsewhere."""
    block = {it.question.name: _part(page, "ask", it) for it in filling.answered(page, sent)}
    files = _part(page, "files") if page.files_mark != sent.files else None
    return {
        "said": page.said, "bad": page.bad, "stopped": page.stopped, "done": done,
        "head": page.asked.report.head_id or 0, "mark": page.files_mark, "files": files, "blocks": block,
        "applies": [it.question.name for it in page.asks if it.applies],
        "wrong": {it.question.name: it.wrong for it in page.wrong},
        "marks": {it.question.name: it.mark for it in page.asks if it.question.name in sent.shown},
        "saved": page.draft is not None,
    }  # fmt: skip


def _drawn(page: FillPage) -> HTMLResponse:
    return HTMLResponse(page.words.page("dashboard/fill", page=page, as_html=as_html, part="whole", it=None))


def _part(page: FillPage, part: str, it: Any = None) -> str:
    return page.words.page("dashboard/_fill_part", page=page, part=part, it=it)
