"""A watcher elsewhere is told each minute that all is well; what it answers tells what time it is there."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from bot.clock import Clock, Outside
from bot.lease import Lease
from bot.scheduler import Scheduler

DATE = "Mon, 23 Nov 2026 08:00:00 GMT"


def _beat(status: int, *, healthy: bool = True, path: str = "ping/s3cret") -> tuple[list[str], datetime | None]:
    """Beat once to a watcher that answers so; return what it was asked, and what time it is outside after that."""

    async def main() -> tuple[list[str], datetime | None]:
        asked: list[str] = []

        async def answer(request: web.Request) -> web.Response:
            asked.append(request.path)
            return web.Response(status=status, headers={"Date": DATE})

        runner = web.ServerRunner(web.Server(answer))  # type: ignore[arg-type]
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        lease, outside, none = Lease(), Outside(), None
        lease.leading = True
        desk: Any = none
        made = Scheduler(
            desk, lease, Clock(), outside=outside, healthy=lambda: healthy,
            heartbeat_url=f"http://127.0.0.1:{runner.addresses[0][1]}/{path}",
        )  # fmt: skip
        await made._beat()
        await runner.cleanup()
        return asked, outside.now()

    return asyncio.run(main())


def test_a_watcher_hears_of_us_and_tells_the_time() -> None:
    asked, now = _beat(200)
    assert asked == ["/ping/s3cret"]
    assert now is not None
    assert 0 <= (now - datetime(2026, 11, 23, 8, tzinfo=UTC)).total_seconds() < 60


def test_who_is_not_well_keeps_silent() -> None:
    assert _beat(200, healthy=False) == ([], None)


def test_a_watcher_that_refuses_is_named_in_the_log_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    assert _beat(404) == (["/ping/s3cret"], None)
    assert "HEARTBEAT_URL did not answer" in caplog.text
    assert "s3cret" not in caplog.text
