"""Let people into the dashboard and out: by a link, by this machine's chat page; and give a program its token."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.web import reading
from bot.web.dashboard.visits import Visits, need
from bot.web.pages import locale_of
from handlers.core.rendering import Renderer
from handlers.dashboard.dashboard import FORM, SURVEY
from handlers.dashboard.pages import ROOT
from models.core import audit
from models.core.errors import Refusal
from models.messaging import dashboard_keys as keys
from models.messaging.addresses import Address
from models.messaging.dashboard_keys import Holder, Kind
from models.organisation.people import Person

T = TypeVar("T")


class Doors:
    """Signs people in and out."""

    def __init__(self, visits: Visits) -> None:
        self._visits, self._desk = visits, visits.desk

    async def enter(self, request: Request) -> Response:
        """Show whose link it is; only the button spends it, because chats look at links before people do."""
        token = request.path_params["token"]
        if request.method == "GET":
            found = await self._visits.holder(Kind.LINK, token)
            words, form = self._desk.defaults.words_for(found.person), any(form_of(found.key.name))
            return HTMLResponse(words.page("dashboard/enter", name=found.person.name, token=token, form=form))
        self._visits.refuse_elsewhere(request)
        opened = await self._spend(Kind.LINK, token, lambda *of: (session_of(*of), *form_of(of[1].key.name)))
        return await self.keep(request, *opened)

    async def open_for(self, request: Request, address_id: int, report: int = 0, survey: int = 0) -> Response:
        """Sign in the person of a chat on this machine's page, and open the form of a report or survey, if one is
        named."""

        def begin(session: Session, now: datetime) -> str | None:
            address = session.get(Address, address_id)
            person = session.get(Person, address.person_id) if address and address.person_id else None
            return keys.issue(session, Kind.SESSION, address, person, now) if address and person else None

        return await self.keep(request, need(await self._desk.run(begin, wake=False)), report, survey)

    async def keep(self, request: Request, token: str, report: int = 0, survey: int = 0) -> Response:
        """Return to the first page, or to the form of a report or survey, with the session's cookie; what this
        browser was signed in to before ends."""
        if old := self._visits.kept(request):
            await self._desk.run(lambda session, now: keys.end(session, old, now), wake=False)
        response = RedirectResponse(first_page(report, survey), 303)
        lasts = int(keys.LASTS[Kind.SESSION].total_seconds())
        response.set_cookie(
            self._visits.cookie(request), token, max_age=lasts, path="/", secure=self._visits.safe(request),
            httponly=True, samesite="lax",
        )  # fmt: skip
        return response

    async def leave(self, request: Request) -> Response:
        visit, _ = await self._visits.pressed(request)
        await self._desk.run(lambda session, now: keys.end(session, visit.token, now), wake=False)
        words = Renderer(locale_of(request))
        response = HTMLResponse(words.page("dashboard/shut", said=words.refusal(Refusal("dashboard.signed_out"))))
        safe = self._visits.safe(request)
        cookie = self._visits.cookie(request)
        response.delete_cookie(cookie, path="/", secure=safe, httponly=True, samesite="lax")
        return response

    async def token(self, request: Request) -> Response:
        """Show whose link it is; the button spends it, and shows the new token of a program, which is kept as a
        hash."""
        link = request.path_params["token"]
        found = await self._visits.holder(Kind.TOKEN_LINK, link)
        words, name = self._desk.defaults.words_for(found.person), found.key.name
        if request.method == "GET":
            return HTMLResponse(words.page("dashboard/token", token="", link=link, name=name, person=found.person.name))
        self._visits.refuse_elsewhere(request)
        made = await self._spend(Kind.TOKEN_LINK, link, new_token)
        until = self._visits.clock() + keys.LASTS[Kind.TOKEN]
        return HTMLResponse(words.page("dashboard/token", token=made, name=name, until=until))

    async def _spend(self, kind: Kind, link: str, make: Callable[[Session, Holder, datetime], T]) -> T:
        """Return what is made in exchange for a link, once."""

        def spend(session: Session, now: datetime) -> T:
            return make(session, need(keys.spend(session, kind, link, now, self._desk.defaults.today(now))), now)

        return await self._desk.run(spend, wake=False)


def form_of(name: str) -> tuple[int, int]:
    """Return the report and the survey to whose form a link of this name leads, 0 for what it does not lead to."""
    report, survey = (reading.whole(name.removeprefix(it)) if name.startswith(it) else 0 for it in (FORM, SURVEY))
    return report, survey


def first_page(report: int, survey: int = 0) -> str:
    """Return where somebody arrives who comes for the form of a report or survey or, without one, for the dashboard."""
    if survey:
        return f"{ROOT}answer?survey={survey}"
    return f"{ROOT}fill?report={report}" if report else ROOT


def session_of(session: Session, found: Holder, now: datetime) -> str:
    """Return the token of a new session for whoever had the link."""
    return keys.issue(session, Kind.SESSION, found.address, found.person, now)


def new_token(session: Session, found: Holder, now: datetime) -> str:
    """Return a new token for whoever had the link. Raises as `check_new_token`."""
    person, name = found.person, found.key.name
    keys.check_new_token(session, person, name, now)
    audit.note(session, now, person.staff_no, "token made", person.staff_no, said=name)
    return keys.issue(session, Kind.TOKEN, found.address, person, now, name)
