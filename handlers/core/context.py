"""Give a handler what it works with: a session, an instant, and what holds for the whole organisation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from handlers.core.rendering import Renderer
from models.organisation.people import Person
from models.time.times import day_at


@dataclass(frozen=True)
class Defaults:
    """What holds for the whole organisation: the language and the time zone of people without their own."""

    locale: str = "zh_CN"
    zone: str = "Asia/Shanghai"
    report_at: str = "20:00"  # when the admins get the self report, in `zone`
    digest_day: str = "mon"  # the weekday on which leads get the week before; `never`: neither week nor month
    digest_at: str = "09:00"  # when digests are sent, in `zone`
    silent_days: int = 2  # days running without a report that an escalation names to the lead
    silent_days_above: int = 3  # the same to the level above
    milestones: tuple[int, ...] = (7, 30, 100)  # zero days in a row that are an honour of a unit
    calls_a_day: int = 5  # people that a list of calls names for one caller and day, until they ask for more
    calls_tries: int = 3  # days running on which somebody was not reached, after which an alert is raised
    undelivered_after: int = 60  # minutes after which the self report names a message that was not shown
    # messages a second by channel; a channel without one has no limit
    rates: Mapping[str, float] = field(default_factory=dict)
    off: int = 60  # seconds after :00 and :30 in which no wave starts
    public_url: str = ""  # the address of the program from outside
    fileless: frozenset[str] = frozenset()  # the channels that deliver no files
    still: frozenset[str] = frozenset()  # the channels in which no message counts up
    # how each channel opens the dashboard by itself: with a "button" or a "link"; a channel without one cannot
    doors: Mapping[str, str] = field(default_factory=dict)
    survey_key: str = field(default="", repr=False)  # seals answers to anonymous surveys; "": there are none
    rehearsal: bool = False  # whether every message says that this is one
    patience: int = 1  # how many times as long questions wait: a rehearsal's clock runs faster than its reader

    def today(self, now: datetime) -> date:
        """Return the day it is for the organisation."""
        return day_at(now, self.zone)

    def waits(self, lasts: timedelta) -> timedelta:
        """Return for how long a question waits that usually waits this long."""
        return lasts * self.patience

    def words_for(self, person: Person | None, zone: str | None = None, today: date | None = None) -> Renderer:
        """Return the words a person reads: their language and, for times of day, `zone` or the person's own. Days of
        other years than that of `today` carry their year."""
        locale = person.locale if person and person.locale else self.locale
        zone = zone or (person.timezone if person and person.timezone else self.zone)
        return Renderer(locale, zone, rehearsal=self.rehearsal, today=today)


Reaction = Callable[["Context", Any], None]
# The reactions to each class of event (`handlers/core/events.py`), in order.
Reactions = Mapping[type, Sequence[Reaction]]


@dataclass(slots=True)
class Context:
    """One transaction: its session, the one instant at which everything in it happens, the defaults, and the reactions
    to events."""

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
        return self.defaults.words_for(person, zone, self.today)

    def emit(self, event: object) -> None:
        """Run the reactions to an event, in order, in this transaction. What a reaction raises reaches the caller."""
        for react in self.reactions[type(event)]:
            react(self, event)
