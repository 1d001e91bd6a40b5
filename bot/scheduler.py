"""APScheduler only knocks: one job ticks, and the database decides what is due."""

import asyncio
import contextlib
import logging
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot.clock import Clock
from bot.desk import Desk
from bot.lease import Lease
from handlers import sweep
from handlers.router import fault_number
from handlers.turn import House
from models import cards, keeping, menus, messages, room, said, seen, uploads, wecom
from models.calendars import zone
from models.parking import parked

log = logging.getLogger("zeroreport")
CARDS_KEPT = timedelta(days=30)  # longer than any lock may be away
HEARTBEAT_EVERY = 60
STALE_AFTER = 15.0  # seconds without a tick after which /healthz says so


class Scheduler:
    """Ticks once a second, or as often as a fast clock needs to miss nothing."""

    def __init__(
        self,
        desk: Desk,
        lease: Lease,
        clock: Clock,
        house: House,
        *,
        heartbeat_url: str = "",
        nightly: Callable[[], None] | None = None,
        caught_up: Callable[[], bool] = lambda: True,
        chat_days: int = 90,
    ) -> None:
        self._chat_days = timedelta(days=chat_days)
        self._caught_up = caught_up
        self._desk, self._lease, self._clock, self._house = desk, lease, clock, house
        self._beaten = time.monotonic()
        self._words_after, self._blobs_after = 0, ""
        self._idle: set[str] = set()  # files to which nothing referred last night
        self._one_at_a_time = asyncio.Lock()
        self._heartbeat, self._nightly = heartbeat_url, nightly
        self._jobs = AsyncIOScheduler(timezone="UTC")
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is skipped because one runs is no news

    def start(self) -> None:
        every = 1.0 if self._clock.speed == 1 else 0.1
        common = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        self._jobs.add_job(self.tick, "interval", seconds=every, next_run_time=datetime.now(UTC), **common)
        night = {"timezone": zone(self._house.zone), **common}
        self._jobs.add_job(self._forget, "cron", hour=3, minute=17, **night)
        if self._heartbeat:
            self._jobs.add_job(self._beat, "interval", seconds=HEARTBEAT_EVERY, **common)
        if self._nightly:
            self._jobs.add_job(self._back_up, "cron", hour=2, minute=40, **night)
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
                await self._stumbled()
            self._beaten = time.monotonic()

    async def _stumbled(self) -> None:
        """One bad step must not stop the clock for the others."""
        number = fault_number()
        log.exception("incident %s: a step stumbled and is tried again in a minute", number)
        with contextlib.suppress(OperationalError):
            await self._desk.run(lambda session, now: sweep.set_aside(session, self._house, now, number))

    def _work(self, session: Session, now: datetime) -> bool:
        """One chunk of work; says whether there may be more."""
        if not self._lease.held(session) or parked(session) or not self._caught_up():
            return False
        hole = self._clock.hole or max(sweep.HOLE, timedelta(seconds=5 * self._clock.speed))
        if sweep.beat(session, self._house, now, hole):
            log.warning("no ticks for a while: deadlines were moved where that was our fault")
            return True
        return sweep.work(session, self._house, now)

    async def _beat(self) -> None:
        """Tells a watcher elsewhere that the clock ticks: a dead bot cannot say that it is dead."""
        if self.alive and self._lease.leading:
            try:
                await asyncio.to_thread(_fetch, self._heartbeat)
            except (OSError, ValueError) as error:
                log.warning("the heartbeat was not heard: %s", type(error).__name__)

    async def _back_up(self) -> None:
        if self._nightly and self._lease.leading:
            try:
                await asyncio.to_thread(self._nightly)
            except Exception:
                log.exception("the nightly backup failed")

    async def _forget(self) -> None:
        """At night: what came in days ago, and cards nobody edits any more, files of neither, a chunk at a time."""
        while await self._desk.run(seen.forget, wake=False):
            await asyncio.sleep(0.05)
        while await self._desk.run(said.forget, wake=False):
            await asyncio.sleep(0.05)
        await self._desk.run(self._menus, wake=False)
        while await self._desk.run(lambda session, now: cards.forget(session, now - CARDS_KEPT), wake=False):
            await asyncio.sleep(0.05)
        await self._desk.run(wecom.forget_taps, wake=False)
        await self._desk.run(uploads.forget, wake=False)
        while await self._desk.run(self._forget_messages, wake=False):
            await asyncio.sleep(0.05)
        while await self._desk.run(self._forget_words, wake=False):
            await asyncio.sleep(0.05)
        while await self._desk.run(self._forget_blobs, wake=False):
            await asyncio.sleep(0.05)
        begun = False
        while await self._desk.run(lambda session, _: room.give_back(session, begun=begun), wake=False):  # noqa: B023
            begun = True
            await asyncio.sleep(0.05)

    def _menus(self, session: Session, now: datetime) -> None:
        """Whose deputy began or ended today sees another menu."""
        menus.refresh(session, self._house.locale, now.astimezone(zone(self._house.zone)).date())

    def _forget_messages(self, session: Session, now: datetime) -> bool:
        return messages.forget(session, now - self._chat_days)

    def _forget_words(self, session: Session, now: datetime) -> bool:
        self._words_after = cards.forget_words(session, self._words_after)
        return self._words_after > 0

    def _forget_blobs(self, session: Session, now: datetime) -> bool:
        self._blobs_after = keeping.forget_blobs(session, self._blobs_after, self._idle)
        return bool(self._blobs_after)


def _fetch(url: str) -> None:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 -- the operator's own setting
        answer.read(1)
