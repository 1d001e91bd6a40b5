"""A group's picture on Telegram, drawn by the whole program: sent at 10:05, replaced in place, never twice."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.backups import backup, restore
from bot.workers import pictures
from models.core.database import Database, connect
from models.operations import restore_hold
from tests.fakes.telegram import BotApi, Group
from tests.support.program import until
from tests.support.telegrams import Town

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def photos(api: BotApi, group: Group) -> list[Any]:
    return [m for m in group.chat.messages.values() if m.kind == "photo"]


def test_the_summary_is_a_photo_and_changes_in_place_when_somebody_reports_late(town: Town, api: BotApi) -> None:
    (li,) = town.people("李梅")
    group = town.group("区局/一站", -1001112223334)
    town.assign()
    with town.running():
        town.at("10:05")
        town.shows(group, "0/6")
        (photo,) = photos(api, group)
        first = api.call(lambda: api.files[api.paths[photo.file]])
        assert first[:4] == b"\x89PNG"
        town.answered(li, "零报告")
        town.until(town.clock.at + timedelta(minutes=2))
        town.shows(group, "0 → 1/6")
        assert photos(api, group) == [photo]
        assert (photo.edits, len(photo.text) <= 1024) == (1, True)
        second = api.call(lambda: api.files[api.paths[photo.file]])
        assert second[:4] == b"\x89PNG" and second != first


def test_a_photo_whose_reply_is_lost_is_not_sent_again(town: Town, api: BotApi) -> None:
    group = town.group("区局/一站", -1001112223334)
    (admin,) = town.people("周敏")
    town.assign()
    with town.running():
        api.fail("sendPhoto", lost=True)
        town.at("10:05")
        town.shows(admin, "一站")
        town.until(town.clock.at + timedelta(minutes=5))
        assert len(photos(api, group)) == 1


def test_a_flood_delays_a_photo_and_doubles_nothing(town: Town, api: BotApi) -> None:
    group = town.group("区局/一站", -1001112223334)
    town.assign()
    with town.running():
        api.fail("sendPhoto", code=429, description="Too Many Requests: retry after 1", retry_after=1)
        town.at("10:05")
        town.shows(group, "0/6")
        assert len(photos(api, group)) == 1


DIES = "import sys; sys.stdin.buffer.read(4); sys.exit(1)"


def test_where_the_drawing_process_dies_each_time_the_words_go_and_the_picture_comes_with_the_next_figures(
    town: Town, api: BotApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "child.py").write_text(DIES)
    (li,) = town.people("李梅")
    group = town.group("区局/一站", -1001112223334)
    town.assign()
    with monkeypatch.context() as broken, town.running():
        broken.setattr(pictures, "CHILD", tmp_path / "child.py")
        town.at("10:05")
        words = town.shows(group, "0/6")
        assert words.kind == "text" and not photos(api, group)
        broken.undo()
        town.answered(li, "零报告")
        town.until(town.clock.at + timedelta(minutes=2))
        town.until(town.clock.at + timedelta(minutes=2))
        town.shows(group, "0 → 1/6")
        (photo,) = photos(api, group)
        assert photo.text.count("0 → 1/6") == 1
        assert api.call(lambda: api.files[api.paths[photo.file]])[:4] == b"\x89PNG"


def undelivered(town: Town, api: BotApi) -> Group:
    """End the program after it drew the picture and before Telegram took it."""
    group = town.group("区局/一站", -1001112223334)
    town.assign()
    with ExitStack() as network, town.running() as program:
        network.enter_context(api.cut())
        town.at("10:05")
        until(lambda: program.app.pictures._kept, every=0.02)
    assert not photos(api, group)
    return group


def test_a_program_that_ends_between_drawing_and_delivering_sends_the_picture_once_when_it_is_back(
    town: Town, api: BotApi
) -> None:
    group = undelivered(town, api)
    with town.running():
        town.until(town.clock.at + timedelta(minutes=10))
        town.shows(group, "0/6")
        assert len(photos(api, group)) == 1


def test_a_restored_database_draws_the_picture_that_its_backup_never_drew(
    town: Town, api: BotApi, database: Database, tmp_path: Path
) -> None:
    group = undelivered(town, api)
    now = town.clock.now()
    backup.make(str(database.read.url), database, tmp_path / "b.db", now)
    url = f"sqlite:///{tmp_path / 'restored.db'}"
    restore.restore(tmp_path / "b.db", url, now)
    restored = connect(url)
    with restored.writing() as session:
        restore_hold.release(session, send=True)
    again = Town.on(restored, api)
    again.clock.at = town.clock.at
    with again.running():
        again.until(again.clock.at + timedelta(minutes=10))
        again.shows(group, "0/6")
        assert len(photos(api, group)) == 1
    restored.close()
