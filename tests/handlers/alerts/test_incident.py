"""Incidents: told at any hour and in any state, on record at once, outside every rate; added to, never changed."""

from datetime import date

import pytest
from sqlmodel import select

from models.alerts.alerts import Alert
from models.alerts.incidents import Incident
from models.core.database import Database
from models.organisation import people
from models.reporting.reports import Report
from tests.handlers.alerts.fevers import DEEP, begin, cards
from tests.handlers.alerts.incidents import receipt_of, told
from tests.support.filling import report_incident
from tests.support.world import World

TUESDAY = date(2026, 11, 24)


pytestmark = pytest.mark.world(begin=begin)


def test_an_incident_is_walked_through_told_and_receipted(world: World) -> None:
    assert world.says("张伟", "突发") == "【突发】\n请选择类别，也可直接输入情况。"
    assert world.last("张伟").labels == ["🩺 健康", "🔥 安全", "🚚 配送", "❗ 其他", "✖️ 取消"]
    world.taps("张伟", "安全")
    assert world.last("张伟").text == "【突发】 🔥 安全\n请用一两句话写明时间、地点、涉及人员和经过。"
    asked = world.says("张伟", "仓库起火，已断电")
    assert asked.startswith("【突发】 🔥 安全\n仓库起火，已断电\n\n上报后立即通知您的负责人。内容不能修改，只能补充。")
    assert world.last("张伟").labels == ["🚨 立即上报", "✖️ 取消"]
    assert told(world) == []
    toast = world.taps("张伟", "立即上报")
    with world.database.reading() as session:
        incident = session.exec(select(Incident)).one()
    assert toast == f"已收到，回执{incident.receipt}。"
    assert told(world) == [("safety", "仓库起火，已断电")]
    assert [b.text for b in world.chat("张伟") if b.kind == "incident"] == [
        f"✅ 【突发】已收到（11月23日 08:12），回执{incident.receipt}。\n“仓库起火，已断电”\n"
        "已立即通知王建国、刘洋。15分钟内无人接手，将报上一级。"
    ]
    assert (
        cards(world, "王建国")[0].text == "🔴 【突发】一站张伟08:12报：仓库起火，已断电。15分钟内无人接手，将报上一级。"
    )


def test_with_its_words_it_is_asked_only_to_be_confirmed(world: World) -> None:
    for words in ("突发 仓库起火", "/incident 仓库起火", "/突发 仓库起火"):
        assert world.says("张伟", words).startswith("【突发】\n仓库起火\n\n上报后")
    world.taps("张伟", "立即上报")
    assert told(world) == [("other", "仓库起火")]


@pytest.mark.sqlite
def test_words_typed_instead_of_a_kind_and_typed_once_more(world: World) -> None:
    world.says("张伟", "突发")
    world.says("张伟", "仓库其火")
    world.says("张伟", "仓库起火")
    assert len([b for b in world.chat("张伟") if b.kind == "incident"]) == 1
    world.taps("张伟", "立即上报")
    assert told(world) == [("other", "仓库起火")]


def test_a_cancelled_one_is_told_to_nobody(world: World) -> None:
    world.says("张伟", "突发 仓库起火")
    confirm, bubble = world.button("张伟", "立即上报")
    world.taps("张伟", "取消")
    assert receipt_of(world).text == "已取消，没有上报。"
    assert world.forges("张伟", confirm.data, message=bubble.id) == "这次突发情况已经上报或已取消。"
    world.says("张伟", "突发")
    assert world.says("张伟", "取消") == "已取消，没有上报。"
    assert told(world) == []
    assert cards(world, "王建国") == []


@pytest.mark.sqlite
def test_an_older_screens_button_tells_nothing(world: World) -> None:
    world.says("张伟", "突发 仓库起火")
    confirm, bubble = world.button("张伟", "立即上报")
    world.says("张伟", "仓库没有起火")
    assert world.forges("张伟", confirm.data, message=bubble.id) == "该步骤已完成，现在填到这里。"
    assert told(world) == []
    now, bubble = world.button("张伟", "立即上报")
    world.forges("张伟", now.data, message=bubble.id)
    world.forges("张伟", now.data, message=bubble.id)
    assert told(world) == [("other", "仓库没有起火")]


@pytest.mark.sqlite
def test_after_the_lock_at_night_and_before_any_period_it_is_told_all_the_same(database: Database) -> None:
    world = World(database)
    world.organisation(DEEP)
    world.at("3:10", TUESDAY)
    report_incident(world, "张伟", "库房进水")
    assert cards(world, "王建国")[0].text.startswith("🔴 【突发】一站张伟03:10报：库房进水。")
    world.at("3:26")
    assert len(cards(world, "孙处")) == 1


