"""What time it is: the system's clock, and one for rehearsals that starts when and runs as fast as one likes."""

import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from models.errors import Refusal

FASTEST = 3600.0
DRIFT = timedelta(minutes=1)  # what a server's clock may differ from ours


class Clock:
    """The system's clock."""

    speed: float = 1.0
    hole: timedelta | None = None  # how long a gap between two ticks is no outage; None is the usual

    def now(self) -> datetime:
        return datetime.now(UTC)


class RehearsalClock(Clock):
    """Runs `speed` times as fast from `start` on; 0 stands still. Steps of the system's clock do not touch it."""

    def __init__(self, start: datetime, speed: float) -> None:
        self.speed = speed
        self._start, self._mark = start.astimezone(UTC), time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._mark) * self.speed)

    def run(self, speed: float) -> None:
        self._start, self._mark, self.speed = self.now(), time.monotonic(), speed

    def jump(self, to: datetime) -> None:
        """Forward only: a clock that goes back would make a day happen twice."""
        self._start, self._mark = max(to, self.now()), time.monotonic()


def parse(words: str, zone: str) -> RehearsalClock:
    """`START×SPEED`, such as 2026-11-23T07:29×600; Refusal `cli.clock`."""
    found = re.fullmatch(r"(.+?)\s*[×x*]\s*(\d+(?:\.\d+)?)", words.strip())
    try:
        start = datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        start = None
    speed = float(found[2]) if found else 0.0
    if start is None or not 0 < speed <= FASTEST:
        raise Refusal("cli.clock", value=words[:40])
    return RehearsalClock(start if start.tzinfo else start.replace(tzinfo=ZoneInfo(zone)), speed)


def agrees(told: str) -> tuple[bool, str]:
    """Whether this machine's clock agrees with the time a server told in its `Date` header, to the minute; and by how
    much it differs. What is no time agrees."""
    try:
        drift = datetime.now(UTC) - parsedate_to_datetime(told)
    except (ValueError, TypeError):
        return True, ""
    return abs(drift) < DRIFT, f"{drift.total_seconds():+.0f} s"
