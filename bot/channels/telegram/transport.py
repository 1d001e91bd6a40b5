"""Send HTTP to Telegram over aiohttp, for python-telegram-bot: with its own httpx, calls take longer the more of them
are under way (docs/decisions/0001-libraries.md).

An http proxy is asked to CONNECT even where the API is plain http, so it never sees a token. `Bot.initialize` is never
called, because it puts the token into its error."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

os.environ.setdefault("PTB_TIMEDELTA", "1")  # without it each 429 logs a deprecation warning
READ, CONNECT, UPLOAD = 10.0, 5.0, 60.0  # seconds
PROXY = (ProxyError, ProxyConnectionError, ProxyTimeoutError)
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, *PROXY)  # the request never left this machine
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


PAUSE = 3.0  # seconds between tries while Telegram does not answer, or somebody else polls
NO_SUCH = (404, 405, 501)
LACKING = re.compile(rb"not (?:supported|implemented|found)")
REFUSAL = re.compile(rb'\s*\{\s*"ok"\s*:\s*false')


class UnknownMethod(TelegramError):
    """Raised where the server does not know this call, or a file that it knew before. Telegram answers so for a
    malformed token too."""


@dataclass(frozen=True)
class Fields:
    """The part of a RequestData that the transport reads: the fields of a call without files, as strings."""

    json_parameters: dict[str, str]
    multipart_data: dict[str, Any] = field(default_factory=dict)


class Transport(BaseRequest):
    """One pool of connections. Errors carry their cause and never the URL, because the URL holds the token."""

    def __init__(self, connections: int = 100, proxy: str = "") -> None:
        self._connections, self._proxy = connections, proxy
        self._session: aiohttp.ClientSession | None = None
        self.hear: Callable[[str | None], None] = lambda _: None  # called with each answer's `Date`

    @property
    def read_timeout(self) -> float:
        return READ

    async def initialize(self) -> None:
        """Do nothing: connections are opened when they are needed."""

    async def shutdown(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        files = request_data.multipart_data if request_data else None
        read = (UPLOAD if files else READ) if isinstance(read_timeout, DefaultValue) else read_timeout
        timeout = aiohttp.ClientTimeout(total=None, connect=2 * CONNECT, sock_connect=CONNECT, sock_read=read)
        sent: dict[str, Any] = {"data": _multipart(request_data, files)} if files else _form(request_data)
        try:
            async with self.open().request(method, url, timeout=timeout, allow_redirects=False, **sent) as reply:
                self.hear(reply.headers.get("Date"))
                return _answer(url, method, reply.status, await reply.read())
        except TimeoutError as error:
            raise TimedOut(type(error).__name__) from error
        except (aiohttp.ClientError, OSError, *PROXY) as error:
            raise NetworkError(cause(error)) from error

    def open(self) -> aiohttp.ClientSession:
        """Return the pool, made when it is first needed."""
        if self._session is None:
            if self._proxy:
                connector: aiohttp.BaseConnector = ProxyConnector.from_url(self._proxy, limit=self._connections)
            else:
                connector = aiohttp.TCPConnector(limit=self._connections)
            self._session = aiohttp.ClientSession(
                connector=connector, headers={"User-Agent": self.USER_AGENT}, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def _answer(url: str, method: str, status: int, payload: bytes) -> tuple[int, bytes]:
    """Return the answer as Telegram would give it: other servers refuse under 200, or answer a missing method with an
    error of their own. A proxy in between, which says 404 too if its server is down, speaks no JSON."""
    if status >= 300 or (method == "POST" and REFUSAL.match(payload)):
        told = _object(payload)
        code = told.get("error_code")
        status = code if status < 300 and isinstance(code, int) else 400 if status < 300 else status
        if told and (status in NO_SUCH or (status >= 500 and LACKING.search(payload))):
            raise UnknownMethod(f"this server knows no {url.rpartition('/')[2] if method == 'POST' else 'such file'}")
    return status, payload


def _object(payload: bytes) -> dict[str, Any]:
    try:
        found = json.loads(payload)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _form(data: RequestData | None) -> dict[str, Any]:
    """Encode a form as a browser does: yarl takes a fifth of urlencode's time."""
    return {"data": URL.build(query=data.json_parameters).raw_query_string.encode(), "headers": FORM} if data else {}


def _multipart(data: RequestData | None, files: dict[str, Any]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)  # Telegram shows file names as they come
    for name, value in (data.json_parameters if data else {}).items():
        form.add_field(name, value)
    for name, (filename, content, mime) in files.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form


def cause(error: BaseException) -> str:
    """Return what an operator is told of a failed call: never an address, because it may hold a secret."""
    if isinstance(error, ProxyError):
        return f"TELEGRAM_PROXY refuses ({error.error_code or error})"  # an error without a code says why
    if isinstance(error, PROXY):
        return "TELEGRAM_PROXY is not reached"
    return type(error).__name__


def never_left(error: BaseException) -> bool:
    """Say whether the request of a NetworkError certainly did not reach Telegram, so that it may be repeated."""
    return isinstance(error.__cause__, NOT_SENT)
