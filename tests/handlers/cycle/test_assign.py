"""Tasks by slash command: begun, retimed, paused, resumed, ended."""

import pytest

from models.cycle import assignments
from models.cycle.assignments import Assignment
from tests.support.admins import asked_on, send_file
from tests.support.world import DELIVERY, TUESDAY, WEDNESDAY, World


@pytest.mark.sqlite
def test_new_times_of_a_task_hold_from_tomorrow(world: World) -> None:
    world.at("7:30", TUESDAY)
    said = world.says("周敏", "/assign times health due=11:00")
    assert "截止 10:00 → 11:00" in said
    assert "下次开放：11月25日 08:30。" in said
    assert "涉及10人" in said
    world.taps("周敏", "明天起")
    world.at("7:31", WEDNESDAY)
    with world.database.reading() as session:
        assert assignments.by_code(session, "health").times["due"] == "11:00"
    world.at("8:31", WEDNESDAY)
    with world.database.reading() as session:
        assert world.period(session, day=WEDNESDAY).due_at == world.local("11:00", WEDNESDAY)
        assert world.period(session, day=TUESDAY).due_at == world.local("10:00", TUESDAY)


def test_the_command_that_undoes_times_can_be_sent_as_it_stands(world: World) -> None:
    world.says("周敏", "/assign times health due=11:00 lock=+1_08:00 remind= 今天")
    world.taps("周敏", "确认")
    undo = world.last("周敏").text.rpartition("撤销：")[2]
    assert undo.startswith("/assign times health opens=07:30 remind=09:00,09:30 due=10:00")
    world.says("周敏", undo + " 今天")
    world.taps("周敏", "确认")
    with world.database.reading() as session:
        assert assignments.by_code(session, "health").times["remind"] == ["09:00", "09:30"]


def test_a_task_is_paused_resumed_and_ended(world: World) -> None:
    world.says("周敏", "任务")
    assert "每日健康 health · 区局 · 每天 · 07:30–10:00 · 10" in world.last("周敏").text
    world.taps("周敏", "暂停")
    assert "暂停" in world.last("周敏").text
    world.taps("周敏", "明天起")
    world.at("7:30", TUESDAY)
    with world.database.reading() as session:
        assert assignments.by_code(session, "health").next_at is None
    assert "已暂停" in world.says("周敏", "任务")
    assert "已暂停或结束" in world.says("周敏", "/assign pause health")
    world.says("周敏", "/assign resume health")
    assert "下次开放：11月25日 07:30。" in world.last("周敏").text
    world.taps("周敏", "明天起")
    world.at("7:30", WEDNESDAY)
    assert len(asked_on(world, WEDNESDAY)) == 10
    world.says("周敏", "/assign end health 今天")
    world.taps("周敏", "确认")
    assert "撤销：/assign resume health" in world.last("周敏").text
    assert "已结束" in world.says("周敏", "任务")


@pytest.mark.sqlite
def test_a_new_task_by_command(world: World) -> None:
    assert "新任务" not in send_file(world, "周敏", "delivery.yml", DELIVERY)
    world.taps("周敏", "确认，今天起")
    world.says("周敏", "/assign new delivery 区局/一站 due=12:00 calendar=workdays")
    assert "新任务“配送”（delivery）：由区局/一站填报，工作日，12:00截止。" in world.last("周敏").text
    assert "首次开放：11月24日 09:30。" in world.last("周敏").text
    world.taps("周敏", "明天起")
    world.at("9:31", TUESDAY)
    assert world.figures("区局/一站", "delivery", TUESDAY).expected == 1


@pytest.mark.sqlite
def test_one_form_is_asked_of_two_units_from_the_same_day(world: World) -> None:
    world.says("周敏", "/assign new duty 区局/一站")
    first = world.last("周敏")
    world.says("周敏", "/assign new duty 区局/二站")
    second = world.last("周敏")
    world.taps("周敏", "明天起", first)
    assert "情况有变" in world.taps("周敏", "明天起", second)
    assert "新任务“值班日志”（duty-2）：由区局/二站" in world.says("周敏", "/assign new duty 区局/二站")
    world.taps("周敏", "明天起")
    assert "新任务“值班日志”（duty-2）：由区局/二站" in world.says("周敏", "/assign new duty 区局/二站 due=11:00")
    world.taps("周敏", "明天起")  # instead of the one before
    world.at("9:31", TUESDAY)
    assert world.figures("区局/一站", "duty", TUESDAY).expected == 1
    assert world.figures("区局/二站", "duty-2", TUESDAY).expected == 1


