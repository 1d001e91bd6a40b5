"""Changes are shown and confirmed: by whom, once, in time, and taken back before their day."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.cycle import assignments
from models.organisation import people, units
from models.organisation.people import Membership, Role
from tests.support.admins import home_of
from tests.support.world import TUESDAY, WEDNESDAY, World


@pytest.mark.sqlite
def test_a_planned_change_can_be_taken_back(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站")
    world.taps("周敏", "确认")
    assert "已撤销" in world.says("周敏", "/people undo 1")
    assert "没有编号1的预定改动" in world.says("周敏", "/people undo 1")
    assert "没有编号7的预定改动" in world.says("周敏", "/form undo 7")
    world.at("7:30", TUESDAY)
    assert home_of(world, "李梅") == "区局/一站"


@pytest.mark.sqlite
def test_cancelling_and_waiting_change_nothing(world: World) -> None:
    before = world.records()
    world.says("周敏", "/people leave 1005")
    assert world.taps("周敏", "取消") == "未作改动。"
    assert world.last("周敏").labels == [], "an answered question has no buttons"
    world.says("周敏", "/people leave 1005")
    yes, bubble = world.button("周敏", "确认")
    world.at("7:45")
    assert "已超过十分钟" in (world.forges("周敏", yes.data, message=bubble.id) or "")
    assert [r for r in world.records() if "draft" in r] == [r for r in before if "draft" in r]
    assert home_of(world, "李梅") == "区局/一站"


def test_a_question_is_answered_once_and_by_the_one_who_was_asked(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站")
    yes, _ = world.button("周敏", "确认")
    for other in ("李梅", "王建国", "陈局"):
        assert world.forges(other, yes.data), other
    assert world.forges("周敏", yes.data) is None
    assert "已答复" in (world.forges("周敏", yes.data) or "")
    with world.database.reading() as session:
        assert len(session.exec(select(assignments.Assignment)).all()) == 1


@pytest.mark.sqlite
def test_what_was_changed_in_between_is_not_done(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站")
    yes, _ = world.button("周敏", "今天起生效")
    with world.database.writing() as session:
        mei = people.find_person(session, "李梅")
        session.add(Membership(person_id=mei.id, unit_id=units.unit_at(session, "区局/防疫专班").id))
    assert "情况有变" in (world.forges("周敏", yes.data) or "")
    assert home_of(world, "李梅") == "区局/一站"


def test_a_planned_change_that_fits_no_more_is_told_and_not_made(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站")
    world.taps("周敏", "确认")
    world.says("周敏", "/people move 1005 区局/二站 今天")
    world.taps("周敏", "确认")
    world.at("7:30", TUESDAY)
    assert any("未能执行" in b.text and "已经在区局/二站" in b.text for b in world.chat("周敏"))


@pytest.mark.sqlite
def test_days_pass_in_the_order_they_were_planned(world: World) -> None:
    for day, unit in ((TUESDAY + timedelta(days=1), "区局/一站"), (TUESDAY, "区局/二站")):
        world.says("周敏", f"/people role 1006 lead {unit} {day}")
        world.taps("周敏", "确认")
    world.at("7:30", TUESDAY)
    world.at("7:30", WEDNESDAY)
    with world.database.reading() as session:
        held = {u.path: r for r, u in people.roles(session, people.find_person(session, "1006"))}
    assert held["区局/一站"] == Role.LEAD
