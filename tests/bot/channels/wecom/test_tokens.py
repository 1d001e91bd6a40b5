"""The access token of WeCom: asked for once, renewed when it ends, and what a refusal means."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.channels.wecom.channel import WeCom
from models.core.database import Database
from tests.bot.channels.wecom.side import RECEIPT, Side, access, error
from tests.fakes.wecom import WeComServer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_one_token_is_asked_for_however_many_want_one_in_however_many_programs(side: Side, server: WeComServer) -> None:
    async def both() -> None:
        with ThreadPoolExecutor(1) as executor:
            other = WeCom(access(server), side.database, executor)
            asked = [c.api.token() for c in (side.channel, other) for _ in range(8)]
            assert len(set(await asyncio.gather(*asked))) == 1
            await other.api.close()

    side.run(both)
    assert server.count("gettoken") == 1


def test_a_token_that_ends_early_is_renewed_once_and_nobody_notices(side: Side, server: WeComServer) -> None:
    assert side.send(RECEIPT, "zhang")[0].error is None
    server.expire_token()
    assert side.send(RECEIPT, "zhang")[0].error is None
    assert server.count("gettoken") == 2


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_stays_refused_is_no_loop(side: Side, server: WeComServer, code: int) -> None:
    server.fail("message/send", *[code] * 9)
    refused = error(side.send(RECEIPT, "zhang")[0])
    assert (refused.retry_after, refused.everywhere) == (60, True)
    assert (server.count("message/send"), server.count("gettoken")) == (2, 2)


def test_a_wrong_secret_waits_for_the_admin(database: Database, server: WeComServer) -> None:
    with ThreadPoolExecutor(1) as executor:
        side = Side(WeCom(access(server, secret="wrong"), database, executor), server, database)
        refused = error(side.send(RECEIPT, "zhang")[0])
    assert (refused.reason, refused.retry_after, refused.permanent) == ("WeCom 40001", 300, False)
