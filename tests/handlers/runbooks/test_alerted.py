"""An alert or an incident starts its runbook, once; a drill raises nothing and stands in no figure."""

from dataclasses import replace

import pytest
from sqlmodel import select

from models.alerts.alerts import Alert
from models.core.audit import AuditEntry
from models.operations import self_report
from tests.handlers.alerts.fevers import DEEP, FORM, fever
from tests.handlers.runbooks.books import (
    TITLE,
    after,
    asked,
    board,
    boards,
    every,
    names,
    starts,
    states,
    steps,
    writes,
)
from tests.support.world import World

CALLING = FORM.replace("level: red, minutes: 15,", f"level: red, minutes: 15, runbook: {TITLE},")
LINES = f"新建 {TITLE}\n隔离 | 负责人 | 1小时 | 勾选\n报告 | 管理员 | 2小时 | 勾选"


def with_rule(world: World) -> None:
    world.organisation(DEEP)
    world.assign(CALLING)
    world.at("7:30")
    writes(world, lines=LINES)
    world.at("8:12")


pytestmark = pytest.mark.world(begin=with_rule)


def whats(world: World) -> list[str]:
    with world.database.reading() as session:
        return [it.what for it in session.exec(select(AuditEntry)).all()]


def corrects(world: World, temperature: str) -> None:
    world.taps("张伟", "修改")
    world.taps("张伟", "✏️ 体温")
    world.says("张伟", temperature)
    world.taps("张伟", "提交")


def test_the_rule_that_names_it_starts_it_for_the_unit_of_the_alert(world: World) -> None:
    fever(world)
    (run,) = every(world)
    assert run.alert_id is not None and run.by is None
    assert names(world, steps(world, run)[0]) == ["王建国", "刘洋"]
    assert "【疫情预案 · 步骤1/2】一站" in asked(world, "王建国")[-1].text
    assert "38.2" not in asked(world, "王建国")[-1].text
    assert "由预警启动：体温38.2℃" in board(world, "王建国")
    assert "runbook started" in whats(world)


def test_the_same_alert_starts_it_only_once(world: World) -> None:
    fever(world)
    for value in ("39.1", "36.5", "38.8"):
        corrects(world, value)
    after(world, minutes=90)
    assert len(every(world)) == 1
    with world.database.reading() as session:
        assert len(session.exec(select(Alert)).all()) == 1


@pytest.mark.sqlite
def test_it_is_not_started_again_by_the_same_alert_after_it_ended(world: World) -> None:
    fever(world)
    world.taps("王建国", "✅ 已完成")
    world.taps("周敏", "✅ 已完成")
    assert every(world)[0].ended_at is not None
    corrects(world, "36.5")
    corrects(world, "38.8")
    assert len(every(world)) == 1


@pytest.mark.sqlite
def test_while_it_is_under_way_a_second_alert_of_the_unit_starts_none(world: World) -> None:
    fever(world)
    fever(world, "李梅")
    assert len(every(world)) == 1
    assert "runbook under way" in whats(world)


@pytest.mark.sqlite
def test_an_alert_that_meets_another_rule_starts_nothing(world: World) -> None:
    fever(world, temperature="36.5", contact="有")
    assert every(world) == []


@pytest.mark.sqlite
def test_a_runbook_that_is_not_there_is_told_to_the_admins_and_the_alert_goes_out_all_the_same(world: World) -> None:
    world.says("周敏", f"/runbook {TITLE}")
    world.taps("周敏", "停用")
    world.taps("周敏", "🗄 停用")
    fever(world)
    assert every(world) == []
    assert any("应启动预案“疫情预案”，但没有这份预案" in b.text for b in world.chat("周敏"))
    assert [b for b in world.chat("王建国") if b.kind == "alert"]


@pytest.mark.sqlite
def test_an_incident_of_a_kind_starts_it(world: World) -> None:
    world.says("周敏", f"/runbook {TITLE}")
    world.taps("周敏", "启动条件")
    world.taps("周敏", "安全")
    world.says("张伟", "/incident 仓库起火")
    world.taps("张伟", "立即上报")
    assert every(world) == []
    world.says("李梅", "/incident")
    world.taps("李梅", "安全")
    world.says("李梅", "仓库起火")
    world.taps("李梅", "立即上报")
    (run,) = every(world)
    assert run.alert_id is not None and states(world, run) == ["asked", "asked"]


def test_a_drill_says_so_everywhere_and_raises_nothing(world: World) -> None:
    before = alerts(world)
    world.says("周敏", f"/runbook drill {TITLE}")
    world.taps("周敏", "区局", world.last("周敏"))
    assert world.last("周敏").text.startswith("🧪 【演练】")
    world.taps("周敏", "开始演练")
    (run,) = every(world)
    assert run.drill
    world.until(world.local("11:00"))
    shown = [
        b.text
        for who in ("周敏", "陈局", "孙处", "王建国", "张伟")
        for b in world.chat(who)
        if (TITLE in b.text and "步骤" in b.text) or ("🗂 " in b.text and "编号" not in b.text)
    ]
    shown = [it for it in shown if "已保存" not in it and "第1版" not in it]
    assert shown and all(text.startswith("🧪 【演练】") for text in shown)
    world.taps("周敏", "Excel")
    assert world.last("周敏").content.file is not None
    assert "演练" in world.last("周敏").content.file.name
    assert alerts(world) == before == 0
    assert "drill started" in whats(world) and "runbook started" not in whats(world)


def alerts(world: World) -> int:
    with world.database.reading() as session:
        return len(session.exec(select(Alert)).all())


def test_a_drill_stands_in_no_figure(world: World) -> None:
    def figures() -> object:
        with world.database.reading() as session:
            from datetime import timedelta

            now = world.clock.now()
            found = self_report.evening(session, now, now.date(), timedelta(hours=1))
            return found.runbooks

    nothing = figures()
    run = starts(world, drill=True)
    world.until(world.local("11:00"))
    drilled = figures()
    assert (drilled.under_way, drilled.late) == (nothing.under_way, nothing.late) == (0, 0)  # type: ignore[attr-defined]
    assert drilled.drills == 1  # type: ignore[attr-defined]
    assert replace(drilled, drills=0) == nothing  # type: ignore[type-var]
    assert run.drill


@pytest.mark.sqlite
def test_a_drill_under_way_holds_up_no_real_start(world: World) -> None:
    starts(world, drill=True)
    fever(world)
    assert [it.drill for it in every(world)] == [True, False]


@pytest.mark.sqlite
def test_the_boards_of_an_alerts_run_are_those_of_who_answers_for_the_unit(world: World) -> None:
    fever(world)
    assert len(boards(world, "王建国")) == 1
    assert boards(world, "陈局") == [] and boards(world, "张伟") == []
