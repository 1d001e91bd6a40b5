"""Send, change and take back messages as WeCom does, and refuse what it refuses."""

import itertools
import re
import time
import unicodedata
from collections import defaultdict, deque
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.wecom.state import AGENT, PER_ACCOUNT, PER_MINUTE, Shown, error, fine


class Messages:
    """What the calls of the app do, on what the server knows; `_do_message_send` answers `message/send`."""

    def __init__(self) -> None:
        self.members: set[str] = set()
        self.phones: dict[str, list[Shown]] = defaultdict(list)
        self.groups: dict[str, list[Shown]] = defaultdict(list)
        self.appchats: dict[str, list[str]] = {}
        self.menu: list[dict[str, Any]] = []
        self.dropped = 0
        self.accounts = 1000  # that the company may have
        self.sent_today = 0
        self.media: dict[str, tuple[str, str, bytes]] = {}
        self._codes: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()
        self._tasks: set[str] = set()
        self._sent: dict[str, deque[float]] = defaultdict(deque)
        self._numbers = itertools.count(1)

    def tap_code(self, shown: Shown) -> str:
        """Return the code with which a card that was tapped may be changed."""
        code = f"tap-{next(self._numbers)}"
        self._codes[code] = (shown.task, time.time())
        return code

    def _do_agent_get(self, told: dict[str, Any], request: Request) -> Response:
        return fine(agentid=int(AGENT)) if request.query_params["agentid"] == AGENT else error(40056)

    def _do_menu_create(self, told: dict[str, Any], request: Request) -> Response:
        for button in told["button"]:
            below = button.get("sub_button", [])
            if len(button["name"].encode()) > 16 or any(len(b["name"].encode()) > 40 for b in below):
                return error(40054)
        self.menu = told["button"]
        return fine()

    def _do_message_send(self, told: dict[str, Any], request: Request) -> Response:
        people = told["touser"].split("|")
        if len(people) > 1000 or told["agentid"] != int(AGENT):
            return error(40058)
        shown = self._made(told)
        if isinstance(shown, int):
            return error(shown)
        there = [p for p in people if p in self.members]
        if not there:
            return error(81013)
        if self.sent_today + len(people) > PER_ACCOUNT * self.accounts:
            return error(45009)
        self.sent_today += len(people)
        code = f"code-{shown.msgid}"
        if shown.task:
            self._codes[code] = (shown.task, time.time())
        for person in there:
            self._show(person, shown)
        missing = "|".join(p for p in people if p not in self.members)
        return fine(invaliduser=missing, msgid=shown.msgid, response_code=code)

    def _show(self, person: str, shown: Shown) -> None:
        """Show a message. What exceeds the limits is dropped, and nobody is told."""
        now, sent = time.monotonic(), self._sent[person]
        while sent and sent[0] < now - 60:
            sent.popleft()
        if len(sent) >= PER_MINUTE:
            self.dropped += 1
            return
        sent.append(now)
        self.phones[person].append(Shown(**shown.__dict__))

    def _made(self, told: dict[str, Any]) -> Shown | int:
        """Return what a message shows, or the code with which it is refused."""
        kind, msgid = told["msgtype"], f"msg-{next(self._numbers)}"
        what = told[kind]
        if kind == "text":
            return Shown(msgid, kind, what["content"]) if _fits(what["content"], 2048) else 45002
        if kind == "markdown":
            return Shown(msgid, kind, what["content"]) if _fits(what["content"], 4096) else 45002
        if kind in ("image", "file"):
            media = self.media.get(what.get("media_id", ""))
            return Shown(msgid, kind, media[0], media=media[2]) if media else 40007
        if kind == "template_card":
            return self._card(msgid, what)
        return 40008

    def _card(self, msgid: str, what: dict[str, Any], *, new: bool = True) -> Shown | int:
        """Return a card by D/90236, or the code of what the real server refuses, or of what it would not show whole,
        which is a fault of ours too."""
        task, buttons = what.get("task_id", ""), what.get("button_list", [])
        title, text = what.get("main_title", {}).get("title", ""), what.get("sub_title_text", "")
        if not title.strip():
            return 41016  # as a real server was seen to answer
        right = re.fullmatch(r"[0-9a-zA-Z_\-@]{1,128}", task) and task not in self._tasks and len(buttons) <= 6
        keyed = all(b["text"] and 0 < len(b["key"].encode()) <= 1024 for b in buttons)
        whole = _columns(title) <= 72 and _columns(text) <= 320 and all(_columns(b["text"]) <= 20 for b in buttons)
        if what["card_type"] != "button_interaction" or not (right and keyed and whole) or (new and not buttons):
            return 42045
        self._tasks.add(task)
        said = "\n".join(filter(None, (title, text)))
        return Shown(msgid, "card", said, [(b["text"], b["key"]) for b in buttons], task)

    def _do_message_update_template_card(self, told: dict[str, Any], request: Request) -> Response:
        code, people = told["response_code"], told.get("userids", [])
        task, at = self._codes.get(code, ("", 0.0))
        if not task or code in self._used or time.time() - at > 72 * 3600:
            return error(42043)
        self._used.add(code)
        for person in people:
            for shown in self.phones[person]:
                refused = self._redrawn(shown, told) if shown.task == task else None
                if refused:
                    return error(refused)
        return fine(invaliduser=[])

    def _redrawn(self, shown: Shown, told: dict[str, Any]) -> int | None:
        if "button" in told:
            shown.buttons, shown.grey = [], told["button"]["replace_name"]
            return None
        made = self._card(shown.msgid, told["template_card"], new=False)
        if isinstance(made, int):
            return made
        shown.text, shown.buttons, shown.task, shown.changed = made.text, made.buttons, made.task, shown.changed + 1
        return None

    def _do_message_recall(self, told: dict[str, Any], request: Request) -> Response:
        for chat in self.phones.values():
            chat[:] = [shown for shown in chat if shown.msgid != told["msgid"]]
        return fine()

    def _do_appchat_create(self, told: dict[str, Any], request: Request) -> Response:
        if not re.fullmatch("[0-9a-zA-Z]{1,32}", told["chatid"]) or len(told["name"]) > 50:
            return error(86001)
        if not 2 <= len(told["userlist"]) <= 2000:
            return error(86006)
        self.appchats[told["chatid"]] = told["userlist"]
        return fine(chatid=told["chatid"])

    def _do_appchat_send(self, told: dict[str, Any], request: Request) -> Response:
        if told["chatid"] not in self.appchats:
            return error(86003)
        shown = self._made(told)
        if isinstance(shown, int) or not _fits(shown.text, 2048):
            return error(45002)
        self.groups[told["chatid"]].append(shown)
        return fine()


def _fits(text: str, most: int) -> bool:
    return 0 < len(text.encode()) <= most


def _columns(text: str) -> int:
    """Return the width of a text: a Chinese character takes two columns, which the documents call one 字."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c))
