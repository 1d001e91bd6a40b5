"""A runbook, the people who do its steps, and what their phones show of it."""

import re
from datetime import timedelta

from sqlmodel import col, select

from models.organisation import people
from models.organisation.units import unit_at
from models.runbooks import runs
from models.runbooks.runs import RunbookRun, RunbookStep
from tests.handlers.alerts.fevers import DEEP, FORM
from tests.support.world import Bubble, World

TITLE = "疫情预案"
LINES = f"""新建 {TITLE}
报告领导小组 | 区局管理员 | 15分钟 | 勾选
排查人员 | 一站负责人 | 1小时 | 说明
消毒 | 张伟 | 上一步后30分钟 | 照片
通知邻站 ｜ 二站 ｜ 2h ｜ tick
"""


def begin(world: World) -> None:
    world.organisation(DEEP)
    world.assign(FORM)
    world.at("8:12")


def writes(world: World, who: str = "周敏", lines: str = LINES) -> None:
    world.says(who, f"预案 {lines}")
    world.taps(who, "保存")


def starts(world: World, who: str = "周敏", drill: bool = False, unit: str = "区局") -> RunbookRun:
    """Start it for the whole; return the run."""
    world.says(who, f"/runbook {'drill' if drill else 'start'} {TITLE}")
    if any(unit in label for label in world.last(who).labels):
        world.taps(who, unit, world.last(who))
    world.taps(who, "开始演练" if drill else "立即启动")
    return every(world)[-1]


def every(world: World) -> list[RunbookRun]:
    with world.database.reading() as session:
        return list(session.exec(select(RunbookRun).order_by(col(RunbookRun.id))).all())


def steps(world: World, run: RunbookRun) -> list[RunbookStep]:
    with world.database.reading() as session:
        return runs.steps(session, run)


def states(world: World, run: RunbookRun) -> list[str]:
    return [it.state for it in steps(world, run)]


def names(world: World, step: RunbookStep) -> list[str]:
    with world.database.reading() as session:
        return [session.get_one(people.Person, it).name for it in step.persons]


def asked(world: World, who: str) -> list[Bubble]:
    """Return the messages about steps on somebody's phone."""
    return [b for b in world.chat(who) if re.search(r"(步骤|step )[0-9]+/[0-9]+[\]】]", b.text)]


def board(world: World, who: str = "周敏") -> str:
    found = [b.text for b in world.chat(who) if "🗂" in b.text and "/" in b.text and "预案】" not in b.text]
    return found[-1] if found else ""


def boards(world: World, who: str) -> list[Bubble]:
    return [b for b in world.chat(who) if "🗂 " in b.text]


def after(world: World, **passed: int) -> None:
    world.until(world.clock.at + timedelta(**passed))
    world.tick()


def unit_number(world: World, path: str) -> int:
    with world.database.reading() as session:
        return unit_at(session, path).id
