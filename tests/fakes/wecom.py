"""Serve a WeCom of our own, over real HTTP: its server with its limits and moods, and the people who use it.

The other side's cryptography is wechatpy's, so that what we read was not written by us."""

import asyncio
import http.client
import itertools
import json
import re
import threading
import time
import unicodedata
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from wechatpy.enterprise.crypto import WeChatCrypto

CORP, AGENT, SECRET = "ww0123456789abcdef", "1000002", "the-apps-secret"
TOKEN, AES_KEY = "callbackToken", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
PER_MINUTE, ROBOT_PER_MINUTE, PER_ACCOUNT = 30, 20, 200
PATIENCE, TRIES = 5.0, 3


@dataclass
class Shown:
    """One message in a chat."""

    msgid: str
    kind: str
    text: str = ""
    buttons: list[tuple[str, str]] = field(default_factory=list)
    task: str = ""
    media: bytes | None = None
    grey: str = ""  # what stands where the buttons were
    changed: int = 0

    @property
    def labels(self) -> list[str]:
        """Return what may be chosen: the buttons of a card, or the lines of a numbered menu."""
        return [label for label, _ in self.buttons] or [line for _, line in self.menu]

    @property
    def menu(self) -> list[tuple[str, str]]:
        return re.findall(r"^(\d{1,2}) (.+)$", self.text, re.MULTILINE) if self.kind == "text" else []


@dataclass
class Answered:
    """The answer of our callback, and the number of tries it took."""

    status: int
    body: bytes
    tries: int
    seconds: float


