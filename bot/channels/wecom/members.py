"""Send messages to members of the app's visible range: as cards, or as text where a card would not do; to a thousand at
once.

No callback says whether somebody reads in WeChat's plug-in, which shows no cards, so people say so themselves: the
app's menu has *I see no cards*, and tapping a card takes that back."""

import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from bot.channels.base import Draw, SendError, Sent, undrawn
from bot.channels.wecom import button_cards as cards
from bot.channels.wecom import content as shape
from bot.channels.wecom import events
from bot.channels.wecom.allowance import Allowance
from bot.channels.wecom.api import Api, ApiError
from bot.channels.wecom.pace import MEMBER, Pace
from handlers.core.rendering import Content, Picture, Renderer
from models.channels import wecom
from models.files import blobs

Message = dict[str, Any]
Transact = Callable[[Callable[[Session], Any]], Awaitable[Any]]
log = logging.getLogger("zeroreport")

AT_ONCE = 1000  # people in one call: D/90236
IMAGES = ("image/png", "image/jpeg")


@dataclass
class _Gone:
    """What was sent to some people: who was not reached, by user id in lower case; the ids of the messages; and, for a
    card, the code with which it may be changed once."""

    lost: dict[str, Sent] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    code: str = ""


class Members:
    """Sends new messages to people by their WeCom user id. `locale` is the language of people without one."""

    def __init__(
        self, api: Api, pace: Pace, allowance: Allowance, read: Transact, write: Transact, locale: str,
        draw: Draw = undrawn,
    ) -> None:  # fmt: skip
        self._api, self._pace, self._allowance = api, pace, allowance
        self._read, self._write, self._locale, self._draw = read, write, locale, draw

    async def tell(self, content: Content, accounts: Sequence[str]) -> dict[str, Sent]:
        """Send new messages, in one call for each thousand people."""
        plain: set[str] = set()
        if content.buttons:
            plain = await self._read(lambda session: wecom.readers_of_plain(session, accounts))
        try:
            file = await self._file_message(content)
        except (SendError, ApiError) as error:
            return dict.fromkeys(accounts, failed(error))
        found: dict[str, Sent] = {}
        for some, as_card in (([a for a in accounts if a not in plain], True), (sorted(plain), False)):
            for chunk in shape.chunks(some, AT_ONCE):
                found |= await self._tell_chunk(content, chunk, file, as_card=as_card)
        return found

    async def _tell_chunk(
        self, content: Content, accounts: Sequence[str], file: list[Message], *, as_card: bool
    ) -> dict[str, Sent]:
        task = f"{secrets.token_hex(8)}_0"
        card = cards.card(content, task) if as_card and content.buttons else None
        texts = [] if card else await self._texts(content, accounts)
        messages = [*([{"msgtype": "template_card", "template_card": card}] if card else texts), *file]
        now = time.monotonic()
        waits = {a: self._pace.take(a, MEMBER, now, len(messages)) for a in accounts}
        found = {a: Sent(error=SendError("as much as a member may get", retry_after=w)) for a, w in waits.items() if w}
        free = [a for a in accounts if not waits[a]]
        if free:
            try:
                await self._allowance.allow(len(free) * len(messages))
                gone = await self._send_all(content, free, messages)
            except (SendError, ApiError) as error:
                return found | dict.fromkeys(free, failed(error))
            message = await self._named(task if card else "", free, gone)
            found |= {a: gone.lost.get(a.lower()) or Sent(message) for a in free}
        return found

    async def _named(self, task: str, accounts: Sequence[str], gone: _Gone) -> str:
        """Return the id of a message. Sending a card returns a code for one change in all (D/94888). It is kept only if
        one person got the card, because everybody else would keep the old one for ever."""
        if len(accounts) > 1:
            return f"{task}|"
        if task and gone.code and accounts[0].lower() not in gone.lost:
            card, now = events.stem(task), datetime.now(UTC)
            try:
                await self._write(
                    lambda session: wecom.keep_code(session, accounts[0], card, gone.code, now, tapped=False)
                )
            except Exception as error:  # the card was sent and must not be sent again, so it stays as it is
                log.warning("the code to change a card could not be kept: %s", type(error).__name__)
        return f"{task}|{','.join(gone.ids)}"

    async def _send_all(self, content: Content, accounts: Sequence[str], messages: list[Message]) -> _Gone:
        """Send all messages. A card that WeCom refuses as a card is sent as text."""
        gone, waiting = _Gone(), list(messages)
        while waiting:
            message = waiting.pop(0)
            told = {"touser": "|".join(accounts), "agentid": self._api.access.agent, **message}
            try:
                answer = await self._api.call("message/send", told)
            except ApiError as error:
                if message["msgtype"] != "template_card" or not error.about_content:
                    if not gone.ids:
                        raise
                    await self._withdraw(gone.ids if len(accounts) == 1 else [])
                    raise SendError(str(error), uncertain=True) from None
                log.warning("a card was refused (%s) and goes as text", error)
                waiting = await self._texts(content, accounts) + waiting
                continue
            await self._allowance.sent(len(accounts))
            _note(gone, message, answer)
        gone.ids = [msgid for msgid in gone.ids if msgid]
        return gone

    async def _withdraw(self, ids: Sequence[str]) -> None:
        """Recall the first parts of what could not be sent whole, where that is possible: it is sent again."""
        for msgid in filter(None, ids):
            with contextlib.suppress(ApiError, SendError):
                await self._api.call("message/recall", {"msgid": msgid})

    async def _texts(self, content: Content, accounts: Sequence[str]) -> list[Message]:
        """Return the content and its buttons as a menu, in the readers' language: those who read the same text read one
        language."""
        locale = self._locale
        if content.buttons:
            locale = await self._read(lambda session: wecom.language(session, accounts)) or locale
        text = shape.menu(content, Renderer(locale))
        return shape.text_messages(text) if text.strip() else []

    async def _file_message(self, content: Content) -> list[Message]:
        if content.picture:
            return await self._picture(content.picture)
        file = content.file
        if file is None:
            return []
        data = await self._read(lambda session: blobs.data_of(session, file.digest))
        kind = "image" if file.mime in IMAGES else "file"
        return [{"msgtype": kind, kind: {"media_id": await self._api.upload(kind, file.name, file.mime, data)}}]

    async def _picture(self, picture: Picture) -> list[Message]:
        """Return a picture to be sent below its words; none where it cannot be drawn or left with WeCom."""
        try:
            data = await self._draw(picture)
            media = await self._api.upload("image", "chart.png", "image/png", data) if data else ""
        except (ApiError, SendError) as error:
            log.info("a picture was not sent: %s", error)
            media = ""
        return [{"msgtype": "image", "image": {"media_id": media}}] if media else []


def _note(gone: _Gone, message: Message, answer: dict[str, Any]) -> None:
    gone.ids.append(str(answer.get("msgid", "")))
    if message["msgtype"] == "template_card":
        gone.code = str(answer.get("response_code") or "")
    for name, reason in (("invaliduser", "WeCom invaliduser"), ("unlicenseduser", "WeCom unlicenseduser")):
        for account in filter(None, str(answer.get(name) or "").lower().split("|")):
            gone.lost[account] = Sent(error=SendError(reason, permanent=True))


def failed(error: SendError | ApiError) -> Sent:
    return Sent(error=error.as_send_error() if isinstance(error, ApiError) else error)
