"""Serve a WeCom of our own, over real HTTP, with its limits and moods."""

import asyncio
import base64
import itertools
import json
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.fakes.wecom.callbacks import Callbacks
from tests.fakes.wecom.messages import Messages
from tests.fakes.wecom.state import AES_KEY, AGENT, CORP, ROBOT_PER_MINUTE, SECRET, TOKEN, Shown, error, fine


class WeComServer(Messages, Callbacks):
    """Everything the platform knows. `fail` makes the next calls of a path fail; `calls` is what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.trusted = True
        self.codes: dict[str, str] = {}  # of OAuth, each good once → whose
        self._failing: dict[str, deque[int]] = defaultdict(deque)
        self._tokens = itertools.count(1)
        self._token = ""
        self._lock = threading.Lock()

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

    def routes(self) -> list[Route]:
        return [
            Route("/connect/oauth2/authorize", self._authorize),
            Route("/cgi-bin/gettoken", self._gettoken),
            Route("/cgi-bin/webhook/{what}", self._webhook, methods=["POST"]),
            Route("/cgi-bin/media/upload", self._upload, methods=["POST"]),
            Route("/cgi-bin/media/get", self._media),
            Route("/cgi-bin/{path:path}", self._call, methods=["GET", "POST"]),
        ]

    async def _authorize(self, request: Request) -> Response:
        """Send the browser back with a code for whoever it says it is: the cookie of this server."""
        asked = dict(request.query_params)
        if asked["appid"] != CORP or asked["scope"] != "snsapi_base" or asked["response_type"] != "code":
            return Response("wrong", 400)
        if asked["agentid"] != AGENT or not re.fullmatch("[a-zA-Z0-9]{0,128}", asked["state"]):
            return Response("wrong", 400)
        code = f"code-for-a-browser-{next(self._numbers)}"
        self.codes[code] = request.cookies.get("me", "")
        return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}", 302)

    def _do_auth_getuserinfo(self, told: dict[str, Any], request: Request) -> Response:
        code = request.query_params.get("code", "")
        if code not in self.codes:
            return error(40029)
        account = self.codes.pop(code)
        return fine(userid=account) if account in self.members else fine(openid=f"o-{account}")

    async def _gettoken(self, request: Request) -> Response:
        self.calls.append(("gettoken", dict(request.query_params)))
        if self._failing["gettoken"]:
            return error(self._failing["gettoken"].popleft())
        if request.query_params.get("corpid") != CORP:
            return error(40013)
        if request.query_params.get("corpsecret") != SECRET:
            return error(40001)
        if not self._token or self._token.startswith("expired"):
            self._token = f"token-{next(self._tokens)}"
        return fine(access_token=self._token, expires_in=7200)

    def _refused(self, request: Request, path: str) -> Response | None:
        if not self.trusted:
            return error(60020, "not allow to access from your ip, from ip: 203.0.113.7")
        if self._failing[path]:
            return error(self._failing[path].popleft())
        if request.query_params.get("access_token") != self._token or self._token.startswith("expired"):
            return error(42001 if self._token.startswith("expired") else 40014)
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
            return does(told, request) if does else error(40066)

    async def _webhook(self, request: Request) -> Response:
        what, key = request.path_params["what"], request.query_params["key"]
        self.calls.append((f"webhook/{what}", {}))
        if self._failing[f"webhook/{what}"]:
            return error(self._failing[f"webhook/{what}"].popleft())
        if key.startswith("wrong"):
            return error(93000)
        if what == "upload_media":
            return await self._upload(request)
        now, sent = time.monotonic(), self._sent[f"robot {key}"]
        while sent and sent[0] < now - 60:
            sent.popleft()
        if len(sent) >= ROBOT_PER_MINUTE:
            return error(45009)
        sent.append(now)
        told = await request.json()
        if told["msgtype"] == "image":
            self.groups[key].append(Shown("", "image", media=base64.b64decode(told["image"]["base64"])))
            return fine()
        shown = self._made(told)
        if isinstance(shown, int):
            return error(shown)
        self.groups[key].append(shown)
        return fine()

    async def _upload(self, request: Request) -> Response:
        form = await _multipart(request)
        name, mime, data = form
        if not data or len(data) > 20 * 1024 * 1024:
            return error(40006)
        media = f"media-{next(self._numbers)}"
        self.media[media] = (name, mime, data)
        return fine(media_id=media, type=request.query_params.get("type", ""))

    async def _media(self, request: Request) -> Response:
        refused = self._refused(request, "media/get")
        if refused:
            return refused
        found = self.media.get(request.query_params["media_id"])
        return Response(found[2], media_type=found[1]) if found else error(40007)


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
        thread.join(60)


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
