"""A Bot API server that somebody else wrote: what it lacks is passed over, what it says otherwise is understood."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram import channel
from models.core.database import Database
from models.core.errors import Refusal
from tests.fakes.telegram import TOKEN, BotApi
from tests.fakes.telegram.elsewhere import Elsewhere
from tests.support.program import Office, until
from tests.support.telegrams import Running, Town

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture(params=[404, 500])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[Elsewhere]:
    with Elsewhere(request.param) as server:
        yield server


def organisation(database: Database, api: BotApi, mode: str = "polling") -> Town:
    town = Town.on(database, api, mode)
    town.organisation(enrolled="", groups=False)
    return town


def test_a_day_is_played_on_a_server_that_knows_less(database: Database, elsewhere: Elsewhere) -> None:
    town = organisation(database, elsewhere)
    admin, zhang, li, wang = town.people("周敏 张伟 李梅 王建国")
    station = town.group("区局/一站", -1001111111111)
    town.assign()
    with town.running():
        town.at("7:30")
        assert "已" in town.answered(li, "零报告")
        town.shows(li, "回执")
        assert len(li.seen) == 1
        zhang.say("37.9")
        town.shows(zhang, "37.9")
        town.at("9:50")
        town.shows(wang, "⏰")
        town.at("12:00")
        town.shows(station, "截至")
        admin.say("/export roster")
        elsewhere.until(lambda: any(m.kind == "document" for m in admin.seen))
    assert not [r for r in elsewhere.refused if r[0] in ("sendMessage", "editMessageText", "sendDocument")]


def polled(api: BotApi) -> tuple[int, float]:
    """Return how often the program polls in some three seconds, and in how many: a busy machine sleeps longer."""
    began = time.monotonic()
    api.call(api.calls.clear)
    time.sleep(3)
    polls = sum(method == "getUpdates" for _, method, _ in api.call(lambda: list(api.calls)))
    return polls, time.monotonic() - began


def test_a_server_that_answers_polls_at_once_is_not_asked_without_end(database: Database, elsewhere: Elsewhere) -> None:
    town = organisation(database, elsewhere)
    (li,) = town.people("李梅")
    with town.running():
        polls, seconds = polled(elsewhere)
        assert 1 <= polls <= 1 + seconds
        li.say("/help")
        elsewhere.until(lambda: li.seen)  # and is heard all the same


def test_a_server_that_repeats_what_was_confirmed_is_not_asked_without_end(
    database: Database, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = organisation(database, api)
    (li,) = town.people("李梅")
    monkeypatch.setattr(api, "confirm", lambda bot, offset: None)
    li.say("/help")
    program = Running(town.app()).start()
    try:
        api.until(lambda: li.seen)
        polls, seconds = polled(api)
        assert polls <= 1 + seconds
        assert len(li.seen) == 1
    finally:
        program.stop()


@pytest.mark.parametrize("broken", [None, {}, [None, {}, {"update_id": "7"}, "x"]])
def test_an_answer_that_makes_no_sense_does_not_end_the_program(
    database: Database, api: BotApi, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    town = organisation(database, api)
    (li,) = town.people("李梅")
    monkeypatch.setattr(channel, "AT_ONCE", 0.05)
    monkeypatch.setattr(api, "shaped", lambda method, result: broken if method == "getUpdates" else result)
    with town.running():
        monkeypatch.undo()
        li.say("/help")
        api.until(lambda: li.seen)


def test_only_get_me_tells_that_a_token_is_wrong(
    database: Database, api: BotApi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(channel, "PAUSE", 0.05)
    town = organisation(database, api)
    (li,) = town.people("李梅")
    api.lacks = {"getUpdates", "deleteWebhook", "setMyCommands"}
    program = Running(town.app()).start()
    until(lambda: "trying again: this server knows no getUpdates" in caplog.text)
    assert "how updates come is left to the server: this server knows no deleteWebhook" in caplog.text
    api.call(api.lacks.clear)
    li.say("/help")
    api.until(lambda: li.seen)
    api.call(lambda: api.lacks.update({"getMe", "getUpdates"}))
    api.call(api.bot.wake)
    li.say("/help")
    program.ended()
    assert isinstance(program.error, Refusal)
    assert program.error.key == "cli.telegram_token"


def test_webhook_mode_does_without_what_the_server_does_not_know(
    database: Database, api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    town = organisation(database, api, "webhook")
    (li,) = town.people("李梅")
    api.lacks = {"getWebhookInfo", "setMyCommands"}
    with town.running() as program:
        li.say("/help")
        api.until(lambda: li.seen)
        (telegram,) = program.app.installed
        until(lambda: telegram.channel._caught_up)


def test_check_does_without_the_webhooks_state(database_url: str, elsewhere: Elsewhere, tmp_path: Path) -> None:
    said = Office(tmp_path, database_url)("check", code=1, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=elsewhere.url).stdout
    assert "✓ telegram (@zero_test_bot)" in said
    assert "telegram_webhook" not in said
