"""Do what each method of the Bot API does, and refuse what it refuses. A method takes its bot and its parameters."""

import re
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tests.fakes.telegram.state import Bot, Chat, Message, Query
from tests.fakes.telegram.text import Wrong, checked, commands, keyboard

SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat", "chat_administrators",
          "chat_member"}  # fmt: skip


class Methods:
    """The methods, on what the server knows."""

    def __init__(self) -> None:
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, str] = {}
        self.queries: dict[str, Query] = {}
        self.files: dict[str, bytes] = {}  # path → bytes
        self.paths: dict[str, str] = {}  # file id → path
        self.last_message = 100
        self.last_update = 5000

    def chat(self, number: int) -> Chat:
        raise NotImplementedError

    def getMe(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        return bot.told

    # how updates come

    def setWebhook(self, bot: Bot, told: dict[str, Any]) -> bool:
        address = urlsplit(told["url"])
        if address.scheme != "https" and address.hostname != "127.0.0.1":
            raise Wrong("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch("[A-Za-z0-9_-]{0,256}", told.get("secret_token", "")):
            raise Wrong("bad webhook: invalid secret token")
        bot.webhook = told if told["url"] else {}
        bot.allowed = told.get("allowed_updates", bot.allowed)
        return True

    def deleteWebhook(self, bot: Bot, told: dict[str, Any]) -> bool:
        bot.webhook = {}
        return True

    def getWebhookInfo(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        info = {"url": bot.webhook.get("url", ""), "has_custom_certificate": False}
        error = {"last_error_date": int(time.time()), "last_error_message": bot.last_error} if bot.last_error else {}
        return info | {"pending_update_count": len(bot.updates)} | error

    # messages

    def sendMessage(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        if not str(told["text"]).strip():
            raise Wrong("message text is empty")
        text = checked(told["text"], told.get("parse_mode"), 4096, "message")
        return self._posted(bot, told, text=text, html=told["text"])

    def sendPhoto(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        return self._sent_file(bot, told, "photo", told["photo"])

    def sendDocument(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        return self._sent_file(bot, told, "document", told["document"])

    def _sent_file(self, bot: Bot, told: dict[str, Any], kind: str, given: Any) -> dict[str, Any]:
        caption = told.get("caption", "")
        text = checked(caption, told.get("parse_mode"), 1024, "message caption")
        file, name = self._file(told, given)
        return self._posted(bot, told, text=text, html=caption, kind=kind, file=file, name=name)

    def _posted(self, bot: Bot, told: dict[str, Any], **what: Any) -> dict[str, Any]:
        chat, topic = self.chat(int(told["chat_id"])), told.get("message_thread_id")
        if topic is not None and int(topic) not in chat.topics:
            raise Wrong("message thread not found")
        markup = keyboard(told.get("reply_markup"), private=chat.type == "private")
        made = self.post(chat, None, markup=markup, topic=int(topic) if topic else None, **what)
        return self.told(made, bot)

    def post(self, chat: Chat, by: int | None, **what: Any) -> Message:
        self.last_message += 1
        made = Message(self.last_message, chat.id, by, **what)
        chat.messages[made.id] = made
        return made

    def _file(self, told: dict[str, Any], given: Any) -> tuple[str, str]:
        """Return a file by its id, or one that came with the request: the file's id and its name."""
        if isinstance(given, str) and given.startswith("attach://"):
            given = told[given.removeprefix("attach://")]
        if isinstance(given, web.FileField):
            return self.keep(given.file.read()), given.filename
        if given not in self.paths:
            raise Wrong("wrong file identifier/HTTP URL specified")
        return given, ""

    def keep(self, data: bytes) -> str:
        """Store a file and return its id."""
        file = f"F{uuid.uuid4().hex}"
        self.paths[file] = f"files/{file}"
        self.files[f"files/{file}"] = data
        return file

    def editMessageText(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        message = self._own(told)
        if message.kind != "text":
            raise Wrong("there is no text in the message to edit")
        text = checked(told["text"], told.get("parse_mode"), 4096, "message")
        return self._edited(bot, message, told, text=text, html=told["text"])

    def editMessageCaption(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        message = self._own(told)
        if message.kind == "text":
            raise Wrong("there is no caption in the message to edit")
        text = checked(told.get("caption", ""), told.get("parse_mode"), 1024, "message caption")
        return self._edited(bot, message, told, text=text, html=told.get("caption", ""))

    def editMessageMedia(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        message, media = self._own(told), told["media"]
        text = checked(media.get("caption", ""), media.get("parse_mode"), 1024, "message caption")
        file, _ = self._file(told, media["media"])
        changes = {"text": text, "html": media.get("caption", ""), "kind": media["type"], "file": file}
        return self._edited(bot, message, told, **changes)

    def editMessageReplyMarkup(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        return self._edited(bot, self._own(told), told)

    def _edited(self, bot: Bot, message: Message, told: dict[str, Any], **changes: Any) -> dict[str, Any]:
        changes["markup"] = keyboard(told.get("reply_markup"), private=int(told["chat_id"]) > 0)
        if all(getattr(message, name) == value for name, value in changes.items()):
            raise Wrong(SAME)
        for name, value in changes.items():
            setattr(message, name, value)
        message.edits += 1
        return self.told(message, bot)

    def _own(self, told: dict[str, Any]) -> Message:
        message = self.chat(int(told["chat_id"])).messages.get(int(told["message_id"]))
        if message is None:
            raise Wrong("message to edit not found")
        if message.by is not None:
            raise Wrong("message can't be edited")
        return message

    def deleteMessage(self, bot: Bot, told: dict[str, Any]) -> bool:
        chat = self.chat(int(told["chat_id"]))
        message = chat.messages.get(int(told["message_id"]))
        if message is None:
            raise Wrong("message to delete not found")
        if message.old or message.by is not None:
            raise Wrong("message can't be deleted for everyone")
        del chat.messages[message.id]
        chat.deleted.append(message.id)
        return True

    def answerCallbackQuery(self, bot: Bot, told: dict[str, Any]) -> bool:
        query = self.queries.get(told["callback_query_id"])
        if query is None or query.answer is not None or query.old:
            raise Wrong(TOO_OLD)
        if len(told.get("text", "")) > 200:
            raise Wrong("MESSAGE_TOO_LONG")
        query.answer, query.alert = told.get("text", ""), str(told.get("show_alert", "")).lower() == "true"
        query.answered_at = time.monotonic()
        return True

    # files and menus

    def getFile(self, bot: Bot, told: dict[str, Any]) -> dict[str, Any]:
        path = self.paths.get(told["file_id"])
        if path is None:
            raise Wrong("wrong file_id or the file is temporarily unavailable")
        if len(self.files[path]) > 20 * 1024 * 1024:
            raise Wrong("file is too big")
        return {"file_id": told["file_id"], "file_unique_id": path[-12:], "file_path": path,
                "file_size": len(self.files[path])}  # fmt: skip

    def setMyCommands(self, bot: Bot, told: dict[str, Any]) -> bool:
        bot.menus[self._scope(told)] = commands(told["commands"])
        return True

    def deleteMyCommands(self, bot: Bot, told: dict[str, Any]) -> bool:
        bot.menus.pop(self._scope(told), None)
        return True

    def getMyCommands(self, bot: Bot, told: dict[str, Any]) -> list[dict[str, str]]:
        return bot.menus.get(self._scope(told), [])

    def _scope(self, told: dict[str, Any]) -> tuple[str, str]:
        scope, language = told.get("scope") or {"type": "default"}, told.get("language_code", "")
        if scope["type"] not in SCOPES or not re.fullmatch("(?:[a-z]{2})?", language):
            raise Wrong("BOT_COMMAND_SCOPE_INVALID")
        if "chat_id" in scope:
            self.chat(int(scope["chat_id"]))
        return f"{scope['type']}:{scope['chat_id']}" if "chat_id" in scope else str(scope["type"]), language

    def told(self, message: Message, bot: Bot | None = None) -> dict[str, Any]:
        """Return a message as the API tells it."""
        who = (
            bot.told
            if bot
            else {"id": message.by, "is_bot": False, "first_name": self.people.get(message.by or 0, "?")}
        )
        said: dict[str, Any] = {
            "message_id": message.id, "date": int(time.time()), "chat": self.chats[message.chat].told, "from": who,
        }  # fmt: skip
        if message.topic:
            said |= {"message_thread_id": message.topic, "is_topic_message": True}
        if message.kind == "text":
            return said | {"text": message.text}
        return said | ({"caption": message.text} if message.text else {}) | self._media(message)

    def _media(self, message: Message) -> dict[str, Any]:
        size = len(self.files[self.paths[message.file or ""]])
        file = {"file_id": message.file, "file_unique_id": f"u{message.id}", "file_size": size}
        if message.kind == "photo":
            return {
                "photo": [
                    file | {"width": 90, "height": 90, "file_id": message.file},
                    file | {"width": 900, "height": 900},
                ]
            }
        extra = {"voice": {"duration": 1}, "video": {"duration": 1, "width": 1, "height": 1}}.get(message.kind, {})
        return {message.kind: file | extra | ({"file_name": message.name} if message.name else {})}
