"""The browser chat: a channel like any other, without a platform. Its messages are in our own database, as they would
be on a phone, and handlers never read them; its page is bot/web.

Pages use long polls and not server-sent events: a poll ends with the server, survives proxies, and recovers from a
restart by an epoch number. The chat serves this machine only, because it has no passwords: a person enters with the
enrolment code, and the account is the hash of a random cookie. Two programs on one machine share their cookies, because
browsers ignore the port: whoever runs both has to enter again."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from sqlmodel import Session, col, select

from bot import large_files
from bot.alive import Alive
from bot.channels.base import Desk, Draw, Profile, ReadFile, Recipient, SendError, Sent, undrawn, untouched
from handlers.core.incoming import Answer, Incoming, Location, Remote
from handlers.core.rendering import Content
from models.channels import webchat as transcript
from models.channels.webchat import Message
from models.core.database import Database, away
from models.files import blobs
from models.files.blobs import LARGEST, safe_name
from models.forms.answers import place_words, read_place
from models.messaging import addresses
from models.messaging.addresses import Address, Reach

T = TypeVar("T")
log = logging.getLogger(__name__)

TEXT_LIMIT = 4096
FILE_LIMIT = LARGEST
GROUPS_EVERY = 5.0  # seconds: a roster may be imported at any time
FRESH = 1.0  # seconds for which the last known change is trusted: another process may have written


class NotRecorded(Exception):
    """Raised where what somebody did could not be committed; the person has to be told."""


class OverQuota(Exception):
    """Raised where somebody has sent as much as one person may in a day: texts, files or megabytes."""

    def __init__(self, met: str) -> None:
        super().__init__(met)
        self.met = met


class _Closed:
    """The desk before the program has opened it."""

    async def take(self, batch: Sequence[Incoming]) -> list[Answer | None]:
        raise NotRecorded("the desk is closed")


class WebChat:
    """The channel `web`. All writes run on `executor`, the program's one desk thread; reads have threads of their own.
    What people do is handed to the desk, and the page is answered only after the commit."""

    profile = Profile("web", "web", batch_size=1000, can_edit=True)

    def __init__(self, database: Database, clock: Callable[[], datetime], executor: Executor) -> None:
        self.database = database
        self.clock = clock
        self._executor = executor
        self.read_file: ReadFile = untouched
        self.draw: Draw = undrawn
        self.met: Callable[[Incoming], str | None] = lambda incoming: None  # bot/quotas.py in the program
        self._desk: Desk | None = None
        self.alive = Alive()
        self._pulse = asyncio.Event()
        self._writes = 0
        self._known = (0, float("-inf"))
        self.watched: str | None = None  # the chat open on the page, which the demo's colleagues leave alone

    # what the program asks of a channel

    async def receive(self, desk: Desk) -> None:
        self._desk = desk
        try:
            await self.alive.rounds("web groups", self._open_groups, GROUPS_EVERY)
        finally:
            self._desk = None

    async def _open_groups(self) -> bool:
        """Give each unit a group: here none has to be bound."""
        missing = await self.read(lambda session: addresses.units_without_group(session, self.profile.name))
        if missing:
            await self._write(lambda session: addresses.open_groups(session, self.profile.name, self.clock()))
        return False

    async def send(self, content: Content, recipients: Sequence[Recipient], now: datetime) -> list[Sent]:
        words = _words(content)

        def show(session: Session) -> list[Sent]:
            kept = _standing(session, [r for r in recipients if r.message is not None])
            transcript.edit(session, kept.values(), words, now)
            new = iter(transcript.post(session, [r.chat for r in recipients if r.message is None], words, now, None))
            return [
                Sent(str(next(new))) if r.message is None else Sent(r.message) if r in kept else Sent(error=_lost())
                for r in recipients
            ]

        return await self._write(show)

    async def delete(self, recipient: Recipient, now: datetime) -> None:
        def take_away(session: Session) -> bool:
            there = _standing(session, [recipient])
            for message in there.values():
                transcript.erase(session, message, now)
            return bool(there)

        if not await self._write(take_away):
            raise _lost()

    async def answer(self, incoming: Incoming, answer: Answer) -> None:
        """Do nothing: the page got the answer to its tap from `tap`."""

    async def fetch(self, remote: Remote) -> bytes:
        """Raise: a browser's files come with the request, so none is fetched later."""
        raise SendError("the browser chat has no files elsewhere", permanent=True)

    # what people do

    async def say(self, account: str, chat: str, text: str) -> Message:
        """Record what somebody typed. Raises OverQuota, as `upload` and `share` do, before anything is kept."""
        self._within(self._incoming(account, chat, text=text))
        bubble = await self._bubble(account, chat, {"text": text, "buttons": [], "file": None})
        await self._hand_over(self._incoming(account, chat, text=text), bubble)
        return bubble

    async def upload(self, account: str, chat: str, name: str, mime: str, data: bytes, caption: str = "") -> Message:
        self._within(self._incoming(account, chat, file=blobs.described(safe_name(name), mime, data)))
        await large_files.store(self._record, data)
        file = await self._record(lambda session: blobs.keep(session, safe_name(name), mime, data))
        bubble = await self._bubble(account, chat, {"text": caption, "buttons": [], "file": asdict(file)})
        incoming = await self.read_file(self._incoming(account, chat, file=file, text=caption or None), data)
        await self._hand_over(incoming, bubble)
        return bubble

    async def share(self, account: str, chat: str, place: Location) -> Message:
        """Record where somebody is; raise `forms.place_range` for coordinates out of range."""
        self._within(self._incoming(account, chat, location=place))
        words = place_words(read_place(place.latitude, place.longitude, place.accuracy))
        bubble = await self._bubble(account, chat, {"text": f"📍 {words}", "buttons": [], "file": None})
        await self._hand_over(self._incoming(account, chat, location=place), bubble)
        return bubble

    async def tap(self, account: str, chat: str, message_id: str, data: str) -> Answer | None:
        """Press a button. A message that is gone still counts, because the handler checks what the button meant."""
        return await self._hand_over(self._incoming(account, chat, data=data, message=message_id))

    async def enter(self, account: str, code: str) -> None:
        """Present an enrolment code. No message shows it, because a code is kept as a hash only."""
        await self._hand_over(self._incoming(account, account, text=f"/start {code}"))

    async def retire(self, account: str) -> None:
        """Retire the address of a browser that gives its account up: messages to it would reach nobody."""

        def give_up(session: Session) -> None:
            for address in session.exec(select(Address).where(Address.channel == "web", Address.account == account)):
                address.reach = Reach.RETIRED
                session.add(address)

        await self._write(give_up)

    # what pages read

    async def messages(self, chat: str, limit: int = 100, before: int | None = None) -> list[Message]:
        self.watched = chat
        return await self.read(lambda session: transcript.history(session, chat, limit, before))

    async def changes(self, since: int, limit: int = 500) -> tuple[list[Message], int]:
        """Return what changed since then, and the number to ask with next time."""
        found = await self.read(lambda session: transcript.since(session, since, limit))
        return found, found[-1].change if found else since

    async def wait(self, since: int, timeout: float, stopping: Callable[[], bool] = lambda: False) -> int:
        """Return the number of the last change: at once if it is not `since`, else as soon as something is written."""
        deadline = time.monotonic() + timeout
        while True:
            pulse, latest = self._pulse, await self._latest()
            left = deadline - time.monotonic()
            if latest != since or left <= 0 or stopping():
                return latest
            with suppress(TimeoutError):
                await asyncio.wait_for(pulse.wait(), min(left, FRESH / 2))

    async def read(self, question: Callable[[Session], T]) -> T:
        """Run a question on the read engine, beside the desk."""

        def ask() -> T:
            with self.database.reading() as session:
                return question(session)

        return await asyncio.to_thread(ask)

    # within

    async def _latest(self) -> int:
        change, looked = self._known
        if time.monotonic() - looked < FRESH:
            return change
        writes = self._writes
        change = await self.read(transcript.latest)
        if writes == self._writes:  # otherwise it may be outdated already
            self._known = (change, time.monotonic())
        return change

    async def _write(self, act: Callable[[Session], T]) -> T:
        def commit() -> T:
            with self.database.writing() as session:
                return act(session)

        done = await asyncio.get_running_loop().run_in_executor(self._executor, commit)
        self._writes += 1
        self._known = (0, float("-inf"))
        self._pulse.set()
        self._pulse = asyncio.Event()
        return done

    def _within(self, incoming: Incoming) -> None:
        if met := self.met(incoming):
            raise OverQuota(met)

    async def _bubble(self, account: str, chat: str, words: dict[str, Any]) -> Message:
        def say(session: Session) -> Message:
            (made,) = transcript.post(session, [chat], words, self.clock(), account)
            return session.exec(select(Message).where(col(Message.id) == made)).one()

        return await self._record(say)

    async def _record(self, act: Callable[[Session], T]) -> T:
        """Write what somebody did; raise NotRecorded if the database does not take it."""
        try:
            return await self._write(act)
        except Exception as error:
            if not away(error):
                raise
            log.info("not recorded: %s", type(error).__name__)
            raise NotRecorded from error

    def _incoming(self, account: str, chat: str, **what: Any) -> Incoming:
        private = chat == account
        return Incoming("web", "web", uuid4().hex, account, chat, private, self.clock(), **what)

    async def _hand_over(self, incoming: Incoming, bubble: Message | None = None) -> Answer | None:
        """Hand over to the desk. If it does not commit, the message is deleted too, so that nobody thinks it
        was heard."""
        try:
            desk = self._desk or _Closed()
            return (await desk.take([incoming]))[0]
        except Exception as error:
            log.log(logging.INFO if away(error) else logging.WARNING, "not recorded: %r", error)
            if bubble is not None:
                with suppress(Exception):
                    await self._write(lambda session: transcript.erase(session, session.merge(bubble), incoming.at))
            raise NotRecorded from error


def _words(content: Content) -> dict[str, Any]:
    rows = [[asdict(button) for button in row] for row in content.buttons]
    picture = content.picture and asdict(content.picture) | {"digest": content.picture.digest}
    return {
        "text": content.text, "buttons": rows, "file": asdict(content.file) if content.file else None,
        "picture": picture,
    }  # fmt: skip


def _standing(session: Session, recipients: Sequence[Recipient]) -> dict[Recipient, Message]:
    """Return the messages that the recipients name, if they are still in that chat."""
    ids = {r: int(r.message) for r in recipients if re.fullmatch("[0-9]{1,18}", r.message or "") and r.message}
    there = transcript.standing(session, ids.values())
    return {r: there[n] for r, n in ids.items() if n in there and there[n].chat == r.chat}


def _lost() -> SendError:
    return SendError("the message is no longer there", lost=True)
