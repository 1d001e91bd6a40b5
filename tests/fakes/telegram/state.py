"""Hold what the server knows: bots with their updates, chats with their messages."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Message:
    """One message in a chat. `text` is what people see, `html` what the bot sent; `by` is None for the bot."""

    id: int
    chat: int
    by: int | None
    text: str = ""
    html: str = ""
    markup: list[list[dict[str, Any]]] = field(default_factory=list)
    file: str | None = None
    kind: str = "text"
    name: str = ""
    topic: int | None = None
    edits: int = 0
    old: bool = False  # beyond the 48 hours in which it can be deleted

    @property
    def buttons(self) -> dict[str, str]:
        return {it["text"]: it["callback_data"] for row in self.markup for it in row if "callback_data" in it}

    @property
    def mini_apps(self) -> dict[str, str]:
        return {it["text"]: it["web_app"]["url"] for row in self.markup for it in row if "web_app" in it}


@dataclass
class Chat:
    id: int
    type: str
    title: str = ""
    refusal: str = ""  # why the bot may not write here: 403
    moved_to: int | None = None
    topics: set[int] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)
    deleted: list[int] = field(default_factory=list)

    @property
    def told(self) -> dict[str, Any]:
        name = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        return {"id": self.id, "type": self.type, **name} | ({"is_forum": True} if self.topics else {})


@dataclass
class Query:
    """A tap; `answer` is None until the bot answered it."""

    id: str
    data: str
    answer: str | None = None
    alert: bool = False
    answered_at: float = 0.0
    at: float = field(default_factory=time.monotonic)
    old: bool = False


@dataclass
class Fault:
    """How the next calls of a method (any, if empty) into a chat (any, if None) fail."""

    method: str
    times: int
    chat: int | None = None
    code: int = 0
    description: str = ""
    lost: bool = False  # done, but the reply never arrives
    retry_after: int = 0


@dataclass
class Limits:
    """How many messages the server takes: a second in all and into a chat, a minute into a group; None: any number."""

    per_second: int | None = None
    per_chat: int | None = None
    per_group: int | None = None
    sent: deque[tuple[float, int]] = field(default_factory=deque)

    def wait(self, chat: int, now: float) -> float:
        """Return 0 if one more is accepted, and count it; otherwise the seconds to wait."""
        while self.sent and self.sent[0][0] <= now - 60:
            self.sent.popleft()
        last = [at for at, _ in self._since(now - 1)]
        here = [at for at, to in self._since(now - 1) if to == chat]
        group = [at for at, to in self.sent if to == chat] if chat < 0 and self.per_group else []
        if self.per_second and len(last) >= self.per_second:
            return 1.0
        if self.per_chat and len(here) >= self.per_chat:
            return 1.0
        if self.per_group and len(group) >= self.per_group:
            return group[0] + 60 - now
        self.sent.append((now, chat))
        return 0.0

    def _since(self, then: float) -> Iterator[tuple[float, int]]:
        for at, chat in reversed(self.sent):
            if at <= then:
                return
            yield at, chat


@dataclass
class Bot:
    """One token: its updates until they are confirmed, its webhook, its menus."""

    token: str
    username: str
    updates: list[dict[str, Any]] = field(default_factory=list)
    confirmed: set[int] = field(default_factory=set)
    allowed: list[str] = field(default_factory=list)
    webhook: dict[str, Any] = field(default_factory=dict)
    menus: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    polls: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    calling: set[int] = field(default_factory=set)
    last_error: str = ""

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])

    @property
    def told(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": "零报告", "username": self.username}

    def wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in ("chat_member", "message_reaction")

    def wake(self) -> None:
        self.news.set()
        self.news = asyncio.Event()
