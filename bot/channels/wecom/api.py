"""Call WeCom's server: one token for all programs, renewed once if it is refused; errors become SendError."""

import asyncio
import base64
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import aiohttp
from sqlmodel import Session

from bot.channels.base import SendError
from bot.channels.wecom.credentials import Access
from models.channels import wecom

T = TypeVar("T")
Write = Callable[[Callable[[Session], T]], Awaitable[T]]
log = logging.getLogger("zeroreport")

TIMEOUT = 10.0  # seconds
EARLY = timedelta(minutes=5)  # before its end, when a token is renewed
UNREACHED = 5.0  # seconds between tries while the network is down
TOKEN_REFUSED = frozenset({40014, 42001})
BUSY, TOO_OFTEN, TOO_MANY = -1, 45009, 45033
CONFIGURATION = frozenset({40001, 40013, 40056, 40082, 41004, 48002, 60011, 60020, 301002})  # an admin has to act
NOBODY = frozenset({60111, 81013})
MENDED = 300.0  # seconds until we check whether the admin acted
NO_ROBOT = frozenset({93000, 93004, 93008})


class ApiError(Exception):
    """WeCom's error code, with its words for the log."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(f"WeCom {code}")
        self.code, self.words = code, words[:200]

    @property
    def about_content(self) -> bool:
        """Say whether WeCom refuses the content, and not us, the rate or the people."""
        known = {TOO_OFTEN, TOO_MANY, BUSY} | TOKEN_REFUSED | CONFIGURATION | NOBODY
        return self.code not in known

    def as_send_error(self) -> SendError:
        """Return what the code means for delivery: wait, wait for the admin, give the address up, or try again as
        usual."""
        reason = f"WeCom {self.code}"
        if self.code in (TOO_OFTEN, *TOKEN_REFUSED):
            return SendError(reason, retry_after=60, everywhere=True)
        if self.code in (TOO_MANY, BUSY):
            return SendError(reason, retry_after=5, everywhere=True)
        if self.code in CONFIGURATION:
            return SendError(reason, retry_after=MENDED, everywhere=True)
        return SendError(reason, permanent=self.code in NOBODY | NO_ROBOT)


@dataclass(frozen=True)
class Answered:
    """The body of a 200: an object, or a file's bytes."""

    told: dict[str, Any] | None
    data: bytes


class Api:
    """One app's access to WeCom's server. `write` runs a function in a transaction of its own."""

    def __init__(self, access: Access, write: Write[Any]) -> None:
        self.access = access
        self._write = write
        self._held: tuple[str, datetime] | None = None
        self._one = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None
        self.hear: Callable[[str | None], None] = lambda _: None  # called with each answer's `Date`

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def call(self, path: str, told: dict[str, Any] | None = None, **query: str) -> dict[str, Any]:
        """Post `told`, or get if there is nothing to post; raise ApiError, or SendError if nobody answered."""
        return _checked(await self._with_token(path, query, told=told))

    async def upload(self, kind: str, name: str, mime: str, data: bytes) -> str:
        """Leave a file with WeCom, which keeps it for three days; return its media id."""
        answer = await self._with_token("media/upload", {"type": kind}, media=(name, data, mime))
        return str(_checked(answer)["media_id"])

    async def fetch(self, media_id: str) -> bytes:
        """Return the bytes of a file that somebody sent."""
        answer = await self._with_token("media/get", {"media_id": media_id})
        if answer.told is not None:
            _checked(answer)
        return answer.data

    async def robot(self, key: str, message: dict[str, Any]) -> None:
        _checked(await self._ask("webhook/send", {"key": key}, told=message))

    async def robot_file(self, key: str, name: str, mime: str, data: bytes) -> dict[str, Any]:
        """Build a message with a file: a picture is part of it, any other file is uploaded first."""
        if mime in ("image/png", "image/jpeg") and len(data) <= 2 * 1024 * 1024:
            digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
            return {"msgtype": "image", "image": {"base64": base64.b64encode(data).decode(), "md5": digest}}
        answer = await self._ask("webhook/upload_media", {"key": key, "type": "file"}, media=(name, data, mime))
        return {"msgtype": "file", "file": {"media_id": _checked(answer)["media_id"]}}

    async def _ask(
        self,
        path: str,
        query: dict[str, str],
        *,
        told: dict[str, Any] | None = None,
        media: tuple[str, bytes, str] | None = None,
    ) -> Answered:
        """Post an object or a file, or get. Raise SendError without an answer; never with the address, because it holds
        the token."""
        form = aiohttp.FormData(quote_fields=False)  # WeCom shows file names as they come
        if media:
            form.add_field("media", media[1], filename=media[0], content_type=media[2])
        sent: dict[str, Any] = {"data": form} if media else {"json": told} if told is not None else {}
        url = f"{self.access.url.rstrip('/')}/cgi-bin/{path}"
        try:
            async with self._open().request(
                "POST" if sent else "GET", url, params=query, allow_redirects=False, **sent
            ) as reply:
                self.hear(reply.headers.get("Date"))
                status, kind, data = reply.status, reply.headers.get("Content-Type", "json"), await reply.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise SendError("WeCom cannot be reached", retry_after=UNREACHED, everywhere=True) from None
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is one
            raise SendError(f"WeCom did not answer ({type(error).__name__})", uncertain=True) from None
        if status != 200:
            raise SendError(f"WeCom answered {status}", uncertain=status >= 500)
        return Answered(_object(data) if "json" in kind else None, data)

    def _open(self) -> aiohttp.ClientSession:
        """Return the pool, made when it is first needed."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                trust_env=True, cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT, sock_read=TIMEOUT),
                json_serialize=partial(json.dumps, ensure_ascii=False),
            )  # fmt: skip
        return self._session

    # the token

    async def _with_token(self, path: str, query: dict[str, str], **sent: Any) -> Answered:
        """Call; if the token is refused, call once more with a new one, and never a third time."""
        token = await self.token()
        answer = await self._ask(path, {"access_token": token, **query}, **sent)
        if answer.told is not None and _code(answer.told) in TOKEN_REFUSED:
            answer = await self._ask(path, {"access_token": await self.token(stale=token), **query}, **sent)
        return answer

    async def token(self, stale: str = "") -> str:
        """Return a token other than `stale`: ours, another program's, or a new one, for which only one program asks."""
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
            answer = _checked(await self._ask("gettoken", asked))
            fetched, lasts = str(answer["access_token"]), timedelta(seconds=int(answer["expires_in"])) - EARLY
        finally:
            now = datetime.now(UTC)
            await self._write(lambda session: wecom.keep_token(session, self.access.app, fetched, lasts, now))
        self._held = fetched, now + lasts
        return fetched


def _code(told: dict[str, Any]) -> int:
    return int(told.get("errcode", 0))


def _object(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
        _code(told)
    except (ValueError, TypeError, AttributeError):
        raise SendError("WeCom answered something else", uncertain=True) from None
    return dict(told)


def _checked(answer: Answered) -> dict[str, Any]:
    """Return the object; raise ApiError if it holds an error."""
    found = _object(answer.data) if answer.told is None else answer.told
    code, words = _code(found), str(found.get("errmsg", ""))
    if code != 0:
        log.info("WeCom answers %s: %s", code, words[:200])
        raise ApiError(code, words)
    return found
