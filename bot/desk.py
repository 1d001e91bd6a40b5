"""The desk: what comes in is handled in one transaction on one thread, and acknowledged only after the commit."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot.clock import Clock
from handlers import router
from handlers.turn import Answer, House, Incoming, Turn
from models import people, seen
from models.calendars import zone
from models.database import Database

T = TypeVar("T")
log = logging.getLogger("zeroreport")
TRIES = (0.1, 0.5, 2.0)  # seconds between tries when the database is busy or the disk full


class Desk:
    """Everything that writes goes through here, one short transaction after the other."""

    def __init__(self, database: Database, house: House, clock: Clock, worker: Executor) -> None:
        self._database, self.house, self._clock, self._worker = database, house, clock, worker
        self._waiting: list[tuple[Sequence[Incoming], asyncio.Future[list[Answer | None]]]] = []
        self._draining: asyncio.Task[None] | None = None
        self._last: datetime | None = None
        self.wanted = asyncio.Event()  # set whenever there may be something new to deliver

    async def take(self, batch: Sequence[Incoming]) -> list[Answer | None]:
        """Handles a batch. Returns the answers to taps, in order, once all of it is on disk; raises OperationalError,
        with nothing recorded and nothing acknowledged, where the database would not take it."""
        future: asyncio.Future[list[Answer | None]] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, future))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        """All that waits goes into one transaction, so that a commit is shared by many."""
        while self._waiting:
            taken, self._waiting = self._waiting, []
            flat = [incoming for batch, _ in taken for incoming in batch]
            try:
                answers = await self.run(lambda session, now: self._handle(session, now, flat))  # noqa: B023
            except Exception as error:
                for _, future in taken:
                    if not future.done():
                        future.set_exception(error)
                continue
            rest = iter(answers)
            for batch, future in taken:
                part = [next(rest) for _ in batch]
                if not future.done():
                    future.set_result(part)

    async def run(self, work: Callable[[Session, datetime], T], *, wake: bool = True) -> T:
        """Runs `work` in a transaction of its own on the one worker thread; `wake` has delivery look what it wants."""
        done = await asyncio.get_running_loop().run_in_executor(self._worker, self.transact, work)
        if wake:
            self.wanted.set()
        return done

    def transact(self, work: Callable[[Session, datetime], T]) -> T:
        for pause in (*TRIES, None):
            try:
                with self._database.writing() as session:
                    now = self._now()
                    people.take_place_on(session, now.astimezone(zone(self.house.zone)).date())
                    return work(session, now)
            except OperationalError:
                if pause is None:
                    raise
                log.warning("the database would not take a transaction; trying again in %s s", pause)
                time.sleep(pause)
        raise AssertionError("unreachable")

    def _now(self) -> datetime:
        """Strictly later than the transaction before, whatever the system's clock does."""
        now = self._clock.now()
        if self._last is not None and now <= self._last:
            now = self._last + timedelta(microseconds=1)
        self._last = now
        return now

    def _handle(self, session: Session, now: datetime, batch: Sequence[Incoming]) -> list[Answer | None]:
        return [self.handle(session, now, incoming) for incoming in batch]

    def handle(self, session: Session, now: datetime, incoming: Incoming) -> Answer | None:
        if not seen.first_time(session, incoming.channel, incoming.bot, incoming.update, now):
            return None
        turn = Turn(session, now, self.house, incoming)
        try:
            with session.begin_nested():
                router.handle(turn)
        except OperationalError:
            raise
        except Exception as error:
            number = router.fault_number()
            log.exception("fault %s", number)
            session.add(seen.Fault(number=number, at=now, what=type(error).__name__))
            turn = Turn(session, now, self.house, incoming)
            with session.begin_nested():
                router.apologise(turn, number)
        return turn.answer
