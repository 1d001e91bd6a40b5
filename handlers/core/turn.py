"""Describe what comes in, and what a handler gets to answer it with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from handlers.core.context import Context
from handlers.core.incoming import Answer, Incoming
from handlers.core.rendering import Renderer
from models.files.records import File as File
from models.messaging import cards
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind
from models.messaging.contents import Content
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person


@dataclass(slots=True)
class Turn(Context):
    """One Incoming being answered. The answer is a card as wanted, or the `answer` to a tap."""

    incoming: Incoming
    address: Address | None = None
    speaker: Person | None = None
    answer: Answer | None = None
    typed: tuple[str, str] | None = None  # the command that runs, and its words
    refused: bool = False  # whether a command said what was wrong with its words and did nothing
    on_refusal: Callable[[], None] | None = None  # done where a refusal undid the rest
    final: bool = False  # whether the answer stays the last message: codes are to be read
    _replies: int = field(default=0)

    @classmethod
    def of(
        cls, context: Context, incoming: Incoming, address: Address | None = None, speaker: Person | None = None
    ) -> "Turn":
        """Return the turn that answers `incoming` within this context."""
        return cls(context.session, context.now, context.defaults, context.reactions, incoming, address, speaker)

    @property
    def person(self) -> Person:
        """Return who is speaking; the dispatcher lets nobody else through."""
        if self.speaker is None:
            raise LookupError("nobody is enrolled under this account")
        return self.speaker

    @property
    def here(self) -> Address:
        """Return the person's own chat, where answers go that are nobody else's business."""
        if self.address is None:
            raise LookupError("nobody is enrolled under this account")
        return self.address

    @property
    def words(self) -> Renderer:
        return self.words_for(self.speaker)

    @property
    def fileless(self) -> bool:
        """Say whether files sent here never arrive."""
        return self.incoming.channel in self.defaults.fileless

    def toast(self, template: str, *, alert: bool = False, **values: Any) -> None:
        text = self.words.line(template, **values)
        self.answer = Answer(text if len(text) <= 200 else text[:199] + "…", alert)

    def say(self, template: str, **values: Any) -> Card:
        """Send a new message to the person who is speaking, in private."""
        return self.send(self.words.content(template, **values))

    def send(self, content: Content) -> Card:
        self._replies += 1
        slot = Slot.of(Subject.REPLY, self.here, *self.incoming.id, sequence=self._replies)
        return cards.want(self.session, slot, Kind.REPLY, content, self.now)
