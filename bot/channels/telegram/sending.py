"""Turn cards into calls of the Bot API, and the API's refusals into SendError."""

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from telegram import InputFile, InputMediaDocument, InputMediaPhoto
from telegram.constants import ParseMode
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.channels.base import Draw, Recipient, SendError, Sent, undrawn
from bot.channels.telegram.api import Calls, file_id, message_id
from bot.channels.telegram.errors import FLOODED, refuses_pictures, seconds, translated
from bot.channels.telegram.text import CAPTION, TEXT, captioned, length, split
from bot.channels.telegram.transport import UnknownMethod
from handlers.core.rendering import Content
from handlers.dashboard.dashboard import FILL, OPEN
from models.files.records import File
from models.messaging.contents import Button, Picture
from models.messaging.groups import TOPIC

log = logging.getLogger("zeroreport")
PICTURES, PICTURE_LIMIT = ("image/jpeg", "image/png"), 10_000_000
HTML: dict[str, Any] = {"parse_mode": ParseMode.HTML}
PLAIN_LINKS = {"is_disabled": True}
SAME = "message is not modified"


class Out:
    """Shows and deletes messages of one bot. `load` fetches a file's bytes by its digest, `draw` a picture's; `opens`
    is the address that the button OPEN opens as a Mini App."""

    def __init__(self, bot: Calls, load: Callable[[File], Any], draw: Draw = undrawn, opens: str = "") -> None:
        self._bot, self._load, self._draw, self._opens = bot, load, draw, opens
        self._uploaded: dict[str, str] = {}  # digest → Telegram's own id for it, so that bytes travel once
        self._halted = ("", 0.0)

    async def show(self, content: Content, to: Recipient) -> Sent:
        """Send the content, or edit the message it replaces; the ids of a card in several messages are joined by
        commas."""
        ids = [int(n) for n in to.message.split(",")] if to.message else []
        where = _where(to.chat)
        try:
            made = await self._made(content, where, ids)
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

    async def _made(self, content: Content, where: dict[str, Any], ids: Sequence[int]) -> list[int]:
        if content.file:
            return await self._file(content, content.file, where, ids)
        if content.picture and (given := await self._drawn(content.picture)):
            try:
                return await self._pictured(content, content.picture, given, where, ids)
            except (BadRequest, UnknownMethod) as error:
                if not refuses_pictures(error):
                    raise
                self._uploaded.pop(content.picture.digest, None)
                log.info("a picture was refused, its words go alone: %s", error.message)
        return await self._texts(content, where, ids)

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
            buttons = self._keyboard(content.buttons) if n == len(parts) - 1 else None
            await self._edit_text(where["chat_id"], ids[n], part, buttons)
        await self._forget(where["chat_id"], ids[len(parts) :])
        return list(ids[: len(parts)])

    async def _post(self, parts: Sequence[str], content: Content, where: dict[str, Any]) -> list[int]:
        made: list[int] = []
        try:
            for n, part in enumerate(parts):
                buttons = self._keyboard(content.buttons) if n == len(parts) - 1 else None
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

    async def _drawn(self, picture: Picture) -> Any:
        """Return Telegram's id of the picture or its bytes; None if it cannot be drawn."""
        return self._uploaded.get(picture.digest) or await self._draw(picture)

    async def _pictured(
        self, content: Content, picture: Picture, given: Any, where: dict[str, Any], ids: Sequence[int]
    ) -> list[int]:
        """Send or edit a picture with as much of the text as a caption holds; the rest follows in messages of
        its own."""
        caption, *rest = captioned(content.text)
        if len(rest) >= len(ids) > 0:
            await self._forget(where["chat_id"], ids)
            ids = []
        buttons = None if rest else self._keyboard(content.buttons)
        if not ids:
            photo = given if isinstance(given, str) else InputFile(given, **_named(given))
            sent = await self._bot.upload(
                "sendPhoto", **where, photo=photo, caption=caption, reply_markup=buttons, **HTML
            )
            self._remember(picture.digest, sent)
            return [message_id(sent), *await self._rest(rest, content, where, message_id(sent))]
        media = InputMediaPhoto(given, caption=caption, **HTML, **_named(given))
        with _unchanged():
            self._remember(picture.digest, await self._bot.upload(
                "editMessageMedia", chat_id=where["chat_id"], message_id=ids[0], media=media, reply_markup=buttons
            ))  # fmt: skip
        for n, part in enumerate(rest, 1):
            await self._edit_text(
                where["chat_id"], ids[n], part, self._keyboard(content.buttons) if n == len(rest) else None
            )
        await self._forget(where["chat_id"], ids[len(rest) + 1 :])
        return list(ids[: len(rest) + 1])

    async def _rest(self, parts: Sequence[str], content: Content, where: dict[str, Any], above: int) -> list[int]:
        """Post what a caption does not hold; if that fails, the picture is taken back, for the card is sent again."""
        try:
            return await self._post(parts, content, where) if parts else []
        except TelegramError:
            await self._forget(where["chat_id"], [above])
            raise

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
            method, **where, caption=content.text or None, reply_markup=self._keyboard(content.buttons), **HTML,
            **{kind: given if isinstance(given, str) else InputFile(given, filename=file.name)},
        )  # fmt: skip
        self._remember(_key(file), sent)
        return message_id(sent)

    async def _edit_file(self, content: Content, file: File, chat: int, message: int) -> None:
        kind = InputMediaPhoto if _is_picture(file) else InputMediaDocument
        given = await self._given(file)
        name: dict[str, Any] = {} if isinstance(given, str) else {"filename": file.name}
        media = kind(given, caption=content.text or None, **HTML, **name)
        with _unchanged():
            done = await self._bot.upload(
                "editMessageMedia", chat_id=chat, message_id=message, media=media,
                reply_markup=self._keyboard(content.buttons),
            )  # fmt: skip
            self._remember(_key(file), done)

    async def _given(self, file: File) -> Any:
        return self._uploaded.get(_key(file)) or await self._load(file)

    def _keyboard(self, rows: Sequence[Sequence[Button]]) -> dict[str, Any] | None:
        keys = [[{"text": b.label} | self._does(b) for b in row] for row in rows]
        return {"inline_keyboard": keys} if keys else None

    def _does(self, button: Button) -> dict[str, Any]:
        """Return what a button does: OPEN and FILL, which stand in private chats only, open the dashboard and a form's
        page as a Mini App."""
        if self._opens and button.data == OPEN:
            return {"web_app": {"url": self._opens}}
        if self._opens and button.data.startswith(FILL):
            return {"web_app": {"url": f"{self._opens}?report={button.data.removeprefix(FILL)}"}}
        return {"callback_data": button.data}

    def _remember(self, key: str, sent: Any) -> None:
        if len(self._uploaded) > 1000:
            self._uploaded.clear()
        if found := file_id(sent):
            self._uploaded[key] = found

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
        wait, now = seconds(error), time.monotonic()
        chat, until = self._halted
        here = to.chat.partition(TOPIC)[0]
        everywhere = now < until and chat != here
        self._halted = (here, now + wait)
        return SendError(FLOODED, retry_after=wait, everywhere=everywhere)


