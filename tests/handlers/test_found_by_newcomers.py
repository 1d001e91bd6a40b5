"""What newcomers stumbled over: counts that meant something else, words that were passed over, questions to oneself."""

import pytest

from models.core.database import Database
from tests.support.world import HEALTH, World

pytestmark = pytest.mark.sqlite

SECOND = HEALTH.replace("code: health", "code: evening").replace("每日健康", "晚间")


def test_the_system_counts_whom_tomorrow_asks(world: World) -> None:
    world.says("周敏", "/system")
    before = world.last("周敏").text
    world.says("周敏", "/people add 1030 吴芳 二站")
    world.taps("周敏", "明天起")
    world.says("周敏", "/people leave 1008")
    world.taps("周敏", "明天起")
    world.says("周敏", "/people leave 1007")
    world.taps("周敏", "明天起")
    after = world.says("周敏", "/system")
    assert _health(after) == _health(before) - 1


def _health(said: str) -> int:
    line = next(line for line in said.splitlines() if line.startswith("health 区局"))
    return int("".join(c for c in line.partition("·")[2] if c.isdigit()) or "0")


def test_the_system_names_a_task_that_begins_tomorrow(world: World) -> None:
    records = world.records()
    world.says("周敏", "/assign new delivery 区局/二站 due=17:00")
    world.taps("周敏", "明天起")
    said = world.says("周敏", "/system")
    assert "delivery 区局/二站" in said
    assert len(world.records()) == len(records) + 2, "the plan and its line in the audit: nothing was carried out"


def test_nothing_to_reopen_asks_for_no_day(world: World) -> None:
    said = world.says("周敏", "/reopen")
    assert "/reopen" not in said
    assert "选" not in said


def test_whoever_urges_is_not_urged(world: World) -> None:
    before = len(world.chat("王建国"))
    world.says("王建国", "/urge")
    world.taps("王建国", "提醒")
    assert not any("催您报送" in b.text for b in world.chat("王建国")[before:])
    assert "王建国提醒您报送" in world.last("李梅").text


def test_a_kind_that_was_said_is_not_asked_again(world: World) -> None:
    world.assign(SECOND)
    world.at("07:40")
    world.says("王建国", "代报 1005 零报告")
    shown = [b for b in world.chat("王建国") if any("电话" in label for label in b.labels)]
    assert shown, [b.labels for b in world.chat("王建国")]
    assert not any("零报告" in label for label in world.last("王建国").labels)


def test_a_task_that_opens_later_today_is_still_to_come(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.at("07:31")
    world.says("李梅", "零报告")
    world.at("06:00", world.clock.now().date().replace(day=24))
    said = world.says("李梅", "/history")
    week = next(line for line in said.splitlines() if line.startswith("23"))
    assert "▫️" not in week


def test_a_cancelled_question_says_so(world: World) -> None:
    world.says("周敏", "/people leave 1008")
    question = world.last("周敏")
    world.taps("周敏", "取消")
    assert question.text.endswith("✖️ 已取消，未作任何改动。")
    assert question.labels == []


def test_start_says_what_is_left_to_report_and_not_that_something_is(world: World) -> None:
    world.at("08:00")
    world.says("李梅", "/start")
    assert "以下是您今天需要报送的内容" in _said(world, "李梅")
    world.says("李梅", "零报告")
    world.says("李梅", "/start")
    assert "您今天的报送均已完成" in _said(world, "李梅")
    world.at("06:00", world.clock.now().date().replace(day=24))
    world.says("周敏", "/start")
    assert "目前没有需要您报送的事项" in _said(world, "周敏")


def _said(world: World, who: str) -> str:
    return next(b.text for b in reversed(world.chat(who)) if "您好" in b.text)


def test_a_range_of_one_day_is_a_day(world: World) -> None:
    world.says("周敏", "/excuse 1005 12-01 12-01 ill")
    assert "12月1日已有请假" in world.says("周敏", "/excuse 1005 12-01 12-02 ill")
    assert "⚠️ 2027年2月10日没有填报任务。" in world.says("周敏", "/export 02-10..02-10")


def test_files_are_spoken_of_where_there_are_some(world: World) -> None:
    world.at("08:00")
    world.says("李梅", "零报告")
    world.says("周敏", "/export 今天 zip")
    for _ in range(5):
        world.tick()
    assert not any("附件在内" in b.text for b in world.chat("周敏"))


def test_without_forms_the_system_names_none(database: Database) -> None:
    world = World(database)
    world.organisation()
    assert "尚未启用表单" in world.says("周敏", "/system")
