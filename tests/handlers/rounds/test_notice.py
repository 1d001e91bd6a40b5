"""A notice: written step by step, seen on one's own phone, sent; read, answered and counted by unit."""

import pytest

from tests.support.world import World

pytestmark = pytest.mark.sqlite


def send(world: World, who: str, text: str, *taps: str) -> None:
    """Write a notice by taps and words, and send it: what begins with a > is typed."""
    world.says(who, f"/notice {text}")
    for tap in taps:
        if tap.startswith(">"):
            world.says(who, tap[1:])
        else:
            world.taps(who, tap, world.last(who))
    world.taps(who, "发送", world.last(who))
    world.at("8:00")


def test_a_receipt_is_asked_of_everybody_and_counted_by_unit(world: World) -> None:
    send(world, "周敏", "明天上午停水", "区局", "全体人员", "确认已阅", "18:00")
    assert "明天上午停水" in world.last("李梅").text
    assert "已阅" in (world.taps("李梅", "已阅") or "")
    assert "您已于" in world.last("李梅").text
    world.says("周敏", "/notice 1")
    said = world.last("周敏").text
    assert "1/6" in said
    assert "一站 1/3" in said
    assert "张伟" in said
    assert "李梅" not in said
