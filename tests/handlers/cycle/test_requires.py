"""A task that requires a quiz (岗前培训): who has not passed it is not asked, is counted apart, and gets the way to it
(docs/rules.md 31.8)."""

import pytest
from sqlmodel import select

from models.cycle.assignments import Assignment
from models.reporting.reports import Report
from tests.handlers.rounds.test_quiz import send, take
from tests.support.world import TUESDAY, WEDNESDAY, World


def begin(world: World) -> None:
    world.organisation()
    world.assign(due="10:00", opens="7:00")
    with world.database.writing() as session:
        it = session.exec(select(Assignment)).one()
        it.requires = "training"
        session.add(it)
    world.at("7:30")


pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]


def excused(world: World) -> dict[int | None, str | None]:
    with world.database.reading() as session:
        return {it.person_id: it.excused for it in session.exec(select(Report)).all()}


def test_who_has_not_passed_is_not_asked_and_told_why(world: World) -> None:
    said = world.last("李梅")
    assert "尚未通过“配送队岗前培训测验”" in said.text and "请联系负责人发送" in said.text
    assert not said.labels
    world.says("李梅", "/status")
    assert "未通过岗前培训" in world.last("李梅").text
    world.says("王建国", "/team")
    told = world.last("王建国").text
    assert "其中未通过岗前培训4" in told and "张伟" in told and "刘大爷" not in told.partition("未通过岗前培训（")[2]
    assert "/2" in told  # the wards, who have no chat to take a quiz in


def test_the_groups_see_how_many_are_not_trained_and_no_name(world: World) -> None:
    world.at("10:30")
    said = world.last("group 一站").text
    assert "未通过岗前培训4" in said and "李梅" not in said
    assert "未通过岗前培训（4）" in world.last("王建国").text or any(
        "未通过岗前培训（4）" in bubble.text and "李梅" in bubble.text for bubble in world.chat("王建国")
    )


def test_who_passes_before_the_due_time_is_asked_the_same_day(world: World) -> None:
    send(world)
    take(world, "李梅")
    assert any("零报告" in label for bubble in world.chat("李梅") for label in bubble.labels)
    world.taps("李梅", "零报告")
    world.says("王建国", "/team")
    assert "其中未通过岗前培训3" in world.last("王建国").text


def test_who_passes_later_is_asked_from_the_next_opening(world: World) -> None:
    world.at("10:30")
    send(world)
    take(world, "李梅")
    assert not any("零报告" in label for bubble in world.chat("李梅") for label in bubble.labels)
    world.at("7:30", TUESDAY)
    assert any("零报告" in label for bubble in world.chat("李梅") for label in bubble.labels)
    assert any("去参加测验" in label for bubble in world.chat("张伟") for label in bubble.labels)
    world.taps("张伟", "去参加测验")
    assert "开始测验" in " ".join(world.last("张伟").labels)


def test_a_leave_goes_before_the_training_and_ends_into_it(world: World) -> None:
    world.says("王建国", "/excuse 李梅 今天 病假")
    assert "病假" in " ".join(str(it) for it in excused(world).values())
    world.taps("李梅", "撤回")
    if "确认" in " ".join(world.last("李梅").labels):
        world.taps("李梅", "确认")
    assert "病假" not in " ".join(str(it) for it in excused(world).values())
    assert sum(it == "training: training" for it in excused(world).values()) == 8


def test_an_admin_lets_a_task_require_a_quiz_and_takes_it_back(world: World) -> None:
    world.says("周敏", "/assign times health requires=off")
    assert "须先通过的测验 training" in world.last("周敏").text.replace("配送队岗前培训测验", "training")
    world.taps("周敏", "确认")
    world.at("7:30", TUESDAY)
    assert any("零报告" in label for bubble in world.chat("李梅") for label in bubble.labels)
    world.says("周敏", "/assign times health requires=配送队岗前培训测验")
    world.taps("周敏", "确认")
    world.at("7:30", WEDNESDAY)
    assert "尚未通过" in world.last("李梅").text


def test_what_is_no_quiz_cannot_be_required_and_a_quiz_is_no_daily_task(world: World) -> None:
    assert "不是测验" in world.says("周敏", "/assign times health requires=health")
    assert "只能由个人通过" in world.says("周敏", "/assign new delivery 一站 due=10:00 requires=training")
    assert "是测验" in world.says("周敏", "/assign new training 一站 due=10:00")