class WeComServer:
    """Everything the platform knows. `fail` makes the next calls of a path fail; `calls` is what was asked of it."""

    def __init__(self) -> None:
        self.url = ""
        self.callback = ""
        self.members: set[str] = set()
        self.phones: dict[str, list[Shown]] = defaultdict(list)
        self.groups: dict[str, list[Shown]] = defaultdict(list)
        self.appchats: dict[str, list[str]] = {}
        self.menu: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.dropped = 0
        self.accounts = 1000  # that the company may have
        self.sent_today = 0
        self.trusted = True
        self.media: dict[str, tuple[str, str, bytes]] = {}
        self._failing: dict[str, deque[int]] = defaultdict(deque)
        self._codes: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()
        self._tasks: set[str] = set()
        self._tokens = itertools.count(1)
        self._token = ""
        self._sent: dict[str, deque[float]] = defaultdict(deque)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    # what tests ask of it

    def fail(self, path: str, *codes: int) -> None:
        self._failing[path].extend(codes)

    def expire_token(self) -> None:
        self._token = f"expired-{next(self._tokens)}"

    def count(self, path: str) -> int:
        return Counter(p for p, _ in self.calls)[path]

    def join(self, *accounts: str) -> None:
        self.members.update(accounts)

    def chat(self, account: str) -> list[Shown]:
        return list(self.phones[account])

    # its API

    def routes(self) -> list[Route]:
        return [
            Route("/cgi-bin/gettoken", self._gettoken),
            Route("/cgi-bin/webhook/{what}", self._webhook, methods=["POST"]),
            Route("/cgi-bin/media/upload", self._upload, methods=["POST"]),
            Route("/cgi-bin/media/get", self._media),
            Route("/cgi-bin/{path:path}", self._call, methods=["GET", "POST"]),
        ]

    async def _gettoken(self, request: Request) -> Response:
        self.calls.append(("gettoken", dict(request.query_params)))
        if self._failing["gettoken"]:
            return _error(self._failing["gettoken"].popleft())
        if request.query_params.get("corpid") != CORP:
            return _error(40013)
        if request.query_params.get("corpsecret") != SECRET:
            return _error(40001)
        if not self._token or self._token.startswith("expired"):
            self._token = f"token-{next(self._tokens)}"
        return _fine(access_token=self._token, expires_in=7200)

    def _refused(self, request: Request, path: str) -> Response | None:
        if not self.trusted:
            return _error(60020, "not allow to access from your ip, from ip: 203.0.113.7")
        if self._failing[path]:
            return _error(self._failing[path].popleft())
        if request.query_params.get("access_token") != self._token or self._token.startswith("expired"):
            return _error(42001 if self._token.startswith("expired") else 40014)
        return None

    async def _call(self, request: Request) -> Response:
        path = request.path_params["path"]
        raw = await request.body()
        told = json.loads(raw) if raw else {}
        with self._lock:
            self.calls.append((path, told))
            refused = self._refused(request, path)
            if refused:
                return refused
            does = getattr(self, "_do_" + path.replace("/", "_"), None)
            return does(told, request) if does else _error(40066)

    def _do_agent_get(self, told: dict[str, Any], request: Request) -> Response:
        return _fine(agentid=int(AGENT)) if request.query_params["agentid"] == AGENT else _error(40056)

    def _do_menu_create(self, told: dict[str, Any], request: Request) -> Response:
        for button in told["button"]:
            below = button.get("sub_button", [])
            if len(button["name"].encode()) > 16 or any(len(b["name"].encode()) > 40 for b in below):
                return _error(40054)
        self.menu = told["button"]
        return _fine()

    def _do_message_send(self, told: dict[str, Any], request: Request) -> Response:
        people = told["touser"].split("|")
        if len(people) > 1000 or told["agentid"] != int(AGENT):
            return _error(40058)
        shown = self._made(told)
        if isinstance(shown, int):
            return _error(shown)
        there = [p for p in people if p in self.members]
        if not there:
            return _error(81013)
        if self.sent_today + len(people) > PER_ACCOUNT * self.accounts:
            return _error(45009)
        self.sent_today += len(people)
        code = f"code-{shown.msgid}"
        if shown.task:
            self._codes[code] = (shown.task, time.time())
        for person in there:
            self._show(person, shown)
        missing = "|".join(p for p in people if p not in self.members)
        return _fine(invaliduser=missing, msgid=shown.msgid, response_code=code)

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
            return _error(42043)
        self._used.add(code)
        for person in people:
            for shown in self.phones[person]:
                refused = self._redrawn(shown, told) if shown.task == task else None
                if refused:
                    return _error(refused)
        return _fine(invaliduser=[])

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
        return _fine()

    def _do_appchat_create(self, told: dict[str, Any], request: Request) -> Response:
        if not re.fullmatch("[0-9a-zA-Z]{1,32}", told["chatid"]) or len(told["name"]) > 50:
            return _error(86001)
        if not 2 <= len(told["userlist"]) <= 2000:
            return _error(86006)
        self.appchats[told["chatid"]] = told["userlist"]
        return _fine(chatid=told["chatid"])

    def _do_appchat_send(self, told: dict[str, Any], request: Request) -> Response:
        if told["chatid"] not in self.appchats:
            return _error(86003)
        shown = self._made(told)
        if isinstance(shown, int) or not _fits(shown.text, 2048):
            return _error(45002)
        self.groups[told["chatid"]].append(shown)
        return _fine()

    async def _webhook(self, request: Request) -> Response:
        what, key = request.path_params["what"], request.query_params["key"]
        self.calls.append((f"webhook/{what}", {}))
        if self._failing[f"webhook/{what}"]:
            return _error(self._failing[f"webhook/{what}"].popleft())
        if key.startswith("wrong"):
            return _error(93000)
        if what == "upload_media":
            return await self._upload(request)
        now, sent = time.monotonic(), self._sent[f"robot {key}"]
        while sent and sent[0] < now - 60:
            sent.popleft()
        if len(sent) >= ROBOT_PER_MINUTE:
            return _error(45009)
        sent.append(now)
        told = await request.json()
        if told["msgtype"] == "image":
            import base64

            self.groups[key].append(Shown("", "image", media=base64.b64decode(told["image"]["base64"])))
            return _fine()
        shown = self._made(told)
        if isinstance(shown, int):
            return _error(shown)
        self.groups[key].append(shown)
        return _fine()

    async def _upload(self, request: Request) -> Response:
        form = await _multipart(request)
        name, mime, data = form
        if not data or len(data) > 20 * 1024 * 1024:
            return _error(40006)
        media = f"media-{next(self._numbers)}"
        self.media[media] = (name, mime, data)
        return _fine(media_id=media, type=request.query_params.get("type", ""))

    async def _media(self, request: Request) -> Response:
        refused = self._refused(request, "media/get")
        if refused:
            return refused
        found = self.media.get(request.query_params["media_id"])
        return Response(found[2], media_type=found[1]) if found else _error(40007)

    # its people

    def tap_code(self, shown: Shown) -> str:
        code = f"tap-{next(self._numbers)}"
        self._codes[code] = (shown.task, time.time())
        return code

    def tell(self, account: str, **told: str) -> Answered:
        """Tell the callback what somebody did, as often as WeCom does: three times, five seconds each."""
        fields = {"ToUserName": CORP, "FromUserName": account, "CreateTime": str(int(time.time())), "AgentID": AGENT}
        return self.post(fields | told)

    def post(self, fields: dict[str, str], tries: int = TRIES) -> Answered:
        xml = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
        query, body = sealed(f"<xml>{xml}</xml>")
        began = time.monotonic()
        answered = Answered(0, b"", 0, 0.0)
        for n in range(1, tries + 1):
            answered = self._posted(query, body, n, began)
            if answered.status == 200:
                break
        return answered

    def _posted(self, query: str, body: bytes, n: int, began: float) -> Answered:
        to = urlsplit(self.callback)
        connection = http.client.HTTPConnection(to.hostname or "", to.port, timeout=PATIENCE)
        try:
            connection.request("POST", f"{to.path}?{query}", body, {"Host": "reports.example.org"})
            answer = connection.getresponse()
            return Answered(answer.status, answer.read(), n, time.monotonic() - began)
        except (OSError, http.client.HTTPException):
            return Answered(0, b"", n, time.monotonic() - began)
        finally:
            connection.close()


