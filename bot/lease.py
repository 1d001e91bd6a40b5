"""Who leads: one program per database ticks, and one per token in it polls and sends. Leases are asked for inside the
very transaction they guard."""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import event
from sqlmodel import Session

from models import leases
from models.database import Database
from models.errors import Refusal

CLOCK = "clock"
AGAIN = 0.2  # seconds between looks at another bot's lease
MARGIN = 1.0  # seconds before its end from which a lease is not relied on any more


def utc() -> datetime:
    return datetime.now(UTC)


class Lease:
    """This program's hand on the leases of the clock and of each `CHANNEL:BOT` it speaks for. Real time, for a demo's
    clock must not lose them. All are taken in one transaction, so that programs with the same settings never share."""

    def __init__(
        self, *bots: str, wall: Callable[[], datetime] = utc, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.names = (CLOCK, *bots)
        self.holder = secrets.token_hex(8)
        self.leading = False  # whether it ticks
        self._wall, self._monotonic = wall, monotonic
        self._ours: dict[str, _Held] = {}

    def speak_for(self, bots: Iterable[str]) -> None:
        """Leads for these too, from the next transaction on."""
        self.names += tuple(bots)

    def held(self, session: Session, name: str = CLOCK) -> int | None:
        """Takes or renews what is free; the epoch of this one, None while another program holds it."""
        real, clock = self._wall(), self._monotonic()
        found = leases.hold(session, self.names, self.holder, real)
        ours = {n: _Held(it.epoch, it.until, clock + (it.until - real).total_seconds()) for n, it in found.items()}
        event.listen(session, "after_commit", lambda _: self._know(ours), once=True)
        return ours[name].epoch if name in ours else None

    def _know(self, ours: dict[str, "_Held"]) -> None:
        self._ours, self.leading = ours, CLOCK in ours

    def leads(self, name: str) -> bool:
        """Whether it was ours when we last looked."""
        return name in self._ours

    def sure(self, name: str, epoch: int | None) -> bool:
        """Whether it is still ours, by either clock and since this epoch: asked right before anything is sent, for
        this program may have been stopped for long since it last looked."""
        it = self._ours.get(name)
        return (
            it is not None and it.epoch == epoch and self._monotonic() < it.clock - MARGIN and self._wall() < it.until
        )

    def release(self, session: Session) -> None:
        leases.release(session, self.names, self.holder)
        self._know({})


@dataclass(frozen=True)
class _Held:
    """A lease of ours: until when, by the wall and by the monotonic clock."""

    epoch: int
    until: datetime
    clock: float


def alone(database: Database, names: Iterable[str]) -> None:
    """Refusal `cli.other_bot` while a program speaks for another bot of one of these channels: people's addresses
    belong to one bot. A lease that is not renewed was left by a program that died, and is waited for."""
    kept = list(names)
    seen = _rivals(database, kept)
    end = time.monotonic() + 2 * leases.LENGTH.total_seconds()
    while found := _rivals(database, kept):
        for name, until in found.items():
            if until > seen.setdefault(name, until) or time.monotonic() > end:
                channel, _, bot = name.partition(":")
                raise Refusal("cli.other_bot", channel=channel, bot=bot)
        time.sleep(AGAIN)


def _rivals(database: Database, names: Iterable[str]) -> dict[str, datetime]:
    with database.reading() as session:
        return leases.rivals(session, names, utc())
