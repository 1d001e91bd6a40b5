"""Play people on their phones, against the server: what they type and tap becomes updates, what they see is what the
chat shows."""

import hmac
import itertools
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.fakes.telegram.server import BotApi
from tests.fakes.telegram.state import Chat, Message, Query

NUMBERS = itertools.count(700)
PLACES = {"left": {"status": "left"}, "kicked": {"status": "kicked", "until_date": 0}, "member": {"status": "member"}}


@dataclass
class Group:
    """A group chat, which the bot may be in."""

    api: BotApi
    id: int
    title: str

    def __post_init__(self) -> None:
        kind = "supergroup" if self.id < -(10**12) else "group"
        refusal = f"bot is not a member of the {kind} chat"
        self.api.call(lambda: self.api.chats.setdefault(self.id, Chat(self.id, kind, self.title, refusal)))

    @property
    def chat(self) -> Chat:
        return self.api.chats[self.id]

    @property
    def seen(self) -> list[Message]:
        """Return what the bot said and the chat still shows."""
        return self.api.call(lambda: [m for m in self.chat.messages.values() if m.by is None])

    def migrate(self, to: int) -> "Group":
        """Make the group a supergroup: the old one says where it went, and takes no message any more."""
        made = Group(self.api, to, self.title)

        def move() -> None:
            made.chat.refusal, self.chat.moved_to = "", to
            service = self.api.post(self.chat, 0)
            self.api.push("message", _without_text(self.api.told(service)) | {"migrate_to_chat_id": to})
            arrived = self.api.post(made.chat, 0)
            self.api.push("message", _without_text(self.api.told(arrived)) | {"migrate_from_chat_id": self.id})

        self.api.call(move)
        return made


@dataclass
class Person:
    """Somebody with a Telegram account."""

    api: BotApi
    id: int
    name: str

    def __post_init__(self) -> None:
        def meet() -> None:
            self.api.people[self.id] = self.name
            self.api.chats.setdefault(self.id, Chat(self.id, "private", self.name))

        self.api.call(meet)

    @property
    def user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": "zh-hans"}

    @property
    def seen(self) -> list[Message]:
        """Return what the bot said and the chat still shows."""
        return self.api.call(lambda: [m for m in self.chat.messages.values() if m.by is None])

    @property
    def chat(self) -> Chat:
        return self.api.chats[self.id]

    def say(self, text: str, to: Group | None = None, topic: int | None = None) -> Message:
        return self._post(to, text=text, topic=topic)

    def share(self, to: Group | None = None, **what: Any) -> None:
        """Send something that is neither words nor a file: `location={…}`, `contact={…}`, `sticker={…}`."""
        chat = to.chat if to else self.chat

        def post() -> None:
            said = _without_text(self.api.told(self.api.post(chat, self.id)))
            self.api.push("message", said | {"from": self.user} | what)

        self.api.call(post)

    def upload(self, data: bytes, name: str = "", kind: str = "document", caption: str = "") -> Message:
        return self._post(None, text=caption, kind=kind, name=name, file=self.api.call(lambda: self.api.keep(data)))

    def edit(self, message: Message, text: str) -> None:
        def change() -> None:
            message.text = text
            self.api.push("edited_message", self.api.told(message) | {"from": self.user, "edit_date": 1790000000})

        self.api.call(change)

    def tap(self, label: str, where: Group | None = None) -> Query:
        """Press the newest button whose label contains these words."""
        chat = where.chat if where else self.chat

        def press() -> Query:
            found = [(m, d) for m in chat.messages.values() for words, d in m.buttons.items() if label in words]
            assert found, f"no button {label!r} in {[m.text for m in chat.messages.values()]}"
            message, data = found[-1]
            return self.press(message, data)

        return self.api.call(press)

    def press(self, message: Message, data: str) -> Query:
        """Press a button of this message. In the server's thread."""
        query = Query(str(next(NUMBERS) * 10**12), data)
        self.api.queries[query.id] = query
        told = {"id": query.id, "from": self.user, "chat_instance": "1", "data": data}
        self.api.push("callback_query", told | {"message": self.api.told(message, self.api.bot)})
        return query

    def start(self, payload: str = "") -> None:
        """Open the bot, perhaps by a link; somebody who had blocked it unblocks it."""
        if self.api.call(lambda: self.chat.refusal):
            self._membership(self.chat, "kicked", "member", refusal="")
        self.say(f"/start {payload}".strip())

    def block(self) -> None:
        self._membership(self.chat, "member", "kicked", refusal="bot was blocked by the user")

    def add_bot(self, group: Group) -> None:
        self._membership(group.chat, "left", "member", refusal="")

    def remove_bot(self, group: Group) -> None:
        self._membership(group.chat, "member", "kicked", refusal="bot was kicked from the group chat")

    def opens(self, label: str, at: float | None = None) -> tuple[str, str]:
        """Open the newest Mini App whose button says so; return its address, and what Telegram says of this person in
        the part behind #, signed now or `at`."""
        seen = self.seen
        address = next(url for m in reversed(seen) for said, url in m.mini_apps.items() if label in said)
        return address, self.signed(at)

    def signed(self, at: float | None = None, token: str = "") -> str:
        """Return who this is as Telegram signs it for a Mini App, now or `at`, for the bot of the `token`."""
        fields = {
            "query_id": f"AAH{next(NUMBERS)}", "user": json.dumps(self.user, ensure_ascii=False),
            "auth_date": str(int(at or time.time())), "signature": "not-for-us", "chat_type": "private",
        }  # fmt: skip
        said = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
        key = hmac.digest(b"WebAppData", (token or self.api.bot.token).encode(), "sha256")
        return urlencode(fields | {"hash": hmac.digest(key, said.encode(), "sha256").hex()})

    def _membership(self, chat: Chat, before: str, after: str, *, refusal: str) -> None:
        def change() -> None:
            chat.refusal = refusal
            user = {"user": self.api.bot.told}
            told = {"chat": chat.told, "from": self.user, "date": 1790000000}
            members = {"old_chat_member": PLACES[before] | user, "new_chat_member": PLACES[after] | user}
            self.api.push("my_chat_member", told | members)

        self.api.call(change)

    def _post(self, to: Group | None, **what: Any) -> Message:
        chat = to.chat if to else self.chat

        def post() -> Message:
            made = self.api.post(chat, self.id, **what)
            self.api.push("message", self.api.told(made) | {"from": self.user})
            return made

        return self.api.call(post)


def _without_text(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "text"}
