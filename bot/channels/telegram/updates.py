"""Turn Telegram's updates into Incoming: pure functions, one update at a time."""

from datetime import UTC, datetime
from typing import Any

from telegram import Chat, ChatMemberUpdated, Message, Update, User

from handlers.core.incoming import Event, Incoming, Location, Remote
from models.core.characters import text as clean
from models.files.blobs import safe_name
from models.messaging.enrolment import codes_in
from models.messaging.groups import TOPIC

NAME = "telegram"
ALLOWED = (
    "message", "edited_message", "callback_query", "my_chat_member", "channel_post", "edited_channel_post",
)  # fmt: skip
INSIDE = {"creator", "administrator", "member", "restricted"}
UNREAD = "…"  # stands for a sticker or a poll, which get help like any text we do not understand


class Reader:
    """Reads updates for one bot. `username` distinguishes `/command@us` from a command for another bot in the group."""

    def __init__(self, bot: str, username: str) -> None:
        self.bot, self.username = bot, username.lower()

    def read(self, told: dict[str, Any], now: datetime) -> Incoming | None:
        """Return the Incoming of an update, or None for an update that does not concern us: talk in groups, service
        messages."""
        if query := told.get("callback_query"):
            return self._tap(str(told["update_id"]), query, now)
        if _is_plain(told.get("message")):
            return self._plain(str(told["update_id"]), told["message"])
        update = Update.de_json(told)
        if update.my_chat_member:
            return self._membership(update, update.my_chat_member)
        if shown := _others_read(update):
            return self._shown(update, shown)
        if update.edited_message:
            return self._edited(update, update.edited_message)
        return self._message(update, update.message) if update.message else None

    def _tap(self, update: str, query: dict[str, Any], now: datetime) -> Incoming | None:
        """Read a tap from the raw JSON: there are many at a time, and the library would parse the whole message under
        the button."""
        message, who = query.get("message"), query["from"]
        if message is None or "data" not in query:
            return None
        chat, topic = message["chat"], message.get("is_topic_message") and message.get("message_thread_id")
        chat_id, private = _chat_id(int(chat["id"]), topic), chat["type"] == Chat.PRIVATE
        return Incoming(
            NAME, self.bot, update, str(int(who["id"])), chat_id, private, now,
            data=clean(query["data"]), message=str(int(message["message_id"])),
            name=" ".join(filter(None, (who["first_name"], who.get("last_name")))),
            title=clean(chat["title"]) if chat.get("title") else None,
        )  # fmt: skip

    def _plain(self, update: str, message: dict[str, Any]) -> Incoming | None:
        """Read private text from the raw JSON too: three thousand strangers may write at once, and each message that
        the library parses keeps those who tap waiting."""
        who, text = message["from"], self._heard(message["text"], private=True)
        if text is None or who.get("is_bot"):
            return None
        return Incoming(
            NAME, self.bot, update, str(int(who["id"])), str(int(message["chat"]["id"])), True,
            datetime.fromtimestamp(int(message["date"]), UTC), text=text, message=str(int(message["message_id"])),
            name=" ".join(filter(None, (who["first_name"], who.get("last_name")))),
        )  # fmt: skip

    def _shown(self, update: Update, message: Message) -> Incoming:
        """Read a message that shows an enrolment code where others read it, in a post, a caption, a correction or the
        address behind a link, whoever said it. It is no command, even one for another bot."""
        words = (self._words(message, private=False) if message.from_user else None) or f"> {_all_words(message)}"
        author = message.sender_chat or message.from_user or message.chat
        return Incoming(
            NAME, self.bot, str(update.update_id), str(author.id), _chat(message), False, message.date,
            text=clean(f"{words}\n{_links(message)}".strip()), message=str(message.message_id),
            edited=message.edit_date is not None, title=clean(message.chat.title) if message.chat.title else None,
        )  # fmt: skip

    def _membership(self, update: Update, change: ChatMemberUpdated) -> Incoming | None:
        was, now_in = _inside(change.old_chat_member), _inside(change.new_chat_member)
        if was == now_in:
            return None
        if change.chat.type == Chat.PRIVATE:
            event = Event.BACK if now_in else Event.BLOCKED
        else:
            event = Event.ADDED if now_in else Event.REMOVED
        return Incoming(
            **self._named(update, change.from_user, change.chat), at=change.date,
            event=event, name=change.from_user.full_name,
        )  # fmt: skip

    def _edited(self, update: Update, message: Message) -> Incoming | None:
        """Read a correction of typed words in a private chat; nothing else is corrected this way, and a live location
        is taken once."""
        if message.from_user is None or message.chat.type != Chat.PRIVATE or message.text is None:
            return None
        return Incoming(
            **self._named(update, message.from_user, message.chat), at=message.edit_date or message.date,
            text=clean(message.text), message=str(message.message_id), edited=True, name=message.from_user.full_name,
        )  # fmt: skip

    def _message(self, update: Update, message: Message) -> Incoming | None:
        if message.migrate_to_chat_id:
            moved = str(message.migrate_to_chat_id)
            author = message.from_user.id if message.from_user else message.chat.id
            return Incoming(
                NAME, self.bot, str(update.update_id), str(author), str(message.chat.id), False, message.date,
                event=Event.MIGRATED, moved_to=moved, title=clean(message.chat.title or ""),
            )  # fmt: skip
        if message.sender_chat:
            return self._anonymous(update, message, message.sender_chat)
        if message.from_user is None or message.from_user.is_bot:
            return None
        private = message.chat.type == Chat.PRIVATE
        text = self._words(message, private=private)
        remote = _remote(message) if private else None
        place = _place(message) if private else None
        if text is None and remote is None and place is None:
            return None
        return Incoming(
            **self._named(update, message.from_user, message.chat, _chat(message)), at=message.date,
            text=text, message=str(message.message_id), name=message.from_user.full_name,
            remote=remote, location=place,
        )  # fmt: skip

    def _anonymous(self, update: Update, message: Message, sender: Chat) -> Incoming | None:
        """Read a command in the name of the group, as anonymous admins send it, or of a channel: Telegram puts a bot of
        its own in the sender's place."""
        text = self._words(message, private=False)
        if text is None or message.chat.type == Chat.PRIVATE:
            return None
        return Incoming(
            NAME, self.bot, str(update.update_id), str(sender.id), _chat(message), False, message.date,
            text=text, message=str(message.message_id), anonymous=True,
            title=clean(message.chat.title) if message.chat.title else None,
        )  # fmt: skip

    def _named(self, update: Update, who: User, chat: Chat, chat_id: str = "") -> dict[str, Any]:
        return {
            "channel": NAME, "bot": self.bot, "update": str(update.update_id), "account": str(who.id),
            "chat": chat_id or str(chat.id), "private": chat.type == Chat.PRIVATE,
            "title": clean(chat.title) if chat.title else None,
        }  # fmt: skip

    def _words(self, message: Message, *, private: bool) -> str | None:
        """Return what was said. In groups only commands are for us, and everywhere only those that name no
        other bot."""
        said = message.text or message.caption
        if said is None and private:
            return _stand_in(message)
        return self._heard(said or "", private=private)

    def _heard(self, said: str, *, private: bool) -> str | None:
        text = clean(said)
        head, space, rest = text.partition(" ")
        if not head.startswith("/"):
            return (text or None) if private else None
        command, at, name = head.partition("@")
        if at and name.lower() != self.username:
            return None
        return command + space + rest


