"""A Bot API server of our own, and a town whose program talks to it."""

from collections.abc import Iterator

import pytest

from models.core.database import Database
from tests.fakes.telegram import BotApi, Person
from tests.support.telegrams import Town


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as server:
        yield server


@pytest.fixture
def town(database: Database, api: BotApi) -> Town:
    made = Town.on(database, api)
    made.organisation(enrolled="", groups=False)
    return made


@pytest.fixture
def li(api: BotApi) -> Person:
    return Person(api, 42, "李梅")