@dataclass
class Member:
    """Somebody with WeCom on their phone."""

    server: WeComServer
    account: str

    @property
    def chat(self) -> list[Shown]:
        return self.server.chat(self.account)

    @property
    def last(self) -> Shown:
        return self.chat[-1]

    def say(self, text: str, **more: str) -> Answered:
        number = str(next(self.server._numbers))
        return self.server.tell(self.account, **{"MsgType": "text", "Content": text, "MsgId": number, **more})

    def event(self, event: str, key: str = "", **more: str) -> Answered:
        return self.server.tell(self.account, MsgType="event", Event=event, EventKey=key, **more)

    def card(self, label: str) -> Shown | None:
        """Return the newest card with a button of (a part of) this label."""
        return next((s for s in reversed(self.chat) if any(label in found for found in s.labels)), None)

    def tap(self, label: str, shown: Shown | None = None) -> Answered:
        standing = shown or self.card(label)
        assert standing, f"{self.account} sees no button {label!r}: {[s.labels for s in self.chat]}"
        if standing.menu:
            return self.say(next(number for number, line in standing.menu if label in line))
        key = next(key for found, key in standing.buttons if label in found)
        return self.event(
            "template_card_event", key, TaskId=standing.task, CardType="button_interaction",
            ResponseCode=self.server.tap_code(standing),
        )  # fmt: skip


def sealed(xml: str, timestamp: str = "", nonce: str = "n0nce") -> tuple[str, bytes]:
    """Return the query and the body of a callback that tells this, now or at `timestamp`."""
    timestamp = timestamp or str(int(time.time()))
    made = WeChatCrypto(TOKEN, AES_KEY, CORP).encrypt_message(xml, nonce, timestamp)
    found = dict(re.findall(r"<(Encrypt|MsgSignature)><!\[CDATA\[(.*?)\]\]>", made))
    query = urlencode({"msg_signature": found["MsgSignature"], "timestamp": timestamp, "nonce": nonce})
    body = f"<xml><ToUserName>{CORP}</ToUserName><AgentID>{AGENT}</AgentID><Encrypt>{found['Encrypt']}</Encrypt></xml>"
    return query, body.encode()


def settings(server: WeComServer) -> dict[str, str]:
    """Return the environment of a program that talks to this server."""
    return {
        "WECOM_CORP_ID": CORP, "WECOM_AGENT_ID": AGENT, "WECOM_SECRET": SECRET, "WECOM_CALLBACK_TOKEN": TOKEN,
        "WECOM_AES_KEY": AES_KEY, "WECOM_API_URL": server.url,
    }  # fmt: skip


@contextmanager
def wecom() -> Iterator[WeComServer]:
    """Run the server on a free port until the end of the block."""
    made = WeComServer()
    app = Starlette(routes=made.routes())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=asyncio.run, args=(server.serve(),))
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        made.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield made
    finally:
        server.should_exit = True
        thread.join(10)


async def _multipart(request: Request) -> tuple[str, str, bytes]:
    """Return the one file of a form, without a library: its name, type and bytes."""
    body = await request.body()
    boundary = request.headers["content-type"].partition("boundary=")[2].strip('"').encode()
    part = body.split(b"--" + boundary)[1]
    head, _, data = part.partition(b"\r\n\r\n")
    said = head.decode()
    name = re.search(r'filename="([^"]*)"', said)
    mime = re.search(r"Content-Type: (\S+)", said)
    return name[1] if name else "", mime[1] if mime else "", data[:-2]


def _fits(text: str, most: int) -> bool:
    return 0 < len(text.encode()) <= most


def _columns(text: str) -> int:
    """Return the width of a text: a Chinese character takes two columns, which the documents call one 字."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c))


def _fine(**told: Any) -> Response:
    return JSONResponse({"errcode": 0, "errmsg": "ok", **told})


def _error(code: int, words: str = "error") -> Response:
    return JSONResponse({"errcode": code, "errmsg": words})
