"""Limit how much the app sends in a day: WeCom grants accounts × 200 person-times (D/90236) and refuses the rest.

What all programs sent is counted in one row for each app, updated every ten seconds at most. WeCom tells an app nowhere
how many accounts the company has. There are at least as many as people with an address on WeCom, and those are
multiplied."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.channels.wecom.api import TOO_OFTEN, ApiError
from models.channels import wecom
from models.core.database import away

PER_ACCOUNT = 200
ZONE = ZoneInfo("Asia/Shanghai")  # where WeCom's day begins
NOTED = 10.0  # seconds for which this program's count stays in its memory


class Allowance:
    """Counts what all programs send for one app."""

    def __init__(self, app: str, write: Callable[[Callable[[Session], Any]], Awaitable[Any]]) -> None:
        self._app, self._write = app, write
        self._day = date.min
        self._left = 0  # person-times left, as last read from the database
        self._new = 0  # sent since then and not noted
        self._looked = -math.inf
        self._one = asyncio.Lock()

    async def allow(self, count: int) -> None:
        """Raise WeCom's own ApiError if the day has not that many person-times left."""
        await self._look()
        if count > self._left - self._new:
            raise ApiError(TOO_OFTEN, "accounts × 200 a day are sent")

    async def sent(self, count: int) -> None:
        """Count what has been sent, whether that can be noted now or later."""
        self._new += count
        try:
            await self._look()
        except Exception as error:
            if not away(error):
                raise

    async def _look(self) -> None:
        """Exchange counts with the other programs, if that was long ago."""
        async with self._one:
            day = today()
            if day != self._day or time.monotonic() - self._looked >= NOTED:
                await self._note(day)

    async def _note(self, day: date) -> None:
        """Write down what was sent. What is not noted by midnight counts for the new day."""
        new = self._new

        def look(session: Session) -> int:
            sent = wecom.note_sent(session, self._app, day, new)
            return PER_ACCOUNT * max(1, wecom.members(session)) - sent

        self._left = await self._write(look)
        self._new -= new
        self._day, self._looked = day, time.monotonic()


def today() -> date:
    """Return WeCom's day, by the real clock."""
    return datetime.now(UTC).astimezone(ZONE).date()
