"""Let people into the dashboard from a platform that says who looks: a page of its app, or OAuth.

The proof works once. Cookies are SameSite=Lax: the browser comes back from the platform by a GET of a whole page, to
which Lax cookies are sent, and an app's web view is a whole page too. Some platforms show such a page in a frame, where
the cookie would be lost; there the form opens a tab of its own, so the dashboard itself is never framed."""

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.channels.package import Arrived, Handing, Returning
from bot.web.dashboard.doors import Doors, first_page
from bot.web.dashboard.visits import Visits, fields
from bot.web.guard import POLICY
from bot.web.pages import locale_of
from bot.web.reading import whole
from handlers.core.rendering import Renderer
from handlers.dashboard.pages import ROOT
from models.core.errors import Refusal
from models.messaging import addresses
from models.messaging import dashboard_keys as keys
from models.messaging.dashboard_keys import Kind

STATE = "zeroreport_coming_back"
STATE_LASTS = timedelta(minutes=10)
ENTRIES_A_SECOND, ENTRIES_AT_ONCE = 20.0, 200.0  # from one address, which may be a proxy's


class Handed:
    """The page of a platform's app: it hands over what its address proves."""

    def __init__(self, channel: str, door: Handing, visits: Visits, doors: Doors) -> None:
        self._channel, self._door, self._visits, self._doors = channel, door, visits, doors

    async def serve(self, request: Request) -> Response:
        if request.method == "GET":
            words = Renderer(locale_of(request))
            report = whole(request.query_params.get("report", ""))
            page = words.page("dashboard/hand", channel=self._channel, fragment=self._door.fragment, report=report)
            framed = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {self._door.framed_by}")
            return HTMLResponse(page, headers={"Content-Security-Policy": framed})
        self._visits.refuse_elsewhere(request)
        self._visits.count_host(request, "entry", ENTRIES_A_SECOND, ENTRIES_AT_ONCE)
        told = fields(await request.body(), 5)
        arrived = self._door.read(told.get("data", ""), datetime.now(UTC))  # the platform's time is no rehearsal's
        report = whole(told.get("report", ""))
        return await admit(request, self._visits, self._doors, self._channel, arrived, report)


class Returned:
    """The two steps of OAuth: away to the platform, with a state that this browser keeps, and back with a code."""

    def __init__(self, channel: str, door: Returning, visits: Visits, doors: Doors) -> None:
        self._channel, self._door, self._visits, self._doors = channel, door, visits, doors
        self._path = f"{ROOT}{channel}"

    async def begin(self, request: Request) -> Response:
        report = whole(request.query_params.get("report", ""))
        state = f"{int(datetime.now(UTC).timestamp()):x}x{secrets.token_hex(16)}x{report}"
        back = f"{self._visits.public_url}{self._path}/back"
        response = RedirectResponse(self._door.away(back, state), 303)
        lasts = int(STATE_LASTS.total_seconds())
        response.set_cookie(
            self._visits.cookie(request, STATE), state, max_age=lasts, path="/", secure=self._visits.safe(request),
            httponly=True, samesite="lax",
        )  # fmt: skip
        return response

    async def back(self, request: Request) -> Response:
        """Exchange the code, which the platform takes once. Raises `dashboard.proof_old` if the state is too old, or is
        not this browser's: so nobody signs another browser in as themselves."""
        self._visits.count_host(request, "entry", ENTRIES_A_SECOND, ENTRIES_AT_ONCE)
        cookie = self._visits.cookie(request, STATE)
        kept, state = request.cookies.get(cookie, ""), request.query_params.get("state", "")
        if not kept or not hmac.compare_digest(kept.encode(), state.encode()) or _age(state) > STATE_LASTS:
            raise Refusal("dashboard.proof_old")
        code = request.query_params.get("code", "")
        if not code or len(code) > 512:
            raise Refusal("dashboard.not_proven")
        arrived = await self._door.read(code)
        report = whole(state.rpartition("x")[2])
        response = await admit(request, self._visits, self._doors, self._channel, arrived, report)
        response.delete_cookie(cookie, path="/", secure=self._visits.safe(request), httponly=True, samesite="lax")
        return response


async def admit(
    request: Request, visits: Visits, doors: Doors, channel: str, arrived: Arrived, report: int = 0
) -> Response:  # fmt: skip
    """Sign in whoever the platform says looks, once for each proof; a browser in which the same person is signed in
    stays so. Raises `dashboard.not_enrolled`, `dashboard.proof_old`."""
    old = visits.kept(request)

    def begin(session: Session, now: datetime) -> str | None:
        found = addresses.who(session, channel, arrived.account)
        if found is None or found[0].left_by(visits.desk.defaults.today(now)):
            raise Refusal("dashboard.not_enrolled")
        person, address = found
        held = keys.holder(session, Kind.SESSION, old, now, visits.desk.defaults.today(now))
        if held and held.person.id == person.id:
            return None
        if not keys.first_time(session, f"{channel} {arrived.proof}", address, person, now):
            raise Refusal("dashboard.proof_old")
        return keys.issue(session, Kind.SESSION, address, person, now)

    token = await visits.desk.run(begin, wake=False)
    return RedirectResponse(first_page(report), 303) if token is None else await doors.keep(request, token, report)


def _age(state: str) -> timedelta:
    """Return how old a state is; too old if it says nothing."""
    try:
        return datetime.now(UTC) - datetime.fromtimestamp(int(state.partition("x")[0], 16), UTC)
    except (ValueError, OverflowError, OSError):
        return timedelta.max
