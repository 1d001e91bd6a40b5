"""How much one chat bears: WeCom drops what is too much for a member and says nothing, so we never send it."""

import math
from collections import deque

Bounds = tuple[tuple[int, float], ...]
HOUR = 3600.0
MEMBER: Bounds = ((30, 60.0), (1000, HOUR))  # messages, seconds: D/90236
ROBOT: Bounds = ((20, 60.0),)


class Pace:
    """What was sent to whom of late, in this program; `now` in seconds of a clock that never jumps."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[float]] = {}
        self._looked = -math.inf

    def take(self, chat: str, bounds: Bounds, now: float, count: int = 1) -> float:
        """Notes `count` messages and returns 0, or the seconds to wait until they may go."""
        if now - self._looked > HOUR:
            self._forget(now)
        most = max(n for n, _ in bounds)
        sent = self._sent.setdefault(chat, deque(maxlen=most))
        wait = 0.0
        for n, seconds in bounds:
            at = len(sent) + min(count, n) - n - 1  # the last one that has to be older than `seconds`
            if at >= 0:
                wait = max(wait, sent[at] + seconds - now)
        if wait <= 0:
            sent.extend([now] * count)
            return 0.0
        return wait

    def _forget(self, now: float) -> None:
        """Drops whom nothing was sent to for an hour."""
        self._looked = now
        self._sent = {chat: sent for chat, sent in self._sent.items() if sent and sent[-1] >= now - HOUR}
