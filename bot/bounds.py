"""Hold the bounds from the settings: how much of everything there may be at once, in a minute and in a day."""

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Room:
    """How many connections there may be, in all and from one address, and how long each may keep us waiting, in
    seconds. `proxies` are addresses behind which many people are: for them only the total is bounded."""

    most: int = 2000
    each: int = 100
    proxies: Collection[str] = ("127.0.0.1", "::1")
    header: float = 10
    body: float = 120
    idle: float = 20
    head: int = 32 * 1024  # bytes of a request's head


@dataclass(frozen=True)
class Day:
    """What one person may send in a day."""

    texts: int = 1000
    taps: int = 5000
    files: int = 100
    megabytes: int = 100


@dataclass(frozen=True)
class Bounds:
    """All bounds: the web server's room, and the limits for reading files and for strangers."""

    room: Room = field(default_factory=Room)
    head_lines: int = 100
    uploads: int = 8  # files received from browsers at the same time
    file_seconds: int = 60
    file_memory: int = 512  # MB
    files: int = 2  # read at the same time
    strangers: int = 30  # answers a minute to all strangers together
    day: Day = field(default_factory=Day)
    chat_days: int = 90  # for which messages of the browser chat are kept
    part_rows: int = 1000  # of a roster from somebody who does not administer the whole
