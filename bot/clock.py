"""Clocks: the system's, one that survives its jumps, and one for rehearsals."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from models.core.errors import Refusal

FASTEST = 3600.0
DRIFT = timedelta(minutes=1)  # by which a server's clock may differ from ours
JUMP = timedelta(minutes=2)  # by which the machine's clock may be set without a question
FRESH = 600.0  # seconds for which a server's time is trusted


def utc() -> datetime:
    return datetime.now(UTC)


def passing() -> float:
    """Return seconds that advance whatever anybody sets, also while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Clock:
    """The system's clock."""

    speed: float = 1.0
    adopted = 0  # how often a jump of the machine’s clock was accepted, after which time may have gone back
    gap: timedelta | None = None  # the longest gap between ticks that is no outage; None for the usual
    patience = 1  # how many times as long questions wait for an answer

    def now(self) -> datetime:
        return utc()


class SteadyClock(Clock):
    """The system's clock as long as it advances as time passes. When the system's clock jumps, this one goes on as if
    it had not, until it jumps back or somebody says that it is right (docs/decisions/0147-held-clocks.md)."""

    def __init__(self, wall: Callable[[], datetime] = utc, passed: Callable[[], float] = passing) -> None:
        self._wall, self._passed = wall, passed
        self._mark = wall(), passed()

    def now(self) -> datetime:
        wall, passed = self._wall(), self._passed()
        believed = self._believed(passed)
        if abs(wall - believed) > JUMP:
            return believed
        self._mark = wall, passed
        return wall

    def machine(self) -> datetime:
        """Return what the machine's clock says, jumped or not."""
        return self._wall()

    def ahead(self) -> timedelta:
        """Return by how much the machine's clock has jumped; zero if it has not."""
        jumped = self._wall() - self._believed(self._passed())
        return jumped if abs(jumped) > JUMP else timedelta(0)

    def adopt(self) -> None:
        """Accept the machine's clock as right."""
        self._mark = self._wall(), self._passed()
        self.adopted += 1

    def go_on_from(self, moment: datetime) -> None:
        """Continue from `moment`, because nobody knows how late it is."""
        self._mark = moment, self._passed()
        self.adopted += 1

    def _believed(self, passed: float) -> datetime:
        return self._mark[0] + timedelta(seconds=passed - self._mark[1])


class Outside:
    """The time elsewhere, from the `Date` headers of servers that are not this machine."""

    def __init__(self, passed: Callable[[], float] = passing) -> None:
        self._passed = passed
        self._heard: tuple[datetime, float] | None = None

    def hear(self, told: str | None) -> None:
        try:
            at = parsedate_to_datetime(told or "")
        except (ValueError, TypeError):
            return
        if at.tzinfo is not None:
            self._heard = at.astimezone(UTC), self._passed()

    def now(self) -> datetime | None:
        """Return the time elsewhere; None if nothing was heard lately."""
        if self._heard is None or self._passed() - self._heard[1] > FRESH:
            return None
        return self._heard[0] + timedelta(seconds=self._passed() - self._heard[1])

    def agrees(self, machine: datetime) -> bool | None:
        """Say whether a server elsewhere has the same time, to a few minutes; None if none was heard."""
        now = self.now()
        return None if now is None else abs(now - machine) <= JUMP


class RehearsalClock(Clock):
    """Runs `speed` times as fast from `start` on; 0 stands still. Steps of the system's clock do not affect it."""

    patience = int(FASTEST)  # the reader's ten minutes pass outside, however fast the day goes

    def __init__(self, start: datetime, speed: float) -> None:
        self.speed = speed
        self._start, self._mark = start.astimezone(UTC), time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._mark) * self.speed)

    def run(self, speed: float) -> None:
        self._start, self._mark, self.speed = self.now(), time.monotonic(), speed

    def jump(self, to: datetime) -> None:
        """Jump forward; never back, which would make a day happen twice."""
        self._start, self._mark = max(to, self.now()), time.monotonic()


def parse(words: str, zone: str) -> RehearsalClock:
    """Read `START×SPEED`, such as 2026-11-23T07:29×600; raises `cli.clock`."""
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
    """Say whether this machine's clock agrees to the minute with a server's `Date` header, and by how much it differs.
    What is no time agrees."""
    try:
        drift = datetime.now(UTC) - parsedate_to_datetime(told)
    except (ValueError, TypeError):
        return True, ""
    return abs(drift) < DRIFT, f"{drift.total_seconds():+.0f} s"
