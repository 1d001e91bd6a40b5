"""What a channel is: it takes in what people do and shows them cards, and knows nothing else about this program."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from handlers.core.incoming import Answer, Incoming, Remote
from handlers.core.rendering import Content


@dataclass(frozen=True)
class Recipient:
    """Where a card goes. `message` is the id of the message it stands in already, or None where it is new."""

    account: str
    chat: str
    message: str | None = None


@dataclass(frozen=True)
class Sent:
    """How it went for one recipient: the id of the message as it now stands, or the error."""

    message: str | None = None
    error: "SendError | None" = None


class SendError(Exception):
    """The platform did not take a message. The adapter translates, delivery alone decides.

    permanent    this address will not take messages again until the person comes back
    uncertain    it may have arrived (a reply was lost)
    away         the platform does not answer or is not well, which is no fault of the message; if not said: `uncertain`
    retry_after  seconds to leave this chat, or everybody if `everywhere`, in peace
    migrated_to  the chat lives on under this id
    lost         the message to be edited is no longer there, or cannot be edited
    hopeless     this message will never be taken as it is; the address is fine
    """

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
    """What the platform bears: messages a second in all and into one chat, a minute into a group; None: no limit.
    Delivery keeps to them before it calls; edits and deletions count like messages, answers to taps do not. A call
    with many recipients counts once over all chats, and once in each of them. A group is one chat with all topics."""

    per_second: float | None = None
    per_chat_second: float | None = None
    per_group_minute: float | None = None


def one_message(content: Content | None, message: str | None) -> int:
    """What a card costs where each is one message."""
    return 1


@dataclass(frozen=True)
class Profile:
    """What a channel can do; delivery acts on it."""

    name: str
    bot: str
    batch_size: int = 1
    can_edit: bool = True
    real: bool = False  # talks to a platform's own address, where people are: no rehearsals there
    link: str | None = None  # where a code lets somebody in, with {code} in it: https://t.me/name?start={code}
    concurrency: int = 1  # calls of `send` that may be under way at once
    takes_files: bool = True  # whether people can send any file, or else need a link to upload one
    limits: Limits = field(default_factory=Limits)
    cost: Callable[[Content | None, str | None], int] = one_message  # messages, edits and deletions that a card takes


class Desk(Protocol):
    """What a channel hands its Incoming to. Returns, in order, once the batch is committed; raises if it was not."""

    async def take(self, batch: Sequence[Incoming]) -> list[Answer | None]: ...


ReadFile = Callable[[Incoming, bytes], Awaitable[Incoming]]  # with what stands in the file, where it is to be read


async def untouched(incoming: Incoming, data: bytes) -> Incoming:
    """A ReadFile where no file is read."""
    return incoming


class Channel(Protocol):
    """One platform. `receive` runs until cancelled, in the leading program only where the platform bears one listener;
    `send` and `delete` are called by delivery only, `answer` by whoever handed the tap to the desk."""

    @property
    def profile(self) -> Profile: ...

    async def receive(self, desk: Desk) -> None:
        """Takes in what people do, hands it to the desk, and acknowledges it to the platform after the commit."""

    async def send(self, content: Content, recipients: Sequence[Recipient], now: datetime) -> list[Sent]:
        """Shows `content` to all; edits where a message id is given. One result per recipient, or raises SendError
        where nothing was sent to anybody."""

    async def delete(self, recipient: Recipient, now: datetime) -> None:
        """Takes a message away; raises SendError(lost=True) where the platform will not."""

    async def answer(self, incoming: Incoming, answer: Answer) -> None:
        """The short answer to a tap; never raises."""

    async def fetch(self, remote: Remote) -> bytes:
        """The bytes of a file that somebody sent; SendError, `permanent` where they will never be had."""
