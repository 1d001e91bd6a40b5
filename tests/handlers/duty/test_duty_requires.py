"""A template week that requires a quiz: who has not passed it is missing, is offered to nobody, and is refused."""

import pytest
from sqlmodel import select

from handlers.core import bundled
from models.duty.shifts import Shift
from models.organisation.people import Person
from tests.handlers.duty.test_duty import plan, writes
from tests.handlers.rounds.test_quiz import begin, send, take
from tests.support.world import World

pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]
TITLE = "配送队岗前培训测验"


def trained(world: World, *names: str) -> None:
    send(world)
    for name in names:
        take(world, name)


def first_shift(world: World) -> int:
    with world.database.reading() as session:
        return session.exec(select(Shift.id).where(Shift.cancelled_at.is_(None)).order_by(Shift.starts_at)).first()


def number(world: World, name: str) -> int:
    with world.database.reading() as session:
        return session.exec(select(Person.id).where(Person.name == name)).one()


def test_whoever_has_not_passed_is_missing_and_put_on_by_nobody_until_they_pass(world: World) -> None:
    writes(world, "一站 每天 8:00-20:00 白班 1人：李梅")
    assert f"须通过“{TITLE}”" not in world.says("王建国", "值班 周表 一站")
    assert f"须通过“{TITLE}”" in world.says("王建国", f"值班 培训 {TITLE} 一站")
    world.tick()
    trained(world, "张伟")
    assert f"须通过“{TITLE}”" in world.says("王建国", "值班 周表 一站")
    assert "李梅：未通过岗前培训测验" in world.says("王建国", "值班 一站")
    shift, before = first_shift(world), plan(world)
    world.forges("王建国", f"duty.fill.{shift}")
    assert any("张伟" in it for it in world.last("王建国").labels)
    assert not any("Ann Lee" in it for it in world.last("王建国").labels)
    said = world.forges("王建国", f"duty.put.{shift}.{number(world, 'Ann Lee')}")
    assert f"Ann Lee尚未通过本班次要求的“{TITLE}”" in str(said)
    assert plan(world) == before
    take(world, "李梅")
    assert "未通过岗前培训测验" not in world.says("王建国", "值班 一站")
    writes(world, "一站 每天 20:00-8:00 夜班 1人：张伟")
    assert f"须通过“{TITLE}”" in world.says("王建国", "值班 周表 一站"), "a new line keeps what is required"
    assert "不再要求" in world.says("王建国", "值班 培训 关 一站")


def test_a_quiz_is_named_by_its_code_even_if_the_code_has_an_underscore(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(world, "一站 每天 8:00-20:00 白班 1人：李梅")
    monkeypatch.setattr(bundled, "quizzes", lambda *_: {"first_aid": "training", "First aid": "training"})
    for typed in ("first_aid", "First_aid"):
        assert "须通过" in world.says("王建国", f"值班 培训 {typed} 一站")
        assert "不再要求" in world.says("王建国", "值班 培训 关 一站")


def test_a_shift_is_not_taken_over_without_the_quiz(world: World) -> None:
    writes(world, "一站 每天 8:00-20:00 白班 1人：张伟、李梅")
    before = plan(world)
    one, other = before[0][2][0], before[1][2][0]
    world.says(one, "值班")
    world.taps(one, "换班：11月24日")
    world.taps(one, other)
    world.taps(one, "仅请对方代值")
    world.says("王建国", "值班 培训 training 一站")
    world.tick()
    before = plan(world)
    trained(world, one)
    world.says(one, "值班")
    world.taps(one, "换班：11月24日")
    assert not any(other in it for it in world.last(one).labels)
    assert world.last(one).text == "该时段本单位无其他可安排且已通过“配送队岗前培训测验”的人员。测验由负责人下发。"
    assert plan(world) == before


def test_what_is_no_quiz_is_refused_and_only_leads_require_one(world: World) -> None:
    writes(world, "一站 每天 8:00-20:00 白班 1人：李梅")
    assert "“health”不是测验。可填写：training" in world.says("王建国", "值班 培训 health 一站")
    assert "区局/二站" in world.says("王建国", "值班 培训 training 二站")
    assert "负责人" in world.says("李梅", "值班 培训 training 一站")
    assert f"须通过“{TITLE}”" not in world.says("王建国", "值班 周表 一站")
