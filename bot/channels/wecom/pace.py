"""Limit how much one chat gets: WeCom silently drops more than 30 messages a minute or 1,000 an hour for a member.

These limits are windows, not rates (four messages at once are fine), so the channel counts, and what is too much comes
back with `retry_after`. The counts are in the leading program's memory; a new leader starts at zero."""

import math
from collections import deque

Bounds = tuple[tuple[int, float], ...]
HOUR = 3600.0
MEMBER: Bounds = ((30, 60.0), (1000, HOUR))  # messages, seconds: D/90236
ROBOT: Bounds = ((20, 60.0),)


class Pace:
    """Recent messages by recipient, in this program; `now` is in seconds of a clock that never jumps."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[float]] = {}
        self._looked = -math.inf

    def take(self, chat: str, bounds: Bounds, now: float, count: int = 1) -> float:
        """Count `count` messages and return 0, or return the seconds until they may go."""
        if now - self._looked > HOUR:
            self._forget(now)
        most = max(n for n, _ in bounds)
        sent = self._sent.setdefault(chat, deque(maxlen=most))
        wait = 0.0
        for n, seconds in bounds:
            at = len(sent) + min(count, n) - n - 1  # the newest that has to be older than `seconds`
            if at >= 0:
                wait = max(wait, sent[at] + seconds - now)
        if wait <= 0:
            sent.extend([now] * count)
            return 0.0
        return wait

    def _forget(self, now: float) -> None:
        """Drop everybody to whom nothing was sent for an hour."""
        self._looked = now
        self._sent = {chat: sent for chat, sent in self._sent.items() if sent and sent[-1] >= now - HOUR}
