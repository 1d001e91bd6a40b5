"""Whoever chooses a language reads all that stands in their chat in it: what may be acted on is shown anew."""

import pytest

from tests.support.world import World

pytestmark = pytest.mark.sqlite


def _texts(world: World, who: str) -> str:
    return "\n".join(b.text for b in world.chat(who))


def test_leave_that_waits_for_a_lead_follows_the_lead_s_language(world: World) -> None:
    world.says("李梅", "/leave 2d ill")
    assert "李梅（一站）请假" in _texts(world, "王建国")
    world.says("王建国", "/language en")
    said = _texts(world, "王建国")
    assert "李梅 (一站) asks for leave" in said
    assert "请假：" not in said
    assert "请假" in _texts(world, "李梅"), "and nobody else's"


def test_an_incident_and_its_alert_follow_each_reader_s_language(world: World) -> None:
    world.says("李梅", "/incident 二楼漏水")
    world.taps("李梅", "立即上报")
    before = [b for b in world.chat("王建国") if "二楼漏水" in b.text]
    assert [b.labels for b in before] == [["🙋 我来处理"]]
    world.says("王建国", "/language en")
    after = [b for b in world.chat("王建国") if "二楼漏水" in b.text]
    assert [b.labels for b in after] == [["🙋 I’ll handle it"]], "in place"
    world.says("李梅", "/language en")
    receipt = next(b for b in reversed(world.chat("李梅")) if "二楼漏水" in b.text)
    assert "突发" not in receipt.text


def test_an_escalation_and_a_summary_follow_the_lead_s_language(world: World) -> None:
    world.at("10:16")
    assert "未报" in _texts(world, "王建国")
    world.says("王建国", "/language en")
    world.at("10:18")
    left = [b.text for b in world.chat("王建国") if "未报" in b.text]
    assert left == []
    assert "[Not reported]" in _texts(world, "王建国")
