"""Hold a jump of the machine's clock: nothing lapses or opens by it before it is known which time is right
(docs/decisions/0147-held-clocks.md)."""

import time
from datetime import datetime, timedelta

from sqlalchemy import event
from sqlmodel import Session

from bot.clock import JUMP, Clock, Outside, SteadyClock
from bot.desk import Desk
from handlers.cycle.outages import LONGEST_GAP
from handlers.operations import held_clock
from models.core import clock_jumps
from models.core.clock_jumps import Jump
from models.cycle.steps import Heartbeat

PATIENCE = 10.0  # seconds at the start within which a server outside may tell the time


class Guard:
    """Judges the clock in each tick of the program that leads. `gap` is how long a program may have been off without a
    question; `expected` says whether there is a server outside that tells the time."""

    def __init__(self, clock: Clock, desk: Desk, outside: Outside, gap: timedelta, *, expected: bool = False) -> None:
        self._clock, self._desk, self._outside, self._gap, self._expected = clock, desk, outside, gap, expected
        self._leading = False
        self._seen: datetime | None = None  # the last tick of another program
        self._followed = False  # whether one was seen to tick, which tells how late it is
        self._waiting_since: float | None = None
        self.held = False

    def begin(self, session: Session, now: datetime) -> None:
        """Check the clock before anything is handled: nothing is to be timed by a clock in doubt."""
        pulse, clock = session.get(Heartbeat, 1), self._clock
        if pulse and isinstance(clock, SteadyClock):
            jump = clock_jumps.held(session)
            if not (jump and jump.confirmed) and not self._plausible(clock.machine() - pulse.at, jump):
                clock.go_on_from(pulse.at)
                self.held = True

    def follow(self, session: Session) -> None:
        """Learn the time while another program leads: if its time, or a server's outside, is this machine's, this clock
        is right. If the program that ticks at this moment has another time, this clock is wrong, perhaps since before
        we started."""
        self._leading, self._waiting_since = False, None
        clock, pulse = self._clock, session.get(Heartbeat, 1)
        if pulse is None or not isinstance(clock, SteadyClock):
            return
        ticks, self._seen = self._seen not in (None, pulse.at), pulse.at
        self._followed = self._followed or ticks
        machine = clock.machine()
        if self._outside.agrees(machine) or abs(pulse.at - machine) <= JUMP:
            if clock.ahead():
                clock.adopt()
        elif ticks and not clock.ahead():
            clock.go_on_from(pulse.at)
        self.held = bool(clock.ahead())

    def admits(self, session: Session, now: datetime) -> bool:
        """Say whether the clock may tick by `now`."""
        if not isinstance(self._clock, SteadyClock):
            return True
        jump = clock_jumps.held(session)
        self._leading = self._leading or (self._followed and bool(self._clock.ahead()))
        admitted = (
            self._run(session, self._clock, jump, now) if self._leading else self._start(session, self._clock, jump)
        )
        held = clock_jumps.held(session) is not None
        event.listen(session, "after_commit", lambda _: setattr(self, "held", held), once=True)
        return admitted

    def _run(self, session: Session, clock: SteadyClock, jump: Jump | None, now: datetime) -> bool:
        """Judge a jump while we run: ticks go on by the time as it passes."""
        ahead, machine = clock.ahead(), clock.machine()
        if not ahead:
            if jump:
                held_clock.returned(self._desk.context(session, now), jump)
        elif self._outside.agrees(machine) or (
            jump and jump.confirmed and abs(jump.machine - jump.since - ahead) <= JUMP
        ):
            held_clock.settled(self._desk.context(session, now), jump, machine)
            self._adopt(session, clock)
        elif jump is None or abs(jump.machine - jump.since - ahead) > JUMP:
            held_clock.hold(self._desk.context(session, now), now, machine, at_start=False)
        return True

    def _start(self, session: Session, clock: SteadyClock, jump: Jump | None) -> bool:
        """Judge our first tick: may so long have passed since the last one? Until that is known there are no ticks, and
        what people do is timed as if it followed the last one."""
        pulse, machine = session.get(Heartbeat, 1), clock.machine()
        outside = self._outside.agrees(machine)
        ahead = machine - pulse.at if pulse else timedelta(0)
        fine = outside or (jump is not None and jump.confirmed) or (outside is None and self._plausible(ahead, jump))
        if outside is None and self._expected and ahead > LONGEST_GAP and self._wait():
            return False
        if pulse is None or fine:
            if jump:
                held_clock.settled(self._desk.context(session, machine), jump, machine)
            self._adopt(session, clock)
            self._leading = True
            return True
        if not clock.ahead():
            clock.go_on_from(pulse.at)
        if jump is None:
            held_clock.hold(self._desk.context(session, pulse.at), pulse.at, machine, at_start=True)
        return False

    def _plausible(self, ahead: timedelta, jump: Jump | None) -> bool:
        """Say whether the program may have been off for so long; if a jump was held when it ended, only if the jump is
        over."""
        if jump and abs(ahead) > abs(jump.machine - jump.since) / 2:
            return False
        return -JUMP <= ahead <= self._gap

    def _wait(self) -> bool:
        self._waiting_since = self._waiting_since or time.monotonic()
        return time.monotonic() - self._waiting_since < PATIENCE

    def _adopt(self, session: Session, clock: SteadyClock) -> None:
        if clock.ahead():
            event.listen(session, "after_commit", lambda _: clock.adopt(), once=True)
