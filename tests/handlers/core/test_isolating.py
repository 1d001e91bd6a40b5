"""A bug in one kind of due work costs that work its turn, and nobody else theirs."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from handlers import registry
from handlers.cycle import next_period, remind
from handlers.summaries import publishing
from models.core import failing_work
from models.core.failing_work import FailingWork
from models.cycle import steps
from models.cycle.steps import Heartbeat, Step, StepKind
from models.messaging.cards import Card
from models.messaging.slots import Subject
from models.organisation.people import Person
from models.reporting.reports import Report
from tests.support.world import HEALTH, TUESDAY, World

DAY = ("7:30", "8:00", "9:00", "9:30", "10:00", "10:05", "10:15", "10:25", "11:00", "15:00", "20:05", "23:59")
ON_TIME = timedelta(minutes=1)


def begin(world: World) -> None:
    world.organisation()
    world.assign()
    world.at("7:20")


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)  # hundreds of traces, wanted
    yield
    logging.disable(logging.NOTSET)


def fails(*_: object) -> Any:
    raise ZeroDivisionError("a bug")


def break_source(monkeypatch: pytest.MonkeyPatch, name: str, part: str) -> Callable[[], None]:
    """Let this source raise from now on, in looking for what is due or in doing it, until the returned function is
    called."""
    whole = registry.DUE_WORK
    broken: dict[str, Any] = {part: fails} | ({"pending": None} if part == "find" else {})  # then it is asked each time
    work = tuple(replace(it, **broken) if it.name == name else it for it in whole)
    monkeypatch.setattr(registry, "DUE_WORK", work)
    return lambda: monkeypatch.setattr(registry, "DUE_WORK", whole)


def plan_something(world: World) -> None:
    """Work for every source: an alert that climbs, a planned change, a summary that is rewritten."""
    world.says("周敏", "/people add 1050 冯静 区局/二站")
    world.says("张伟", "/incident 仓库起火")
    world.taps("张伟", "立即上报")


def stumbled(world: World) -> list[FailingWork]:
    with world.database.reading() as session:
        return list(session.exec(select(FailingWork)).all())


def told(world: World) -> list[Card]:
    with world.database.reading() as session:
        found = session.exec(select(Card).where(Card.subject == Subject.FAILING_WORK)).all()
    return list(found)


def play(world: World, *walls: str) -> None:
    """Play the day, with a tick each minute while anything may be tried again."""
    for wall in walls:
        end = world.local(wall)
        while world.clock.at < end:
            world.until(min(end, world.clock.at + timedelta(minutes=20)))


def late(world: World) -> dict[str, timedelta]:
    """Return the steps that were not taken at their time, by kind."""
    with world.database.reading() as session:
        found = session.exec(select(Step).where(Step.at < world.clock.at - ON_TIME)).all()
    return {
        it.kind: (it.done_at or world.clock.at) - it.at
        for it in found
        if (it.done_at or world.clock.at) - it.at > ON_TIME
    }


@pytest.mark.parametrize("part", ["find", "take"])
@pytest.mark.parametrize("name", ["outages", "changes", "opening", "alerts", "posts", "self_report"])
def test_a_source_that_fails_all_day_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, part: str
) -> None:
    if name != "opening":
        play(world, "7:31")
        plan_something(world)
    heal = break_source(monkeypatch, name, part)
    play(world, *DAY[1:])
    world.at("0:30", TUESDAY)
    assert late(world) == {}
    if name != "opening":
        assert world.at_close("区局") is not None
    with world.database.reading() as session:
        assert session.get_one(Heartbeat, 1).outage_from is None  # ticks ran: what failed is no outage
    found = stumbled(world)
    if part == "find":
        assert {(it.source, it.item) for it in found} == {(name, "")}
        assert sum(it.count for it in found) > 20
        assert 1 < len(told(world)) <= 18  # once an hour at most
        if name != "self_report":
            assert "次，日志编号" in next(b.text for b in world.chat("周敏") if "自检" in b.text)
    heal()
    world.at("7:35", TUESDAY)
    assert all(it.healed_at is not None for it in stumbled(world) if part == "find")
    assert "11月24日" in world.last("李梅").text


@pytest.mark.parametrize("kind", [k for k in StepKind if k not in (StepKind.REOPEN, StepKind.EXTEND, StepKind.URGE)])
def test_a_step_that_fails_all_day_holds_up_only_what_rests_on_it(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: StepKind
) -> None:
    monkeypatch.setitem(registry.STEPS, kind, fails)
    play(world, *DAY)
    monkeypatch.undo()
    waits = {StepKind.OPEN: set(StepKind), StepKind.CLOSE: {StepKind.CLOSE, *steps.AFTER_CLOSE}}
    assert set(late(world)) <= waits.get(kind, {kind})
    assert kind in late(world) or kind == StepKind.LOCK
    assert {it.label for it in stumbled(world)} <= {f"step.{kind}"}
    assert len(told(world)) <= 18
    world.at("0:30", TUESDAY)
    assert all(step.done_at for step in world.steps().values())
    world.at("7:35", TUESDAY)
    assert "11月24日" in world.last("李梅").text


def test_a_day_that_opens_hours_late_by_a_bug_gets_its_hours_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.STEPS, StepKind.OPEN, fails)
    play(world, "9:40")
    monkeypatch.undo()
    world.at("9:55")
    assert "今日截止顺延至10:" in world.last("李梅").text
    world.at("10:20")
    world.taps("李梅", "零报告")
    assert not world.report("李梅").late


def test_a_failing_item_waits_and_those_after_it_do_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("a", "b", "c"):
        world.assign(sweep_form(code))

    def open_all_but_one(context: Any, assignment: Any) -> None:
        if assignment.code == "a":
            raise ZeroDivisionError
        next_period.create(context, assignment)

    work = tuple(replace(it, take=open_all_but_one) if it.name == "opening" else it for it in registry.DUE_WORK)
    monkeypatch.setattr(registry, "DUE_WORK", work)
    play(world, "7:40")
    assert {world.steps(code)["open1"].done_at is not None for code in ("b", "c", "health")} == {True}
    (one,) = stumbled(world)
    assert (one.source, one.healed_at, one.count > 2) == ("opening", None, True)
    monkeypatch.undo()
    world.at("7:55")
    assert world.steps("a")["open1"].done_at


def sweep_form(code: str) -> str:
    return HEALTH.replace("code: health", f"code: {code}")


def test_one_person_whose_reminder_fails_is_left_out_and_told_and_all_after_them_are_reminded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = remind._remind
    with world.database.reading() as session:
        first = session.exec(select(Person.id).where(Person.name == "王建国")).one()

    def remind_all_but_one(context: Any, it: Any, *more: Any) -> None:
        if it.report.person_id == first:
            raise ZeroDivisionError
        right(context, it, *more)

    monkeypatch.setattr(remind, "_remind", remind_all_but_one)
    world.at("9:01")
    reminded = {
        who for who in ("王建国", "张伟", "李梅", "Ann Lee", "赵强", "钱丽") if world.last(who).kind == "reminder"
    }
    assert reminded == {"张伟", "李梅", "Ann Lee", "赵强", "钱丽"}
    (one,) = stumbled(world)
    assert (one.label, one.count) == ("step.remind", 1)
    assert world.steps()["remind1"].outcome == "done"
    told = next(b.text for b in world.chat("周敏") if "提醒）出错" in b.text)
    assert "重试" not in told  # they are left out of this reminder for good


def test_whoever_was_left_out_of_a_step_is_never_looked_at_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remind, "_remind", fails)
    world.at("9:01")
    with world.database.reading() as session:
        assert len(session.exec(select(FailingWork)).all()) > 3
        assert failing_work.failing(session) == []
    world.at("20:05")
    evening = next(b.text for b in world.chat("周敏") if "自检" in b.text)
    assert "提醒）：出错" in evening
    assert "仍未恢复" not in evening


def test_one_unit_whose_summary_fails_costs_no_other_theirs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    right = publishing.post_unit

    def post_all_but_one(context: Any, period: Any, unit: Any, *more: Any, **options: Any) -> None:
        if unit.name == "一站":
            raise ZeroDivisionError
        right(context, period, unit, *more, **options)

    monkeypatch.setattr(publishing, "post_unit", post_all_but_one)
    world.at("10:30")
    assert "截至10:00" in world.last("group 二站").text
    assert "截至10:00" in world.last("group 区局").text
    assert "group 一站" not in world.phones
    with world.database.reading() as session:
        assert len(session.exec(select(Report)).all()) == 10