@pytest.mark.sqlite
def test_it_is_in_no_rate_and_says_so_on_leave_too(world: World) -> None:
    before = world.figures("区局")
    with world.database.writing() as session:
        report = session.get_one(Report, world.report("张伟").id)
        report.excused = "就医"
        session.add(report)
    report_incident(world, "张伟", "路上车祸")
    after = world.figures("区局")
    assert (after.received, after.filled) == (before.received, 0)
    assert (after.expected, after.excused) == (before.expected - 1, 1)
    assert len(cards(world, "王建国")) == 1
    world.at("0:30", TUESDAY)
    report_incident(world, "张伟", "又有情况")
    assert len(told(world)) == 2


@pytest.mark.sqlite
def test_the_one_who_told_it_sees_who_took_it(world: World) -> None:
    report_incident(world, "张伟", "仓库起火")
    world.at("8:28")
    assert "已立即通知王建国、刘洋、孙处。15分钟内无人接手，将报上一级。" in receipt_of(world).text
    world.taps("孙处", "我来处理")
    assert receipt_of(world).text.endswith("孙处08:28接手。")
    world.taps("孙处", "处理完毕")
    assert receipt_of(world).text.endswith("✅ 孙处08:28处理完毕。")
    assert len([b for b in world.chat("张伟") if b.kind == "incident"]) == 1


@pytest.mark.sqlite
def test_too_many_words_are_refused_and_may_be_typed_anew(world: World) -> None:
    world.says("张伟", "突发")
    assert "2,000" in world.says("张伟", "火" * 2001)
    world.says("张伟", "起火")
    world.taps("张伟", "立即上报")
    assert told(world) == [("other", "起火")]


@pytest.mark.sqlite
def test_what_was_typed_is_no_markup(world: World) -> None:
    report_incident(world, "张伟", "<b>a</b> {0} & {{ 1 }}")
    assert "报：<b>a</b> {0} & {{ 1 }}。" in cards(world, "王建国")[0].text


@pytest.mark.sqlite
def test_in_a_group_it_is_asked_in_private(world: World) -> None:
    world.says("张伟", "/incident 仓库起火", chat="group 一站")
    assert [b.text for b in world.chat("group 一站")] == ["已私信回复。"]
    assert "仓库起火" in world.last("张伟").text
    world.taps("张伟", "立即上报")
    assert [b.text for b in world.chat("group 一站")] == ["已私信回复。"]


@pytest.mark.sqlite
def test_the_directors_message_counts_it_and_the_groups_do_not_name_it(world: World) -> None:
    report_incident(world, "张伟", "仓库起火")
    world.taps("王建国", "我来处理")
    world.at("10:30")
    director = next(b for b in world.chat("陈局") if b.kind == "summary")
    assert "• 突发1（王建国处理中）" in director.text
    assert all("起火" not in world.last(f"group {u}").text for u in ("一站", "区局"))
    world.taps("王建国", "处理完毕")
    world.at("10:35")
    assert "突发" not in director.text


@pytest.mark.sqlite
def test_where_nobody_can_be_told_the_person_is_sent_to_the_telephone(database: Database) -> None:
    world = World(database)
    world.organisation(DEEP, enrolled="1004")
    report_incident(world, "张伟", "仓库起火")
    assert "目前没有能通知到的负责人，请立即打电话。" in receipt_of(world).text


@pytest.mark.sqlite
def test_a_lead_lists_incidents_with_the_other_alerts(world: World) -> None:
    report_incident(world, "张伟", "仓库起火")
    assert "🔴 一站张伟11月23日 08:12：仓库起火。未接手（刚刚上报）。" in world.says("孙处", "预警")
    assert "仓库起火" not in world.says("赵强", "预警")


@pytest.mark.sqlite
def test_an_incident_of_a_lead_goes_to_the_others_and_above(world: World) -> None:
    report_incident(world, "孙处", "我这里停电")
    assert (len(cards(world, "孙处")), len(cards(world, "陈局"))) == (0, 1)


def test_a_crash_in_telling_leaves_neither_record_nor_alert(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.says("张伟", "突发 仓库起火")
    confirm, bubble = world.button("张伟", "立即上报")

    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("handlers.alerts.notifying.announce", crash)
    assert "本步骤处理出错" in (world.forges("张伟", confirm.data, message=bubble.id) or "")
    with world.database.reading() as session:
        assert not session.exec(select(Incident)).all()
        assert not session.exec(select(Alert)).all()
    monkeypatch.undo()
    world.forges("张伟", confirm.data, message=bubble.id)
    assert told(world) == [("other", "仓库起火")]


@pytest.mark.sqlite
def test_incidents_are_told_through_the_home_unit(world: World) -> None:
    report_incident(world, "赵强", "少了一箱")
    with world.database.reading() as session:
        assert session.exec(select(Alert)).one().person_id == people.find_person(session, "赵强").id
    assert len(cards(world, "陈局")) == 1


@pytest.mark.sqlite
def test_help_names_both_commands_to_whom_they_are_for(world: World) -> None:
    assert "/incident 突发" in world.says("张伟", "帮助")
    assert "/alerts 预警" not in world.last("张伟").text
    assert "/alerts 预警" in world.says("王建国", "帮助")
