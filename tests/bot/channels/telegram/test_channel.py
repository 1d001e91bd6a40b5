"""Telegram end to end, over HTTP: a day with its groups, strangers, who leaves and comes back, groups that move."""

import logging
import shutil
from typing import Any

import pytest
from sqlmodel import select

from bot.channels.telegram import channel
from bot.cli import main
from models.core.database import connect
from models.core.errors import Refusal
from models.messaging import enrolment
from models.organisation.people import Person as Somebody
from tests.fakes.telegram import TOKEN, BotApi, Person
from tests.support.program import Office
from tests.support.telegrams import Running, Town

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MODES = pytest.mark.parametrize("mode", ["polling", "webhook"])


@MODES
def test_a_day_from_the_prompt_to_the_groups_summary(town: Town, api: BotApi, mode: str) -> None:
    town.mode = mode
    zhang, li, wang = town.people("张伟 李梅 王建国")
    station, bureau = town.group("区局/一站", -1001111111111), town.group("区局", -1002222222222, topic=7)
    town.assign()
    with town.running():
        town.at("7:30")
        for person in (zhang, li, wang):
            town.shows(person, "每日健康")
        assert "已" in town.answered(li, "零报告")
        town.shows(li, "回执")
        assert len(li.seen) == 1  # the prompt itself became the receipt
        zhang.say("37.9")
        town.shows(zhang, "37.9")
        town.at("9:50")
        assert "已" in town.answered(zhang, "零报告")
        assert not [m for m in li.seen if "回执" not in m.text]  # who has filed is left in peace
        town.at("12:00")
        town.shows(station, "截至")
        assert town.shows(bureau, "截至").topic == 7
        wang.say("/team", to=station)
        town.shows(wang, "一站")
        town.at("0:01", town.clock.now().date().replace(day=24))
    assert not api.refused, api.refused


def test_a_stranger_gets_one_polite_line_and_a_code_lets_them_in(town: Town, api: BotApi) -> None:
    town.assign()
    with town.database.writing() as session:
        li = session.exec(select(Somebody).where(Somebody.name == "李梅")).one()
        code = enrolment.invite(session, li, town.clock.now())
    stranger = Person(api, 42, "<b>某人</b>")
    with town.running() as program:
        town.at("7:30")
        stranger.say("您好")
        stranger.say("在吗？")
        town.shows(stranger, "开通码")
        api.until(town.listening)
        assert len(stranger.seen) == 1
        link = program.app.channels[1].profile.link
        assert link == "https://t.me/zero_test_bot?start={code}"
        stranger.start(code)
        town.shows(stranger, "李梅")
        town.shows(stranger, "每日健康")
    assert not api.refused, api.refused


def test_who_blocks_the_bot_is_not_written_to_again(town: Town, api: BotApi) -> None:
    li, zhang = town.people("李梅 张伟")
    town.assign()
    with town.running():
        town.at("7:30")
        town.shows(li, "每日健康")
        town.shows(zhang, "每日健康")
        li.block()
        town.at("9:50")
        town.shows(zhang, "⏰")
        api.until(lambda: town.address(str(li.id)).reach == "unreachable")
        tried = sum(chat == li.id for _, _, chat in api.calls)
        town.at("11:50")
        api.until(lambda: len([c for c in api.calls if c[2] == zhang.id]) >= 3)
        assert sum(chat == li.id for _, _, chat in api.calls) == tried


def test_a_group_that_became_a_supergroup_gets_its_summary_once(town: Town, api: BotApi) -> None:
    (li,) = town.people("李梅")
    group = town.group("区局/一站", -555)
    town.assign()
    moved = group.migrate(-1005550000000)
    api.call(api.bot.updates.clear)  # the news of it never came: only the refused message tells
    with town.running():
        town.at("7:30")
        town.answered(li, "零报告")
        town.at("12:00")
        town.shows(moved, "截至")
        assert town.address("-1005550000000").unit_id
        town.at("12:05")
        assert len(moved.seen) == 1
        assert group.seen == []


