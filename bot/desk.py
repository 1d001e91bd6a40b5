"""Handle everything that comes in, in short transactions on one thread, and acknowledge it only after the commit.

Everything that waits shares a commit, but a transaction takes in no more after 100 ms, so a platform's batch may be
committed in parts. It is acknowledged after the last; what was committed before a failure is recognised when it comes
again."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

from sqlmodel import Session

from bot import large_files
from bot.bounds import Bounds
from bot.clock import Clock
from bot.quotas import Quotas
from bot.strangers import Strangers
from handlers import batches, dispatch, registry, strangers
from handlers.core import faults, quotas
from handlers.core.context import Context, Defaults
from handlers.core.incoming import Answer, Incoming
from handlers.core.turn import Turn
from models.core import updates
from models.core.database import Database, away
from models.core.faults import Fault

T = TypeVar("T")
_Waiting: TypeAlias = tuple[Incoming, "asyncio.Future[Answer | None]"]
Each: TypeAlias = Callable[[Incoming, Answer | None], None]
log = logging.getLogger("zeroreport")
BOUNDS = Bounds()
LONGEST = 0.1  # seconds after which a transaction takes no more, so that nothing holds the writer for 200 ms
TRIES = (0.1, 0.5, 2.0)  # seconds between tries when the database is busy or the disk full


class Desk:
    """Runs everything that writes, one short transaction after the other."""

    def __init__(
        self, database: Database, defaults: Defaults, clock: Clock, worker: Executor, bounds: Bounds = BOUNDS
    ) -> None:
        self.defaults = defaults
        self._strangers = Strangers(bounds.strangers)
        self.quotas = Quotas(bounds.day, lambda: self.defaults.today(clock.now()))
        self._database, self._clock, self._worker = database, clock, worker
        self._waiting: deque[_Waiting] = deque()
        self._draining: asyncio.Task[None] | None = None
        self._last: datetime | None = None
        self._adopted = 0  # how many jumps of the clock were accepted when we last looked
        self._gone = False  # whether the database was away when it was last tried
        self.wanted = asyncio.Event()  # set whenever there may be something new to deliver

    def context(self, session: Session, now: datetime) -> Context:
        """Return what a handler works with in this transaction."""
        return Context(session, now, self.defaults, registry.REACTIONS)

    async def take(self, batch: Sequence[Incoming], each: Each = lambda *_: None) -> list[Answer | None]:
        """Handle a batch. Returns the answers to taps, in order, once all of it is on disk; raises an error that is
        `away`, with nothing acknowledged, if the database did not take all of it: what it took is known when it comes
        again. `each` is called as soon as that Incoming is on disk: whoever tapped waits for nobody else in the batch.
        """
        over = {place: met for place, it in enumerate(batch) if (met := self.quotas.spend(it))}
        loop = asyncio.get_running_loop()
        waiting = [(incoming, loop.create_future()) for place, incoming in enumerate(batch) if place not in over]
        for incoming, future in waiting:
            future.add_done_callback(partial(_hand_on, each, incoming))
        self._waiting.extend(waiting)
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        answers = iter(await asyncio.gather(*(future for _, future in waiting)))
        refused = await self._refuse([(batch[place], met) for place, met in over.items()], each) if over else iter(())
        return [next(refused) if place in over else next(answers) for place in range(len(batch))]

    async def _refuse(self, over: Sequence[tuple[Incoming, str]], each: Each) -> Iterator[Answer | None]:
        """Tell people that they met a bound of the day: for a tap each time, for anything else once."""
        told = [(it, met) for it, met in over if not it.pressed and self.quotas.first(it, met)]
        if told:
            await self.run(lambda session, now: self._say_over(session, now, told))
        most = self.quotas.most
        answers = [quotas.answer(self.defaults, met, getattr(most, met)) if it.pressed else None for it, met in over]
        for (it, _), answer in zip(over, answers, strict=True):
            each(it, answer)
        return iter(answers)

    def _say_over(self, session: Session, now: datetime, told: Sequence[tuple[Incoming, str]]) -> None:
        context = self.context(session, now)
        for it, met in told:
            quotas.say(context, it, met, getattr(self.quotas.most, met))

    async def finish(self) -> None:
        """Wait until all that came in is handled."""
        if self._draining is not None:
            await asyncio.wait([self._draining])

    async def _drain(self) -> None:
        """Handle what waits in one transaction, so that a commit is shared by many; but no transaction is long."""
        while self._waiting:
            taken = list(self._waiting)
            try:
                answers = await self.run(lambda session, now: self._handle(session, now, taken))  # noqa: B023
            except Exception as error:
                failed = [self._waiting.popleft()[1] for _ in taken]
                for future in failed:
                    if not future.done():
                        future.set_exception(error)
                continue
            for place, answer in answers.items():
                future = taken[place][1]
                if not future.done():
                    future.set_result(answer)
            left = [it for place, it in enumerate(taken) if place not in answers]
            self._waiting = deque([*left, *islice(self._waiting, len(taken), None)])

    async def run(self, work: Callable[[Session, datetime], T], *, wake: bool = True) -> T:
        """Run `work` in a transaction of its own on the one worker thread; `wake` has delivery look for new cards. A
        connection lost during the commit leaves the outcome unknown: `work` then runs again and has to know what it
        did."""
        done = await asyncio.get_running_loop().run_in_executor(self._worker, self.transact, work)
        if wake:
            self.wanted.set()
        return done

    async def store(self, data: bytes) -> None:
        """Store the parts of a large file, which a transaction to come keeps."""
        await large_files.store(lambda act: self.run(lambda session, _: act(session), wake=False), data)

    def transact(self, work: Callable[[Session, datetime], T]) -> T:
        """Run `work`, and again if the database is busy. While the database is away, work is tried once only: many wait
        for this one thread, and hear so much sooner."""
        for pause in (*(() if self._gone else TRIES), None):
            try:
                with self._database.writing() as session:
                    now = self._now()
                    done = work(session, now)
            except Exception as error:
                if not away(error):
                    raise
                self._gone = pause is None
                if pause is None:
                    raise
                log.info("the database refused a transaction; trying again in %s s", pause)
                time.sleep(pause)
            else:
                self._gone = False
                return done
        raise AssertionError("unreachable")

    def _now(self) -> datetime:
        """Return a time strictly later than the transaction before, whatever the system's clock does; time goes back
        only if somebody confirmed a clock that went back."""
        now, adopted = self._clock.now(), self._clock.adopted
        if adopted != self._adopted:
            self._adopted, self._last = adopted, None
        if self._last is not None and now <= self._last:
            now = self._last + timedelta(microseconds=1)
        self._last = now
        return now

    def _handle(self, session: Session, now: datetime, waiting: Sequence[_Waiting]) -> dict[int, Answer | None]:
        """Handle as many of those that wait as fit into a short transaction, members first; returns the answers by
        place."""
        end, context = time.monotonic() + LONGEST, self.context(session, now)
        order, left_out = self._strangers.sort(session, now, [incoming for incoming, _ in waiting])
        answers: dict[int, Answer | None] = dict.fromkeys(left_out)
        times, accounts = self._strangers.guesses() if left_out else (0, 0)
        if times:
            strangers.guessed(context, times, accounts)
        places = iter(order)
        for run in batches.runs(waiting[place][0] for place in order):
            answers |= {place: it for it, place in zip(self._handle_run(context, run), places, strict=False)}
            if time.monotonic() > end:
                break
        return answers

    def handle(self, session: Session, now: datetime, incoming: Incoming) -> Answer | None:
        """Handle one Incoming, once."""
        return self._handle_run(self.context(session, now), [incoming])[0]

    def _handle_run(self, context: Context, run: Sequence[Incoming]) -> list[Answer | None]:
        """Handle a run that `batches.runs` put together: together as far as possible, the rest one by one."""
        new = updates.new(context.session, run[0].channel, run[0].bot, [it.update for it in run], context.now)
        answered = self._handle_together(context, [it for it in run if it.update in new])
        return [
            answered[it.update] if it.update in answered
            else self._handle_alone(context, it) if it.update in new
            else None
            for it in run
        ]  # fmt: skip

    def _handle_together(self, context: Context, run: Sequence[Incoming]) -> dict[str, Answer]:
        """Handle those that can be handled together. After a bug nothing of it is kept, and all of them are handled one
        by one."""
        try:
            with context.session.begin_nested():
                return batches.handle_together(context, run)
        except Exception as error:
            if away(error):
                raise
            log.exception("a batch failed; its messages are handled one by one")
            return {}

    def _handle_alone(self, context: Context, incoming: Incoming) -> Answer | None:
        """Handle one Incoming. A bug rolls back what it did and is apologised for; a bug in the apology is logged. The
        update stays processed: it would only fail again, and everybody's with it."""
        turn = Turn.of(context, incoming)
        try:
            with context.session.begin_nested():
                dispatch.handle(turn)
        except Exception as error:
            if away(error):
                raise
            number = updates.fault_number()
            log.exception("fault %s", number)
            return self._apologise(context, incoming, number, error)
        return turn.answer

    def _apologise(self, context: Context, incoming: Incoming, number: str, error: Exception) -> Answer | None:
        session = context.session
        session.add(Fault(number=number, at=context.now, what=type(error).__name__, place=place_of(error)))
        session.flush()
        turn = Turn.of(context, incoming)
        try:
            with session.begin_nested():
                faults.apologise(turn, number)
        except Exception as error:
            if away(error):
                raise
            log.exception("error %s: no apology could be sent", number)
        return turn.answer


def _hand_on(each: Each, incoming: Incoming, done: "asyncio.Future[Answer | None]") -> None:
    if not done.cancelled() and done.exception() is None:
        each(incoming, done.result())


def place_of(error: BaseException) -> str:
    """Return where in the program an error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
