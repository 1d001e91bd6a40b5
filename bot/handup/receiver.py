"""Let in what other programs hand up: bounded in size and number (docs/rules.md 40.4)."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.desk import Desk
from bot.handup.sender import PATH
from bot.request_bodies import body_of
from bot.web.connections import neighbourhood
from handlers.handup import incoming
from models.handup import messages

AT_ONCE = 4  # messages being read, from addresses from which partners spoke and as many from all others
READ_IN = 10.0  # seconds in which a message has come whole
A_MINUTE = 30  # messages of one partnership, and from one address those of nobody we know
IN_ALL = 240  # the latter from all addresses
MINUTE = 60.0
ADDRESSES = 1000  # from which partners spoke, that are remembered


class Receiver:
    """Answers `POST /handup`. A partner is counted by its key, wherever it speaks from. Messages that no partner signed
    are counted by address, with many people behind each of `proxies`, and together: where there are too many, or where
    some never end, only addresses from which a partner spoke are read further."""

    def __init__(
        self, desk: Desk, proxies: Collection[str] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self._desk, self._proxies, self._clock = desk, proxies, clock
        self._inside: Counter[bool] = Counter()
        self._minute = clock()
        self._partners: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()
        self._spoke: OrderedDict[str, None] = OrderedDict()

    def route(self) -> Route:
        return Route(PATH, self._serve, methods=["POST"])

    async def _serve(self, request: Request) -> Response:
        where = neighbourhood(request.client.host if request.client else "")
        lane = where in self._spoke
        if self._inside[lane] >= AT_ONCE or self._too_many(where):
            return _answer(incoming.BUSY)
        self._inside[lane] += 1
        answered = incoming.UNKNOWN
        try:
            data = await _body(request)
            answered = incoming.UNKNOWN if data is None else await self._taken(data)
        finally:
            self._inside[lane] -= 1
            self._note(where, known=answered[0] in (200, incoming.BUSY[0]))
        return _answer(answered)

    async def _taken(self, data: bytes) -> incoming.Answered:
        return await self._desk.run(
            lambda session, now: incoming.take(self._desk.context(session, now), data, self._within)
        )

    def _too_many(self, where: str) -> bool:
        """Say whether so many messages that nobody signed came in this minute, from there or from everywhere, that the
        next is turned away before it is read."""
        if self._clock() - self._minute >= MINUTE:
            self._minute = self._clock()
            self._partners.clear()
            self._strangers.clear()
        crowded = where not in self._proxies and self._strangers[where] >= A_MINUTE
        return crowded or (self._strangers.total() >= IN_ALL and where not in self._spoke)

    def _within(self, ident: str) -> bool:
        """Count a message that a partner signed, and say whether it is within the bounds of this minute."""
        self._partners[ident] += 1
        return self._partners[ident] <= A_MINUTE

    def _note(self, where: str, *, known: bool) -> None:
        if not known:
            self._strangers[where] += 1
            return
        self._spoke[where] = None
        self._spoke.move_to_end(where)
        if len(self._spoke) > ADDRESSES:
            self._spoke.popitem(last=False)


async def _body(request: Request) -> bytes | None:
    """Return the body; None for one that is larger than a message, or does not come in time."""
    try:
        async with asyncio.timeout(READ_IN):
            return await body_of(request, messages.LARGEST)
    except TimeoutError:
        return None


def _answer(answered: tuple[int, bytes]) -> Response:
    return Response(answered[1], answered[0], media_type="application/json")
