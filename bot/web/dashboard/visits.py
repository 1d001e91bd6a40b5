"""Say whose a request of the dashboard is: by the cookie of a session, or by the token of a program.

Either says only who it is; what a person may see and do is asked of `models` at each request."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from sqlmodel import Session
from starlette.requests import Request

from bot.desk import Desk
from bot.loopback import LOOPBACK
from bot.strangers import Bucket
from bot.web.connections import neighbourhood
from bot.web.dashboard import multipart
from bot.web.reading import clean
from handlers.core.incoming import Incoming
from handlers.core.rendering import Renderer
from models.core import audit
from models.core.database import Database
from models.core.errors import Refusal
from models.messaging import dashboard_keys as keys
from models.messaging.addresses import Address
from models.messaging.dashboard_keys import Holder, Kind
from models.organisation.people import Person

T = TypeVar("T")
COOKIE = "zeroreport_dashboard"
BEARER = "bearer "
A_SECOND, AT_ONCE = 2.0, 40.0  # requests with one cookie or token; a page asks every 15 s
WRONG_A_SECOND, WRONG_AT_ONCE = 0.2, 20.0  # wrong tokens from one address
MOST_BUCKETS = 1000
LONGEST_FIELD = 4000  # characters


@dataclass
class Asker:
    """What a request carries: the token of a session or of a program. `words` are the person's, once it is known
    whose."""

    token: str
    kind: Kind
    words: Renderer | None = None


@dataclass(frozen=True)
class Visit:
    """A request of somebody who is known: its token, the person, and the chat it rests on."""

    token: str
    person: Person
    address: Address

    @property
    def csrf(self) -> str:
        return csrf_of(self.token)

    def incoming(self, now: datetime, **what: Any) -> Incoming:
        """Return what was done on a page as if it came from the person's chat: `data`, `text` or `file`."""
        at = self.address
        return Incoming(at.channel, "dashboard", uuid4().hex, at.account, at.chat, True, now, **what)


