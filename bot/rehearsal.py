"""Drive a rehearsal's clock: what the bar over the page of `run --clock` and of the demo shows and does."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import select

from bot.app import App
from bot.clock import RehearsalClock
from handlers.core.locales import LOCALES
from handlers.core.rendering import Renderer
from models.cycle import steps
from models.cycle.assignments import Assignment
from models.cycle.steps import StepKind

MOMENT = timedelta(seconds=50)  # after a step, in which what it sends is delivered
LEAP = timedelta(days=400)  # a jump by the button is no outage
MOST_STEPS = 40  # that one button passes: the longest day has fewer


class Rehearsal:
    """A rehearsal's clock and the way to the next step. `begin` starts the clock, which waits until somebody looks."""

    led = False  # whether a newcomer is led through the day

    def __init__(self, app: App, clock: RehearsalClock, speed: float) -> None:
        self._app, self._clock, self._speed = app, clock, speed
        self._going = asyncio.Lock()
        self._begun = clock.speed != 0

    def begin(self) -> None:
        """Start the clock if nobody has looked before."""
        if not self._begun:
            self._begun = True
            self._clock.run(self._speed)

    def state(self) -> dict[str, Any]:
        zone = ZoneInfo(self._app.desk.defaults.zone)
        following = self._next()
        return {
            "now": self._clock.now().astimezone(zone).isoformat(timespec="milliseconds"),
            "speed": self._speed,
            "paused": self._clock.speed == 0,
            "next": following and {
                "at": following[0].astimezone(zone).isoformat(timespec="seconds"),
                "label": {locale: Renderer(locale).line("cycle/step", kind=following[1]) for locale in LOCALES},
            },
        }  # fmt: skip

    def tour(self) -> dict[str, Any] | None:
        """Return the stops through which a newcomer is led."""
        return None

    def pause(self) -> None:
        self._begun = True
        self._clock.run(0)

    def play(self, speed: float | None = None) -> None:
        """Run the clock at this speed, or go on at that of before."""
        self._begun, self._speed = True, speed or self._speed
        self._clock.run(self._speed)

    async def next_step(self) -> None:
        """Run quickly through everything up to and with the next step, leaving nothing out on the way."""
        self._begun = True
        async with self._going:
            await self._pass(self._next())

    async def until(self, kind: str) -> None:
        """Run quickly up to and with the next step of this kind."""
        self._begun = True
        async with self._going:
            for _ in range(MOST_STEPS):
                following = self._next()
                await self._pass(following)
                if following is None or following[1] == kind:
                    return

    async def _pass(self, following: tuple[datetime, str] | None) -> None:
        step = following[0] if following else self._clock.now()
        until = step + MOMENT if following else step
        usual, self._clock.gap = self._clock.gap, LEAP
        try:
            await self._leap(step, until)
        finally:
            self._clock.gap = usual

    async def _leap(self, step: datetime, until: datetime) -> None:
        while True:  # once at least: a fast clock may have passed the step before the scheduler took it
            if self._clock.now() < until:
                self._clock.jump(min(until, self._soon(step) or until))
            await self._app.scheduler.tick()
            while await self._app.delivery.once():
                pass
            await self._play_others()
            if self._clock.now() >= until:
                return

    async def _play_others(self) -> None:
        """Let those act who act by themselves: nobody but in the demo."""

    def _soon(self, step: datetime) -> datetime | None:
        """Return when those who act by themselves are due; None if nobody is."""
        return None

    def _next(self) -> tuple[datetime, str] | None:
        with self._app.database.reading() as session:
            step = steps.next_instant(session)
            opening = session.exec(
                select(Assignment.next_at).where(Assignment.next_at != None).order_by(Assignment.next_at)  # type: ignore[arg-type] # noqa: E711
            ).first()
        waiting = [(step.at, step.kind)] if step else []
        if opening:
            waiting.append((opening, StepKind.OPEN))
        return min(waiting, key=lambda pair: pair[0]) if waiting else None
