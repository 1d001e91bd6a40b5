"""What WeCom lets an app send in a day: counted by all programs, and never sent twice for want of a count."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.channels.base import Recipient, Sent
from bot.channels.wecom import allowance as wecom_allowance
from bot.channels.wecom.channel import WeCom
from models.channels import wecom
from tests.bot.channels.wecom.side import ASK, NOW, RECEIPT, Side, access, enrolled, error
from tests.fakes.wecom import WeComServer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def three_a_day(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one of us use WeCom with three messages a day; what was sent is noted at once."""
    with side.database.writing() as session:
        enrolled(session, "zhang")
    monkeypatch.setattr(wecom_allowance, "PER_ACCOUNT", 3)
    monkeypatch.setattr(wecom_allowance, "NOTED", 0.0)


@pytest.mark.usefixtures("three_a_day")
def test_more_than_the_day_bears_is_not_sent_whichever_program_wants_to(side: Side, server: WeComServer) -> None:
    async def other() -> Sent:
        with ThreadPoolExecutor(1) as executor:
            channel = WeCom(access(server), side.database, executor)
            try:
                return (await channel.send(RECEIPT, [Recipient("zhang", "zhang")], NOW))[0]
            finally:
                await channel.close()

    assert side.send(RECEIPT, "zhang")[0].error is None
    assert side.run(other).error is None
    assert [error(sent).reason for sent in side.send(RECEIPT, "zhang", "li")] == ["WeCom 45009"] * 2  # two are too many
    assert side.send(RECEIPT, "zhang")[0].error is None
    refused = error(side.run(other))
    assert (refused.reason, refused.retry_after, refused.everywhere) == ("WeCom 45009", 60, True)
    assert server.sent_today == 3


@pytest.mark.usefixtures("three_a_day")
def test_the_next_day_in_china_bears_as_much_again(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [side.send(RECEIPT, "zhang")[0].error is None for _ in range(4)] == [True, True, True, False]
    monkeypatch.setattr(wecom_allowance, "today", lambda: date.max)
    assert [side.send(RECEIPT, "zhang")[0].error is None for _ in range(4)] == [True, True, True, False]


@pytest.mark.usefixtures("three_a_day")
def test_what_has_left_is_not_said_again_because_it_cannot_be_counted(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert side.send(RECEIPT, "zhang")[0].error is None
    monkeypatch.setattr(wecom_allowance, "NOTED", 60.0)
    monkeypatch.setattr(wecom_allowance.Allowance, "_look", _full_after(wecom_allowance.Allowance._look))
    assert side.send(RECEIPT, "zhang")[0].error is None
    assert len(server.chat("zhang")) == 2


@pytest.mark.parametrize("error", [OperationalError("INSERT", {}, Exception("full")), PoolTimeout("no connection")])
def test_a_card_that_has_left_is_not_said_again_because_its_code_cannot_be_kept(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def keep_code(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(wecom, "keep_code", keep_code)
    assert side.send(ASK, "zhang")[0].error is None
    assert len(server.chat("zhang")) == 1


def _full_after(look: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    """Fill the disk from the second look on."""
    looks: list[None] = []

    async def looked(allowance: Any) -> None:
        looks.append(None)
        if len(looks) > 1:
            raise OperationalError("INSERT", {}, Exception("disk full"))
        await look(allowance)

    return looked


@pytest.mark.usefixtures("three_a_day")
def test_what_wecom_did_not_take_is_not_counted(side: Side, server: WeComServer) -> None:
    server.fail("message/send", 45033, 45033, 45033, 45033)
    assert all(side.send(RECEIPT, "zhang")[0].error for _ in range(4))
    assert side.send(RECEIPT, "zhang")[0].error is None
