"""Calls of WeCom's server: one token for all programs, renewed once where it is refused, errors as delivery knows."""

import asyncio
import base64
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
from sqlmodel import Session

from bot.channels.base import SendError
from bot.channels.wecom_access import Access
from models import wecom

T = TypeVar("T")
Write = Callable[[Callable[[Session], T]], Awaitable[T]]
log = logging.getLogger("zeroreport")
for _talkative in ("httpx", "httpcore"):  # they log whole addresses, and ours hold tokens and keys
    logging.getLogger(_talkative).setLevel(logging.WARNING)

TIMEOUT = 10.0  # seconds
EARLY = timedelta(minutes=5)  # a token is renewed so long before its end
TOKEN_REFUSED = frozenset({40014, 42001})
BUSY, TOO_OFTEN, TOO_MANY = -1, 45009, 45033
CONFIGURATION = frozenset({40001, 40013, 40056, 40082, 41004, 48002, 60011, 60020, 301002})  # an admin has to act
NOBODY = frozenset({60111, 81013})
MENDED = 300.0  # seconds until we look again whether the admin acted
NO_ROBOT = frozenset({93000, 93004, 93008})


class ApiError(Exception):
    """WeCom's own error code, with its words for the log."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(f"WeCom {code}")
        self.code, self.words = code, words[:200]

    @property
    def about_content(self) -> bool:
        """Whether it is what was said that WeCom does not take, and not us, the rate, or the people."""
        known = {TOO_OFTEN, TOO_MANY, BUSY} | TOKEN_REFUSED | CONFIGURATION | NOBODY
        return self.code not in known

    def as_send_error(self) -> SendError:
        """The treatment of each: wait, wait for the admin, give the address up, or the usual retries."""
        reason = f"WeCom {self.code}"
        if self.code in (TOO_OFTEN, *TOKEN_REFUSED):
            return SendError(reason, retry_after=60, everywhere=True)
        if self.code in (TOO_MANY, BUSY):
            return SendError(reason, retry_after=5, everywhere=True)
        if self.code in CONFIGURATION:
            return SendError(reason, retry_after=MENDED, everywhere=True)
        return SendError(reason, permanent=self.code in NOBODY | NO_ROBOT)


class Api:
    """One app's side of WeCom's server. `write` runs something in a transaction of its own."""

    def __init__(self, access: Access, write: Write[Any]) -> None:
        self.access = access
        self._write = write
        self._held: tuple[str, datetime] | None = None
        self._one = asyncio.Lock()
        self._client: httpx.AsyncClient | None = None

    @property
    def client(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(base_url=self.access.url, timeout=TIMEOUT)
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def call(self, path: str, told: dict[str, Any] | None = None, **query: str) -> dict[str, Any]:
        """Posts `told`, or asks where there is nothing to tell; ApiError, or SendError where nobody answered."""

        async def ask(token: str) -> httpx.Response:
            asked = {"access_token": token, **query}
            url = f"/cgi-bin/{path}"
            return await (self.client.get(url, params=asked) if told is None else
                          self.client.post(url, params=asked, json=told))  # fmt: skip

        return _checked(await self._with_token(ask))

    async def upload(self, kind: str, name: str, mime: str, data: bytes) -> str:
        """Leaves a file with WeCom, which keeps it three days; its media id."""

        async def ask(token: str) -> httpx.Response:
            return await self.client.post(
                "/cgi-bin/media/upload", params={"access_token": token, "type": kind},
                files={"media": (name, data, mime)},
            )  # fmt: skip

        return str(_checked(await self._with_token(ask))["media_id"])

    async def fetch(self, media_id: str) -> bytes:
        """The bytes of what somebody sent."""

        async def ask(token: str) -> httpx.Response:
            return await self.client.get("/cgi-bin/media/get", params={"access_token": token, "media_id": media_id})

        answer = await self._with_token(ask)
        if "json" in answer.headers.get("content-type", ""):
            _checked(answer)
        return answer.content

    async def robot(self, key: str, message: dict[str, Any]) -> None:
        _checked(await _sent(self.client.post("/cgi-bin/webhook/send", params={"key": key}, json=message)))

    async def robot_file(self, key: str, name: str, mime: str, data: bytes) -> dict[str, Any]:
        """A message with a file: a picture goes along in it, anything else is left with WeCom first."""
        if mime in ("image/png", "image/jpeg") and len(data) <= 2 * 1024 * 1024:
            digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
            return {"msgtype": "image", "image": {"base64": base64.b64encode(data).decode(), "md5": digest}}
        asked = {"key": key, "type": "file"}
        files = {"media": (name, data, mime)}
        answer = _checked(await _sent(self.client.post("/cgi-bin/webhook/upload_media", params=asked, files=files)))
        return {"msgtype": "file", "file": {"media_id": answer["media_id"]}}

    # the token

    async def _with_token(self, ask: Callable[[str], Awaitable[httpx.Response]]) -> httpx.Response:
        """Asks once more with a new token where the first is refused, and never a third time."""
        token = await self.token()
        answer = await _sent(ask(token))
        if _code(answer) in TOKEN_REFUSED:
            answer = await _sent(ask(await self.token(stale=token)))
        return answer

    async def token(self, stale: str = "") -> str:
        """A token other than `stale`: ours, another program's, or a new one for which only one program asks."""
        async with self._one:
            while True:
                now = datetime.now(UTC)
                if self._held and self._held[0] != stale and self._held[1] > now:
                    return self._held[0]
                known, ours = await self._write(lambda session: self._look(session, stale, now))  # noqa: B023
                if known:
                    self._held = known, now + timedelta(minutes=1)
                elif ours:
                    return await self._ask_for_one()
                else:
                    await asyncio.sleep(0.1)

    def _look(self, session: Session, stale: str, now: datetime) -> tuple[str | None, bool]:
        known = wecom.token(session, self.access.app, stale, now)
        return known, known is None and wecom.may_fetch(session, self.access.app, now)

    async def _ask_for_one(self) -> str:
        fetched, lasts = "", timedelta(0)
        try:
            asked = {"corpid": self.access.corp_id, "corpsecret": self.access.secret}
            answer = _checked(await _sent(self.client.get("/cgi-bin/gettoken", params=asked)))
            fetched, lasts = str(answer["access_token"]), timedelta(seconds=int(answer["expires_in"])) - EARLY
        finally:
            now = datetime.now(UTC)
            await self._write(lambda session: wecom.keep_token(session, self.access.app, fetched, lasts, now))
        self._held = fetched, now + lasts
        return fetched


async def _sent(asked: Awaitable[httpx.Response]) -> httpx.Response:
    """The answer; SendError without the address in it, which holds the token, where there is none."""
    try:
        answer = await asked
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise SendError("WeCom cannot be reached") from None
    except httpx.HTTPError as error:
        raise SendError(f"WeCom did not answer ({type(error).__name__})", uncertain=True) from None
    if answer.status_code != httpx.codes.OK:
        raise SendError(f"WeCom answered {answer.status_code}", uncertain=answer.status_code >= 500)
    return answer


def _code(answer: httpx.Response) -> int:
    """The error code in an answer; 0 in a file."""
    if "json" not in answer.headers.get("content-type", "json"):
        return 0
    try:
        return int(answer.json().get("errcode", 0))
    except (ValueError, AttributeError):
        raise SendError("WeCom answered something else", uncertain=True) from None


def _checked(answer: httpx.Response) -> dict[str, Any]:
    code = _code(answer)
    found: dict[str, Any] = answer.json()
    if code != 0:
        log.info("WeCom answers %s: %s", code, str(found.get("errmsg", ""))[:200])
        raise ApiError(code, str(found.get("errmsg", "")))
    return found
