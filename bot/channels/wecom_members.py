"""Messages to the members of the app's visible range: cards, or text where those would not do; a thousand at once."""

import contextlib
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlmodel import Session

from bot.channels import wecom_content as shape
from bot.channels.base import SendError, Sent
from bot.channels.wecom_allowance import Allowance
from bot.channels.wecom_api import Api, ApiError
from bot.channels.wecom_pace import MEMBER, Pace
from handlers.words import Content, Words
from models import wecom
from models.blobs import Blob

Message = dict[str, Any]
Read = Callable[[Callable[[Session], Any]], Awaitable[Any]]
log = logging.getLogger("zeroreport")

AT_ONCE = 1000  # people in one call: D/90236
IMAGES = ("image/png", "image/jpeg")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Members:
    """New messages to people, each known by the WeCom user id."""

    def __init__(self, api: Api, pace: Pace, allowance: Allowance, read: Read) -> None:
        self._api, self._pace, self._allowance, self._read = api, pace, allowance, read

    async def tell(self, content: Content, accounts: Sequence[str]) -> dict[str, Sent]:
        """New messages, in as few calls as there are thousands of people."""
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
        card = shape.card(content, task) if as_card and content.buttons else None
        messages = [*([{"msgtype": "template_card", "template_card": card}] if card else self._texts(content)), *file]
        now = time.monotonic()
        waits = {a: self._pace.take(a, MEMBER, now, len(messages)) for a in accounts}
        found = {a: Sent(error=SendError("as much as a member may get", retry_after=w)) for a, w in waits.items() if w}
        free = [a for a in accounts if not waits[a]]
        if free:
            try:
                await self._allowance.allow(len(free) * len(messages))
                lost, ids = await self._send_all(content, free, messages)
            except (SendError, ApiError) as error:
                return found | dict.fromkeys(free, failed(error))
            message = f"{task if card else ''}|{','.join(ids) if len(free) == 1 else ''}"
            found |= {a: lost.get(a.lower()) or Sent(message) for a in free}
        return found

    async def _send_all(
        self, content: Content, accounts: Sequence[str], messages: list[Message]
    ) -> tuple[dict[str, Sent], list[str]]:
        """Who was not reached, by user id in small letters, and the ids of the messages. A card that WeCom refuses as
        such goes as text."""
        lost: dict[str, Sent] = {}
        ids: list[str] = []
        waiting = list(messages)
        while waiting:
            message = waiting.pop(0)
            told = {"touser": "|".join(accounts), "agentid": self._api.access.agent, **message}
            try:
                answer = await self._api.call("message/send", told)
            except ApiError as error:
                if message["msgtype"] != "template_card" or not error.about_content:
                    if not ids:
                        raise
                    await self._withdraw(ids if len(accounts) == 1 else [])
                    raise SendError(str(error), uncertain=True) from None
                log.warning("a card was refused (%s) and goes as text", error)
                waiting = self._texts(content) + waiting
                continue
            await self._allowance.sent(len(accounts))
            ids.append(str(answer.get("msgid", "")))
            for field, reason in (("invaliduser", "WeCom invaliduser"), ("unlicenseduser", "WeCom unlicenseduser")):
                for account in filter(None, str(answer.get(field) or "").lower().split("|")):
                    lost[account] = Sent(error=SendError(reason, permanent=True))
        return lost, [msgid for msgid in ids if msgid]

    async def _withdraw(self, ids: Sequence[str]) -> None:
        """The first parts of what could not be said whole, where that can be done: it is said again."""
        for msgid in filter(None, ids):
            with contextlib.suppress(ApiError, SendError):
                await self._api.call("message/recall", {"msgid": msgid})

    def _texts(self, content: Content) -> list[Message]:
        locale = "zh_CN" if CHINESE.search(content.text) else "en"
        text = shape.menu(content, Words(locale))
        return shape.text_messages(text) if text.strip() else []

    async def _file_message(self, content: Content) -> list[Message]:
        file = content.file
        if file is None:
            return []
        data = await self._read(lambda session: session.get_one(Blob, file.digest).data)
        kind = "image" if file.mime in IMAGES else "file"
        return [{"msgtype": kind, kind: {"media_id": await self._api.upload(kind, file.name, file.mime, data)}}]


def failed(error: SendError | ApiError) -> Sent:
    return Sent(error=error.as_send_error() if isinstance(error, ApiError) else error)
