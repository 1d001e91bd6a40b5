"""WeCom (企业微信), as a self-built app: callbacks come in, messages and cards go out, one call for up to a thousand
people.

A card is changed with the code of the last tap on it, or with the code that sending it returned where one person got
it; each works once, within 72 hours (D/94888). So `can_edit` is True although most messages cannot be edited: only the
channel knows which can, and raises `lost` for the others. A task id has a stem that stays and an end that changes,
because WeCom does not document whether the next tap on a changed card names the old task or the new."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import Session

from bot.channels.base import Desk, Draw, Limits, Profile, Recipient, SendError, Sent, undrawn
from bot.channels.wecom import button_cards as cards
from bot.channels.wecom import events, protocol
from bot.channels.wecom.allowance import Allowance
from bot.channels.wecom.api import Api, ApiError
from bot.channels.wecom.credentials import Access
from bot.channels.wecom.groups import Groups
from bot.channels.wecom.inbox import Inbox
from bot.channels.wecom.members import AT_ONCE, Members, failed
from bot.channels.wecom.pace import Pace
from handlers.core.incoming import Answer, Incoming, Remote
from handlers.core.rendering import Content, Renderer
from handlers.registry import ROUTES
from models.channels import wecom
from models.core.database import Database
from models.messaging.groups import APPCHAT, ROBOT

T = TypeVar("T")
Message = dict[str, Any]
log = logging.getLogger("zeroreport")

PATIENCE = 3.0  # seconds within which a tapped card has to change, before the answer is sent as text
LOOKS = 20  # times, while it is still to change
BELOW = "↓"  # replaces a tapped card's buttons if its new text needs a message of its own


class WeCom:
    """The channel `wecom`. A message's id is `TASK|MESSAGE IDS`: the first task id of its card, and what can be
    recalled. A card can be edited once after each tap on it, and once if it was sent to one person alone."""

    def __init__(
        self, access: Access, database: Database, executor: Executor, locale: str = "zh_CN", draw: Draw = undrawn,
        public_url: str = "",
    ) -> None:  # fmt: skip
        self._public_url = public_url
        self.access = access
        self.profile = Profile(
            events.NAME, access.app, batch_size=AT_ONCE, real=access.real, concurrency=4,
            takes_files=False, counts_up=False, limits=Limits(per_group_minute=20),
        )  # fmt: skip
        self._keys = protocol.make_keys(access.token, access.aes_key, access.corp_id)
        self._database, self._executor, self._locale = database, executor, locale
        self.api = Api(access, self._write)
        self.inbox = Inbox(access.app, self._write)
        pace = Pace()
        allowance = Allowance(access.app, self._write)
        self._members = Members(self.api, pace, allowance, self._read, self._write, locale, draw)
        self._groups = Groups(self.api, pace, self._read, draw)
        self._answering: set[asyncio.Task[None]] = set()

    # in

    def admit(self, query: dict[str, str]) -> None:
        """Raise Refused if a call cannot be WeCom's, or is too old or too new. Checked before its body is read."""
        signed, timestamp, nonce = _signed(query)
        protocol.refuse_unless_signed(signed, nonce)
        protocol.refuse_unless_of_now(timestamp, datetime.now(UTC), timedelta(seconds=self.access.window))

    def echo(self, query: dict[str, str]) -> bytes:
        """Return the answer to the admin console's check; raise Refused if somebody else asks."""
        return protocol.echo(self._keys, *_signed(query), query.get("echostr", ""))

    async def callback(self, query: dict[str, str], body: bytes) -> None:
        """Return once the callback is on disk. Raise Refused if it is not WeCom's or for another app of the company,
        OperationalError if the disk is full."""
        told = protocol.open_envelope(self._keys, *_signed(query), body)
        if told.get("AgentID", self.access.agent_id) not in (self.access.agent_id, "0", ""):
            raise protocol.Refused("for another app")
        if events.incoming(told, self.access.app) is not None:
            await self.inbox.keep(told)

    async def catch_up(self, desk: Desk) -> None:
        """Handle everything that was acknowledged before the program began, before any step of the clock."""
        await self.inbox.catch_up(desk, self._say_later)

    async def receive(self, desk: Desk) -> None:
        self._later(self._make_menu())
        await self.inbox.work(desk, self._say_later)

    async def fetch(self, remote: Remote) -> bytes:
        try:
            return await self.api.fetch(remote.reference)
        except ApiError as error:
            raise SendError(str(error), permanent=error.code == 40007) from None

    # out

    async def send(self, content: Content, recipients: Sequence[Recipient], now: datetime) -> list[Sent]:
        sent: dict[int, Sent] = {}
        new: list[int] = []
        standing = [to for to in recipients if to.message is not None]
        tapped = await self._tapped(standing) if standing else set()
        for n, to in enumerate(recipients):
            if to.message is not None:
                sent[n] = await _outcome(self._change(content, to)) if to in tapped else _lost()
            elif to.chat.startswith((ROBOT, APPCHAT)):
                sent[n] = await _outcome(self._groups.post(content, to.chat))
            else:
                new.append(n)
        told = await self._members.tell(content, [recipients[n].account for n in new]) if new else {}
        return [sent[n] if n in sent else told[to.account] for n, to in enumerate(recipients)]

    async def delete(self, recipient: Recipient, now: datetime) -> None:
        """Recall a message that only one person got, within a day, because a recall takes it from everybody. A card
        that stays loses its buttons if it can be changed."""
        task, _, ids = (recipient.message or "").partition("|")
        try:
            await self._recall([msgid for msgid in ids.split(",") if msgid])
        except SendError as error:
            if error.lost and task:
                with contextlib.suppress(SendError):
                    await self._change(None, recipient)
            raise

    async def _recall(self, ids: Sequence[str]) -> None:
        if not ids:
            raise SendError("the message cannot be recalled", lost=True)
        for msgid in ids:
            try:
                await self.api.call("message/recall", {"msgid": msgid})
            except ApiError as error:
                known = error.as_send_error()
                raise known if known.retry_after else SendError(str(error), lost=True) from None

    async def answer(self, incoming: Incoming, answer: Answer) -> None:
        """Answer a tap. WeCom has no toasts: an alert is sent as text, any other answer only if the tapped card did not
        change."""
        try:
            card = events.stem(incoming.message or "")
            if answer.alert or await self._stays(incoming.account, card):
                await self._members.tell(Content(_escaped(answer.text)), [incoming.account])
        except (SendError, ApiError) as error:
            log.info("an answer to a tap was not said: %s", error)
        except Exception:
            log.exception("an answer to a tap was not said")

    async def _stays(self, account: str, card: str) -> bool:
        """Say whether the tapped card has not changed, and is not going to."""
        for _ in range(LOOKS):
            await asyncio.sleep(PATIENCE)
            if not await self._read(lambda session: wecom.changing(session, account, card)):
                break
        return bool(await self._read(lambda session: wecom.is_unchanged(session, account, card)))

    async def close(self) -> None:
        """Wait a little for the last answers, then close the connections."""
        if self._answering:
            await asyncio.wait(self._answering, timeout=1)
        for task in self._answering:
            task.cancel()
        await self.api.close()

    # within

    async def _change(self, content: Content | None, to: Recipient) -> str:
        """Change a card's content, or remove its buttons, with the code that its sending or the last tap on it allows
        once; raise SendError `lost` if there is none."""
        message, now = to.message or "", datetime.now(UTC)
        stem = events.stem(message)
        next_task = f"{stem}_{secrets.token_hex(4)}"
        card = cards.card(content, next_task) if content and not content.file else None
        tapped = (
            content is not None and card is None
        )  # the new text comes below, so only those who tapped lose the buttons
        code = await self._write(lambda session: wecom.take_code(session, to.account, stem, now, tapped=tapped))
        if code is None:
            raise SendError("the message cannot be changed", lost=True)
        change: Message = {"template_card": card} if card else {"button": {"replace_name": BELOW}}
        told = {"userids": [to.account], "agentid": self.access.agent, "response_code": code, **change}
        try:
            await self.api.call("message/update_template_card", told)
        except ApiError as error:
            raise SendError(str(error), lost=True) from None
        if card is None:
            raise SendError("the new words do not fit into the card", lost=True)
        return message

    async def _tapped(self, standing: Sequence[Recipient]) -> set[Recipient]:
        """Return the recipients whose card can be changed: it was tapped since it last changed, or one person alone got
        it."""
        accounts = [to.account for to in standing]
        known = await self._read(lambda session: wecom.changeable(session, accounts))
        return {to for to in standing if (to.account, events.stem(to.message or "")) in known}

    def _say_later(self, incoming: Incoming, answer: Answer) -> None:
        self._later(self.answer(incoming, answer))

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _make_menu(self) -> None:
        """Set the app's menu: today's report, my day, help, an entry for people who see no cards, and the dashboard
        where it has an address."""
        words = Renderer(self._locale)

        def item(name: str, key: str) -> Message:
            return {"type": "click", "name": words.line("core/wecom_menu", item=name), "key": key}

        said = {name: command.word for name, command in ROUTES.by_name.items()}
        below = [item("help", said["help"]), item("no_cards", events.NO_CARDS)]
        if self._public_url:
            opens = f"{self._public_url}/dashboard/{events.NAME}"
            below.insert(0, {"type": "view", "name": words.line("core/wecom_menu", item="dashboard"), "url": opens})
        more = {"name": words.line("core/wecom_menu", item="more"), "sub_button": below}
        made = {"button": [item("report", said["start"]), item("status", said["status"]), more]}
        try:
            await self.api.call("menu/create", made, agentid=self.access.agent_id)
        except (SendError, ApiError) as error:
            log.warning("the app's menu was not made: %s", error)
        except Exception:
            log.exception("the app's menu was not made")

    async def _write(self, act: Callable[[Session], T]) -> T:
        def commit() -> T:
            with self._database.writing() as session:
                return act(session)

        return await asyncio.get_running_loop().run_in_executor(self._executor, commit)

    async def _read(self, ask: Callable[[Session], T]) -> T:
        def look() -> T:
            with self._database.reading() as session:
                return ask(session)

        return await asyncio.to_thread(look)


def _lost() -> Sent:
    return Sent(error=SendError("the message cannot be changed", lost=True))


async def _outcome(work: Awaitable[str]) -> Sent:
    """Return the outcome of one message."""
    try:
        return Sent(await work)
    except (SendError, ApiError) as error:
        return failed(error)


def _signed(query: dict[str, str]) -> tuple[str, str, str]:
    return query.get("msg_signature", ""), query.get("timestamp", ""), query.get("nonce", "")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
