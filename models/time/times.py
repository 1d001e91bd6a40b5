"""Turn the wall times of a day into instants; read time zones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from models.core.errors import Refusal

DAY = 24 * 60  # minutes
NIGHT = (22 * 60, 7 * 60)  # minutes since 00:00 between which nobody is rung: docs/rules.md 1.3


@dataclass(frozen=True, order=True)
class ClockTime:
    """A wall time counted from the start of a period's day: `minutes` since 00:00, 1440 being 00:00 of the next day."""

    minutes: int

    @property
    def days(self) -> int:
        """Return how many days after the period's own."""
        return self.minutes // DAY

    @property
    def of_day(self) -> int:
        """Return the minutes since the midnight before it."""
        return self.minutes % DAY

    def __str__(self) -> str:
        if self.minutes == DAY:
            return "24:00"
        wall = f"{self.of_day // 60:02}:{self.of_day % 60:02}"
        return f"+{self.days} {wall}" if self.days else wall


def parse_time(text: str) -> ClockTime:
    """Read `HH:MM`, `+1 HH:MM` (up to a week on) or `24:00`. Raises `calendars.bad_time`."""
    found = re.fullmatch(r"(?:\+([0-7])\s+)?([0-9]{1,2})[:：]([0-9]{2})", text.strip())
    if found:
        days, hours, minutes = (int(part or 0) for part in found.groups())
        if minutes < 60 and (hours < 24 or (hours, minutes, days) == (24, 0, 0)):
            return ClockTime(days * DAY + hours * 60 + minutes)
    raise Refusal("calendars.bad_time", typed=text[:20])


def zone(name: str) -> ZoneInfo:
    """Return the time zone of that IANA name. Raises `calendars.unknown_zone`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; "../x" and "Europe" are the others
        raise Refusal("calendars.unknown_zone", name=name[:40]) from None


def day_at(now: datetime, zone_name: str) -> date:
    """Return the day it is in that zone."""
    return now.astimezone(zone(zone_name)).date()


def awake(at: datetime, zone_name: str) -> datetime:
    """Return the instant itself or, at night, when it is 07:00 there again: nobody is rung between 22:00 and 07:00
    (docs/rules.md 1.3)."""
    wall = at.astimezone(zone(zone_name))
    minutes = wall.hour * 60 + wall.minute
    if NIGHT[1] <= minutes < NIGHT[0]:
        return at
    return instant(wall.date() + timedelta(days=minutes >= NIGHT[0]), ClockTime(NIGHT[1]), zone_name)


def instant(day: date, at: ClockTime, zone_name: str) -> datetime:
    """Return the instant, in UTC, at which a wall clock in that zone shows `at` of `day`. A wall time that a change to
    summer time skips is the first instant after the gap; one that comes twice, the first."""
    here = zone(zone_name)
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=at.minutes)  # noqa: DTZ001
    late, early = (wall.replace(tzinfo=here, fold=fold).astimezone(UTC) for fold in (0, 1))
    if late.astimezone(here).replace(tzinfo=None) == wall:
        return late
    offset = late.astimezone(here).utcoffset()
    while late - early > timedelta(seconds=1):  # the gap ends between the two readings
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        early, late = (early, middle) if middle.astimezone(here).utcoffset() == offset else (middle, late)
    return late


@lru_cache(maxsize=64)  # a day's screens ask it of one zone again and again
def moved_days(first: date, days: int, zone_name: str) -> tuple[date, ...]:
    """Return the days, of this many from the first on, that clocks make shorter or longer in that zone."""
    here = zone(zone_name)
    walls = (datetime(first.year, first.month, first.day, tzinfo=here) + timedelta(days=n) for n in range(days + 1))
    return tuple(one.date() for one, next_ in pairwise(walls) if one.utcoffset() != next_.utcoffset())


Time = ClockTime | str


Series = Sequence[Time] | str


@dataclass(frozen=True)
class Times:
    """The wall times of a period's steps, in the order of docs/rules.md 1.1. Make them with `Times.make`."""

    opens: ClockTime = ClockTime(7 * 60 + 30)
    remind: tuple[ClockTime, ...] = (ClockTime(9 * 60), ClockTime(9 * 60 + 30))
    due: ClockTime = ClockTime(10 * 60)
    summary: ClockTime = ClockTime(10 * 60 + 5)
    summary_root: ClockTime = ClockTime(10 * 60 + 25)
    escalate: tuple[ClockTime, ...] = (ClockTime(10 * 60 + 15), ClockTime(11 * 60))
    lock: ClockTime = ClockTime(DAY)

    @classmethod
    def make(
        cls,
        *,
        due: Time | None = None,
        opens: Time | None = None,
        remind: Series | None = None,
        summary: Time | None = None,
        summary_root: Time | None = None,
        escalate: Series | None = None,
        lock: Time | None = None,
    ) -> "Times":
        """Make the times. Those not given keep their default distance from `due`; series may be "09:00, 09:30", ""
        being none. The lock stays at 24:00 as long as `due` is before it. Derived reminders in the quiet hours or
        before the opening are left out, derived summaries and escalations stay within the lock. Raises `calendars.…`
        for what cannot be read or makes no sense."""
        end = _read(due) or cls.due

        def moved(at: ClockTime) -> ClockTime:
            return ClockTime(at.minutes + end.minutes - cls.due.minutes)

        locks = _read(lock) or (cls.lock if end < cls.lock else moved(cls.lock))
        first = _read(opens) or moved(cls.opens)
        root = _read(summary_root)
        unit = _read(summary) or min(moved(cls.summary), root or locks, locks)
        escalations = [at for at in map(moved, cls.escalate) if at <= locks]
        reminders = [at for at in map(moved, cls.remind) if at > first and not _quiet(at)]
        times = cls(
            opens=first,
            remind=tuple(reminders) if remind is None else _series(remind),
            due=end,
            summary=unit,
            summary_root=root or max(unit, min(moved(cls.summary_root), locks)),
            escalate=tuple(escalations) if escalate is None else _series(escalate),
            lock=locks,
        )
        _refuse_nonsense(times)
        return times

    def stored(self) -> dict[str, str | list[str]]:
        """Return the times as words, for a JSON column; `Times.make(**stored)` gives them back."""
        one = {name: str(getattr(self, name)) for name in ("opens", "due", "summary", "summary_root", "lock")}
        return one | {"remind": [str(at) for at in self.remind], "escalate": [str(at) for at in self.escalate]}


