"""A WeCom of our own, and our side of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.channels.wecom.channel import WeCom
from models.core.database import Database
from tests.bot.channels.wecom.side import Side, access
from tests.fakes import wecom as wecomapi
from tests.fakes.wecom import WeComServer


@pytest.fixture
def server() -> Iterator[WeComServer]:
    with wecomapi.wecom() as made:
        made.join("zhang", "li")
        yield made


@pytest.fixture
def side(database: Database, server: WeComServer) -> Iterator[Side]:
    with ThreadPoolExecutor(1) as executor:
        yield Side(WeCom(access(server), database, executor), server, database)
