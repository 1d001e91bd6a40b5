"""What groups and the director read about alerts: counts, and who looks after them."""

import pytest

from tests.handlers.alerts.fevers import begin, fever
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.sqlite
def test_groups_get_counts_and_never_a_name(world: World) -> None:
    fever(world, contact="有")
    world.taps("王建国", "我来处理")
    world.at("10:30")
    for unit in ("一站", "物流部", "区局"):
        text = world.last(f"group {unit}").text
        assert "🚨 预警：未接手1、处理中1" in text, text
        assert not [name for name in ("张伟", "王建国", "38.2", "家里") if name in text]
    assert "预警" not in world.last("group 二站").text
    assert "🚨 预警：未接手1、处理中1" in world.says("王建国", "进度")
    world.taps("孙处", "我来处理")
    world.at("10:35")
    assert "🚨 预警：处理中2" in world.last("group 区局").text
    world.taps("孙处", "处理完毕")
    world.taps("王建国", "处理完毕")
    world.at("10:40")
    assert "预警" not in world.last("group 区局").text


def test_the_director_sees_who_looks_after_what_in_the_one_message(world: World) -> None:
    fever(world)
    world.taps("王建国", "我来处理")
    world.at("10:30")
    director = next(b for b in world.chat("陈局") if b.kind == "summary")
    assert "• 物流部：有情况1、未报5、发热1（王建国处理中）" in director.text
    assert "二站：未报1" in director.text
    world.taps("王建国", "处理完毕")
    world.at("10:35")
    assert "处理中" not in director.text


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_two_alerts_of_one_person_have_buttons_that_differ(world: World) -> None:
    """Both buttons said “🙋 我来处理：张伟”."""
    fever(world)
    world.says("张伟", "/incident 二号库房漏水了请来人")
    world.taps("张伟", "立即上报")
    world.says("王建国", "预警")
    labels = [label for label in world.last("王建国").labels if "我来处理" in label]
    assert labels == ["🙋 我来处理：张伟 · 体温38.2℃", "🙋 我来处理：张伟 · 二号库房漏水了请来人"]
