"""Tasks by slash command: begun, retimed, paused, resumed, ended."""

import pytest

from models.cycle import assignments
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
    assert "health 区局·每天·07:30–10:00·10" in world.last("周敏").text
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
    assert "新任务delivery：区局/一站填报表单delivery，工作日，12:00截止。" in world.last("周敏").text
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
    assert "新任务duty-2：区局/二站" in world.says("周敏", "/assign new duty 区局/二站")
    world.taps("周敏", "明天起")
    assert "新任务duty-2：区局/二站" in world.says("周敏", "/assign new duty 区局/二站 due=11:00")
    world.taps("周敏", "明天起")  # instead of the one before
    world.at("9:31", TUESDAY)
    assert world.figures("区局/一站", "duty", TUESDAY).expected == 1
    assert world.figures("区局/二站", "duty-2", TUESDAY).expected == 1


def test_a_form_that_comes_with_the_program_is_looked_at_tried_and_asked_without_a_file(world: World) -> None:
    world.says("周敏", "/form")
    assert "duty 值班日志" in world.last("周敏").text.partition("随程序提供")[2]
    assert "没有表单“duty 2”" in world.says("周敏", "/form show duty 2")
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
