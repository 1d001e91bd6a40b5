"""APScheduler only knocks: one job ticks, and the database decides what is due."""

import asyncio
import logging
import time
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlmodel import Session

from bot.clock import Clock
from bot.desk import Desk
from bot.lease import Lease
from handlers import sweep
from handlers.turn import House
from models import cards, seen

log = logging.getLogger("zeroreport")
CARDS_KEPT = timedelta(days=30)  # longer than any lock may be away
STALE_AFTER = 15.0  # seconds without a tick after which /healthz says so


class Scheduler:
    """Ticks once a second, or as often as a fast clock needs to miss nothing."""

    def __init__(self, desk: Desk, lease: Lease, clock: Clock, house: House) -> None:
        self._desk, self._lease, self._clock, self._house = desk, lease, clock, house
        self._beaten = time.monotonic()
        self._one_at_a_time = asyncio.Lock()
        self._jobs = AsyncIOScheduler(timezone="UTC")
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is skipped because one runs is no news

    def start(self) -> None:
        every = 1.0 if self._clock.speed == 1 else 0.1
        common = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        self._jobs.add_job(self.tick, "interval", seconds=every, **common)
        self._jobs.add_job(self._forget, "cron", hour=19, minute=17, **common)
        self._jobs.start()

    async def stop(self) -> None:
        """Knocks no more; what the last knock began is finished first."""
        self._jobs.pause()
        async with self._one_at_a_time:
            pass
        self._jobs.shutdown(wait=False)

    @property
    def alive(self) -> bool:
        return bool(self._jobs.running) and time.monotonic() - self._beaten < STALE_AFTER

    async def tick(self) -> None:
        """Everything that is due by now, in short transactions; what comes in is handled between them."""
        async with self._one_at_a_time:
            try:
                while await self._desk.run(self._work):
                    self._beaten = time.monotonic()
            except Exception:
                log.exception("a step stumbled and is tried again with the next tick")
            self._beaten = time.monotonic()

    def _work(self, session: Session, now: datetime) -> bool:
        """One chunk of work; says whether there may be more."""
        if not self._lease.held(session):
            return False
        hole = self._clock.hole or max(sweep.HOLE, timedelta(seconds=5 * self._clock.speed))
        if sweep.beat(session, now, hole):
            log.warning("no ticks for a while: deadlines were moved where that was our fault")
            return True
        return (
            sweep.open_next(session, self._house, now)
            or sweep.climb_next(session, self._house, now)
            or sweep.take_step(session, self._house, now)
            or sweep.rewrite_stale(session, self._house, now)
        )

    async def _forget(self) -> None:
        """At night: what came in days ago, and cards nobody edits any more, a chunk at a time."""
        await self._desk.run(seen.forget)
        while await self._desk.run(lambda session, now: cards.forget(session, now - CARDS_KEPT), wake=False):
            await asyncio.sleep(0.05)
