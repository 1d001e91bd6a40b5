"""What is added to an incident: by whoever told it, told at once to whoever is handling it, and not without end."""

import pytest

from models.alerts.incidents import MOST, MOST_RINGING
from tests.handlers.alerts.fevers import begin, cards
from tests.handlers.alerts.incidents import receipt_of, told
from tests.support.filling import report_incident
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.sqlite
def test_it_may_be_added_to_and_whoever_looks_after_it_hears_at_once(world: World) -> None:
    report_incident(world, "张伟", "仓库起火")
    world.taps("王建国", "我来处理")
    world.taps("张伟", "补充")
    assert world.last("张伟").text.endswith("的补充，也可发送照片或语音；不补充请发送“取消”。")
    world.at("8:20")
    world.says("张伟", "消防已到")
    assert told(world) == [("other", "仓库起火"), ("other", "消防已到")]
    assert cards(world, "王建国")[-1].text == (
        "🔴 【突发】一站张伟08:12报：仓库起火。\n08:20补充：消防已到\n王建国08:12接手。"
    )
    assert len([b for b in world.phones["1003"] if b.kind == "alert"]) == 2
    assert len([b for b in world.phones["1013"] if b.kind == "alert"]) == 1
    assert "08:20补充：消防已到" in receipt_of(world).text
    assert "消防已到" in cards(world, "刘洋")[0].text


@pytest.mark.sqlite
def test_what_is_added_to_a_closed_one_opens_it_again(world: World) -> None:
    report_incident(world, "张伟", "仓库起火")
    world.taps("王建国", "我来处理")
    world.taps("王建国", "处理完毕")
    world.taps("张伟", "补充")
    world.says("张伟", "又烧起来了")
    assert cards(world, "刘洋")[-1].labels == ["🙋 I’ll handle it"]
    assert "又烧起来了" in cards(world, "王建国")[-1].text
    world.at("8:30")
    assert len(cards(world, "孙处")) == 1


@pytest.mark.sqlite
def test_one_person_does_not_bury_the_leads_under_incidents(world: World) -> None:
    for number in range(MOST):
        report_incident(world, "张伟", f"第{number}起")
    world.says("张伟", "突发 又一起")
    assert world.taps("张伟", "立即上报") == "您一小时内已上报10起突发。新情况请补充到其中一起：按回执下方的“补充”。"
    assert len(told(world)) == MOST
    rung = []
    for number in range(MOST_RINGING - MOST + 2):
        before = {it.id for it in cards(world, "王建国")}
        world.taps("张伟", "补充")
        world.says("张伟", f"补充第{number}次")
        rung.append({it.id for it in cards(world, "王建国")} != before)
        assert any(f"补充第{number}次" in it.text for it in cards(world, "王建国")), "all of it is shown"
    assert rung == [True] * (MOST_RINGING - MOST) + [False] * 2
    world.at("9:30")
    world.says("张伟", "突发 新的一起")
    assert (world.taps("张伟", "立即上报") or "").startswith("已收到")


@pytest.mark.sqlite
def test_nobody_adds_to_anothers_incident(world: World) -> None:
    report_incident(world, "张伟", "仓库起火")
    before = world.records()
    assert "该按钮" in (world.forges("李梅", "incident.more.1") or "")
    assert "该按钮" in (world.forges("李梅", "incident.more.99") or "")
    assert "已经上报或已取消" in (world.forges("李梅", "incident.confirm.3") or "")
    assert "该按钮" in (world.forges("李梅", "incident.kind.1.x") or "")
    assert world.records() == before
