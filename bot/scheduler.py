"""Run one tick a second; the database decides which steps are due. APScheduler only calls."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlmodel import Session

from bot.alive import Alive
from bot.clock import Clock, Outside
from bot.clock_guard import Guard
from bot.desk import Desk
from bot.lease import Lease
from handlers import sweep
from handlers.core import isolating
from handlers.cycle.outages import LONGEST_GAP
from models.channels import code_attempts, webchat, wecom
from models.conversations import answered_messages
from models.core import failing_work, free_space, updates
from models.core.database import away
from models.messaging import cards, command_menus, dashboard_keys, upload_links
from models.operations import blob_retention, job_files
from models.operations.restore_hold import parked
from models.time.times import zone

log = logging.getLogger("zeroreport")
Night = Callable[[Session, datetime], bool | None]  # says whether there may be more to do
CARDS_KEPT = timedelta(days=30)  # longer than any lock can be ahead
HEARTBEAT_EVERY = 60
STALE_AFTER = 15.0  # seconds without a successful tick after which /healthz says so
BEAT_EVERY = 10.0  # seconds after which a tick with much to do notes once more that we are alive


class Scheduler:
    """Ticks once a second, or as often as a fast clock needs to miss nothing."""

    def __init__(
        self,
        desk: Desk,
        lease: Lease,
        clock: Clock,
        *,
        heartbeat_url: str = "",
        nightly: Callable[[], None] | None = None,
        caught_up: Callable[[], bool] = lambda: True,
        alive: Alive | None = None,
        guard: Guard | None = None,
        outside: Outside | None = None,
        healthy: Callable[[], bool] = lambda: True,
        chat_days: int = 90,
    ) -> None:
        self._chat_days = timedelta(days=chat_days)
        self._caught_up, self._healthy = caught_up, healthy
        self._desk, self._lease, self._clock = desk, lease, clock
        self._alive, self._outside = alive or Alive(), outside or Outside()
        self._guard = guard or Guard(clock, desk, self._outside, timedelta.max)
        self._alive.tell = self._tell
        self._ticked = time.monotonic()  # when a tick last succeeded: our own, or our look at who ticks
        self._rests_until = 0.0
        self._begun = False
        self._words_after, self._blobs_after = 0, ""
        self._shortening = False
        self._idle: set[str] = set()  # files to which nothing referred last night
        self._one_at_a_time = asyncio.Lock()
        self._heartbeat, self._nightly = heartbeat_url, nightly
        self._jobs = AsyncIOScheduler(timezone="UTC")
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is skipped because one runs is no news

    def start(self) -> None:
        every = 1.0 if self._clock.speed == 1 else 0.1
        common = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        self._jobs.add_job(self.tick, "interval", seconds=every, next_run_time=datetime.now(UTC), **common)
        night = {"timezone": zone(self._desk.defaults.zone), **common}
        self._jobs.add_job(self._forget, "cron", hour=3, minute=17, **night)
        if self._heartbeat:
            self._jobs.add_job(self._beat, "interval", seconds=HEARTBEAT_EVERY, **common)
        if self._nightly:
            self._jobs.add_job(self._back_up, "cron", hour=2, minute=40, **night)
        self._jobs.start()

    async def stop(self) -> None:
        """Stop ticking; what the last tick began is finished first."""
        self._jobs.pause()
        async with self._one_at_a_time:
            pass
        self._jobs.shutdown(wait=False)

    @property
    def alive(self) -> bool:
        """Say whether ticks succeeded lately, ours or those of the program that leads."""
        return bool(self._jobs.running) and time.monotonic() - self._ticked < STALE_AFTER

    async def tick(self) -> None:
        """Do everything that is due by now, in short transactions; what comes in is handled between them."""
        async with self._one_at_a_time:
            if time.monotonic() < self._rests_until:
                return
            try:
                await self._round()
            except Exception as error:
                self._rests_until = time.monotonic() + await self._alive.bear("clock", error)
            else:
                self._alive.healed("clock")

    async def _round(self) -> None:
        """Note the heartbeat in a transaction of its own, then work: a failure of the work is then no outage."""
        while await self._desk.run(self._note_beat):
            noted = self._ticked = time.monotonic()
            while await self._desk.run(self._work):
                self._ticked = time.monotonic()
                if self._ticked - noted > BEAT_EVERY:
                    break
            else:
                return

    def _note_beat(self, session: Session, now: datetime) -> bool:
        """Note that this program is alive; say whether there may be work for it."""
        if not self._lease.held(session):
            self._guard.follow(session)
            if self._lease.led_by_another():
                self._ticked = time.monotonic()
            return False
        if parked(session) or not self._caught_up() or not self._guard.admits(session, now):
            self._ticked = time.monotonic()
            return False
        if not self._begun:
            failing_work.try_again(session)
            self._begun = True
        gap = self._clock.gap or max(LONGEST_GAP, timedelta(seconds=5 * self._clock.speed))
        if sweep.beat(session, now, gap):
            log.warning("the program was down; deadlines are extended where needed")
        return True

    def _work(self, session: Session, now: datetime) -> bool:
        """Do one chunk of work; say whether there may be more."""
        return bool(self._lease.held(session)) and not parked(session) and sweep.work(self._desk.context(session, now))

    async def _tell(self, name: str, error: BaseException) -> None:
        """Tell the admins of a bug in one of the program's loops, once an hour for each."""
        await self._desk.run(
            lambda session, now: isolating.set_aside(
                self._desk.context(session, now), "loop", name, error, f"loop.{name}"
            )
        )

    async def _beat(self) -> None:
        """Tell a watcher elsewhere that all is well: a dead program cannot say that it is dead."""
        if self._lease.leading and await asyncio.to_thread(self._healthy):
            try:
                self._outside.hear(await _fetch(self._heartbeat))
            except (OSError, ValueError) as error:
                log.warning("HEARTBEAT_URL did not answer: %s", type(error).__name__)
            else:
                await self._alone("heartbeat", lambda: self._desk.run(sweep.heard))

    async def _back_up(self) -> None:
        nightly = self._nightly
        if nightly and self._lease.leading:
            await self._alone("backup", lambda: asyncio.to_thread(nightly))

    async def _forget(self) -> None:
        """Delete at night what is no longer needed: updates of days ago, cards nobody edits any more, files of neither,
        a chunk at a time. A failure of one keeps no other from its turn."""
        nights: dict[str, Night] = {
            "seen": updates.forget,
            "said": answered_messages.forget,
            "menus": self._menus,
            "cards": lambda session, now: cards.forget(session, now - CARDS_KEPT),
            "taps": wecom.forget_taps,
            "uploads": upload_links.forget,
            "dashboards": dashboard_keys.forget,
            "files": job_files.forget,
            "stumbles": failing_work.forget,
            "strangers": code_attempts.forget,
            "messages": self._forget_messages,
            "words": self._forget_words,
            "blobs": self._forget_blobs,
            "room": self._give_back,
        }
        for name, work in nights.items():
            await self._alone(f"night.{name}", partial(self._chunks, work))

    async def _chunks(self, work: Night) -> None:
        while await self._desk.run(work, wake=False):
            await asyncio.sleep(0.05)

    async def _alone(self, label: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run one work beside the ticks. It waits for a database that is away; a bug is told, and the work is tried
        again at its next time."""
        while True:
            try:
                await work()
            except Exception as error:
                if away(error):
                    await asyncio.sleep(self._alive.failed(label, error))
                    continue
                await self._failed(label, error)
            self._alive.healed(label)
            return

    async def _failed(self, label: str, error: Exception) -> None:
        try:
            await self._desk.run(
                lambda session, now: isolating.set_aside(self._desk.context(session, now), label, "", error, label)
            )
        except Exception:
            log.exception("%s failed", label, exc_info=error)

    def _menus(self, session: Session, now: datetime) -> None:
        """Update the menus of people whose deputy began or ended today."""
        command_menus.refresh(session, self._desk.defaults.locale, self._desk.defaults.today(now))

    def _give_back(self, session: Session, now: datetime) -> bool:
        self._shortening = free_space.give_back(session, begun=self._shortening)
        return self._shortening

    def _forget_messages(self, session: Session, now: datetime) -> bool:
        return webchat.forget(session, now - self._chat_days)

    def _forget_words(self, session: Session, now: datetime) -> bool:
        self._words_after = cards.forget_words(session, self._words_after)
        return self._words_after > 0

    def _forget_blobs(self, session: Session, now: datetime) -> bool:
        self._blobs_after = blob_retention.forget_blobs(session, self._blobs_after, self._idle)
        return bool(self._blobs_after)


async def _fetch(url: str) -> str | None:
    """Return what time the watcher says it is; raise OSError or ValueError unless it answers well."""
    import aiohttp  # loaded where a heartbeat is set up: it takes 8 MB

    try:
        async with (
            aiohttp.ClientSession(trust_env=True, timeout=aiohttp.ClientTimeout(10)) as session,
            session.get(url, raise_for_status=True) as answer,
        ):
            return answer.headers.get("Date")
    except aiohttp.ClientError as error:
        raise OSError(type(error).__name__) from error
