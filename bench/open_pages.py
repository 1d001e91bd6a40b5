"""Many browsers in which a page of the dashboard is open: each asks again and again, on a connection of its own."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import aiohttp

from bot.web.dashboard.visits import COOKIE

SECONDS = 15  # between two questions of a page, as handlers/dashboard/pages.py has it
SEEN = re.compile(r'hx-get="[^"]*seen=([0-9.~]+)')


class Morning(Enum):
    """What is new when a page asks."""

    QUIET = "nothing"
    BUSY = "something, each time"
    ANEW = "the page, each time: nothing is said of what was seen"


@dataclass
class Heard:
    """What came of asking for a while: `share` of a core, and that of each round; how many answers had a page and how
    many said that nothing is new; how many questions were due, and how late the latest was asked."""

    due: int
    share: float = 0.0
    rounds: list[float] = field(default_factory=list)
    pages: int = 0
    same: int = 0
    latest: float = 0.0

    def __str__(self) -> str:
        each = ", ".join(f"{it:.1%}" for it in self.rounds)
        behind = "" if self.pages + self.same == self.due else ", so the browsers FELL BEHIND"
        return (
            f"{self.share:.1%} of a core ({each}); {self.same} times nothing new, {self.pages} times a page, of "
            f"{self.due} due{behind}; the latest was asked {self.latest * 1000:.0f} ms late"
        )


class Browsers:
    """Browsers that are signed in with these tokens; `used` says what processor time the server has used."""

    def __init__(self, port: int, tokens: Sequence[str], used: Callable[[], float]) -> None:
        self._url, self._tokens, self._used = f"http://127.0.0.1:{port}/dashboard/", tokens, used
        self._seen = dict.fromkeys(tokens, "")

    async def look(self, seconds: int) -> tuple[Heard, Heard, Heard]:
        """Open all pages; return what it costs to ask on each kind of morning."""
        room = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
        async with aiohttp.ClientSession(connector=room, cookie_jar=aiohttp.DummyCookieJar()) as browser:
            for token in self._tokens:
                assert await self._ask(browser, token, whole=True)
            return (
                await self._all(browser, seconds, Morning.QUIET),
                await self._all(browser, seconds, Morning.BUSY),
                await self._all(browser, 3 * SECONDS, Morning.ANEW),
            )

    async def keep_open(self, seconds: int, opened: Callable[[], object]) -> Heard:
        """Open all pages, say so, and let them ask what is new as they do in a browser."""
        room = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
        async with aiohttp.ClientSession(connector=room, cookie_jar=aiohttp.DummyCookieJar()) as browser:
            for token in self._tokens:
                assert await self._ask(browser, token, whole=True)
            opened()
            return await self._all(browser, seconds, Morning.QUIET)

    async def _all(self, browser: aiohttp.ClientSession, seconds: int, morning: Morning) -> Heard:
        """Ask from all pages, one after the other within each round."""
        rounds = max(1, seconds // SECONDS)
        heard, began = Heard(rounds * len(self._tokens)), time.monotonic()
        pages = [
            self._page(browser, token, began + SECONDS * n / len(self._tokens), rounds, heard, morning)
            for n, token in enumerate(self._tokens)
        ]
        start = self._used()
        asking = asyncio.gather(*pages)
        for n in range(rounds):
            before, at = self._used(), time.monotonic()
            await asyncio.sleep(began + SECONDS * (n + 1) - at)
            heard.rounds.append((self._used() - before) / (time.monotonic() - at))
        heard.share = (self._used() - start) / (time.monotonic() - began)
        await asking
        return heard

    async def _page(
        self, browser: aiohttp.ClientSession, token: str, first: float, rounds: int, heard: Heard, morning: Morning
    ) -> None:
        for n in range(rounds):
            await asyncio.sleep(max(0.0, first + n * SECONDS - time.monotonic()))
            if time.monotonic() > first + rounds * SECONDS:
                return  # too late: what is left was never asked
            heard.latest = max(heard.latest, time.monotonic() - first - n * SECONDS)
            if await self._ask(browser, token, morning):
                heard.pages += 1
            else:
                heard.same += 1

    async def _ask(
        self, browser: aiohttp.ClientSession, token: str, morning: Morning = Morning.ANEW, *, whole: bool = False
    ) -> bool:
        """Ask for a page; say whether one came."""
        headers = {"Cookie": f"{COOKIE}={token}", "Accept": "text/html"} | ({} if whole else {"HX-Request": "true"})
        seen, made = self._seen[token], self._seen[token].partition("~")[2]
        asked = {Morning.QUIET: {"seen": seen}, Morning.BUSY: {"seen": f"0.0~{made}"}, Morning.ANEW: {}}[morning]
        async with browser.get(self._url, params=asked, headers=headers) as answer:
            text = await answer.text()
            assert answer.status in (200, 204), (answer.status, text[:200])
            if answer.status == 204:
                return False
            found = SEEN.search(text)
            assert found, text[:400]
            self._seen[token] = found[1]
            return True
