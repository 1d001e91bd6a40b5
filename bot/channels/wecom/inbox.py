"""Keep callbacks until they are handled: on disk before WeCom is answered, handled afterwards, in order and once.

WeCom wants an answer within five seconds, and a storm of taps takes the desk longer
(docs/decisions/0090-acknowledge-after-commit.md)."""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from bot.alive import Alive
from bot.channels.base import Desk
from bot.channels.wecom import events
from handlers.core.incoming import Answer, Incoming
from models.channels import wecom
from models.core.database import away

log = logging.getLogger("zeroreport")
Told = dict[str, str]
TAKEN = 4  # callbacks handled in one transaction, for which those that arrive meanwhile wait
LEFT_AT_ONCE = 100
STORM = 2  # arrivals during one write, from which on arrivals come first
STORM_WAITS = 2.0  # seconds for which nothing is handed over during a storm
LEFT_AFTER = timedelta(seconds=10)  # after which any program may handle what another left
LOOK = 2.0  # seconds between looks for what another program left


class Inbox:
    """Receives and hands over callbacks. `write` runs a function in a transaction; many callbacks share one, so a storm
    is no trouble."""

    def __init__(self, bot: str, write: Callable[[Callable[[Session], Any]], Awaitable[Any]]) -> None:
        self._bot, self._write = bot, write
        self._arriving: list[tuple[Told, asyncio.Future[None]]] = []
        self._keeping: asyncio.Task[None] | None = None
        self._queue: deque[tuple[str, Told]] = deque()
        self._done: list[str] = []  # handled, and still to be deleted
        self._came = asyncio.Event()
        self.alive = Alive()

    async def keep(self, told: Told) -> None:
        """Return once the callback is on disk; raise OperationalError if it cannot be written."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arriving.append((told, future))
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep_all())
        await future

    async def _keep_all(self) -> None:
        while self._arriving:
            arrived, self._arriving = self._arriving, []
            try:
                new = await self._strike_out([told for told, _ in arrived])
            except Exception as error:
                for _, future in arrived:
                    if not future.done():
                        future.set_exception(error)
                continue
            for told, future in arrived:
                key = events.key_of(told)
                if key in new:
                    new.discard(key)
                    self._queue.append((key, told))
                if not future.done():
                    future.set_result(None)
            self._came.set()

    async def work(self, desk: Desk, answer: Callable[[Incoming, Answer], None]) -> None:
        """Hand over callbacks for ever, also those that another program left."""
        while True:
            self._came.clear()
            try:
                busy = await self._hand_over(desk, answer) or await self._tidy()
            except Exception as error:
                if not away(error):
                    raise
                await asyncio.sleep(self.alive.failed("wecom inbox", error))
                continue
            self.alive.healed("wecom inbox")
            handed = time.monotonic()
            while len(self._arriving) > STORM and time.monotonic() - handed < STORM_WAITS:
                await asyncio.sleep(0.05)  # WeCom waits for arrivals, and not for what is handed over
            if not busy:
                try:
                    await asyncio.wait_for(self._came.wait(), LOOK)
                except TimeoutError:
                    pass

    async def _tidy(self) -> bool:
        """Delete what is handled and take up what another program left; called when there is nothing to hand over."""
        if self._done:
            await self._strike_out([])
        return await self._left(LEFT_AFTER)

    async def catch_up(self, desk: Desk, answer: Callable[[Incoming, Answer], None]) -> None:
        """Handle everything that was acknowledged before the program began."""
        while await self._left(timedelta(0)):
            while await self.alive.round("wecom inbox", lambda: self._hand_over(desk, answer)):
                pass
            await self._strike_out([])

    async def _hand_over(self, desk: Desk, answer: Callable[[Incoming, Answer], None]) -> bool:
        """Hand over the next few in one transaction of the desk; say whether there were any."""
        taken = [self._queue.popleft() for _ in range(min(TAKEN, len(self._queue)))]
        if not taken:
            return False
        batch = [it for _, told in taken if (it := events.incoming(told, self._bot)) is not None]
        try:
            answers = await desk.take(batch)
        except Exception:
            self._queue.extendleft(reversed(taken))
            raise
        self._done += [key for key, _ in taken]
        for incoming, said in zip(batch, answers, strict=True):
            if said is not None:
                answer(incoming, said)
        return True

    async def _strike_out(self, arrived: list[Told]) -> set[str]:
        """Write down what arrived and delete what is handled, in one transaction; return the keys of new callbacks."""
        done, self._done = self._done, []

        def write(session: Session) -> set[str]:
            new = wecom.take_in(session, self._bot, [_arrived(told) for told in arrived], datetime.now(UTC))
            wecom.handled(session, done)
            return new

        try:
            return set(await self._write(write))
        except Exception:
            self._done += done
            raise

    async def _left(self, age: timedelta) -> bool:
        """Queue the oldest rows that nobody has handled for so long."""
        before = datetime.now(UTC) - age
        rows = await self._write(
            lambda session: [(r.key, r.body) for r in wecom.waiting(session, before, LEFT_AT_ONCE)]
        )
        self._queue.extend((key, json.loads(body)) for key, body in rows)
        return bool(rows)


def _arrived(told: Told) -> wecom.Arrived:
    return wecom.Arrived(
        events.key_of(told), json.dumps(told, ensure_ascii=False), told["FromUserName"], events.tap_of(told),
        events.wants_no_cards(told),
    )  # fmt: skip
