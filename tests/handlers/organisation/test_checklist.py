"""An admin's first hour: a checklist that ticks itself, leads on with buttons, and goes when all is done."""

from datetime import UTC, timedelta

import pytest

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
    for point in ("人员", "表单", "任务", "邀请", "负责人", "备份"):
        assert f"⬜ {point}：" in said
    assert "区局没有负责人，总汇总无人接收" in said
    assert "✅ 心跳：程序运行正常" in said


@pytest.mark.sqlite
def test_help_shows_it_too_and_there_is_only_one(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    world.says("周敏", "帮助")
    assert lists(world) == 1
    assert "启用准备" in world.last("周敏").text


def test_it_ticks_itself_where_it_stands(database: Database) -> None:
    world = begun(database)
    world.says("周敏", "/start")
    before = len(world.chat("周敏"))
    world.sends("周敏", "r.csv", mime="text/csv", data=ROSTER.encode())
    world.taps("周敏", "导入")
    said = checklist(world)
    assert "✅ 人员：8人" in said
    assert "未邀请7人" in said
    assert "陈局、王建国、赵强尚未开通" in said
    assert lists(world) == 1
    assert next(at for at, b in enumerate(world.chat("周敏")) if "启用准备" in b.text) < before


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