def _read(at: Time | None) -> ClockTime | None:
    return parse_time(at) if isinstance(at, str) else at


def _series(times: Series) -> tuple[ClockTime, ...]:
    if isinstance(times, str):
        times = [part for part in re.split("[,，、]", times) if part.strip()]
    return tuple(sorted({parse_time(at) if isinstance(at, str) else at for at in times}))


def _quiet(at: ClockTime) -> bool:
    return not NIGHT[1] <= at.of_day < NIGHT[0]


def _refuse_nonsense(times: Times) -> None:
    """Raise the first refusal that applies: opens < remind < due <= summaries <= lock, due < escalate <= lock."""
    due, lock = str(times.due), str(times.lock)
    if times.opens.minutes < 0:
        raise Refusal("calendars.opens_too_early", due=due)
    if times.opens >= times.due:
        raise Refusal("calendars.opens_after_due", opens=str(times.opens), due=due)
    if times.lock <= times.due:
        raise Refusal("calendars.lock_before_due", lock=lock, due=due)
    if times.lock.minutes >= 8 * DAY:
        raise Refusal("calendars.lock_too_late", lock=lock)
    for at in times.remind:
        if not times.opens < at < times.due:
            raise Refusal("calendars.remind_outside", at=str(at), opens=str(times.opens), due=due)
        if _quiet(at):
            raise Refusal("calendars.remind_quiet", at=str(at))
    for at in (times.summary, times.summary_root):
        if not times.due <= at <= times.lock:
            raise Refusal("calendars.summary_outside", at=str(at), due=due, lock=lock)
    if times.summary_root < times.summary:
        raise Refusal("calendars.root_before_units", root=str(times.summary_root), units=str(times.summary))
    for at in times.escalate:
        if not times.due < at <= times.lock:
            raise Refusal("calendars.escalate_outside", at=str(at), due=due, lock=lock)
