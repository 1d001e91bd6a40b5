"""Bound how much one chat gets: WeCom silently drops what is more than 30 messages a minute or 1,000 an hour for a
member.

These bounds are windows, not rates (four messages at once are fine), so the channel counts them, and what is too much
comes back with `retry_after`. The counts live in the leading program's memory; a new leader starts from none."""

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
