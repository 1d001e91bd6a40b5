"""Leave is asked for in words or by buttons, shown, withdrawn or cancelled."""

import pytest
from sqlmodel import select

from models.core.audit import AuditEntry
from tests.handlers.absence.stored_leave import leave_of
from tests.support.world import World


@pytest.mark.sqlite
def test_leave_is_asked_for_and_approved_by_one_tap(world: World) -> None:
    said = world.says("李梅", "/leave 3d 就医")
    assert said == "📨 已提交请假申请：11月23日至11月25日（3天），就医。待王建国批准。"
    assert world.last("李梅").labels == ["↩️ 撤回"]
    request = world.last("王建国")
    assert request.text == "🙋 李梅（一站）请假：11月23日至11月25日（3天），就医。"
    assert request.labels == ["✅ 同意", "❌ 不同意"]
    assert request.kind == "notice"
    assert world.report("李梅").excused is None

    assert world.taps("王建国", "同意") == "已同意，已告知李梅。"
    assert world.last("王建国").text == "🌿 李梅（一站）请假11月23日至11月25日（3天），就医。\n王建国07:30已同意。"
    assert world.last("李梅").text.startswith("🌿 王建国已批准您的请假：11月23日至11月25日（3天），就医。")
    report = world.report("李梅")
    assert (report.state, report.excused) == ("due", "leave: 就医 (1003)")
    with world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.about == "1005").order_by(AuditEntry.id)).all()  # type: ignore[arg-type]
        assert [c.what for c in noted] == ["leave requested", "leave approved"]


@pytest.mark.sqlite
def test_status_shows_leave_and_lets_it_be_withdrawn(world: World) -> None:
    world.says("李梅", "/leave 明天 事假")
    world.says("李梅", "我的")
    told = next(b for b in reversed(world.chat("李梅")) if "我的今天" in b.text)
    assert "🌿 请假：11月24日，事假 · 待批准" in told.text
    assert world.taps("李梅", "撤回：11月24日", told) == "请假已撤回。"
    assert "已撤回" in world.last("王建国").text
    assert world.last("王建国").labels == []
    assert "已处理" in (world.forges("王建国", f"excuse.approve.{leave_of(world, '李梅').id}") or "")
    assert leave_of(world, "李梅").state == "withdrawn"


def test_the_lead_undoes_what_was_entered(world: World) -> None:
    world.says("王建国", "准假 李梅 1d 就医")
    world.taps("王建国", "撤回")
    assert world.last("李梅").text.startswith("↩️ 王建国已撤回请假：11月23日，就医。")
    assert world.report("李梅").excused is None


def test_bare_leave_walks_through_days_and_reasons(world: World) -> None:
    assert "请选择日期" in world.says("李梅", "请假")
    world.taps("李梅", "明天起3天")
    asked = world.last("李梅")
    assert asked.text == "🌿 11月24日至11月26日（3天）：请选择或输入事由。"
    assert asked.labels == ["就医", "病假", "事假", "年假", "出差", "✖️ 取消"]
    world.taps("李梅", "年假", asked)
    assert world.last("王建国").text == "🙋 李梅（一站）请假：11月24日至11月26日（3天），年假。"
    assert "已提交请假申请" in world.last("李梅").text


@pytest.mark.sqlite
def test_a_reason_may_be_typed_for_an_hour(world: World) -> None:
    world.says("李梅", "/leave 12-01 12-05")
    assert world.says("李梅", "带孩子看病").startswith("📨 已提交请假申请：12月1日至12月5日（5天），带孩子看病。")
    world.says("Ann Lee", "/leave 1d")
    world.at("9:00")
    assert "didn’t get" in world.says("Ann Lee", "moving house")
    assert leave_of(world, "Ann Lee").state == "draft"


def test_cancelling_asks_for_nothing(world: World) -> None:
    world.says("李梅", "/leave 2d")
    assert world.taps("李梅", "取消", world.last("李梅")) == "已取消，未申请请假。"
    assert leave_of(world, "李梅") is None
    assert "未能识别" in world.says("李梅", "带孩子看病")


@pytest.mark.sqlite
def test_words_that_name_no_days_get_an_example(world: World) -> None:
    before = world.records()
    assert "请假 3d 就医" in world.says("李梅", "/leave 就医")
    assert "12月1日早于12月5日" in world.says("李梅", "/leave 12-05 12-01 就医")
    assert "11月20日已过" in world.says("李梅", "/leave 11-20 就医")
    assert "超过366天" in world.says("李梅", "/leave 400d 就医")
    assert "200字以内" in world.says("李梅", "/leave 1d " + "长" * 201)
    assert "给谁准假" in world.says("王建国", "准假 3d 就医")
    assert "李梅请假：几天？" in world.says("王建国", "准假 李梅")
    assert world.records() == before


@pytest.mark.sqlite
def test_leave_over_leave_is_refused_until_it_is_withdrawn(world: World) -> None:
    world.says("李梅", "/leave 3d 就医")
    assert "11月23日至11月25日已有请假" in world.says("李梅", "/leave 11-25 2d 事假")
    assert "已有请假" in world.says("王建国", "准假 李梅 11-24 就医")
    assert "已提交请假申请" in world.says("李梅", "/leave 11-26 2d 事假")


@pytest.mark.sqlite
def test_the_question_for_a_reason_goes_once_it_is_answered_dropped_or_asked_anew(world: World) -> None:
    world.says("李梅", "请假 3d")
    first = world.last("李梅")
    world.says("李梅", "请假 2d")
    second = world.last("李梅")
    assert first.gone, "another leave is asked for now"
    world.taps("李梅", "取消", second)
    assert second.gone
    world.says("李梅", "请假 1d")
    third = world.last("李梅")
    world.taps("李梅", "就医", third)
    assert third.gone
    assert "就医" in world.last("李梅").text
    for old in (first, second, third):
        assert "该按钮" in (world.taps("李梅", "就医", old) or ""), "and its buttons file nothing"


@pytest.mark.parametrize(
    ("who", "this_year", "next_year"), [("李梅", "12月30日", "2027年1月3日"), ("Ann Lee", "30 Dec", "3 Jan 2027")]
)
def test_a_day_of_another_year_is_said_with_its_year(world: World, who: str, this_year: str, next_year: str) -> None:
    told = world.says(who, "/leave 12-30..2027-01-03 事假")
    assert this_year in told
    assert next_year in told
    assert "2026" not in told
