"""Limit what comes by links to surveys, and count what was refused (docs/rules.md 32.5, 32.6, 32.10)."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.requests import Request

from bot.desk import Desk
from bot.web.dashboard.visits import Visits
from models.core.errors import Refusal
from models.rounds import link_counts
from models.rounds.links import Found

log = logging.getLogger("zeroreport")
LOOKS_A_SECOND, LOOKS_AT_ONCE = 10.0, 300.0  # pages and savings from one address: a market shares one
ANSWERS_A_SECOND, ANSWERS_AT_ONCE = 0.1, 30.0  # answers by open links from one address
LINK_A_SECOND, LINK_AT_ONCE = 5.0, 300.0  # answers by one open link, from everywhere
WRONG_A_SECOND, WRONG_AT_ONCE = 0.2, 20.0  # wrong links from one address
TOLD_EVERY = timedelta(minutes=1)


class Limits:
    """Raises `surveys.too_fast` for what is too much."""

    def __init__(self, desk: Desk, visits: Visits, clock: Callable[[], datetime]) -> None:
        self._desk, self._visits, self._clock = desk, visits, clock
        self._refused: Counter[int] = Counter()  # by the survey's unit, 0 where none is known
        self._told: datetime | None = None

    def look(self, request: Request) -> None:
        """Count a page or a saving."""
        self._count(0, lambda: self._visits.count_host(request, "link", LOOKS_A_SECOND, LOOKS_AT_ONCE))

    def wrong(self, request: Request) -> None:
        """Count a link that leads nowhere."""
        self._count(0, lambda: self._visits.count_host(request, "wrong link", WRONG_A_SECOND, WRONG_AT_ONCE))

    def answer(self, request: Request, found: Found) -> None:
        """Count an answer by an open link."""
        unit, name = found.round.unit_id, f"open link {found.link.id}"
        self._count(unit, lambda: self._visits.count_host(request, "answer", ANSWERS_A_SECOND, ANSWERS_AT_ONCE))
        self._count(unit, lambda: self._visits.count(name, LINK_A_SECOND, LINK_AT_ONCE))

    def full(self, found: Found) -> None:
        """Count an answer to a survey that has as many as it takes."""
        self._refused[found.round.unit_id] += 1

    async def tell(self) -> None:
        """Have the desk count what was refused, once a minute at most: whoever floods a page must not make the program
        write. What is refused within the minute before the last request of all is not counted."""
        now = self._clock()
        if not self._refused or (self._told is not None and now - self._told < TOLD_EVERY):
            return
        self._told, refused, self._refused = now, self._refused, Counter()
        try:
            await self._desk.run(lambda session, now: link_counts.add_refused(session, now, refused), wake=False)
        except Exception:  # whoever asked for a page gets it; the next minute tells the same
            log.exception("what limits refused could not be counted")
            self._refused += refused

    def _count(self, unit: int, take: Callable[[], None]) -> None:
        try:
            take()
        except Refusal:
            self._refused[unit] += 1
            raise Refusal("surveys.too_fast") from None
