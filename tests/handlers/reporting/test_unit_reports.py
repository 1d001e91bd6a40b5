"""Reports about units: any lead may file, the first one wins, and a unit without a lead is answered for from above."""

import pytest

from tests.support.filling import fill_delivery
from tests.support.world import DELIVERY, ROSTER, World

TWO_LEADS = ROSTER + "1009,吴队,区局/一站,lead,,,\n"
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def begin(world: World) -> None:
    world.organisation(TWO_LEADS.replace("1001,陈局,区局/防疫专班,lead,,,\n", ""))
    world.assign(DELIVERY)
    world.at("7:30")


pytestmark = pytest.mark.world(begin=begin)


@ON_SQLITE
def test_every_lead_of_a_unit_is_asked_and_members_are_not(world: World) -> None:
    assert world.last("王建国").text.startswith("【配送 · 一站】11月23日，请于10:00前报送。")
    assert world.last("吴队").text == world.last("王建国").text
    assert world.last("王建国").labels == ["✅ 零报告·无情况", "📝 填报"]
    assert world.chat("李梅") == []


@pytest.mark.sqlite
def test_the_first_wins_and_the_others_prompt_becomes_its_receipt(world: World) -> None:
    prompt = world.last("吴队")
    fill_delivery(world, "王建国", "120", "118")
    receipt = world.report("区局/一站", "delivery").receipt
    assert [b for b in world.chat("吴队") if b.kind == "ask"] == [prompt]
    assert f"【配送 · 一站】11月23日 · 王建国报送\n✅ 已收到（07:30），回执{receipt}。" in prompt.text
    assert "订单：120" in prompt.text
    assert prompt.labels == []

    report = world.report("区局/一站", "delivery").id
    before = world.records()
    said = f"王建国已报送（回执{receipt}），如需修改请由本人修改。"
    assert world.forges("吴队", f"report.zero_of.{report}") == said
    assert world.forges("吴队", f"report.fill_of.{report}") == said
    assert world.records() == before


@ON_SQLITE
def test_two_leads_filling_in_at_once_the_second_is_told_and_not_stuck(world: World) -> None:
    world.taps("吴队", "填报")
    world.says("吴队", "100")
    world.taps("王建国", "零报告")
    assert "王建国已报送" in world.says("吴队", "99")
    assert "您可以使用的功能" in world.says("吴队", "帮助")
    assert len(world.revisions("区局/一站", "delivery")) == 1


@ON_SQLITE
def test_who_filed_may_change_it(world: World) -> None:
    fill_delivery(world, "王建国", "120", "118")
    world.taps("王建国", "修改")
    world.taps("王建国", "✏️ 送达")
    world.says("王建国", "120")
    world.taps("王建国", "提交")
    assert [r.answers and r.answers["delivered"] for r in world.revisions("区局/一站", "delivery")] == [118, 120]
    assert "送达：120" in next(b for b in world.chat("吴队") if b.kind == "ask").text


@pytest.mark.sqlite
def test_a_unit_without_a_lead_is_answered_for_by_the_lead_above(world: World) -> None:
    asked = [b.text.split("】")[0] for b in world.chat("陈局")]
    assert asked == ["【配送 · 区局", "【配送 · 防疫专班"]
    report = world.report("区局/防疫专班", "delivery").id
    assert "已收到" in (world.forges("陈局", f"report.zero_of.{report}") or "")
    assert world.report("区局/防疫专班", "delivery").state == "zero"


@pytest.mark.sqlite
def test_the_summary_has_the_units_indicators(world: World) -> None:
    fill_delivery(world, "王建国", "120", "118")
    fill_delivery(world, "赵强", "80", "80")
    world.at("10:25")
    assert "2/4 · 未报2" in world.last("group 区局").text
    assert "📊 到货率99%" in world.last("group 区局").text
    assert "📊 到货率98.3%" in world.last("group 一站").text
    assert "二站11月23日：应报1个单位，已报1个" in world.last("赵强").text


@ON_SQLITE
def test_ninetynine_point_nine_six_is_not_a_hundred(world: World) -> None:
    fill_delivery(world, "王建国", "10000", "9996")
    world.at("10:05")
    assert "到货率99.9%" in world.last("group 一站").text


@ON_SQLITE
def test_a_rate_without_orders_is_left_out(world: World) -> None:
    fill_delivery(world, "王建国", "0", "0")
    world.at("10:05")
    assert "到货率" not in world.last("group 一站").text


@ON_SQLITE
def test_silent_units_are_named_to_the_lead(world: World) -> None:
    assert "未报（1个）：一站" in world.says("王建国", "进度")
    world.at("10:15")
    escalations = [b for b in world.chat("王建国") if b.kind == "escalation"]
    assert len(escalations) == 1


@ON_SQLITE
def test_reporting_words_work_for_units_too(world: World) -> None:
    world.says("王建国", "有情况")
    assert "订单" in world.last("王建国").text
    world.says("王建国", "/help")
    world.says("王建国", "12")
    assert "送达" in world.last("王建国").text


@ON_SQLITE
def test_a_forged_button_of_another_unit_refuses(world: World) -> None:
    before = world.records()
    report = world.report("区局/二站", "delivery").id
    for action in ("report.zero_of", "report.fill_of", "report.zero_over", "report.keep"):
        assert "按钮" in (world.forges("王建国", f"{action}.{report}") or ""), action
        assert "按钮" in (world.forges("李梅", f"{action}.{report}") or ""), action
    assert world.records() == before
