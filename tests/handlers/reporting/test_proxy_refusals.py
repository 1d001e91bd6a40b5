"""What is not filed for anybody: after the lock, for others' people, by forged buttons."""

import pytest
from sqlmodel import select

from models.organisation.people import Membership, Person
from tests.support.world import TUESDAY, World


@pytest.mark.sqlite
def test_nothing_is_filed_for_anybody_after_the_lock(world: World) -> None:
    world.says("王建国", "代报 李梅 零报告 电话确认")
    confirm, _ = world.button("王建国", "确认代报")
    report = world.report("李梅").id
    world.at("0:01", TUESDAY)
    before = world.records()
    assert "已锁定" in (world.forges("王建国", confirm.data) or "")
    assert "已锁定" in (world.forges("王建国", f"proxy.kind.{report}.zero") or "")
    assert "现在没有要李梅报的" in world.says("王建国", "代报 李梅 零报告 电话确认")
    assert world.records() == before


@pytest.mark.sqlite
def test_people_of_other_units_and_unknown_ones_are_refused(world: World) -> None:
    before = world.records()
    assert "“区局/二站”不在您负责的单位里" in world.says("王建国", "代报 钱丽 零报告 电话确认")
    assert "“区局”不在您负责的单位里" in world.says("王建国", "代报 陈局 零报告 电话确认")
    assert "“区局/二站”不在您负责的单位里" in world.says("王建国", "代报 二站")
    assert "没有叫“某某”的人" in world.says("王建国", "代报 某某 零报告 电话确认")
    assert "只限负责人使用" in world.says("李梅", "代报 张伟 零报告 电话确认")
    assert world.records() == before


@pytest.mark.sqlite
def test_forged_buttons_file_nothing(world: World) -> None:
    world.says("王建国", "代报 李梅 零报告 电话确认")
    confirm, _ = world.button("王建国", "确认代报")
    other, own = world.report("钱丽").id, world.report("王建国").id
    with world.database.reading() as session:
        period = world.period(session).id
        two = session.exec(select(Membership.unit_id).join(Person).where(Person.name == "赵强")).one()
    before = world.records()
    assert "按钮" in (world.forges("李梅", confirm.data) or "")
    assert "已提交或已取消" in (world.forges("赵强", confirm.data) or "")
    assert "已提交或已取消" in (world.forges("王建国", "proxy.confirm.999.1") or "")
    assert "已往前走" in (world.forges("王建国", confirm.data.rpartition(".")[0] + ".1") or "")
    for action in ("proxy.person.{}", "proxy.kind.{}.zero", "proxy.cancel.{}"):
        assert "不在您负责的单位里" in (world.forges("王建国", action.format(other)) or ""), action
        assert "请自己报" in (world.forges("王建国", action.format(own)) or ""), action
        assert "已不存在" in (world.forges("王建国", action.format(9999)) or ""), action
        assert "按钮" in (world.forges("李梅", action.format(own)) or ""), action
    assert "不在您负责的单位里" in (world.forges("王建国", f"proxy.unit.{period}.{two}") or "")
    assert "按钮" in (world.forges("李梅", f"report.correct.{other}") or "")
    assert world.records() == before
    assert not [r for who in ("李梅", "钱丽", "王建国") for r in world.revisions(who)]


@pytest.mark.sqlite
def test_a_form_draft_cannot_be_confirmed_as_a_zero_nor_the_reverse(world: World) -> None:
    world.says("王建国", "代报 李梅 有情况 电话确认")
    draft, revision = world.button("王建国", "取消", world.last("王建国"))[0].data.split(".")[2:]
    world.forges("王建国", f"proxy.confirm.{draft}.{revision}")
    world.says("王建国", "/proxy 张伟 zero 电话确认")
    draft, revision = world.button("王建国", "确认代报")[0].data.split(".")[2:]
    assert "已提交或已取消" in (world.forges("王建国", f"answer.submit.{draft}.{revision}") or "")
    assert world.revisions("李梅") + world.revisions("张伟") == []


def test_a_lead_who_is_none_any_more_cannot_finish_what_was_begun(world: World) -> None:
    world.says("王建国", "代报 李梅 有情况 电话确认")
    with world.database.writing() as session:
        session.delete(session.exec(select(Membership).join(Person).where(Person.name == "王建国")).one())
        other = session.exec(select(Membership.unit_id).join(Person).where(Person.name == "钱丽")).first()
        lead = session.exec(select(Person.id).where(Person.name == "王建国")).one()
        session.add(Membership(person_id=lead, unit_id=other or 0, role="lead", home=True))
    assert "不在您负责的单位里" in world.says("王建国", "38.2")
    assert "我没看懂" in world.says("王建国", "38.2")
