"""Bound what open pages cost, however many are open and however much changes (docs/rules.md 23.35)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from handlers.dashboard.pages import EVERY

SHARE = 0.035  # of a core, for making all open pages anew
SELDOM = 60  # seconds between two questions of a page where many are open
WINDOW = 60.0  # seconds over which pages are counted
OLDEST = 600.0  # seconds after which a page is made anew whatever it costs
NEWEST = 0.1  # how much the newest cost counts in the mean


class Renewals:
    """Says how often an open page asks and whether it may be made anew: the less often, the more are open and the more
    one costs. All wait equally long. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._cost: dict[str, float] = {}  # seconds of a core for each part of making a page
        self._pages, self._at = 0.0, clock()  # how many are open

    @property
    def second(self) -> int:
        """Return the second in which a page is made now."""
        return int(self._clock())

    @property
    def wait(self) -> float:
        """Return for how many seconds a page stays as it is, 0 while all can be made anew whenever they ask."""
        seconds = self._pages * sum(self._cost.values()) / SHARE
        return min(seconds, OLDEST) if seconds > EVERY else 0.0

    @property
    def every(self) -> int:
        """Return after how many seconds a page that is made now should ask again."""
        return int(min(max(EVERY, self.wait / 4), SELDOM))

    def asked(self, every: int) -> None:
        """Note that a page is opened, or asks what is new, and will ask again after so many seconds."""
        now = self._clock()
        kept = max(0.0, 1 - (now - self._at) / WINDOW)
        self._pages, self._at = self._pages * kept + min(max(EVERY, every), SELDOM) / WINDOW, now

    def due(self, made: int) -> bool:
        """Say whether a page that was made in this second may be made anew. A second of the future is of a machine's
        life before."""
        return not 0 <= self._clock() - made < self.wait

    @contextmanager
    def measured(self, part: str) -> Iterator[None]:
        """Note what the block, which is this part of making a page, costs its thread."""
        started = time.thread_time()
        yield
        self.noted(part, time.thread_time() - started)

    def noted(self, part: str, seconds: float) -> None:
        """Note that this part of making a page took so many seconds of a core."""
        known = self._cost.setdefault(part, seconds)
        self._cost[part] = known + (seconds - known) * NEWEST
