"""The pictures of a round at its due time: how many replied, by unit; what was answered. No names: groups see them."""

import json
from typing import Any

import pytest

from bot.workers import picture_child
from handlers.core import rendering
from models.messaging.contents import Picture
from tests.handlers.rounds.test_notice import send
from tests.handlers.rounds.test_survey import answer, begin
from tests.handlers.rounds.test_survey import send as send_survey
from tests.support.world import World

pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]


def picture(world: World, who: str, template: str) -> Picture:
    """Return the newest picture of this kind in somebody's chat."""
    found = [b.content.picture for b in world.chat(who) if b.content.picture and b.content.picture.template == template]
    assert found, who
    return found[-1]  # type: ignore[return-value]


def shown(it: Picture) -> dict[str, Any]:
    assert picture_child.draw(rendering.svg(it), 0.2).startswith(b"\x89PNG")
    assert not any(name in it.values for name in ("李梅", "张伟", "钱丽", "赵强"))
    return dict(json.loads(it.values))


def test_a_notice_that_is_due_is_drawn_by_unit_for_its_sender_and_for_groups(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "确认已阅", ">12:00")
    world.taps("李梅", "已阅")
    world.taps("钱丽", "已阅")
    world.at("12:20")
    for who in ("周敏", "group 区局"):
        it = shown(picture(world, who, "round_units"))
        assert (it["replied"], it["expected"], it["silent"]) == (2, 7, 5)
        assert it["rows"] == [["一站", 1, 0, 3, 0], ["二站", 1, 0, 1, 0]]


def test_the_results_of_a_survey_are_drawn_for_its_sender_and_groups_see_how_many_answered(world: World) -> None:
    send_survey(world, "周敏", "区局", "全体人员", "实名", "18:00")
    answer(world, "李梅")
    answer(world, "张伟", "5", "偏多", "没有")
    world.at("18:05")
    it = shown(picture(world, "周敏", "survey_results"))
    assert it["answered"] == 2
    assert it["questions"][0]["numbers"]["mean"] == 4
    assert it["questions"][1]["choices"][:2] == [["偏多", 1], ["合适", 1]]
    assert shown(picture(world, "group 区局", "round_units"))["replied"] == 2
    assert not any("survey_results" in str(b.content.picture) for b in world.chat("group 区局"))


def test_of_an_anonymous_survey_with_few_answers_only_how_many_is_drawn(world: World) -> None:
    world.set_defaults(survey_key="k")
    send_survey(world, "周敏", "区局", "全体人员", "匿名", "18:00")
    answer(world, "李梅")
    world.at("18:05")
    assert shown(picture(world, "周敏", "round_units"))["replied"] == 1
    assert not any("survey_results" in str(b.content.picture) for b in world.chat("周敏"))


def test_a_notice_that_asks_nothing_has_no_picture(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "无需回复")
    world.at("18:05")
    assert not any(b.content.picture and b.content.picture.template == "round_units" for b in world.chat("周敏"))
