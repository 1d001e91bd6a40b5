"""Nothing done on Telegram is lost or counts twice: on a full disk, by a webhook called twice, while we were away."""

import http.client
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import func, select

from bot.channels.telegram import channel
from bot.desk import Desk, Each
from handlers import sweep
from handlers.core.incoming import Incoming
from models.core.updates import ProcessedUpdate
from models.reporting.revisions import Revision
from tests.fakes.telegram import BotApi
from tests.support.telegrams import Town

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


MODES = pytest.mark.parametrize("mode", ["polling", "webhook"])


def revisions(town: Town) -> int:
    with town.database.reading() as session:
        return session.exec(select(func.count()).select_from(Revision)).one()


@MODES
def test_what_could_not_be_committed_is_not_confirmed_and_comes_again(
    town: Town, api: BotApi, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.mode = mode
    monkeypatch.setattr(channel, "PAUSE", 0.05)
    (li,) = town.people("李梅")
    town.assign()
    full = threading.Event()
    take, tried = Desk.take, []

    async def on_a_full_disk(desk: Desk, batch: Sequence[Incoming], each: Each) -> Any:
        tried.append(batch)
        if full.is_set():
            raise OperationalError("INSERT", {}, Exception("disk full"))
        return await take(desk, batch, each)

    monkeypatch.setattr(Desk, "take", on_a_full_disk)
    with town.running():
        town.at("7:30")
        town.shows(li, "每日健康")
        full.set()
        tapped = li.tap("零报告")
        waiting = api.call(lambda: api.bot.updates[-1]["update_id"])
        while len(tried) < 3:
            api.until(lambda: len(tried) > 0)
        assert api.call(lambda: waiting not in api.bot.confirmed)
        assert tapped.answer is None
        full.clear()
        api.until(lambda: tapped.answer)
        assert "已" in (tapped.answer or "")
    assert revisions(town) == 1


def test_a_webhook_called_twice_counts_once(town: Town, api: BotApi) -> None:
    town.mode = "webhook"
    (li,) = town.people("李梅")
    town.assign()
    with town.running():
        town.at("7:30")
        town.shows(li, "每日健康")
        api.fail("hook", times=2)  # 200 was sent and never arrived
        assert "已" in town.answered(li, "零报告")
        api.until(town.listening)
    assert revisions(town) == 1


def test_a_webhook_without_the_secret_is_nobody(town: Town, api: BotApi) -> None:
    town.mode = "webhook"
    town.people("李梅")
    with town.running() as program:
        url = api.call(lambda: api.bot.webhook["url"])
        secret = api.call(lambda: api.bot.webhook["secret_token"])
        assert url == f"http://127.0.0.1:{program.port}/telegram/123456789"
        assert _post(url, b"{}") == 403
        assert _post(url, b"{}", secret[:-1] + "é") == 403
        assert _post(url.replace("123456789", "1"), b"{}", secret) == 403
        assert _post(url, b"not json", secret) == 400
        assert _post(url, b"[]", secret) == 200  # read by nobody, and not to come again
        assert _post(url, b'{"update_id": 1}', secret) == 200
        assert _post(url, b"x" * 2_000_000, secret) == 413
    with town.running():
        assert api.call(lambda: api.bot.webhook["secret_token"]) == secret  # made once


def _post(url: str, body: bytes, secret: str = "") -> int:
    there = urlsplit(url)
    connection = http.client.HTTPConnection(there.netloc, timeout=60)
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret.encode()} if secret else {}
    connection.request("POST", there.path, body, {"Host": "bot.example.org"} | headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_what_waited_at_the_platform_is_taken_in_before_any_step(
    town: Town, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    (li,) = town.people("李梅")
    town.assign()
    api.call(lambda: setattr(api.bot, "allowed", ["message"]))
    for n in range(110):
        li.say(f"等了{n}")
    known: list[int] = []

    def first_look(session: Any, *_: Any) -> None:
        known.append(session.exec(select(func.count()).select_from(ProcessedUpdate)).one())

    monkeypatch.setattr(sweep, "beat", first_look)
    with town.running() as program:
        while not known:
            program.tick()
    assert known[0] == 110


def test_an_update_that_cannot_be_read_does_not_hold_up_the_others(town: Town, api: BotApi) -> None:
    (li,) = town.people("李梅")
    api.call(lambda: api.push("message", {"message_id": "?", "chat": 1}))
    li.say("/help")
    with town.running():
        api.until(lambda: li.seen)
