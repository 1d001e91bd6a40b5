"""Turn cards into calls of the Bot API, and the API's refusals into SendError."""

import contextlib
import re
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from telegram import InputFile, InputMediaDocument, InputMediaPhoto
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.base import Recipient, SendError, Sent
from bot.channels.telegram.api import Calls, file_id, message_id
from bot.channels.telegram.text import CAPTION, TEXT, length, split
from bot.channels.telegram.transport import UnknownMethod, never_left
from handlers.core.rendering import Content
from models.files.records import File
from models.messaging.contents import Button
from models.messaging.groups import TOPIC

UNREACHED = 5.0  # seconds between tries while the network is down
REVOKED = 60.0  # … while Telegram does not know the token
PICTURES, PICTURE_LIMIT = ("image/jpeg", "image/png"), 10_000_000
HTML: dict[str, Any] = {"parse_mode": ParseMode.HTML}
PLAIN_LINKS = {"is_disabled": True}
FLOODED = "Too Many Requests"  # without the seconds, because equal reasons are counted together
SLOW = "the group is in slow mode"
SAME = "message is not modified"
LOST = (
    "message to edit not found", "message can't be edited", "message_id_invalid", "there is no text in the message",
    "there is no caption in the message", "message to delete not found", "message can't be deleted",
    "message identifier is not specified",
)  # fmt: skip
CLOSED = (
    "chat not found", "user not found", "peer_id_invalid", "not enough rights", "have no rights",
    "chat_write_forbidden", "chat_restricted", "need administrator rights", "message thread not found",
    "topic_deleted", "topic_closed", "bot is not a member", "user is deactivated", "group chat was deactivated",
)  # fmt: skip


class Out:
    """Shows and deletes messages of one bot. `load` fetches a file's bytes by its digest."""

    def __init__(self, bot: Calls, load: Callable[[File], Any]) -> None:
        self._bot, self._load = bot, load
        self._uploaded: dict[str, str] = {}  # digest → Telegram's own id for it, so that bytes travel once
        self._halted = ("", 0.0)

    async def show(self, content: Content, to: Recipient) -> Sent:
        """Send the content, or edit the message it replaces; the ids of a card in several messages are joined by
        commas."""
        ids = [int(n) for n in to.message.split(",")] if to.message else []
        where = _where(to.chat)
        try:
            made = await (
                self._file(content, content.file, where, ids) if content.file else self._texts(content, where, ids)
            )
        except TelegramError as error:
            raise self._told(error, to, editing=bool(ids)) from None
        return Sent(",".join(map(str, made)))

    async def take_away(self, to: Recipient) -> None:
        """Delete a message; one that is too old to be deleted loses its buttons."""
        ids = [int(n) for n in (to.message or "").split(",") if n]
        try:
            await self._delete(_where(to.chat)["chat_id"], ids)
        except BadRequest as error:
            if "can't be deleted" not in error.message.lower():
                raise self._told(error, to, editing=True) from None
            with contextlib.suppress(BadRequest):
                await self._bot.call("editMessageReplyMarkup", chat_id=_where(to.chat)["chat_id"], message_id=ids[-1])
        except TelegramError as error:
            raise self._told(error, to, editing=True) from None

    async def _texts(self, content: Content, where: dict[str, Any], ids: Sequence[int]) -> list[int]:
        """Send or edit the parts, with the buttons under the last. A text that needs more messages than it has is sent
        anew."""
        parts = split(content.text, TEXT)
        if len(parts) > len(ids) > 0:
            await self._forget(where["chat_id"], ids)
            ids = []
        if not ids:
            return await self._post(parts, content, where)
        for n, part in enumerate(parts):
            buttons = _keyboard(content.buttons) if n == len(parts) - 1 else None
            await self._edit_text(where["chat_id"], ids[n], part, buttons)
        await self._forget(where["chat_id"], ids[len(parts) :])
        return list(ids[: len(parts)])

    async def _post(self, parts: Sequence[str], content: Content, where: dict[str, Any]) -> list[int]:
        made: list[int] = []
        try:
            for n, part in enumerate(parts):
                buttons = _keyboard(content.buttons) if n == len(parts) - 1 else None
                sent = await self._bot.call(
                    "sendMessage", **where, text=part, reply_markup=buttons, link_preview_options=PLAIN_LINKS, **HTML
                )
                made.append(message_id(sent))
        except TelegramError:
            await self._forget(where["chat_id"], made)  # the whole card is sent again
            raise
        return made

    async def _edit_text(self, chat: int, message: int, text: str, buttons: dict[str, Any] | None) -> None:
        with _unchanged():
            await self._bot.call(
                "editMessageText", chat_id=chat, message_id=message, text=text, reply_markup=buttons,
                link_preview_options=PLAIN_LINKS, **HTML,
            )  # fmt: skip

    async def _file(self, content: Content, file: File, where: dict[str, Any], ids: Sequence[int]) -> list[int]:
        """Send a picture or a document; text that is too long for a caption follows in messages of its own."""
        captioned = length(content.text) <= CAPTION
        if ids and captioned:
            await self._edit_file(content, file, where["chat_id"], ids[0])
            await self._forget(where["chat_id"], ids[1:])
            return [ids[0]]
        await self._forget(where["chat_id"], ids)
        first = await self._send_file(content if captioned else Content(""), file, where)
        return [first] if captioned else [first, *await self._post(split(content.text, TEXT), content, where)]

    async def _send_file(self, content: Content, file: File, where: dict[str, Any]) -> int:
        method, kind = ("sendPhoto", "photo") if _is_picture(file) else ("sendDocument", "document")
        given = await self._given(file)
        sent = await self._bot.upload(
            method, **where, caption=content.text or None, reply_markup=_keyboard(content.buttons), **HTML,
            **{kind: given if isinstance(given, str) else InputFile(given, filename=file.name)},
        )  # fmt: skip
        self._remember(file, sent)
        return message_id(sent)

    async def _edit_file(self, content: Content, file: File, chat: int, message: int) -> None:
        kind = InputMediaPhoto if _is_picture(file) else InputMediaDocument
        given = await self._given(file)
        name: dict[str, Any] = {} if isinstance(given, str) else {"filename": file.name}
        media = kind(given, caption=content.text or None, **HTML, **name)
        with _unchanged():
            done = await self._bot.upload(
                "editMessageMedia", chat_id=chat, message_id=message, media=media,
                reply_markup=_keyboard(content.buttons),
            )  # fmt: skip
            self._remember(file, done)

    async def _given(self, file: File) -> Any:
        return self._uploaded.get(_key(file)) or await self._load(file)

    def _remember(self, file: File, sent: Any) -> None:
        if len(self._uploaded) > 1000:
            self._uploaded.clear()
        if found := file_id(sent):
            self._uploaded[_key(file)] = found

    async def _forget(self, chat: int, ids: Sequence[int]) -> None:
        """Delete messages that were replaced; a failure does not matter."""
        with contextlib.suppress(TelegramError):
            await self._delete(chat, ids)

    async def _delete(self, chat: int, ids: Sequence[int]) -> None:
        for message in ids:
            await self._bot.call("deleteMessage", chat_id=chat, message_id=message)

    def _told(self, error: TelegramError, to: Recipient, *, editing: bool) -> SendError:
        """Return what an answer of Telegram means for the card. An edit can be repeated, so it is never uncertain."""
        if isinstance(error, RetryAfter):
            return self._flooded(error, to)
        return translated(error, editing=editing)

    def _flooded(self, error: RetryAfter, to: Recipient) -> SendError:
        """Attribute a 429, which does not say whose it is: to this chat, unless another chat is resting already."""
        wait, now = _seconds(error), time.monotonic()
        chat, until = self._halted
        here = to.chat.partition(TOPIC)[0]
        everywhere = now < until and chat != here
        self._halted = (here, now + wait)
        return SendError(FLOODED, retry_after=wait, everywhere=everywhere)


