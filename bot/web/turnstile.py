"""So many at once and one a person: what holds memory while it comes in."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.web.pages import Fault


class Turnstile:
    """Fault `one_at_a_time` for who is inside already, `busy` where it is full."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside: set[str] = set()

    @contextmanager
    def through(self, who: str) -> Iterator[None]:
        if who in self._inside:
            raise Fault(429, "one_at_a_time")
        if len(self._inside) >= self._most:
            raise Fault(503, "busy")
        self._inside.add(who)
        try:
            yield
        finally:
            self._inside.discard(who)
