"""Tell browsers apart that answer by an open link: a cookie says which device it is, another which surveys it answered
(docs/rules.md 32.6). Nothing of it is kept here."""

import hashlib
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from bot.web.dashboard.visits import Visits

DEVICE, ANSWERED = "zeroreport_device", "zeroreport_answered"
YEAR = 365 * 24 * 3600
LONGEST_COOKIE = 64
KEPT = 40  # surveys of which a browser knows that it answered


class Devices:
    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def of(self, request: Request) -> str:
        """Return which device this is, "" for one that has not been here or keeps no cookies."""
        kept = request.cookies.get(self._visits.cookie(request, DEVICE), "")
        return kept if 0 < len(kept) <= LONGEST_COOKIE else ""

    def name(self, request: Request, response: Response, device: str) -> None:
        """Have the browser keep which device it is."""
        self._keep(request, response, DEVICE, device)

    def answered(self, request: Request, number: int) -> bool:
        """Say whether this browser remembers that it answered a survey."""
        return str(number) in self._surveys(request)

    def remember(self, request: Request, response: Response, number: int) -> None:
        """Have the browser remember that it answered: of an anonymous survey nothing else does."""
        kept = [it for it in self._surveys(request) if it.isdecimal() and it != str(number)]
        self._keep(request, response, ANSWERED, "-".join([*kept, str(number)][-KEPT:]))

    def _surveys(self, request: Request) -> Sequence[str]:
        return request.cookies.get(self._visits.cookie(request, ANSWERED), "").split("-")[-KEPT:]

    def _keep(self, request: Request, response: Response, name: str, value: str) -> None:
        response.set_cookie(
            self._visits.cookie(request, name), value, max_age=YEAR, path="/", secure=self._visits.safe(request),
            httponly=True, samesite="lax",
        )  # fmt: skip


def csrf(token: str, device: str) -> str:
    """Return what a form of an open link carries, which no page elsewhere can know."""
    return hashlib.sha256(f"zeroreport open form {token} {device}".encode()).hexdigest()
