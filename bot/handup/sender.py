"""Send what is handed up: one message after another, to confirmed addresses only (docs/rules.md 40.5)."""

import logging
import ssl
from datetime import datetime

from sqlmodel import Session

from bot.alive import Alive
from bot.desk import Desk
from bot.lease import Lease
from handlers.handup import outgoing
from handlers.handup.outgoing import Letter
from models.core.errors import Refusal
from models.handup import messages, partners

log = logging.getLogger("zeroreport")
PAUSE = 1.0  # seconds between looks for something to send
TIMEOUT = 20.0  # seconds for a message and its answer
CONNECTED = 10.0  # seconds in which a connection is made
PATH = "/handup"


class Sender:
    """Runs in the leading program. What dies between sending and noting the answer is sent again; the superior answers
    the same."""

    def __init__(self, desk: Desk, lease: Lease) -> None:
        self._desk, self._lease = desk, lease

    async def run(self, alive: Alive) -> None:
        await alive.rounds("handup", self.once, PAUSE)

    async def once(self) -> bool:
        """Send the next message; say whether there was one."""
        if not self._lease.leading:
            return False
        letter = await self._desk.run(self._next, wake=False)
        if letter is None:
            return False
        status, data, fault = await post(letter)
        await self._desk.run(
            lambda session, now: outgoing.noted(self._desk.context(session, now), letter, status, data, fault)
        )
        return True

    def _next(self, session: Session, now: datetime) -> Letter | None:
        return outgoing.next_one(self._desk.context(session, now))


async def post(letter: Letter) -> tuple[int, bytes, str]:
    """Return the status, the answer's bytes, and what went wrong, "" for nothing. No redirect is followed, no proxy of
    the environment asked, no more read than an answer may be long."""
    import aiohttp  # loaded where something is handed up: it takes 8 MB

    try:
        partners.refuse_address(letter.address)
        async with (
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT, connect=CONNECTED),
                trust_env=False, cookie_jar=aiohttp.DummyCookieJar(),
            ) as http,
            http.post(
                letter.address.rstrip("/") + PATH, data=letter.data, allow_redirects=False,
                headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
            ) as answer,
        ):  # fmt: skip
            data = await answer.content.read(messages.LARGEST + 1)
            while len(data) <= messages.LARGEST and (more := await answer.content.read(messages.LARGEST)):
                data += more
            if len(data) > messages.LARGEST:
                return 0, b"", "broken"
            return answer.status, data, "redirected" if 300 <= answer.status < 400 else ""
    except Refusal:
        return 0, b"", "address"
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError):
        return 0, b"", "certificate"
    except TimeoutError:
        return 0, b"", "slow"
    except (aiohttp.ClientError, OSError, ValueError):
        return 0, b"", "away"
