"""Let in what other programs hand up: bounded in size and number before anything is read (docs/rules.md 40.4)."""

import time
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.desk import Desk
from bot.handup.sender import PATH
from handlers.handup import incoming
from models.handup import messages

AT_ONCE = 4  # messages whose bodies are being read
A_MINUTE = 30  # messages from one address
IN_ALL = 240  # the same from all
ADDRESSES = 1000  # that are remembered
BUSY = (429, b'{"refused":"busy"}')


class Receiver:
    """Answers `POST /handup`. Who sends too much is turned away before the body is read."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._inside = 0
        self._minute, self._total = 0.0, 0
        self._sent: OrderedDict[str, int] = OrderedDict()

    def route(self) -> Route:
        return Route(PATH, self._serve, methods=["POST"])

    async def _serve(self, request: Request) -> Response:
        who = request.client.host if request.client else ""
        if self._inside >= AT_ONCE or not self._within(who):
            return _answer(BUSY)
        self._inside += 1
        try:
            data = await _body(request)
            if data is None:
                return _answer(incoming.UNKNOWN)
            answered = await self._desk.run(lambda session, now: incoming.take(self._desk.context(session, now), data))
            return _answer(answered)
        finally:
            self._inside -= 1

    def _within(self, who: str) -> bool:
        """Count a message, and say whether it is within the bounds of this minute."""
        if time.monotonic() - self._minute >= 60:
            self._minute, self._total = time.monotonic(), 0
            self._sent.clear()
        self._total += 1
        self._sent[who] = self._sent.get(who, 0) + 1
        if len(self._sent) > ADDRESSES:
            self._sent.popitem(last=False)
        return self._total <= IN_ALL and self._sent.get(who, 0) <= A_MINUTE


async def _body(request: Request) -> bytes | None:
    """Return the body; None for one that is larger than a message."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > messages.LARGEST:
            return None
    return data


def _answer(answered: tuple[int, bytes]) -> Response:
    return Response(answered[1], answered[0], media_type="application/json")
