"""Serve the page on which a recipient fills in a survey's form, and hand what it sends to the desk."""

import asyncio
from dataclasses import replace
from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.desk import Desk
from bot.web.dashboard import filling, multipart
from bot.web.dashboard.visits import Asker, Visits
from bot.web.reading import whole
from handlers.core.incoming import FilledPage
from handlers.core.turn import Turn
from handlers.dashboard import answering
from handlers.dashboard import filling as pages
from handlers.dashboard.answering import AnswerPage
from handlers.dashboard.link_page import LinkPage
from handlers.dashboard.pages import ROOT
from models.messaging.dashboard_keys import Kind

PATH = ROOT + "answer"


class Answering:
    """The page's own routes. Whoever looks is known by the session, as everywhere on the dashboard."""

    def __init__(self, desk: Desk, visits: Visits) -> None:
        self._desk, self._visits = desk, visits

    async def show(self, request: Request) -> Response:
        """Show the form, that it is answered, or why it takes nothing more."""
        asker = self._visits.browser(request)
        number, change = whole(request.query_params.get("survey", "")), bool(request.query_params.get("change"))
        return _drawn(await self._gathered(asker, number, change=change))

    async def take(self, request: Request) -> Response:
        """Take what the page sends: as JSON for its script, else as the page that comes next."""
        visit = await self._visits.sender(request)
        body, about = await request.body(), request.headers.get("content-type", "")
        parts = await asyncio.to_thread(multipart.parts, about, body, filling.MOST_PARTS)
        number = next((whole(it.data.decode(errors="replace")) for it in parts if it.name == "survey"), 0)
        sent = replace(filling.read(visit, parts).page, survey=number)
        asker = Asker(visit.token, Kind.SESSION)
        await self._gathered(asker, sent.survey)  # raises for one that is not theirs
        answer = None
        if sent.do != "look":
            (answer,) = await self._desk.take([visit.incoming(self._visits.clock(), page=sent)])
        page = await self._gathered(asker, sent.survey, sent=sent)
        page.said, page.bad = (answer.text, answer.alert) if answer else ("", False)
        page.ended = sent.do == "drop" and not page.bad
        done, way = page.answered and not page.bad, f"{PATH}?survey={sent.survey}"
        if request.headers.get("accept", "").startswith("application/json"):
            return JSONResponse(shown(page, sent, done=done, way=way))
        return RedirectResponse(way, 303) if done or page.ended else _drawn(page)

    async def _gathered(
        self, asker: Asker, number: int, *, change: bool = False, sent: FilledPage | None = None
    ) -> AnswerPage:
        def gather(session: Session) -> AnswerPage:
            visit, now = self._visits.visit(session, asker), self._visits.clock()
            turn = Turn.of(self._desk.context(session, now), visit.incoming(now), visit.address, visit.person)
            page = answering.gather(turn, number, change=change, sent=sent)
            page.csrf = visit.csrf
            return page

        return await self._visits.read(gather)


def _drawn(page: AnswerPage) -> HTMLResponse:
    return HTMLResponse(page.words.page("dashboard/answer", page=page))


def shown(page: LinkPage | AnswerPage, sent: FilledPage, *, done: bool, way: str) -> dict[str, Any]:
    """Return what the page's script shows."""
    blocks = {
        it.question.name: page.words.page("dashboard/_fill_part", page=page, part="ask", it=it)
        for it in pages.newer(page.asks, sent)
    }
    return {
        "said": page.said, "bad": page.bad, "stopped": page.stopped, "done": done, "next": way, "head": page.head,
        "mark": "", "files": None, "blocks": blocks,
        "applies": [it.question.name for it in page.asks if it.applies],
        "wrong": {it.question.name: it.wrong for it in page.wrong},
        "marks": {it.question.name: it.mark for it in page.asks if it.question.name in sent.shown},
        "saved": page.draft,
    }  # fmt: skip
