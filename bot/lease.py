"""Leadership: one program per database ticks, and one per token in it polls and sends. Leases are taken inside the very
transaction they guard (docs/decisions/0087-leases.md)."""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import event
from sqlmodel import Session

from models.core import leases
from models.core.database import Database
from models.core.errors import Refusal

CLOCK = "clock"
AGAIN = 0.2  # seconds between looks at another bot's lease
MARGIN = 1.0  # seconds before its end from which a lease is not relied on any more


def utc() -> datetime:
    return datetime.now(UTC)


class Lease:
    """This program's leases: of the clock, and of each `CHANNEL:BOT` it speaks for. They use real time, because a
    demo's clock must not lose them. All are taken in one transaction, so that programs with the same settings never
    share them out."""

    def __init__(
        self, *bots: str, wall: Callable[[], datetime] = utc, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.names = (CLOCK, *bots)
        self.holder = secrets.token_hex(8)
        self.leading = False  # whether it ticks
        self._wall, self._monotonic = wall, monotonic
        self._ours: dict[str, _Held] = {}
        self._watched: dict[str, _Watched] = {}

    def speak_for(self, bots: Iterable[str]) -> None:
        """Lead for these bots too, from the next transaction on."""
        self.names += tuple(bots)

    def held(self, session: Session, name: str = CLOCK) -> int | None:
        """Take or renew the lease and return its epoch; None while another program holds it."""
        real, clock = self._wall(), self._monotonic()
        found = leases.hold(session, self.names, self.holder, real, lambda it: self._alive(it, clock))
        ours = {n: _Held(it.epoch, it.until, clock + (it.until - real).total_seconds()) for n, it in found.items()}
        event.listen(session, "after_commit", lambda _: self._know(ours), once=True)
        return ours[name].epoch if name in ours else None

    def _alive(self, lease: leases.Lease, clock: float) -> bool | None:
        """Say by our own monotonic clock whether another's lease is alive: one that stood still for its whole length is
        void, one that we saw renewed since is not."""
        before, mark = self._watched.get(lease.name), (lease.holder, lease.epoch, lease.until)
        if before is None or before.mark != mark:
            before = self._watched[lease.name] = _Watched(mark, clock, renewed=before is not None)
        if clock - before.since > leases.LENGTH.total_seconds():
            return False
        return True if before.renewed else None

    def led_by_another(self) -> bool:
        """Say whether another program was seen to tick lately."""
        it = self._watched.get(CLOCK)
        return it is not None and it.renewed and self._monotonic() - it.since < 2 * leases.LENGTH.total_seconds()

    def _know(self, ours: dict[str, "_Held"]) -> None:
        self._ours, self.leading = ours, CLOCK in ours

    def leads(self, name: str) -> bool:
        """Say whether the lease was ours when we last looked."""
        return name in self._ours

    def sure(self, name: str, epoch: int | None) -> bool:
        """Say whether the lease is still ours, by either clock and since this epoch. Asked right before anything is
        sent, because this program may have been stopped for long since it last looked."""
        it = self._ours.get(name)
        return (
            it is not None and it.epoch == epoch and self._monotonic() < it.clock - MARGIN and self._wall() < it.until
        )

    def release(self, session: Session) -> None:
        leases.release(session, self.names, self.holder)
        self._know({})


@dataclass(frozen=True)
class _Held:
    """One of our leases: until when, by the wall clock and by the monotonic clock."""

    epoch: int
    until: datetime
    clock: float


@dataclass(frozen=True)
class _Watched:
    """Another program's lease as we last saw it, and since when it has not changed; `renewed` if we saw it change."""

    mark: tuple[str, int, datetime]
    since: float
    renewed: bool


def alone(database: Database, names: Iterable[str]) -> None:
    """Raise `cli.other_bot` while a program speaks for another bot of one of these channels, because people's addresses
    belong to one bot. A lease that is not renewed was left by a program that died: it is watched for its length, by no
    other clock than ours."""
    kept = list(names)
    seen = _rivals(database, kept)
    end = time.monotonic() + leases.LENGTH.total_seconds() + MARGIN
    while (found := _rivals(database, kept)) and time.monotonic() < end:
        for name, until in found.items():
            if until != seen.setdefault(name, until):
                channel, _, bot = name.partition(":")
                raise Refusal("cli.other_bot", channel=channel, bot=bot)
        time.sleep(AGAIN)


def _rivals(database: Database, names: Iterable[str]) -> dict[str, datetime]:
    with database.reading() as session:
        return leases.rivals(session, names, utc())
