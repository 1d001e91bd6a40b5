"""Telegram end to end, over HTTP: a day with its groups, strangers, who leaves and comes back, groups that move."""

from collections.abc import Iterator

import pytest

from models.database import Database
from tests.bot.telegrams import Town
from tests.botapi import BotApi

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MODES = pytest.mark.parametrize("mode", ["polling", "webhook"])


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as server:
        yield server


@pytest.fixture
def town(database: Database, api: BotApi) -> Town:
    made = Town.on(database, api)
    made.organisation(enrolled="", groups=False)
    return made


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
        assert "回执" in town.shows(li, "回执").text
        assert len(li.seen) == 1  # the prompt itself became the receipt
        town.at("9:50")
        assert not [m for m in li.seen if "提醒" in m.text]
        assert "已" in town.answered(zhang, "零报告")
        town.at("12:00")
        town.shows(station, "应报")
        assert town.shows(bureau, "应报").topic == 7
        town.at("0:01", town.clock.now().date().replace(day=24))
        api.until(town.listening)
    assert not api.refused, api.refused