def cost(content: Content | None, message: str | None) -> int:
    """Return how many calls `show` or `take_away` make for a card: each counts against Telegram's limits."""
    standing = message.count(",") + 1 if message else 0
    if content is None:
        return max(1, standing)
    if content.file is None:
        parts = len(split(content.text, TEXT))
        return standing + parts if 0 < standing < parts else max(standing, parts)
    if length(content.text) <= CAPTION:
        return max(1, standing)
    return standing + 1 + len(split(content.text, TEXT))


def translated(error: TelegramError, *, editing: bool = False) -> SendError:
    """Return any error of the Bot API as SendError.

    - 403; chat not found, no rights to write, topic closed or gone: `permanent`
    - 400 with `migrate_to_chat_id`: `migrated_to`
    - 429: `retry_after` for this chat; `everywhere` while another's is running: Telegram does not say whose it is
    - message to edit not found, cannot be edited, of another kind: `lost`; not modified: done
    - any other 400: `hopeless`, because this message is never accepted as it is while the address is fine
    - 401, `sendMessage` unknown: the token was revoked; a minute's pause `everywhere`, nothing is dropped
    - another method unknown: `hopeless`; an edit `lost`
    - connection not made, pool or proxy timeout: nothing left this machine, five seconds' pause `everywhere`
    - any other error during a call, 5xx: `away`, tried for a week; a new message is also `uncertain`

    The reason is kept as Telegram said it; `templates/chat/core/_telegram.j2` words it for admins."""
    reason, low = error.message, error.message.lower()
    if isinstance(error, RetryAfter):
        return SendError(FLOODED, retry_after=_seconds(error), everywhere=True)
    if isinstance(error, ChatMigrated):
        return SendError("the group migrated", migrated_to=str(error.new_chat_id))
    if isinstance(error, InvalidToken) or (isinstance(error, UnknownMethod) and "sendMessage" in reason):
        return SendError("Telegram knows no such token", retry_after=REVOKED, everywhere=True)
    if isinstance(error, UnknownMethod):
        return SendError(reason, lost=editing, hopeless=not editing)
    if isinstance(error, Forbidden) or any(words in low for words in CLOSED):
        return SendError(reason, permanent=True)
    if slow := re.search(r"slow.?mode\D*(\d*)", low):
        return SendError(SLOW, retry_after=float(slow[1] or UNREACHED))
    if isinstance(error, BadRequest):
        lost = any(words in low for words in LOST)
        return SendError(reason, lost=lost, hopeless=not lost)
    if isinstance(error, NetworkError) and never_left(error):
        return SendError(reason, retry_after=UNREACHED, everywhere=True)
    return SendError(reason, uncertain=not editing, away=True)


@contextlib.contextmanager
def _unchanged() -> Any:
    """Treat an edit that changes nothing as done."""
    try:
        yield
    except BadRequest as error:
        if SAME not in error.message.lower():
            raise


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _where(chat: str) -> dict[str, Any]:
    number, _, topic = chat.partition(TOPIC)
    return {"chat_id": int(number)} | ({"message_thread_id": int(topic)} if topic else {})


def _keyboard(rows: Sequence[Sequence[Button]]) -> dict[str, Any] | None:
    keys = [[{"text": b.label, "callback_data": b.data} for b in row] for row in rows]
    return {"inline_keyboard": keys} if keys else None


def _is_picture(file: File) -> bool:
    return file.mime in PICTURES and file.size <= PICTURE_LIMIT


def _key(file: File) -> str:
    return f"{file.digest}/{file.name}"
