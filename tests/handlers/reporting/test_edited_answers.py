"""Changing one's mind until the lock: revisions, a zero over something filed, late reports."""

from datetime import date

import pytest

from models.evidence import verification
from tests.support.world import World

TUESDAY = date(2026, 11, 24)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def fill(world: World, who: str, temperature: str) -> None:
    world.says(who, temperature)
    world.taps(who, "无")
    world.taps(who, "跳过")
    world.taps(who, "提交")


@pytest.mark.sqlite
def test_a_zero_becomes_a_filled_report_and_both_stay_on_record(world: World) -> None:
    world.taps("李梅", "零报告")
    receipt = world.report("李梅").receipt
    world.at("8:15")
    world.taps("李梅", "修改")
    fill(world, "李梅", "38.2")
    report = world.report("李梅")
    assert (report.state, report.receipt, report.late) == ("filled", receipt, False)
    first, second = world.revisions("李梅")
    assert (first.number, first.kind, first.statement) == (1, "zero", "本人及同住家人无发热、无接触史。")
    assert (second.number, second.kind, second.previous) == (2, "filled", first.digest)
    assert "08:15修订（第2版）" in world.last("李梅").text
    assert "已收到（07:30）" in world.last("李梅").text


@ON_SQLITE
def test_a_filled_report_is_changed_from_its_review_page(world: World) -> None:
    world.taps("李梅", "有情况")
    fill(world, "李梅", "38.2")
    world.taps("李梅", "修改")
    assert "体温：38.2" in world.last("李梅").text
    world.taps("李梅", "✏️ 体温")
    world.says("李梅", "37.1")
    world.taps("李梅", "提交")
    assert [r.answers["temperature"] for r in world.revisions("李梅") if r.answers] == [38.2, 37.1]


@pytest.mark.sqlite
def test_a_zero_over_something_filed_asks_first(world: World) -> None:
    world.taps("李梅", "有情况")
    fill(world, "李梅", "38.2")
    receipt = world.report("李梅").receipt
    world.taps("李梅", "改为零报告")
    assert f"（回执{receipt}）。要改为零报告吗？" in world.last("李梅").text
    assert world.report("李梅").state == "filled"
    assert len(world.revisions("李梅")) == 1

    world.taps("李梅", "不，保留已报的")
    assert "体温：38.2" in world.last("李梅").text
    assert world.report("李梅").state == "filled"

    world.taps("李梅", "改为零报告")
    world.taps("李梅", "是，")
    assert world.report("李梅").state == "zero"
    assert [r.kind for r in world.revisions("李梅")] == ["filled", "zero"]
    assert world.revisions("李梅")[0].answers == {"temperature": 38.2, "contact": "no"}


@ON_SQLITE
def test_typing_zero_over_something_filed_asks_first_too(world: World) -> None:
    prompt, _ = world.button("李梅", "零报告")
    world.taps("李梅", "有情况")
    fill(world, "李梅", "38.2")
    assert "要改为零报告吗？" in world.says("李梅", "零报告")
    assert world.report("李梅").state == "filled"
    world.forges("李梅", prompt.data)
    assert world.report("李梅").state == "filled"
    world.taps("李梅", "是，")
    assert world.report("李梅").state == "zero"


@ON_SQLITE
def test_an_empty_resubmission_erases_nothing(world: World) -> None:
    world.taps("李梅", "有情况")
    fill(world, "李梅", "38.2")
    world.taps("李梅", "修改")
    world.taps("李梅", "取消")
    assert "体温：38.2" in world.last("李梅").text
    assert len(world.revisions("李梅")) == 1


@pytest.mark.sqlite
def test_late_comes_with_its_minutes_and_stays_late(world: World) -> None:
    world.at("10:46")
    assert "记为迟报" in (world.taps("李梅", "零报告") or "")
    assert "已收到零报告（10:46），晚46分钟，记为迟报。感谢补报。" in world.last("李梅").text
    assert "连续" not in world.last("李梅").text
    world.at("11:30")
    world.taps("李梅", "修改")
    fill(world, "李梅", "36.5")
    report = world.report("李梅")
    assert (report.late, report.state) == (True, "filled")
    assert "晚46分钟" in world.last("李梅").text


@ON_SQLITE
def test_a_timely_report_changed_after_the_deadline_is_not_late(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("11:30")
    world.taps("李梅", "修改")
    fill(world, "李梅", "38.0")
    assert not world.report("李梅").late
    close = world.at_close("区局/一站")
    assert close and (close.zero, close.filled, close.late) == (1, 0, 0)
    now = world.figures("区局/一站")
    assert (now.zero, now.filled, now.late) == (0, 1, 0)


@ON_SQLITE
def test_after_the_lock_nothing_is_filed(world: World) -> None:
    world.taps("李梅", "零报告")
    change, _ = world.button("李梅", "修改")
    world.at("0:01", TUESDAY)
    before = world.records()
    assert "已锁定" in (world.forges("李梅", change.data) or "")
    assert "没有需要您报送的内容" in world.says("李梅", "有情况")
    assert "没有需要您报送的内容" in world.says("李梅", "零报告")
    assert world.records() == before


@ON_SQLITE
def test_a_zero_says_since_when_it_holds(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("7:30", TUESDAY)
    world.taps("李梅", "零报告")
    monday, tuesday = world.revisions("李梅")[0], world.revisions("李梅", day=TUESDAY)[0]
    assert monday.since is None
    assert tuesday.since == monday.at
    with world.database.reading() as session:
        assert verification.verify(session).differs == []
