"""What a handler works with: a session, an instant, and what holds for the whole organisation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from handlers.core.rendering import Renderer
from models.organisation.people import Person
from models.time.times import day_at


@dataclass(frozen=True)
class Defaults:
    """What holds for the whole organisation: the language and the time zone where a person has none of their own."""

    locale: str = "zh_CN"
    zone: str = "Asia/Shanghai"
    report_at: str = "20:00"  # when the admins get the bot's own report, in `zone`
    undelivered_after: int = 60  # minutes after which a message that was not shown is told there
    rates: Mapping[str, float] = field(default_factory=dict)  # messages a second by channel; without one: no limit
    off: int = 60  # seconds after :00 and :30 in which no wave starts
    public_url: str = ""  # where the program is reached from outside
    fileless: frozenset[str] = frozenset()  # the channels that deliver no files

    def today(self, now: datetime) -> date:
        """Return the day it is for the organisation."""
        return day_at(now, self.zone)

    def words_for(self, person: Person | None, zone: str | None = None) -> Renderer:
        """Return the words a person reads: their language and, for times of day, `zone` or the person's own."""
        locale = person.locale if person and person.locale else self.locale
        return Renderer(locale, zone or (person.timezone if person and person.timezone else self.zone))


# What follows from an event, in order, by the event's class (`handlers/core/events.py`).
Reaction = Callable[["Context", Any], None]
Reactions = Mapping[type, Sequence[Reaction]]


@dataclass(slots=True)
class Context:
    """One transaction: its session, the one instant at which everything in it happens, the defaults, and what follows
    from an event."""

    session: Session
    now: datetime
    defaults: Defaults
    reactions: Reactions

    @property
    def today(self) -> date:
        """Return the day it is for the organisation, by which people's own days and commands are understood."""
        return self.defaults.today(self.now)

    def words_for(self, person: Person | None, zone: str | None = None) -> Renderer:
        """Return the words a person reads; times of day in `zone`, or else in the person's own."""
        return self.defaults.words_for(person, zone)

    def emit(self, event: object) -> None:
        """Run the reactions to an event, in order, in this transaction: what one raises, whoever emits meets."""
        for react in self.reactions[type(event)]:
            react(self, event)
