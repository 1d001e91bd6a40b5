"""An admin's first hour: a checklist that ticks itself, leads on with buttons, and goes when all is done."""

from datetime import UTC, timedelta

import pytest

from handlers import sweep
from models.core import audit
from models.core.database import Database
from models.messaging import enrolment
from models.organisation import founding
from tests.support.world import HEALTH, ROSTER, World


def begun(database: Database) -> World:
    """Return an organisation just after `init`, with its admin come in."""
    world = World(database)
    with database.writing() as session:
        anna = founding.begin(session, "区局", "1002", "周敏")
        enrolment.enrol(session, anna, "web", "1002", "1002", world.clock.now())
    world.tick()
    return world


def checklist(world: World) -> str:
    return next(b.text for b in reversed(world.chat("周敏")) if "启用准备" in b.text)


def lists(world: World) -> int:
    return sum("启用准备" in b.text for b in world.chat("周敏"))


def test_start_shows_an_admin_what_is_still_to_be_done(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    said = checklist(world)
    assert "✅ 组织：区局" in said
    for point in ("人员", "表单", "任务", "邀请", "负责人", "备份", "心跳"):
        assert f"⬜ {point}：" in said
    assert "区局没有负责人，总汇总无人接收" in said


@pytest.mark.sqlite
def test_help_brings_it_up_to_date_and_its_own_answer_stays_the_last_message(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    with database.writing() as session:
        sweep.heard(session, world.clock.now())
    world.says("周敏", "帮助")
    assert lists(world) == 1
    assert "✅ 心跳" in checklist(world)
    assert "启用准备" not in world.last("周敏").text


def test_it_ticks_itself_and_leads_on_from_what_was_just_done(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    world.sends("周敏", "r.csv", mime="text/csv", data=ROSTER.encode())
    world.taps("周敏", "导入")
    said = checklist(world)
    assert "✅ 人员：8人" in said
    assert "未邀请7人" in said
    assert "陈局、王建国、赵强尚未开通" in said
    assert lists(world) == 1
    assert "启用准备" in world.last("周敏").text


@pytest.mark.sqlite
def test_a_question_of_a_new_task_stays_the_last_message_whatever_ticked_by_itself(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    with database.writing() as session:
        sweep.heard(session, world.clock.now())
    world.taps("周敏", "新建任务")
    assert "启用准备" not in world.last("周敏").text
    assert "✅ 心跳" in checklist(world)


@pytest.mark.sqlite
def test_help_shows_it_above_its_answer_where_it_was_not_shown_yet(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "帮助")
    assert ["启用准备" in b.text for b in world.chat("周敏")][-2:] == [True, False]


@pytest.mark.sqlite
def test_a_file_to_confirm_stays_the_last_message_when_another_step_is_left_out(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    world.taps("周敏", "略去事项")
    world.sends("周敏", "r.csv", mime="text/csv", data=ROSTER.encode())
    world.taps("周敏", "群聊")
    assert "📥 导入" in world.last("周敏").labels
    assert "➖ 群聊" in checklist(world)


@pytest.mark.sqlite
def test_its_buttons_lead_on(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    world.taps("周敏", "下载花名册模板")
    assert world.last("周敏").content.file is not None
    world.taps("周敏", "选择表单")
    assert "health" in world.last("周敏").text


@pytest.mark.sqlite
def test_it_survives_a_restart_and_a_night(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    other = world.beside()
    with database.writing() as session:
        audit.note(session, other.clock.now(), "cli", "backup", "nightly.db")
    other.at("20:01")
    assert "✅ 备份：" in checklist(other)
    assert lists(other) == 1


@pytest.mark.sqlite
def test_it_goes_when_all_is_done(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    world.organisation()
    world.assign()
    world.tick()
    with database.writing() as session:
        audit.note(session, world.clock.now().astimezone(UTC) - timedelta(hours=1), "cli", "backup", "nightly.db")
        sweep.heard(session, world.clock.now())
    world.says("周敏", "/system")
    assert lists(world) == 0
    world.says("周敏", "/start")
    assert lists(world) == 0


@pytest.mark.sqlite
def test_others_never_see_it(world: World) -> None:
    world.says("李梅", "/start")
    world.says("王建国", "帮助")
    for who in ("李梅", "王建国"):
        assert not any("启用准备" in b.text for b in world.chat(who))


def test_whoever_comes_in_moves_the_count(database: Database) -> None:
    world = World(database)
    world.organisation(enrolled="1002")
    world.tick()
    world.says("周敏", "/start")
    assert "应开通8人，已开通1人" in checklist(world)
    codes = [world.says("周敏", f"/invite {who}").split(f"{who} ")[1].split()[1] for who in ("1005", "1008")]
    world.clock.at += timedelta(minutes=1)
    world.says("1005", f"/start {codes[0]}")
    assert "应开通8人，已开通2人" in checklist(world)
    world.says("1008", f"/start {codes[1]}")
    assert "已开通2人" in checklist(world), "once a minute: a whole house may come in within one"
    world.says("周敏", "/people")
    assert "已开通3人" in checklist(world)


@pytest.mark.sqlite
def test_the_evening_report_names_leads_whom_nothing_reaches(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER.replace("1001,陈局,区局,lead,,,\n", ""), enrolled="1002 1001 1003 1004 1005")
    world.assign(HEALTH)
    world.at("20:01")
    said = world.last("周敏").text
    assert "区局没有负责人，总汇总无人接收" in said
    assert "赵强是单位负责人但尚未开通" in said


@pytest.mark.sqlite
def test_heartbeat_is_ticked_once_a_watcher_elsewhere_has_heard_the_program(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    assert "⬜ 心跳：尚无外部监测" in checklist(world)
    with database.writing() as session:
        sweep.heard(session, world.clock.now())
    world.says("周敏", "/start")
    assert "✅ 心跳：外部监测运行正常" in checklist(world)
    world.at("09:30")
    world.says("周敏", "/start")
    assert "⬜ 心跳：" in checklist(world), "it was heard, but not lately"


@pytest.mark.sqlite
def test_a_point_that_is_not_needed_is_left_out_and_can_come_back(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    world.taps("周敏", "略去事项")
    world.taps("周敏", "群聊")
    assert "➖ 群聊：本单位不需要" in checklist(world)
    assert "➖ 群聊：本单位不需要" in checklist(world.beside())
    assert not any("哪一项本单位不需要" in b.text for b in world.chat("周敏")), "the question goes with its answer"
    assert "启用事项略去" in world.says("周敏", "/audit")
    world.says("周敏", "/start")
    world.taps("周敏", "显示已略去的事项")
    assert "⬜ 群聊：" in checklist(world)


@pytest.mark.sqlite
def test_what_is_left_out_ends_the_list_as_what_is_done(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    for point in ("人员", "表单", "任务", "邀请", "群聊", "负责人", "备份", "心跳"):
        world.taps("周敏", "略去事项")
        world.taps("周敏", point)
    assert lists(world) == 0


@pytest.mark.sqlite
def test_the_lead_of_a_unit_is_named_in_three_taps(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/people add 1004 张伟 区局")
    world.taps("周敏", "今天起")
    world.says("周敏", "/start")
    world.taps("周敏", "区局负责人")
    assert "周敏" not in str(world.last("周敏").labels), "an admin's role would be lost"
    world.taps("周敏", "张伟")
    world.taps("周敏", "今天起")
    assert any("成员 → 负责人" in b.text for b in world.chat("周敏"))
    assert "✅ 负责人" not in checklist(world), "he has not come in yet"
    assert "张伟尚未开通" in checklist(world)


@pytest.mark.sqlite
def test_a_unit_without_people_asks_who_leads_it(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    world.taps("周敏", "区局负责人")
    assert "由谁担任区局负责人" in world.last("周敏").text