def test_two_programs_on_one_token_end_and_say_what_to_do(
    town: Town, api: BotApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, database_url: str
) -> None:
    monkeypatch.setattr(channel, "CONFLICTS", 0.5)
    monkeypatch.setattr(channel, "PAUSE", 0.1)
    shutil.copy(tmp_path / "zeroreport.db", tmp_path / "other.db")
    other = connect(f"sqlite:///{tmp_path / 'other.db'}")
    with town.running() as first:
        second = Running(Town.on(other, api).app()).start()
        first.ended()
        second.stop()
        assert isinstance(first.error or second.error, Refusal)
        assert {e.key for e in (first.error, second.error) if isinstance(e, Refusal)} == {"cli.telegram_conflict"}
    other.close()


@pytest.mark.parametrize(
    ("method", "answer", "code", "words"),
    [
        ("getUpdates", 409, 3, "Find it and stop it"),
        ("", 401, 2, "doesn’t recognise"),
        ("getMe", 404, 2, "doesn’t recognise"),
    ],
)
def test_the_program_ends_with_a_sentence_and_a_code_of_its_own(
    method: str, answer: int, code: int, words: str, api: BotApi, database_url: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], tmp_path: Any,
) -> None:  # fmt: skip
    monkeypatch.setattr(channel, "CONFLICTS", 0.2)
    monkeypatch.setattr(channel, "PAUSE", 0.05)
    api.fail(method, times=1000, code=answer, description="refused")
    given = {
        "DATABASE_URL": database_url,
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_URL": api.url,
        "PORT": "0",
        "LANG": "C",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["zeroreport", "run"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == code
    said = capsys.readouterr()
    assert words in said.err
    assert TOKEN not in said.err + said.out


def test_the_token_is_in_no_log_and_no_repr(
    town: Town, api: BotApi, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "PAUSE", 0.05)
    caplog.set_level(logging.DEBUG)
    (li,) = town.people("李梅")
    town.assign()
    with town.running() as program:
        town.at("7:30")
        town.shows(li, "每日健康")
        with api.cut():
            town.at("9:50")
        api.fail("getUpdates", code=502, description="Bad Gateway")
        town.shows(li, "⏰")
        assert TOKEN not in repr(program.app.channels[1]) + repr(vars(program.app)) + repr(town.settings())
    assert TOKEN not in caplog.text
    assert TOKEN.partition(":")[2] not in caplog.text


def test_the_menu_shows_a_members_commands_in_both_languages(town: Town, api: BotApi) -> None:
    with town.running():
        menus = api.until(lambda: len(api.bot.menus) == 3 and api.bot.menus)
    zh, en = menus["all_private_chats", "zh"], menus["all_private_chats", "en"]
    assert menus["all_private_chats", ""] == zh
    assert [c["command"] for c in zh] == [c["command"] for c in en]
    assert "zero" in [c["command"] for c in en]
    assert "team" not in [c["command"] for c in en]
    assert zh[0]["description"] != en[0]["description"]


def test_check_says_whether_telegram_knows_us(api: BotApi, database_url: str, tmp_path: Any) -> None:
    office = Office(tmp_path, database_url)
    telling = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url}
    fine = office("check", code=1, **telling).stdout
    assert "✓ telegram (@zero_test_bot)" in fine
    assert "✓ telegram_clock" in fine
    api.call(lambda: api.bot.webhook.update(url="https://elsewhere.example/"))
    assert "✗ telegram_webhook (https://elsewhere.example/)" in office("check", code=1, **telling).stdout
    wrong = office("check", code=1, **telling | {"TELEGRAM_TOKEN": "1:" + "x" * 35}).stdout
    assert "✗ telegram_token (Unauthorized)" in wrong
    with api.cut():
        assert "✗ telegram (ClientConnectorError)" in office("check", code=1, **telling).stdout