class Visits:
    """Says whose a request is, and refuses too many. `public_url` is the program's address from outside, "" if it has
    none."""

    def __init__(self, desk: Desk, database: Database, clock: Callable[[], datetime], public_url: str = "") -> None:
        self.desk, self._database, self.clock = desk, database, clock
        self.public_url = public_url
        self._buckets: dict[str, Bucket] = {}

    async def asker(self, request: Request) -> Asker:
        """Return who asks for a page. Raises `dashboard.signed_out`, `dashboard.no_token`, `dashboard.too_fast`. The
        first use of a token on a day is noted."""
        token = bearer(request)
        if token is None:
            return self.browser(request)
        asker = request.state.asker = Asker(token, Kind.TOKEN)
        found = await self.read(lambda session: keys.holder(session, Kind.TOKEN, token, self.clock(), self.day))
        if found is None:
            self.count_host(request, "wrong", WRONG_A_SECOND, WRONG_AT_ONCE)
            raise Refusal("dashboard.no_token")
        asker.words = self.desk.defaults.words_for(found.person, today=self.day)
        self.count(keys.digest_of(token), A_SECOND, AT_ONCE)
        if found.key.used_on != self.day:
            await self.desk.run(lambda session, now: self._note_use(session, token, now), wake=False)
        return asker

    async def looker(self, request: Request) -> Visit:
        """Return whose browser asks for a file; programs get none. Raises as `browser` and `visit`."""
        if bearer(request) is not None:
            raise Refusal("dashboard.no_file")
        asker = self.browser(request)
        return await self.read(lambda session: self.visit(session, asker))

    def browser(self, request: Request) -> Asker:
        """Return whose browser asks. Raises `dashboard.signed_out`, `dashboard.too_fast`."""
        token = self.kept(request)
        if not token:
            raise Refusal("dashboard.signed_out")
        asker = request.state.asker = Asker(token, Kind.SESSION)
        self.count(keys.digest_of(token), A_SECOND, AT_ONCE)
        return asker

    async def pressed(self, request: Request) -> tuple[Visit, dict[str, str]]:
        """Return whose request it is, and the fields of a form of ours; refuse every other."""
        visit = await self.sender(request)
        return visit, _told(visit, fields(await request.body(), 20))

    async def given(self, request: Request, visit: Visit) -> tuple[dict[str, str], tuple[str, bytes]]:
        """Return the fields of a form of ours that has a file, and the file's name and bytes."""
        about, body = request.headers.get("content-type", ""), await request.body()
        told, file = await asyncio.to_thread(multipart.read, about, body)
        return _told(visit, told), file

    async def sender(self, request: Request) -> Visit:
        """Return whose form it is, before its body is read: that is for those who are signed in."""
        if bearer(request) is not None:
            raise Refusal("dashboard.read_only")
        self.refuse_elsewhere(request)
        asker = self.browser(request)
        return await self.read(lambda session: self.visit(session, asker))

    def visit(self, session: Session, asker: Asker) -> Visit:
        """Return whose session or token this is. Raises `dashboard.signed_out` or `dashboard.no_token`."""
        found = keys.holder(session, asker.kind, asker.token, self.clock(), self.day)
        if found is None:
            raise Refusal("dashboard.no_token" if asker.kind == Kind.TOKEN else "dashboard.signed_out")
        asker.words = self.desk.defaults.words_for(found.person, today=self.day)
        return Visit(asker.token, found.person, found.address)

    async def read(self, question: Callable[[Session], T]) -> T:
        """Ask the database beside the desk."""

        def ask() -> T:
            with self._database.reading() as session:
                return question(session)

        return await asyncio.to_thread(ask)

    async def holder(self, kind: Kind, token: str) -> Holder:
        """Return whose link this is. Raises `dashboard.link_spent`."""
        return need(await self.read(lambda session: keys.holder(session, kind, token, self.clock(), self.day)))

    @property
    def day(self) -> date:
        return self.desk.defaults.today(self.clock())

    def safe(self, request: Request) -> bool:
        """Say whether the browser reaches us by https, so that cookies may be for https only. On the machine itself the
        chat page leads here by http, also where a proxy serves everybody else."""
        here = request.url.hostname in LOOPBACK
        return request.url.scheme == "https" or (self.public_url.startswith("https://") and not here)

    def cookie(self, request: Request, name: str = COOKIE) -> str:
        """Return what a browser keeps a cookie as. Over https it is `__Host-…`, which browsers take from this very host
        only: a page on a neighbouring host cannot plant one and sign somebody in as somebody else (RFC 6265bis,
        4.1.3.2)."""
        return f"__Host-{name}" if self.safe(request) else name

    def kept(self, request: Request) -> str:
        """Return the session that this browser keeps, "" without one."""
        return request.cookies.get(self.cookie(request), "")

    def refuse_elsewhere(self, request: Request) -> None:
        """Raise `dashboard.not_from_here` for a form of another page. Browsers without `Sec-Fetch-Site` send Origin."""
        origin = request.headers.get("origin", "")
        own = {request.headers.get("host", ""), urlsplit(self.public_url).netloc} - {""}
        scheme, _, name = origin.partition("://")
        ours = scheme in ("http", "https") and name in own
        here = request.headers.get("sec-fetch-site") == "same-origin" or ours
        if not here:
            raise Refusal("dashboard.not_from_here")

    def count_host(self, request: Request, what: str, a_second: float, at_once: float) -> None:
        """Raise `dashboard.too_fast` if too many of these came lately from where this request comes: in IPv6 one
        customer has more addresses than anybody can count."""
        self.count(f"{what} {neighbourhood(request.client.host if request.client else '')}", a_second, at_once)

    def count(self, whose: str, a_second: float, at_once: float) -> None:
        """Raise `dashboard.too_fast` if there were too many of these lately. Where too many are remembered, the one is
        forgotten that was asked for longest ago."""
        bucket = self._buckets.pop(whose, None) or Bucket(a_second, at_once, time.monotonic())
        if len(self._buckets) >= MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[whose] = bucket
        if not bucket.take(time.monotonic()):
            raise Refusal("dashboard.too_fast")

    def _note_use(self, session: Session, token: str, now: datetime) -> None:
        found = keys.holder(session, Kind.TOKEN, token, now, self.desk.defaults.today(now))
        if found and keys.first_use_of_day(session, token, self.desk.defaults.today(now)):
            who = found.person.staff_no
            audit.note(session, now, who, "token used", who, said=found.key.name)


def bearer(request: Request) -> str | None:
    """Return the token that a program sends, None if it sends none."""
    sent = request.headers.get("authorization", "")
    return sent[len(BEARER) :].strip() if sent[: len(BEARER)].lower() == BEARER else None


def fields(body: bytes, most: int) -> dict[str, str]:
    """Return the fields of a form; none if it has more than ours have."""
    try:
        found = parse_qs(body.decode(errors="replace"), max_num_fields=most)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def csrf_of(token: str) -> str:
    """Return what a form of this session carries, which no other page can know."""
    return hashlib.sha256(b"zeroreport dashboard form " + token.encode()).hexdigest()


def _told(visit: Visit, fields: dict[str, str]) -> dict[str, str]:
    """Return the fields of a form of this session. Raises `dashboard.not_from_here`."""
    if fields.get("csrf") != visit.csrf:
        raise Refusal("dashboard.not_from_here")
    return {name: clean(value)[:LONGEST_FIELD] for name, value in fields.items()}


def need(found: T | None) -> T:
    if found is None:
        raise Refusal("dashboard.link_spent")
    return found
