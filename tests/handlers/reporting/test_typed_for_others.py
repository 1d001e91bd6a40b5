"""What is typed about today's report reaches the report one owes: one's own, a unit's, a ward's."""

import pytest

from models.core.database import Database
from tests.support.filling import fill_delivery, fill_health
from tests.support.world import DELIVERY, HEALTH, World

ROSTER = (
    "staff_no,name,unit,role,kind,reporter\n1001,陈局,区局,lead,,\n1002,周敏,区局,admin,,\n1003,王建国,区局/一站,lead,,\n"
    "1004,张伟,区局/一站,,,\n2001,刘大爷,区局/一站,,ward,1004\n"
)


def _zero(world: World, who: str) -> bool:
    """Type it, and say whether the receipt came back; a lead's summary may come below it."""
    before = len(world.chat(who))
    world.says(who, "零报告")
    return any("已收到" in b.text for b in world.chat(who)[max(0, before - 2) :])


def begin(world: World) -> None:
    world.organisation(ROSTER)


pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.sqlite
def test_a_typed_zero_is_filed_for_the_unit_one_owes_a_report_about(world: World) -> None:
    world.assign(DELIVERY)
    world.at("7:30")
    assert _zero(world, "王建国")
    assert world.report("区局/一站", "delivery").state == "zero"
    assert _zero(world, "王建国")  # said twice it stands, and is not filed twice
    assert len(world.revisions("区局/一站", "delivery")) == 1


@pytest.mark.sqlite
def test_of_several_units_it_is_asked_which(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER + "1003,王建国,区局/二站,lead,,\n")
    world.assign(DELIVERY)
    world.at("7:30")
    shown = world.says("王建国", "零报告")
    assert "一站" in shown and "二站" in shown
    assert world.report("区局/一站", "delivery").state == "due"
    world.taps("王建国", "二站")
    assert world.report("区局/二站", "delivery").state == "zero"
    assert world.report("区局/一站", "delivery").state == "due"
    assert _zero(world, "王建国")  # one is left
    assert world.report("区局/一站", "delivery").state == "zero"


@pytest.mark.sqlite
def test_an_own_report_is_filed_and_the_units_asked_about(world: World) -> None:
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("7:30")
    world.says("王建国", "零报告")
    assert world.report("王建国").state == "zero"
    assert world.report("区局/一站", "delivery").state == "due"
    assert any("请选择" in b.text for b in world.chat("王建国")[-3:])
    assert _zero(world, "王建国")
    assert world.report("区局/一站", "delivery").state == "zero"


@pytest.mark.sqlite
def test_a_zero_over_a_units_filled_report_asks(world: World) -> None:
    world.assign(DELIVERY)
    world.at("7:30")
    fill_delivery(world, "王建国", "120", "118")
    world.says("王建国", "零报告")
    assert world.report("区局/一站", "delivery").state == "filled"


@pytest.mark.sqlite
def test_a_reporter_is_shown_the_wards_and_one_word_for_zero_too(world: World) -> None:
    world.assign(HEALTH)
    world.at("7:30")
    world.taps("张伟", "零报告")
    assert "刘大爷" in world.says("张伟", "零报告")
    assert world.report("刘大爷").state == "due"
    world.says("张伟", "正常")
    assert "刘大爷" in " ".join(b.text for b in world.chat("张伟")[-2:])
    assert "刘大爷" in world.says("张伟", "有情况")


@pytest.mark.sqlite
def test_the_word_for_zero_offers_the_units_report(world: World) -> None:
    world.assign(DELIVERY)
    world.at("7:30")
    assert "今日无配送任务" in world.says("王建国", "正常")
    world.taps("王建国", "零报告")
    assert world.report("区局/一站", "delivery").state == "zero"


@pytest.mark.sqlite
def test_the_month_shows_the_days_of_units_and_wards(world: World) -> None:
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("7:30")
    world.says("王建国", "零报告")
    assert "配送 · 一站" in world.says("王建国", "/history")
    assert "刘大爷" in world.says("张伟", "/history")


@pytest.mark.sqlite
def test_a_task_made_after_its_due_time_says_that_it_begins_tomorrow(world: World) -> None:
    world.assign(HEALTH)
    world.at("11:00")
    asked = world.says("周敏", "/assign new delivery 一站 due=10:00 today")
    assert "今天不再发送填报任务" in asked and "首次开放：11月24日" in asked.replace(" ", "")
    done = world.taps("周敏", "确认") or ""
    said = done + world.last("周敏").text
    assert "首次开放：11月24日" in said.replace(" ", "")
    assert world.chat("王建国")[-1].text.count("配送") == 0


def test_a_task_made_in_time_says_that_it_opens_now(world: World) -> None:
    world.at("9:00")
    asked = world.says("周敏", "/assign new delivery 一站 due=10:00 today").replace(" ", "")
    assert "今天不再发送" not in asked and "首次开放：11月23日09:0" in asked
    world.taps("周敏", "确认")
    world.at("9:05")
    assert "配送" in world.last("王建国").text


@pytest.mark.sqlite
def test_a_running_task_has_a_next_opening(world: World) -> None:
    world.assign(HEALTH)
    world.at("7:10")
    assert "首次开放" in world.says("周敏", "/assign")
    world.at("8:00")
    assert "下次开放：11月24日" in world.says("周敏", "/assign").replace(" ", "")


@pytest.mark.sqlite
def test_a_forged_tap_to_keep_what_was_never_filed_asks_again(world: World) -> None:
    world.assign(HEALTH)
    world.at("7:30")
    before = world.records()
    world.forges("王建国", f"report.keep.{world.report('王建国').id}")
    assert world.records() == before
    assert "零报告" in " ".join(world.last("王建国").labels)


def test_the_month_shows_units_without_a_lead_for_which_one_answers_from_above(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER + "1010,路长,区局/一站/一线,lead,,\n1011,李二,区局/一站/二线,,,\n")
    world.assign(DELIVERY)
    world.at("7:30")
    shown = world.says("王建国", "/history").replace(" ", "")
    assert "配送·一站" in shown and "配送·二线" in shown and "配送·一线" not in shown
    assert "线" not in world.says("李二", "/history")


@pytest.mark.sqlite
def test_a_photo_joins_what_was_reported_for_a_ward(world: World) -> None:
    world.assign(HEALTH)
    world.at("7:30")
    assert "刘大爷" not in " ".join(world.sends("张伟", "a.jpg") and world.last("张伟").labels)
    world.taps("张伟", "不附")
    world.taps("张伟", "刘大爷")
    fill_health(world, "张伟", "38.5")
    world.sends("张伟", "b.jpg")
    world.taps("张伟", "刘大爷", world.last("张伟"))
    first, second = world.revisions("刘大爷")
    assert [it["name"] for it in second.attachments or []] == ["b.jpg"]
    assert second.answers == first.answers and second.by == first.by
