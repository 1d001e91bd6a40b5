"""Admit a limited number at once, and one for each person, to what takes memory while it comes in."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.web.pages import Fault


class Turnstile:
    """Raises Fault `one_at_a_time` for somebody who is inside already, `busy` if it is full."""

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
