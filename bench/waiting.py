"""Where a tap waits: at the platform until it is handed over, in the program until it is answered; and how much of that
is the machine's doing. On a machine that others use too only these tell a slow program from a busy neighbour."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.telegram import BotApi
from tests.fakes.telegram.state import Bot, Query

BEAT = 0.01  # seconds between looks at how late the server itself is


class Watched(BotApi):
    """A server that notes when it hands over each tap, and how late it is itself."""

    def __init__(self) -> None:
        super().__init__()
        self.handed: dict[str, float] = {}
        self.late: list[tuple[float, float]] = []

    async def _open(self) -> None:
        await super()._open()
        self._beating = asyncio.ensure_future(self._beat())

    async def _close(self) -> None:
        self._beating.cancel()
        await super()._close()

    async def _beat(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(BEAT)
            self.late.append((began, time.monotonic() - began - BEAT))

    async def _updates(self, bot: Bot, told: dict[str, Any]) -> list[dict[str, Any]]:
        found = await super()._updates(bot, told)
        now = time.monotonic()
        for update in found:
            if query := update.get("callback_query"):
                self.handed.setdefault(query["id"], now)
        return found

    def told_of(self, queries: Sequence[Query]) -> str:
        """Return the 99th percentile of each part of the way, in milliseconds."""
        queued = [self.handed[q.id] - q.at for q in queries]
        inside = [q.answered_at - self.handed[q.id] for q in queries]
        late = [seconds for at, seconds in self.late if at >= queries[0].at]
        return (
            f"p99 of waiting at the platform {p99(queued):.0f} ms, in the program {p99(inside):.0f} ms; "
            f"the server itself was late by {p99(late):.0f} ms"
        )


def p99(seconds: Sequence[float]) -> float:
    """Return the 99th percentile in milliseconds."""
    return sorted(seconds)[len(seconds) * 99 // 100] * 1000


@dataclass(frozen=True)
class Ran:
    """How long the threads of a process ran, and stood in the queue for a processor, in seconds (Linux)."""

    ran: float
    stood: float

    @classmethod
    def of(cls, process: int) -> "Ran":
        told = [it.read_text().split() for it in Path(f"/proc/{process}/task").glob("*/schedstat")]
        return cls(*(sum(int(it[n]) for it in told) / 1e9 for n in (0, 1)))

    def since(self, before: "Ran", taps: int) -> str:
        ran, stood = self.ran - before.ran, self.stood - before.stood
        slower = (ran + stood) / ran if ran else 1.0
        return (
            f"{ran / taps * 1000:.0f} ms of processor a tap; its threads waited {slower - 1:.1f} times as long for one"
        )
