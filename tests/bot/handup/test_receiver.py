"""What comes in is counted by the partner who signed it; what nobody signed, by address (docs/rules.md 40.4)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlmodel import Session
from starlette.applications import Starlette

from bot.handup import receiver
from bot.handup.invitation import invitation
from bot.handup.receiver import A_MINUTE, AT_ONCE, IN_ALL, Receiver
from handlers.handup import incoming
from models.handup import messages, partners
from tests.support.handing_up import Pair, begin

pytestmark = [pytest.mark.world(begin=begin), pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]
PROXY = "127.0.0.1"


class NearDesk:
    """The superior's desk, in this thread."""

    def __init__(self, pair: Pair) -> None:
        self._desk = pair.above.desk
        self.context = self._desk.context

    async def run(self, work: Callable[[Session, datetime], Any]) -> Any:
        return self._desk.transact(work)


class Letterbox:
    """The superior's address, at a time that stands until it is moved."""

    def __init__(self, pair: Pair, *proxies: str) -> None:
        self.time = 0.0
        door = Receiver(NearDesk(pair), proxies, lambda: self.time)  # type: ignore[arg-type]
        self._app = Starlette(routes=[door.route(), invitation()])

    def post(self, data: bytes, host: str) -> int:
        return self._ask("POST", host, content=data).status_code

    def beside_half_sent(self, count: int, theirs: str, data: bytes, host: str) -> int:
        """Post while `count` messages from `theirs` have come in half."""

        async def ask() -> int:
            half = [_half(arrived) for _ in range(count)]
            held = [asyncio.ensure_future(self._request("POST", theirs, content=it)) for it in half]
            for _ in held:
                await arrived.acquire()
            answer = await self._request("POST", host, content=data)
            for one in held:
                one.cancel()
            await asyncio.gather(*held, return_exceptions=True)
            return answer.status_code

        arrived = asyncio.Semaphore(0)
        return asyncio.run(ask())

    def half_sent(self, host: str) -> int:
        """Post a message of which only the first half comes."""
        return self._ask("POST", host, content=_half(asyncio.Semaphore(0))).status_code

    def page(self, language: str = "zh-CN") -> str:
        return self._ask("GET", "203.0.113.9", headers={"Accept-Language": language}).text

    def _ask(self, method: str, host: str, **what: Any) -> httpx.Response:
        return asyncio.run(self._request(method, host, **what))

    async def _request(self, method: str, host: str, **what: Any) -> httpx.Response:
        way = httpx.ASGITransport(self._app, client=(host, 1))
        async with httpx.AsyncClient(transport=way, base_url="https://city.example") as client:
            return await client.request(method, "/handup", **what)


async def _half(arrived: asyncio.Semaphore) -> AsyncIterator[bytes]:
    yield b"{"
    arrived.release()
    await asyncio.Event().wait()


def signed(pair: Pair) -> bytes:
    pair.connect()
    pair.hand_up()
    letter = pair.letter()
    assert letter
    return letter.data


def test_strangers_are_turned_away_by_address_and_partners_from_elsewhere_are_not(pair: Pair) -> None:
    box, data = Letterbox(pair), signed(pair)
    assert [box.post(b"{}", "203.0.113.9") for _ in range(A_MINUTE + 2)] == [404] * A_MINUTE + [429] * 2
    assert box.post(data, "203.0.113.9") == 429
    assert box.post(data, "198.51.100.7") == 200
    box.time += 60
    assert box.post(data, "203.0.113.9") == 200


def test_behind_a_reverse_proxy_a_stranger_does_not_take_the_partners_place(pair: Pair) -> None:
    box, data = Letterbox(pair, PROXY), signed(pair)
    assert {box.post(b"{}", PROXY) for _ in range(A_MINUTE * 2)} == {404}
    assert box.post(data, PROXY) == 200


def test_a_partner_is_counted_by_its_key_wherever_it_speaks_from(pair: Pair) -> None:
    box, data = Letterbox(pair, PROXY), signed(pair)
    hosts = [PROXY, "198.51.100.7"] * A_MINUTE
    assert [box.post(data, it) for it in hosts[: A_MINUTE + 1]] == [200] * A_MINUTE + [429]
    letter = pair.letter()
    assert letter
    pair.note(letter, 429, b"")
    assert "上级系统繁忙" in pair.below.last("陈局").text
    box.time += 60
    assert box.post(data, PROXY) == 200


def test_a_flood_from_everywhere_leaves_room_for_addresses_from_which_partners_spoke(pair: Pair) -> None:
    box, data = Letterbox(pair), signed(pair)
    assert box.post(data, "198.51.100.7") == 200
    for number in range(IN_ALL):
        box.post(b"{}", f"2001:db8:0:{number:x}::1")
    assert box.post(b"{}", "203.0.113.9") == 429
    assert box.post(data, "198.51.100.7") == 200


def test_a_signature_by_another_key_counts_as_a_strangers(pair: Pair) -> None:
    box, data = Letterbox(pair), signed(pair)
    came = messages.read(data)
    assert came
    with pair.above.database.writing() as session:
        forged = replace(came.message).written(partners.own_key(session, pair.partner(pair.above)))
    assert {box.post(forged, "203.0.113.9") for _ in range(A_MINUTE)} == {404}
    assert box.post(data, "203.0.113.9") == 429


def test_whoever_scans_the_code_with_a_phone_reads_what_to_do_with_it(pair: Pair) -> None:
    assert "/handup join" in (page := Letterbox(pair).page())
    assert "限用一次" in page
    assert "and send it to your Zero Report" in Letterbox(pair).page("en")


def test_half_sent_messages_of_strangers_leave_room_for_addresses_from_which_partners_spoke(pair: Pair) -> None:
    box, data = Letterbox(pair), signed(pair)
    assert box.post(data, "198.51.100.7") == 200
    assert box.beside_half_sent(AT_ONCE, "203.0.113.9", data, "203.0.113.10") == 429
    assert box.beside_half_sent(AT_ONCE, "203.0.113.9", data, "198.51.100.7") == 200


def test_a_message_that_does_not_come_whole_in_time_is_answered_and_counted(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, data = Letterbox(pair), signed(pair)
    monkeypatch.setattr(receiver, "READ_IN", 0.001)
    assert [box.half_sent("203.0.113.9") for _ in range(A_MINUTE)] == [404] * A_MINUTE
    assert box.post(data, "203.0.113.9") == 429


def test_a_message_that_makes_the_desk_fail_counts_as_a_strangers(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    box, data = Letterbox(pair), signed(pair)
    monkeypatch.setattr(incoming, "take", lambda *_: 1 / 0)
    for _ in range(A_MINUTE):
        with pytest.raises(ZeroDivisionError):
            box.post(data, "203.0.113.9")
    assert box.post(data, "203.0.113.9") == 429
