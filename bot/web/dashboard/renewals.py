"""Bound what open pages cost, however many are open and however much changes (docs/rules.md 23.35)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from handlers.dashboard.pages import EVERY

SHARE = 0.035  # of a core, for making all open pages anew
SELDOM = 60  # seconds between two questions of a page where many are open
WINDOW = 60.0  # seconds over which pages are counted
OLDEST = 600.0  # seconds after which a page is made anew whatever it costs
HASTE = 1.5  # of the share that is taken at most while many pages wait at once; else turns would make some wait longer
SLACK = 8.0  # seconds by which a turn may be late without being lost
NEWEST = 0.1  # how much the newest cost counts in the mean


class Renewals:
    """Says how often an open page asks and whether it may be made anew: the less often, the more are open and the more
    one costs. All wait equally long, and where they have to wait they come one after the other: pages that were opened
    at once would be made anew at once, again and again. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._cost: dict[str, float] = {}  # seconds of a core for each part of making a page
        self._pages, self._at = 0.0, clock()  # how many are open
        self._turn = clock()  # when the next one may be made anew

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
        now, wait = self._clock(), self.wait
        if not 0 <= now - made < OLDEST:
            return True
        return now - made >= wait and (not wait or now >= self._turn)

    def began(self) -> None:
        """Note that an open page is being made anew, and when the next one has its turn."""
        self._turn = max(self._turn, self._clock() - SLACK) + sum(self._cost.values()) / (SHARE * HASTE)

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
