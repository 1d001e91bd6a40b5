"""Who decides about whose leave, who was first, and what a lead enters at once."""

import pytest
from sqlmodel import select

from models.core.audit import AuditEntry
from models.core.database import Database
from models.organisation import people, units
from models.organisation.people import Membership, Role
from tests.handlers.absence.stored_leave import leave_of
from tests.support.world import World


@pytest.mark.sqlite
def test_refused_leave_excuses_nothing(world: World) -> None:
    world.says("李梅", "/leave 3d 就医")
    assert world.taps("王建国", "不同意") == "未同意，已告知李梅。"
    assert world.last("李梅").text == "✖️ 王建国未批准您的请假：11月23日至11月25日（3天），就医。请照常报送。"
    assert world.report("李梅").excused is None
    world.says("李梅", "/leave 3d 住院")
    assert "住院" in world.last("王建国").text


@pytest.mark.sqlite
def test_nobody_approves_their_own_leave_and_a_leads_goes_to_the_lead_above(world: World) -> None:
    assert "待陈局批准" in world.says("王建国", "/leave 2d 就医")
    own = leave_of(world, "王建国")
    assert "按钮" in (world.forges("王建国", f"excuse.approve.{own.id}") or "")
    assert leave_of(world, "王建国").state == "requested"
    assert "不能批准自己的请假" in world.says("王建国", "准假 1003 2d 就医")
    assert "已同意" in (world.taps("陈局", "同意") or "")
    assert world.report("王建国").excused == "leave: 就医 (1001)"


@pytest.mark.sqlite
def test_a_lead_beside_may_not_decide_about_a_lead(world: World) -> None:
    with world.database.writing() as session:
        one = units.unit_at(session, "区局/一站")
        membership = session.exec(
            select(Membership).where(
                Membership.person_id == people.find_person(session, "李梅").id, Membership.unit_id == one.id
            )
        ).one()
        membership.role = Role.LEAD
        session.add(membership)
    assert "“区局/一站”不在您负责的单位之列" in world.says("李梅", "准假 王建国 2d 就医")
    world.says("王建国", "/leave 2d 就医")
    assert "按钮" in (world.forges("李梅", f"excuse.approve.{leave_of(world, '王建国').id}") or "")


def test_the_leave_of_who_leads_the_whole_is_entered_at_once_and_on_record(world: World) -> None:
    assert "请假已登记：11月23日，就医。您没有上级负责人" in world.says("陈局", "/leave 1d 就医")
    assert world.report("陈局").excused == "leave: 就医 (1001)"
    with world.database.reading() as session:
        assert session.exec(
            select(AuditEntry).where(AuditEntry.what == "leave approved", AuditEntry.by == "1001")
        ).one()


@pytest.mark.sqlite
def test_where_nobody_leads_nobody_could_approve(database: Database) -> None:
    world = World(database)
    world.organisation("staff_no,name,unit,role\n1,甲,局,admin\n2,乙,局/站,\n")
    assert "无人可以批准" in world.says("乙", "/leave 1d 就医")
    assert "已批准您的请假" not in world.last("乙").text
    world.says("甲", "准假 乙 1d 就医")
    assert "甲已批准您的请假" in world.last("乙").text


@pytest.mark.sqlite
def test_other_peoples_people_and_forged_buttons_are_refused(world: World) -> None:
    world.says("李梅", "/leave 3d 就医")
    leave = leave_of(world, "李梅").id
    before = world.records()
    assert "“区局/一站”不在您负责的单位之列" in world.says("赵强", "准假 李梅 2d 就医")
    assert "仅限负责人使用" in world.says("张伟", "准假 李梅 2d 就医")
    for who in ("赵强", "张伟", "李梅"):
        for data in (f"excuse.approve.{leave}", f"excuse.refuse.{leave}"):
            assert "按钮" in (world.forges(who, data) or ""), (who, data)
    for who in ("赵强", "张伟"):
        assert "按钮" in (world.forges(who, f"leave.withdraw.{leave}") or "")
        assert "按钮" in (world.forges(who, f"leave.reason.{leave}.0") or "")
        assert "按钮" in (world.forges(who, f"leave.drop.{leave}") or "")
    for data in ("excuse.approve.999999", "leave.withdraw.999999", "leave.reason.999999.1", "leave.drop.99"):
        assert "按钮" in (world.forges("王建国", data) or ""), data
    for data in (
        "leave.days.20250101.1",
        "leave.days.20991231.1",
        "leave.days.20261301.1",
        "leave.days.0.1",
        "leave.days.20261201.0",
        "leave.days.20261201.999",
    ):
        assert world.forges("李梅", data), data
    assert (leave_of(world, "李梅").id, leave_of(world, "李梅").state) == (leave, "requested")
    assert world.records() == before


@pytest.mark.sqlite
def test_the_first_of_two_leads_decides_and_the_others_card_says_so(world: World) -> None:
    with world.database.writing() as session:
        one = units.unit_at(session, "区局/一站")
        session.add(Membership(person_id=people.find_person(session, "赵强").id, unit_id=one.id, role=Role.LEAD))
    world.says("李梅", "/leave 3d 就医")
    refuse, card = world.button("赵强", "不同意")
    world.taps("王建国", "同意")
    assert world.last("赵强").text.endswith("王建国07:30已同意。")
    assert world.last("赵强").id == card.id
    assert "已处理" in (world.forges("赵强", refuse.data, message=card.id) or "")
    assert leave_of(world, "李梅").state == "approved"
    assert leave_of(world, "李梅").decided_by == world.report("王建国").person_id


@pytest.mark.sqlite
def test_bare_excuse_shows_the_requests_waiting(world: World) -> None:
    assert "没有待批的请假" in world.says("王建国", "准假")
    world.says("李梅", "/leave 3d 就医")
    world.says("钱丽", "/leave 3d 事假")
    assert "有1件请假待批" in world.says("王建国", "准假")
    assert world.chat("王建国")[-2].labels == ["✅ 同意", "❌ 不同意"]
    assert sum("李梅（一站）请假" in b.text for b in world.chat("王建国")) == 1
    assert "有2件请假待批" in world.says("周敏", "准假")


def test_the_reason_for_entered_leave_may_be_tapped(world: World) -> None:
    world.says("王建国", "准假 Ann Lee 2d")
    world.taps("王建国", "就医", world.last("王建国"))
    assert "王建国 approved your leave: 23 Nov to 24 Nov (2 days), 就医" in world.last("Ann Lee").text
    assert world.report("Ann Lee").excused == "leave: 就医 (1003)"
