"""Describe what comes in from a channel and what is answered at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from models.changes.file_readings import Reading
from models.core import characters
from models.files.records import File as File
from models.forms.fields import Fields


@dataclass(frozen=True)
class Location:
    """A place on the earth in degrees (WGS 84), with `accuracy` in metres if the phone tells it."""

    latitude: float
    longitude: float
    accuracy: float | None = None


@dataclass(frozen=True)
class Remote:
    """A file that is still on the platform, under its own `reference`; `size` in bytes if it is told."""

    reference: str
    name: str
    mime: str
    size: int | None = None


class Event(StrEnum):
    """Something that happened to a chat itself, told by the platform and not by a person's words."""

    BLOCKED = "blocked"  # the person blocked the bot: nothing reaches them any more
    BACK = "back"  # the person unblocked or opened it
    JOINED = "joined"  # the platform reaches the person from now on, who has done nothing
    ADDED = "added"  # somebody (`account`) added the bot to the group `chat`, called `title`
    REMOVED = "removed"  # the bot was removed from that group
    MIGRATED = "migrated"  # the group `chat` is now `moved_to`


@dataclass(frozen=True)
class FilledPage:
    """A report's form as a page sent it. `do` is what was pressed, `about` the question or the file that it is about.
    `fields` is what the page's fields hold, by question; `shown` the mark of the answer that the page showed before,
    for each question on it, and `files` that of the files without a question: so a change made elsewhere meanwhile is
    known. `head` is the revision on which the page stands, `version` that of the form; `tried` says that
    it was submitted before, so that what is still empty is wrong too. It is about a `survey` where that is named."""

    report: int
    do: str
    about: str = ""
    fields: Fields = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    files: str = ""
    head: int = 0
    version: int = 0
    tried: bool = False
    survey: int = 0


@dataclass(frozen=True)
class Incoming:
    """One thing somebody did: typed `text`, tapped a button (`data` on message `message`), sent a `file` or a
    `location`, or sent a form from a `page`; or an `event` in the life of the chat. A `file` may come with `text`, its
    caption.

    `channel`, `bot` and `update` identify it for ever: what comes twice counts once. `account` is who, `chat` is where;
    `private` is False in a group. `at` is the channel's own instant, for the record only. A chat's forum topic is part
    of its id, after a `/`. A `remote` file is fetched after the commit and handed in again as `file`. `edited` says
    that `text` replaces what this person's message `message` said before. `vouched` is the staff number for which the
    platform itself vouches: such an account needs no code. `anonymous`: the `account` is a group or a channel, in whose
    name somebody spoke in a group. `reading` is what `file` says, if it is a roster or a form from an admin: it was
    read outside the desk (bot/workers/file_reader.py)."""

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
    page: FilledPage | None = None

    @property
    def pressed(self) -> bool:
        """Say whether somebody pressed a button and waits for the answer where it is."""
        return self.data is not None or self.page is not None

    @property
    def id(self) -> tuple[str, str, str]:
        return self.channel, self.bot, self.update

    def cleaned(self) -> "Incoming":
        """Return the same with invisible characters removed from its words, whatever channel it came by."""
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
