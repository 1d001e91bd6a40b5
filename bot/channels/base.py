"""Say what a channel is: it receives what people do, shows them cards, and knows nothing else about this program."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from handlers.core.incoming import Answer, Incoming, Remote
from handlers.core.rendering import Content, Picture


@dataclass(frozen=True)
class Recipient:
    """Where a card goes. `message` is the id of the message to edit, None for a new one."""

    account: str
    chat: str
    message: str | None = None


@dataclass(frozen=True)
class Sent:
    """The outcome for one recipient: the id of the message as it now is, or the error."""

    message: str | None = None
    error: "SendError | None" = None


class SendError(Exception):
    """Raised when the platform did not take a message. The channel translates, delivery alone decides.

    - permanent: this address will take no messages until the person comes back.
    - uncertain: the message may have arrived, because a reply was lost.
    - away: the platform does not answer or is not well, which is not the message's fault; default: `uncertain`.
    - retry_after: seconds for which to send nothing to this chat, or to anybody if `everywhere`.
    - migrated_to: the chat has this id now.
    - lost: the message to be edited is gone, or cannot be edited.
    - hopeless: this message will never be accepted as it is; the address is fine."""

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        uncertain: bool = False,
        away: bool | None = None,
        retry_after: float | None = None,
        everywhere: bool = False,
        migrated_to: str | None = None,
        lost: bool = False,
        hopeless: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.uncertain = uncertain
        self.away = uncertain if away is None else away
        self.retry_after = retry_after
        self.everywhere = everywhere
        self.migrated_to = migrated_to
        self.lost = lost
        self.hopeless = hopeless


@dataclass(frozen=True)
class Limits:
    """Limits of a platform: messages a second in all and in one chat, and a minute in a group; None means no limit.
    Delivery keeps them before it calls. Edits and deletions count like messages, answers to taps do not. A call with
    many recipients counts once over all chats and once in each of them. A group is one chat with all its topics."""

    per_second: float | None = None
    per_chat_second: float | None = None
    per_group_minute: float | None = None


def one_message(content: Content | None, message: str | None) -> int:
    """Return the cost of a card on a channel where each card is one message."""
    return 1


@dataclass(frozen=True)
class Profile:
    """What a channel can do, for delivery to act on."""

    name: str
    bot: str
    batch_size: int = 1
    can_edit: bool = True
    counts_up: bool = True  # False: a message cannot be changed again and again
    real: bool = False  # talks to the real platform, where rehearsals are refused
    link: str | None = None  # link that enrols with a code: https://t.me/name?start={code}
    concurrency: int = 1  # calls of `send` at the same time
    takes_files: bool = True  # False: people need a link to upload a file
    limits: Limits = field(default_factory=Limits)
    cost: Callable[[Content | None, str | None], int] = one_message  # messages, edits and deletions that a card takes


class Desk(Protocol):
    """The function to which a channel hands its Incoming. Returns the answers, in order, once the batch is committed;
    raises if it was not."""

    async def take(self, batch: Sequence[Incoming]) -> list[Answer | None]: ...


ReadFile = Callable[[Incoming, bytes], Awaitable[Incoming]]  # with what stands in the file, where it is to be read


async def untouched(incoming: Incoming, data: bytes) -> Incoming:
    """Return the Incoming as it is; the ReadFile of a program that reads no files."""
    return incoming


Draw = Callable[[Picture], Awaitable[bytes | None]]  # as PNG; None if it cannot be drawn


async def undrawn(picture: Picture) -> None:
    """Return None; the Draw of a program that draws no pictures."""


class Channel(Protocol):
    """One platform. `receive` runs until it is cancelled, only in the leading program if the platform allows one
    listener; `send` and `delete` are called by delivery only, `answer` by whoever handed the tap to the desk."""

    @property
    def profile(self) -> Profile: ...

    async def receive(self, desk: Desk) -> None:
        """Receive what people do, hand it to the desk, and acknowledge it to the platform after the commit."""

    async def send(self, content: Content, recipients: Sequence[Recipient], now: datetime) -> list[Sent]:
        """Show `content` to all; edit where a message id is given. Return one result for each recipient, or raise
        SendError if nothing was sent to anybody."""

    async def delete(self, recipient: Recipient, now: datetime) -> None:
        """Delete a message; raise SendError(lost=True) if the platform will not."""

    async def answer(self, incoming: Incoming, answer: Answer) -> None:
        """Show the short answer to a tap; never raises."""

    async def fetch(self, remote: Remote) -> bytes:
        """Return the bytes of a file that somebody sent; raise SendError, `permanent` if they will never be
        available."""
