"""From which address a request comes, as far as what one person may try is counted by it."""

import asyncio
import socket
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from bot.bounds import Room
from bot.web.dashboard import visits
from bot.web.dashboard.visits import Visits
from bot.web.server import Server
from models.core.errors import Refusal

PROXY, ELSEWHERE, SAID = "10.0.0.5", "203.0.113.9", "198.51.100.7"


async def _where(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse(scope["client"][0])(scope, receive, send)


def seen_from(client: str, proxies: tuple[str, ...], said: str = SAID) -> str:
    """Return from where a request with this header comes, for whatever is behind the server."""
    with socket.socket() as bound:
        config = Server(_where, bound, Room(proxies=proxies))._config
        config.load()
        told: list[bytes] = []

        async def send(message: Any) -> None:
            told.append(message.get("body", b""))

        headers = [(b"x-forwarded-for", said.encode())]
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": headers,
            "client": (client, 1),
            "scheme": "http",
        }
        asyncio.run(config.loaded_app(scope, None, send))
    return b"".join(told).decode()


def test_the_address_that_a_proxy_of_ours_names_is_believed() -> None:
    assert seen_from(PROXY, (PROXY,)) == SAID
    assert seen_from(PROXY, (PROXY,), f"127.0.0.1, {ELSEWHERE}") == ELSEWHERE


def test_nobody_else_chooses_the_address_by_which_they_are_counted() -> None:
    assert seen_from(ELSEWHERE, (PROXY,)) == ELSEWHERE
    assert seen_from("127.0.0.1", (PROXY,)) == "127.0.0.1"
    assert seen_from("127.0.0.1", ("",)) == "127.0.0.1"


@pytest.fixture
def tries() -> Callable[[str], bool]:
    """Return a count of wrong links, of which each address has two; it says whether one was within it."""
    counted = Visits(None, None, datetime.now)  # type: ignore[arg-type]

    def one(host: str) -> bool:
        try:
            counted.count_host(Request({"type": "http", "client": (host, 1)}), "wrong link", 0.0, 2.0)
        except Refusal:
            return False
        return True

    return one


def test_all_addresses_of_one_customer_are_counted_together(tries: Callable[[str], bool]) -> None:
    assert [tries(f"2001:db8:7:1::{n:x}") for n in range(1, 5)] == [True, True, False, False]
    assert tries("2001:db8:7:2::1")
    assert [tries(ELSEWHERE) for _ in range(3)] == [True, True, False]


def test_whoever_goes_on_trying_is_not_forgotten_for_newcomers(
    tries: Callable[[str], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "MOST_BUCKETS", 10)
    assert [tries(ELSEWHERE) for _ in range(3)] == [True, True, False]
    for n in range(50):
        tries(f"198.51.100.{n}")
        assert not tries(ELSEWHERE)