def test_a_form_that_comes_with_the_program_is_looked_at_tried_and_asked_without_a_file(world: World) -> None:
    world.says("周敏", "/form")
    assert "duty 值班日志" in world.last("周敏").text.partition("随程序提供")[2]
    assert "表单“duty”没有第2版" in world.says("周敏", "/form show duty 2")
    world.says("周敏", "/form show duty 1")
    world.taps("周敏", "在我手机上试填", world.last("周敏"))
    assert "值班人员在岗" in world.last("周敏").text
    world.says("周敏", "/assign new dutty 区局")
    assert "没有表单“dutty”。现有：delivery、duty、health" in world.last("周敏").text
    before = world.records()
    assert "涉及1个单位。" in world.says("周敏", "/assign new duty 区局/一站 due=12:00")
    assert world.records() == before
    world.taps("周敏", "明天起")
    world.at("12:01", TUESDAY)
    assert world.figures("区局/一站", "duty", TUESDAY).expected == 1
    world.says("周敏", "/form")
    assert "duty " not in world.last("周敏").text.partition("随程序提供")[2]


def task(world: World, code: str) -> Assignment:
    with world.database.reading() as session:
        return assignments.by_code(session, code)


@pytest.mark.sqlite
@pytest.mark.parametrize("words", ["picture=off", "--no-picture", "无图", "Picture＝关"])
def test_a_new_task_may_post_words_alone_in_groups(world: World, words: str) -> None:
    assert "群内汇总仅发文字，不发图片。" in world.says("周敏", f"/assign new duty 区局/一站 due=12:00 {words}")
    world.taps("周敏", "明天起")
    world.at("9:31", TUESDAY)
    assert not task(world, "duty").picture
    with world.database.reading() as session:
        assert not world.period(session, code="duty", day=TUESDAY).picture


@pytest.mark.sqlite
def test_the_question_about_a_new_task_has_a_button_for_its_picture_and_keeps_all_else(world: World) -> None:
    world.says("周敏", "/assign new duty 区局/一站 due=12:00 calendar=workdays code=nights 今天")
    first = world.last("周敏").text
    world.taps("周敏", "仅发文字")
    second = world.last("周敏").text
    assert "群内汇总仅发文字" in second and "群内汇总" not in first
    assert second.replace("群内汇总仅发文字，不发图片。", "") == first
    world.taps("周敏", "群内发图片")
    assert world.last("周敏").text == first
    world.taps("周敏", "仅发文字")
    world.taps("周敏", "确认，今天起")
    made = task(world, "nights")
    assert (made.picture, made.calendar, made.times["due"]) == (False, "workdays", "12:00")


@pytest.mark.sqlite
def test_pictures_of_a_task_are_turned_off_and_on_again_by_the_command_that_undoes_it(world: World) -> None:
    said = world.says("周敏", "任务 时间 health 不要图片 今天")
    assert "群内汇总 图片和文字 → 仅文字" in said
    world.taps("周敏", "确认")
    assert not task(world, "health").picture
    undo = world.last("周敏").text.rpartition("撤销：")[2]
    assert undo.endswith("picture=on document=off")
    assert "群内汇总 图片和文字 → 仅文字" in world.says("周敏", "/audit")
    world.says("周敏", undo + " 今天")
    world.taps("周敏", "确认")
    assert task(world, "health").picture
    assert "已是这些设置" in world.says("周敏", "/assign times health picture=on")
    assert "“maybe”无法识别" in world.says("周敏", "/assign times health picture=maybe")


@pytest.mark.sqlite
def test_other_times_leave_the_picture_as_it_is(world: World) -> None:
    world.says("周敏", "/assign times health picture=off 今天")
    world.taps("周敏", "确认")
    world.says("周敏", "/assign times health due=11:00 今天")
    world.taps("周敏", "确认")
    assert not task(world, "health").picture
