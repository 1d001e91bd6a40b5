"""What comes in, and what a handler is given to answer it with."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from handlers.core.rendering import Words
from models.changes.file_readings import Reading
from models.core import characters
from models.files.records import File as File
from models.messaging import cards
from models.messaging.addresses import Address
from models.messaging.cards import Card, Content, Kind
from models.organisation.people import Person


@dataclass(frozen=True)
class Location:
    """A place on the earth in degrees (WGS 84), `accuracy` in metres where the phone tells it."""

    latitude: float
    longitude: float
    accuracy: float | None = None


@dataclass(frozen=True)
class Remote:
    """A file that still lies on the platform, under its own `reference`; `size` in bytes where it is told."""

    reference: str
    name: str
    mime: str
    size: int | None = None


class Event(StrEnum):
    """What happened to a chat itself, told by the platform and not by a person's words."""

    BLOCKED = "blocked"  # the person took the bot away: nothing reaches them any more
    BACK = "back"  # the person let it in again, or opened it
    JOINED = "joined"  # the platform reaches the person from now on, who has done nothing
    ADDED = "added"  # somebody (`account`) put the bot into the group `chat`, called `title`
    REMOVED = "removed"  # it was put out of that group
    MIGRATED = "migrated"  # the group `chat` lives on as `moved_to`


@dataclass(frozen=True)
class Incoming:
    """One thing somebody did: typed `text`, tapped a button (`data` on message `message`), sent a `file` or a
    `location`; or an `event` in the life of the chat. A `file` may come with `text`, its caption.

    `channel`, `bot` and `update` name it for ever: what comes twice counts once. `account` is who, `chat` is where;
    `private` is False in a group. `at` is the channel's own instant, for the record only. A chat's forum topic is part
    of its id, after a `/`. A `remote` file is fetched after the commit and handed in again as `file`. `edited` says
    that `text` replaces what this person's message `message` said before. `vouched` is the staff number for which the
    platform itself vouches: such an account needs no code. `anonymous`: the `account` is a group or a channel, in whose
    name it was said in a group, and the platform does not tell by whom. `reading` is what stands in `file`, where it is
    a roster or a form from an admin: it was read outside the desk (bot/workers/file_reader.py).
    """

    channel: str
    bot: str
    update: str
    account: str
    chat: str
    private: bool
    at: datetime
    text: str | None = None
    data: str | None = None
    message: str | None = None
    file: File | None = None
    name: str | None = None
    location: Location | None = None
    remote: Remote | None = None
    event: Event | None = None
    title: str | None = None
    moved_to: str | None = None
    edited: bool = False
    vouched: str | None = None
    anonymous: bool = False
    reading: Reading | None = None

    def cleaned(self) -> "Incoming":
        """The same without what nobody sees in the words, whatever channel it came by."""
        if self.text is None and self.title is None:
            return self
        text = None if self.text is None else characters.text(self.text)
        title = None if self.title is None else characters.name(self.title)[: characters.LONGEST] or "–"
        return replace(self, text=text, title=title)


@dataclass(frozen=True)
class Answer:
    """The toast over a tapped button: at most 200 characters; `alert` asks for a tap to close it."""

    text: str
    alert: bool = False


@dataclass
class House:
    """What holds for the whole organisation: the language and the time zone where a person has none of their own."""

    locale: str = "zh_CN"
    zone: str = "Asia/Shanghai"
    report_at: str = "20:00"  # when the admins get the bot's own report, in `zone`
    undelivered_after: int = 60  # minutes after which a message that was not shown is told there
    rates: Mapping[str, float] = field(default_factory=dict)  # messages a second by channel; without one: no limit
    off: int = 60  # seconds after :00 and :30 in which no wave starts
    public_url: str = ""  # where the program is reached from outside
    fileless: frozenset[str] = frozenset()  # the channels that deliver no files


@dataclass
class Turn:
    """One Incoming being answered. What is to be said is a card as wanted, or the `answer` to a tap."""

    session: Session
    now: datetime
    house: House
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
    def words(self) -> Words:
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
        key = f"reply:{self.incoming.channel}:{self.incoming.bot}:{self.incoming.update}:{self._replies}"
        return cards.want(self.session, key, self.here, Kind.REPLY, content, self.now)


def words_for(house: House, person: Person | None, zone: str | None = None) -> Words:
    """The words a person reads: their language and, for times of day, the zone of what is talked about or their own."""
    locale = person.locale if person and person.locale else house.locale
    return Words(locale, zone or (person.timezone if person and person.timezone else house.zone))
