"""Serve a Bot API of our own, over real HTTP, as strict as Telegram is: `with BotApi() as api`, then `api.url`."""

import asyncio
import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl

from aiohttp import ClientSession, ClientTimeout, web

from tests.fakes.telegram.state import Bot, Chat, Fault, Limits
from tests.fakes.telegram.table import METHODS
from tests.fakes.telegram.text import Wrong
from tests.fakes.telegram.updates import Updates

T = TypeVar("T")
TOKEN = "123456789:AAE-the-token-of-the-tests-0123456789"
WRITING = {"sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageCaption", "editMessageMedia",
           "editMessageReplyMarkup", "deleteMessage"}  # fmt: skip
JSON = {"allowed_updates", "reply_markup", "media", "scope", "commands", "link_preview_options", "entities"}
REQUIRED = {name: set(must.split()) for name, (must, _) in METHODS.items()}
KNOWN = {name: set(must.split()) | set(may.split()) for name, (must, may) in METHODS.items()}


class BotApi(Updates):
    """The server, in a thread of its own. All its state is used in that thread only: see `call`."""

    def __init__(self, token: str = TOKEN, username: str = "zero_test_bot", port: int = 0) -> None:
        super().__init__()
        self.bots = {token: Bot(token, username)}
        self.bot = self.bots[token]
        self.port = port
        self.limits = Limits()
        self.floods: dict[int | None, float] = {}  # chat, or None for all → until
        self.refused: list[tuple[str, int, str]] = []  # method, code, description: what was answered but ok
        self.calls: list[tuple[float, str, int | None]] = []
        self.lacks: set[str] = set()  # methods that this server does not know
        self.refused_under: int | None = None  # the HTTP status of all refusals, where it is not their own
        self.now: Callable[[], datetime] | None = None  # what time it is here, where it is not the machine's
        self._loop = asyncio.new_event_loop()
        self._changed = threading.Condition()
        self._happened = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot"

    # its life

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(60)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    async def _open(self) -> None:
        app = web.Application(client_max_size=60 * 1024 * 1024)
        app.on_response_prepare.append(self._date)
        app.router.add_route("*", "/bot{token}/{method}", self._called)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        self._out = ClientSession(timeout=ClientTimeout(total=60))
        await self._listen()

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        if self.now is not None:
            response.headers["Date"] = format_datetime(self.now().astimezone(UTC), usegmt=True)

    async def _listen(self) -> None:
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True, backlog=1024)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        self._closing = True
        for task in self._hooks:
            task.cancel()
        await self._out.close()
        self.bot.wake()
        connected = self._transports()
        await self._runner.cleanup()
        for transport in connected:  # one whose client reads no more would stay open with what it still has to send
            transport.abort()
        await asyncio.sleep(0)

    def _transports(self) -> list[asyncio.Transport]:
        server = self._runner.server
        return [it.transport for it in server.connections if it.transport] if server else []

    def call(self, question: Callable[[], T]) -> T:
        """Ask or change what the server knows, in its thread."""
        if threading.current_thread() is self._thread:
            return question()
        done: Future[T] = Future()

        def ask() -> None:
            try:
                done.set_result(question())
            except BaseException as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(ask)
        return done.result(60)

    def until(self, question: Callable[[], T], seconds: float = 60) -> T:
        """Wait, without polling, until something makes the answer true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            happened = self._happened
            if found := self.call(question):
                return found
            with self._changed:  # whatever happened meanwhile is looked at again
                self._changed.wait_for(lambda: self._happened != happened, 1)  # noqa: B023
        raise AssertionError(f"nothing came of it in {seconds} s; refused so far: {self.refused[-5:]}")

    def _tell(self) -> None:
        with self._changed:
            self._happened += 1
            self._changed.notify_all()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Cut the network: connections under way break, new ones are refused."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(60)
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(60)

    async def _cut(self) -> None:
        await self._site.stop()
        for transport in self._transports():
            transport.abort()

    # what goes wrong when it is told to

    def fail(self, method: str, times: int = 1, **how: Any) -> None:
        self.call(lambda: self.faults.append(Fault(method, times, **how)))

    def flood(self, seconds: float, chat: int | None = None) -> None:
        """Answer 429 for that many seconds, into one chat or everywhere."""
        self.call(lambda: self.floods.update({chat: time.monotonic() + seconds}))

    # calls

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method, bot = request.match_info["method"], self.bots.get(request.match_info["token"])
        if bot is None:
            return _said(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        if method not in METHODS or method in self.lacks:
            return _said(*self.unknown(method))
        parameters = await _parameters(request)
        try:
            return await self._perform(request, bot, method, parameters)
        except Wrong as wrong:
            self.refused.append((method, wrong.code, wrong.description))
            told = {"ok": False, "error_code": wrong.code, "description": wrong.description}
            return _said(
                self.refused_under or wrong.code, told | ({"parameters": wrong.parameters} if wrong.parameters else {})
            )
        finally:
            self._tell()

    async def _perform(self, request: web.Request, bot: Bot, method: str, told: dict[str, Any]) -> web.StreamResponse:
        for name in told.keys() - KNOWN[method] - {k for k in told if isinstance(told[k], web.FileField)}:
            raise Wrong(f"unknown parameter {name}")
        for name in REQUIRED[method] - told.keys():
            raise Wrong(f"parameter {name} is required")
        chat = int(told["chat_id"]) if "chat_id" in told else None
        self.calls.append((time.monotonic(), method, chat))
        fault = next((f for f in self.faults if f.method in ("", method) and f.chat in (None, chat)), None)
        if fault:
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
            if fault.code:
                raise Wrong(
                    fault.description, fault.code, **({"retry_after": fault.retry_after} if fault.retry_after else {})
                )
        if method in WRITING and chat is not None:
            self._spare(chat, method)
        result = await self._updates(bot, told) if method == "getUpdates" else getattr(self, method)(bot, told)
        if fault and fault.lost:
            if request.transport:
                request.transport.abort()
            raise ConnectionResetError
        if method == "setWebhook":
            self._call_hooks(bot)
        return _said(200, {"ok": True, "result": self.shaped(method, result)})

    def unknown(self, method: str) -> tuple[int, dict[str, Any]]:
        """Return the answer to a method that does not exist."""
        return 404, {"ok": False, "error_code": 404, "description": "Not Found"}

    def shaped(self, method: str, result: Any) -> Any:
        """Return a result in this server's form."""
        return result

    def _spare(self, chat: int, method: str) -> None:
        now = time.monotonic()
        left = max(self.floods.get(None, 0), self.floods.get(chat, 0)) - now
        wait = left if left > 0 else self.limits.wait(chat, now)
        if wait > 0:
            seconds = math.ceil(wait)
            raise Wrong(f"Too Many Requests: retry after {seconds}", 429, retry_after=seconds)

    async def _download(self, request: web.Request) -> web.Response:
        found = self.files.get(request.match_info["path"])
        if request.match_info["token"] not in self.bots or found is None:
            raise web.HTTPNotFound
        return web.Response(body=found)

    def chat(self, number: int) -> Chat:
        """Return the chat, if the bot may write there."""
        found = self.chats.get(number)
        if found is None:
            raise Wrong("chat not found")
        if found.moved_to:
            raise Wrong("group chat was upgraded to a supergroup chat", migrate_to_chat_id=found.moved_to)
        if found.refusal:
            raise Wrong(found.refusal, 403)
        return found


def _said(status: int, told: dict[str, Any]) -> web.Response:
    return web.Response(status=status, body=json.dumps(told).encode(), content_type="application/json")


async def _parameters(request: web.Request) -> dict[str, Any]:
    """Return all parameters, lists and objects parsed; files as they come."""
    if request.content_type == "multipart/form-data":
        given: dict[str, Any] = dict(await request.post())
    elif request.content_type == "application/json":
        given = json.loads(await request.read())
    else:
        given = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
    found = dict(request.query) | given
    return {name: json.loads(v) if name in JSON and isinstance(v, str) else v for name, v in found.items()}
