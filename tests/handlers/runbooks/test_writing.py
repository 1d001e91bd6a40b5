"""A runbook is written with buttons from the bare command to the end, or pasted as lines; what is wrong is said and
changes nothing."""

import pytest
from sqlmodel import select

from models.runbooks import runbooks
from models.runbooks.runbooks import PlanStep, Runbook, RunbookVersion
from tests.handlers.runbooks.books import LINES, TITLE, begin, every, unit_number, writes
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)


def plan(world: World) -> list[PlanStep]:
    with world.database.reading() as session:
        it = session.exec(select(Runbook)).one()
        return runbooks.newest(session, it).plan


def stored(world: World) -> int:
    with world.database.reading() as session:
        return len(session.exec(select(RunbookVersion)).all())


def test_with_buttons_from_the_bare_command_to_the_end(world: World) -> None:
    world.says("周敏", "/runbook")
    assert "尚无预案" in world.last("周敏").text
    world.taps("周敏", "新建预案")
    assert "预案适用于哪个单位" in world.last("周敏").text
    world.taps("周敏", "区局", world.last("周敏"))
    world.says("周敏", "停电预案")
    assert "步骤1：要做什么？" in world.last("周敏").text
    world.says("周敏", "启动备用电源")
    world.taps("周敏", "本单位负责人")
    world.taps("周敏", "30分钟")
    world.taps("周敏", "勾选")
    assert "预案如下，尚未保存。" in world.last("周敏").text
    assert stored(world) == 0
    world.taps("周敏", "➕ 步骤")
    world.says("周敏", "检查冷库")
    world.says("周敏", "张伟")
    world.says("周敏", "45分钟")
    world.taps("周敏", "上一步完成后")
    world.taps("周敏", "照片或文件")
    assert "2. 检查冷库\n   👤 张伟 · ⏱ 上一步完成后45分钟 · 照片或文件" in world.last("周敏").text
    world.taps("周敏", "保存")
    assert "“停电预案”已保存为第1版。" in world.chat("周敏")[-2].text
    assert world.last("周敏").labels[:2] == ["▶️ 启动", "🧪 演练"]
    found = plan(world)
    assert [it.minutes for it in found] == [30, 45]
    assert [(it.who, it.waits, it.proof) for it in found] == [("lead", False, "tick"), ("person", True, "file")]


