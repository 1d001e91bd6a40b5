"""Telegram through a proxy: real ones, http and socks5, open or with a password; and what is said when one dies."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pydantic import SecretStr

from bot.channels.telegram import channel
from bot.settings import Settings
from models.core.database import Database
from tests.fakes.proxies import Proxy, proxy
from tests.fakes.telegram import TOKEN, BotApi
from tests.support.program import Office, until
from tests.support.servers import Unavailable
from tests.support.telegrams import Town
from tests.support.world import ROSTER

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SECRET = "s3cret"
LOGINS = pytest.mark.parametrize("login", ["", f"clerk:{SECRET}"], ids=["open", "password"])
SCHEMES = pytest.mark.parametrize("scheme", ["http", "socks5"])
Start = Callable[..., Proxy]


class Behind(Town):
    """An organisation whose program reaches Telegram through a proxy."""

    proxy = ""

    def settings(self, port: int = 0) -> Settings:
        return super().settings(port).model_copy(update={"telegram_proxy": SecretStr(self.proxy)})


@pytest.fixture
def town(database: Database, api: BotApi) -> Behind:
    made = Behind(database)
    made.api = api
    made.organisation(enrolled="", groups=False)
    return made


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a proxy; skip the test on a machine that has none of this kind."""
    with ExitStack() as stack:

        def begin(*how: Any) -> Proxy:
            try:
                return stack.enter_context(proxy(how[0], tmp_path, *how[1:]))
            except Unavailable as reason:
                pytest.skip(str(reason))

        yield begin


@LOGINS
@SCHEMES
def test_prompts_taps_receipts_and_files_go_through_the_proxy(
    town: Behind, api: BotApi, start: Start, scheme: str, login: str
) -> None:
    between = start(scheme, login)
    town.proxy = between.url
    admin, li = town.people("周敏 李梅")
    town.assign()
    with town.running():
        town.at("7:30")
        assert "已" in town.answered(li, "零报告")
        town.shows(li, "回执")
        admin.upload((ROSTER + "1009,孙悦,区局/二站,,,,\n").encode(), "花名册.csv")
        api.until(town.listening)
        town.clock.at += timedelta(seconds=1)  # to the next attempt to fetch
        town.shows(admin, "孙悦")  # it came down
        admin.say("/export roster")
        sent = api.until(lambda: next((m for m in admin.seen if m.kind == "document"), None))
        up = api.call(lambda: api.files[api.paths[sent.file]])
        assert ZipFile(BytesIO(up)).testzip() is None  # and this one went up, whole
    assert between.connections >= 2  # the poll's, and those of the calls


@SCHEMES
def test_a_proxy_that_dies_and_comes_back_loses_nothing_and_tells_no_secret(
    town: Behind, api: BotApi, start: Start, scheme: str, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(channel, "PAUSE", 0.1)
    caplog.set_level(logging.DEBUG)
    between = start(scheme, f"clerk:{SECRET}")
    town.proxy = between.url
    (li,) = town.people("李梅")
    town.assign()
    with town.running():
        town.at("7:30")
        town.shows(li, "每日健康")
        between.stop()
        query = li.tap("零报告")
        until(lambda: "Telegram does not answer, trying again: TELEGRAM_PROXY is not reached" in caplog.text)
        start(scheme, f"clerk:{SECRET}", between.port)
        api.until(lambda: query.answer)
        town.shows(li, "回执")
    assert SECRET not in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("scheme", "words"), [("http", "refuses (401)"), ("socks5", "refuses (Username and password authentication")]
)
def test_a_wrong_password_is_named_as_the_proxys_and_not_shown(
    api: BotApi, start: Start, scheme: str, words: str, database_url: str, tmp_path: Path
) -> None:
    between = start(scheme, f"clerk:{SECRET}")
    given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "TELEGRAM_PROXY": between.url_as("clerk:wr0ng")}
    said = Office(tmp_path, database_url)("check", code=1, **given).stdout
    assert f"✗ telegram (TELEGRAM_PROXY {words}" in said
    assert "wr0ng" not in said
    assert between.connections == 0