def _named(given: Any) -> dict[str, Any]:
    """Return the name of a picture that travels; an id has one already."""
    return {} if isinstance(given, str) else {"filename": "summary.png"}


def cost(content: Content | None, message: str | None) -> int:
    """Return how many calls `show` or `take_away` make for a card: each counts against Telegram's limits."""
    standing = message.count(",") + 1 if message else 0
    if content is None:
        return max(1, standing)
    if content.file is None:
        parts = len(captioned(content.text) if content.picture else split(content.text, TEXT))
        return standing + parts if 0 < standing < parts else max(standing, parts)
    if length(content.text) <= CAPTION:
        return max(1, standing)
    return standing + 1 + len(split(content.text, TEXT))


@contextlib.contextmanager
def _unchanged() -> Any:
    """Treat an edit that changes nothing as done."""
    try:
        yield
    except BadRequest as error:
        if SAME not in error.message.lower():
            raise


def _where(chat: str) -> dict[str, Any]:
    number, _, topic = chat.partition(TOPIC)
    return {"chat_id": int(number)} | ({"message_thread_id": int(topic)} if topic else {})


def _is_picture(file: File) -> bool:
    return file.mime in PICTURES and file.size <= PICTURE_LIMIT


def _key(file: File) -> str:
    return f"{file.digest}/{file.name}"