def test_pasted_lines_are_read_in_both_languages(world: World) -> None:
    writes(world)
    found = plan(world)
    assert [it.words for it in found] == ["报告领导小组", "排查人员", "消毒", "通知邻站"]
    assert [(it.who, it.minutes, it.waits, it.proof) for it in found] == [
        ("admin", 15, False, "tick"), ("lead", 60, False, "note"), ("person", 30, True, "file"),
        ("lead", 120, False, "tick"),
    ]  # fmt: skip
    assert found[1].target == unit_number(world, "区局/物流部/一站")
    world.says("周敏", "/runbook new Power cut\nStart it | lead | 30 min | tick\nCall | 张伟 | 1 h after previous")
    world.taps("周敏", "保存")
    with world.database.reading() as session:
        it = session.exec(select(Runbook).where(Runbook.title == "Power cut")).one()
        assert [(s.minutes, s.waits) for s in runbooks.newest(session, it).plan] == [(30, False), (60, True)]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("做事", "不是完整的步骤"),
        ("做事 | 负责人", "第2行：“做事 | 负责人”不是完整的步骤"),
        ("做事 | 某某人 | 30分钟", "第2行：区局没有“某某人”"),
        ("做事 | 负责人 | 很快", "第2行：未能识别时限“很快”"),
        ("做事 | 负责人 | 40天", "第2行：未能识别时限“40天”"),
        ("做事 | 负责人 | 30分钟 | 汇报演出", "第2行：未能识别完成标准“汇报演出”"),
        (" | 负责人 | 30分钟 | 勾选", "第2行："),
        ("做" * 301 + " | 负责人 | 30分钟", "每个步骤最多300字"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_taken(world: World, line: str, said: str) -> None:
    world.says("周敏", f"预案 新建 {TITLE}\n好 | 负责人 | 5分钟")
    world.taps("周敏", "➕ 步骤")
    before = len(world.chat("周敏"))
    text = f"好 | 负责人 | 5分钟\n{line}"
    answer = world.says("周敏", text)
    if line == "做事":
        answer = world.last("周敏").text
    assert said in answer
    assert len(world.chat("周敏")) >= before
    world.says("周敏", "取消")
    assert stored(world) == 0


@pytest.mark.sqlite
def test_people_and_units_outside_the_runbooks_unit_are_not_named(world: World) -> None:
    world.says("周敏", "/people role 1010 admin 区局/物流部")
    world.taps("周敏", "今天")
    world.says("孙处", "/runbook new 物流\n做事 | 赵强 | 30分钟")
    assert "区局/物流部没有“赵强”" in world.last("孙处").text
    assert stored(world) == 0


@pytest.mark.sqlite
def test_the_example_is_an_epidemic_plan_that_is_ready_to_be_saved(world: World) -> None:
    world.says("周敏", "/runbook")
    world.taps("周敏", "示例")
    assert "疫情防控应急预案" in world.last("周敏").text and "物流部负责人" in world.last("周敏").text
    world.taps("周敏", "保存")
    assert len(plan(world)) == 7
    world.says("周敏", "/language en")
    world.says("周敏", "/runbook example")
    assert "Epidemic plan" in world.last("周敏").text and "lead of 物流部" in world.last("周敏").text


@pytest.mark.sqlite
def test_a_title_is_taken_once_in_a_unit(world: World) -> None:
    writes(world)
    world.says("周敏", f"预案 {LINES}")
    assert "已有名为“疫情预案”的预案" in (world.taps("周敏", "保存") or "")
    assert stored(world) == 1


@pytest.mark.sqlite
def test_a_step_is_moved_rewritten_and_removed_before_it_is_saved(world: World) -> None:
    world.says("周敏", f"预案 {LINES}")
    world.taps("周敏", "✏️ 4")
    world.taps("周敏", "上移")
    world.taps("周敏", "✏️ 1")
    world.taps("周敏", "重写")
    world.says("周敏", "报告上级")
    world.taps("周敏", "管理员")
    world.taps("周敏", "1小时")
    world.taps("周敏", "勾选")
    world.taps("周敏", "保存")
    assert [it.words for it in plan(world)] == ["报告上级", "排查人员", "通知邻站", "消毒"]


@pytest.mark.sqlite
def test_leads_and_members_write_none(world: World) -> None:
    assert "仅限管理员" in world.says("陈局", f"/runbook new {TITLE}")
    assert "仅限" in world.says("张伟", "/runbook")
    assert "仅限" in (world.forges("陈局", "runbook.new") or "") or world.forges("陈局", "runbook.new")
    writes(world)
    assert not any("修改" in x for x in (world.says("陈局", f"/runbook {TITLE}"), *world.last("陈局").labels))
    assert world.last("陈局").labels == ["▶️ 启动", "🧪 演练"]


@pytest.mark.sqlite
def test_a_retired_runbook_is_not_started_and_comes_back_by_undo(world: World) -> None:
    writes(world)
    world.says("陈局", f"/runbook {TITLE}")
    card = world.last("陈局")
    world.says("周敏", f"/runbook {TITLE}")
    world.taps("周敏", "停用")
    world.taps("周敏", "🗄 停用")
    assert "已停用" in world.last("周敏").text
    assert "已停用" in (world.taps("陈局", "启动", card) or "")
    world.taps("周敏", "撤销")
    assert "尚无" not in world.says("陈局", "/runbook")
    assert every(world) == []


@pytest.mark.sqlite
def test_a_runbook_of_another_unit_is_not_to_be_seen(world: World) -> None:
    writes(world)
    world.says("周敏", "/people role 1007 admin 区局/二站")
    world.taps("周敏", "今天")
    world.says("赵强", "/runbook new 二站预案\n做事 | 负责人 | 30分钟")
    world.taps("赵强", "保存")
    assert "二站预案" not in world.says("王建国", "/runbook")
    assert "没有名为" in world.says("王建国", "/runbook 二站预案")
    assert "不在您" in (world.forges("王建国", "runbook.show.2") or "")
    assert "不在您" in (world.forges("王建国", "runbook.start.2.real") or "")