def _is_plain(message: Any) -> bool:
    """Say whether a message is private text and nothing else that we read."""
    return bool(message) and message["chat"]["type"] == Chat.PRIVATE and "text" in message and "from" in message


def _others_read(update: Update) -> Message | None:
    """Return a message in a group or a channel that holds what looks like an enrolment code."""
    message = update.effective_message
    if message is None or message.chat.type == Chat.PRIVATE or update.my_chat_member:
        return None
    return message if codes_in(f"{_all_words(message)} {_links(message)}") else None


def _all_words(message: Message) -> str:
    return message.text or message.caption or ""


def _links(message: Message) -> str:
    """Return the addresses behind the words of a message."""
    return " ".join(it.url for it in (*message.entities, *message.caption_entities) if it.url)


def _stand_in(message: Message) -> str | None:
    """Return the text that stands for a message without words: a contact is its number, a sticker its emoji. Files and
    places need none, service messages get none."""
    if message.contact:
        return clean(message.contact.phone_number)
    if message.sticker:
        return message.sticker.emoji or UNREAD
    told = message.effective_attachment
    return UNREAD if told and not (_remote(message) or message.location) else None


def _remote(message: Message) -> Remote | None:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Remote(largest.file_id, f"photo-{largest.file_unique_id}.jpg", "image/jpeg", largest.file_size)
    for found, ending, mime in (
        (message.document, "", "application/octet-stream"),
        (message.voice, ".ogg", "audio/ogg"),
        (message.audio, ".mp3", "audio/mpeg"),
        (message.video, ".mp4", "video/mp4"),
        (message.video_note, ".mp4", "video/mp4"),
    ):
        if found:
            name = getattr(found, "file_name", None) or f"file-{found.file_unique_id}{ending}"
            return Remote(found.file_id, safe_name(name), getattr(found, "mime_type", None) or mime, found.file_size)
    return None


def _place(message: Message) -> Location | None:
    place = message.location
    return Location(place.latitude, place.longitude, place.horizontal_accuracy) if place else None


def _inside(member: object) -> bool:
    """Say whether the bot is in the chat with this status; a restricted member may have left."""
    return getattr(member, "status", "") in INSIDE and getattr(member, "is_member", True) is not False


def _chat(message: Message) -> str:
    return _chat_id(message.chat.id, message.message_thread_id if message.is_topic_message else None)


def _chat_id(chat: int, topic: int | None) -> str:
    """Return a chat's id, with the topic in a forum: -100123/45."""
    return f"{chat}{TOPIC}{topic}" if topic else str(chat)
