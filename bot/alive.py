"""Keep every loop of the program alive, through outages of any length and bugs of ours, and know what is not well
(docs/decisions/0145-keeping-alive.md)."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from models.core.database import away
from models.core.errors import Refusal

log = logging.getLogger("zeroreport")
FIRST, LONGEST_AWAY, LONGEST_BUG = 0.25, 5.0, 60.0  # seconds between tries
RIVAL = 3  # the exit code where another program has what we need
PROVEN = 5.0  # seconds after which a restarted loop counts as well again

Tell = Callable[[str, BaseException], Awaitable[None]]


class Unmendable(Refusal):
    """Raised for what no waiting cures; ends the program with this exit code: 2 like any other refusal, or RIVAL."""

    def __init__(self, key: str, *, exit_code: int = 2) -> None:
        super().__init__(key)
        self.exit_code = exit_code


@dataclass
class _Trouble:
    since: float
    tries: int
    away: bool


class Alive:
    """Keeps the loops of a program alive. `tell` reports a bug to the admins: the loop and the error."""

    def __init__(self) -> None:
        self.tell: Tell | None = None
        self._troubles: dict[str, _Trouble] = {}
        self._away_since: float | None = None

    @property
    def well(self) -> bool:
        """Say whether every loop runs and the database works."""
        return not self._troubles

    @property
    def away(self) -> bool:
        return any(it.away for it in self._troubles.values())

    async def rounds(self, name: str, once: Callable[[], Awaitable[bool]], pause: float) -> None:
        """Call `once` for ever, at once again if there was something to do."""
        while True:
            await asyncio.sleep(0 if await self.round(name, once) else pause)

    async def round(self, name: str, once: Callable[[], Awaitable[bool]]) -> bool:
        """Run one round, after which the loop is well again; a round that fails has waited before this returns True."""
        try:
            busy = await once()
        except Exception as error:
            await asyncio.sleep(await self.bear(name, error))
            return True
        self.healed(name)
        return busy

    async def running(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` until it is cancelled, and start it again if it fails."""
        while True:
            proof = asyncio.get_running_loop().call_later(PROVEN, self.healed, name)
            try:
                await work()
            except Exception as error:
                proof.cancel()
                await asyncio.sleep(await self.bear(name, error))
            else:
                self.healed(name)
                return
            finally:
                proof.cancel()

    async def bear(self, name: str, error: Exception) -> float:
        """Note that a loop failed, report a bug, and return how long to wait."""
        pause = self.failed(name, error)
        if not away(error):
            await self._tell(name, error)
        return pause

    async def _tell(self, name: str, error: Exception) -> None:
        if self.tell is None:
            log.error("%s failed by a bug and was restarted", name, exc_info=error)
            return
        try:
            await self.tell(name, error)
        except Exception:
            log.exception("the admins could not be told that %s failed", name, exc_info=error)

    def failed(self, name: str, error: Exception) -> float:
        """Note the failure and return how long to wait. Raises what nobody here can cure."""
        if isinstance(error, Unmendable):
            raise error
        gone = away(error)
        it = self._troubles.setdefault(name, _Trouble(time.monotonic(), 0, gone))
        it.tries, it.away = it.tries + 1, gone
        if gone and self._away_since is None:
            self._away_since = it.since
            log.warning("the database cannot be used (%s); trying again until it can", cause(error))
        longest = LONGEST_AWAY if gone else LONGEST_BUG
        return float(min(longest, FIRST * 2 ** min(it.tries - 1, 10)) * random.uniform(0.5, 1))  # noqa: S311 -- jitter

    def healed(self, name: str) -> None:
        self._troubles.pop(name, None)
        if self._away_since is not None and not self.away:
            log.warning("the database can be used again, after %.0f s", time.monotonic() - self._away_since)
            self._away_since = None


def cause(error: BaseException) -> str:
    """Return the error's type and code, never its words: they may hold a password or what somebody reported."""
    found = getattr(error, "orig", None) or error
    code = getattr(found, "sqlite_errorname", None) or getattr(found, "sqlstate", None)
    return f"{type(found).__name__} {code}" if code else type(found).__name__
