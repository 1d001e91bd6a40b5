"""What comes in, and what a handler is given to answer it with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from handlers.core.incoming import Answer, Incoming
from handlers.core.rendering import Renderer
from models.files.records import File as File
from models.messaging import cards
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind
from models.messaging.contents import Content
from models.messaging.slots import Slot, Subject
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


@dataclass
class Turn:
    """One Incoming being answered. What is to be said is a card as wanted, or the `answer` to a tap."""

    session: Session
    now: datetime
    house: Defaults
    incoming: Incoming
    address: Address | None = None
    speaker: Person | None = None
    answer: Answer | None = None
    _replies: int = field(default=0)

    @property
    def person(self) -> Person:
        """Who is speaking; the router lets nobody else through."""
        if self.speaker is None:
            raise LookupError("nobody is enrolled under this account")
        return self.speaker

    @property
    def here(self) -> Address:
        """The person's own chat, where answers go that are nobody else's business."""
        if self.address is None:
            raise LookupError("nobody is enrolled under this account")
        return self.address

    @property
    def today(self) -> date:
        """The day it is for the organisation, by which people's own days and commands are understood."""
        return self.house.today(self.now)

    @property
    def words(self) -> Renderer:
        return words_for(self.house, self.speaker)

    @property
    def fileless(self) -> bool:
        """Whether files sent here never arrive."""
        return self.incoming.channel in self.house.fileless

    def toast(self, template: str, *, alert: bool = False, **values: Any) -> None:
        text = self.words.line(template, **values)
        self.answer = Answer(text if len(text) <= 200 else text[:199] + "…", alert)

    def say(self, template: str, **values: Any) -> Card:
        """A new message to the person who is speaking, in private."""
        return self.send(self.words.content(template, **values))

    def send(self, content: Content) -> Card:
        self._replies += 1
        slot = Slot.of(Subject.REPLY, self.here, *self.incoming.id, sequence=self._replies)
        return cards.want(self.session, slot, Kind.REPLY, content, self.now)


def words_for(house: Defaults, person: Person | None, zone: str | None = None) -> Renderer:
    """The words a person reads: their language and, for times of day, the zone of what is talked about or their own."""
    locale = person.locale if person and person.locale else house.locale
    return Renderer(locale, zone or (person.timezone if person and person.timezone else house.zone))
