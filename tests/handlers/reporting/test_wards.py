"""Those without a chat: three answers each, and all normal for exactly the names on the screen."""

from datetime import date

import pytest
from sqlmodel import select

from models.core.database import Database
from models.organisation.people import Person
from models.reporting.reports import Report
from tests.support.world import ROSTER, Bubble, World

TUESDAY = date(2026, 11, 24)
THREE = ROSTER + "2003,吴奶奶,区局/一站,,ward,1004,\n"


def begin(world: World) -> None:
    world.organisation(THREE)
    world.assign()
    world.at("7:30")


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


def _list(world: World, who: str = "张伟") -> Bubble:
    return next(b for b in world.chat(who) if b.kind == "wards")


def test_a_reporter_gets_one_list_of_all(world: World) -> None:
    assert _list(world).text == ("【每日健康】11月23日，请于10:00前为您负责的3人报送：\n▫️ 刘大爷\n▫️ 孙阿姨\n▫️ 吴奶奶")
    assert _list(world).labels == ["✅ 全部正常", "▫️ 刘大爷", "▫️ 孙阿姨", "▫️ 吴奶奶"]
    assert len(world.chat("张伟")) == 2


def test_ones_own_zero_never_covers_the_wards(world: World) -> None:
    world.taps("张伟", "零报告")
    world.says("张伟", "零报告")
    assert [world.report(w).state for w in ("张伟", "刘大爷", "孙阿姨")] == ["zero", "due", "due"]
    assert "已收到零报告" in next(b for b in world.chat("张伟") if b.kind == "ask").text


def test_all_normal_names_them_first_and_covers_exactly_these(world: World) -> None:
    world.taps("张伟", "全部正常")
    asked = _list(world)
    assert "您声明：我今天已逐一联系。\n刘大爷、孙阿姨、吴奶奶：本人及同住家人无发热、无接触史。" in asked.text
    assert world.report("刘大爷").state == "due"
    assert world.taps("张伟", "是，全部正常") == "已收到3份（07:30）。"
    assert {world.report(w).state for w in ("刘大爷", "孙阿姨", "吴奶奶")} == {"zero"}
    assert world.report("张伟").state == "due"
    assert "全部报齐" in _list(world).text
    report = world.report("刘大爷")
    assert (report.proxy, report.submitted_by) == (True, world.report("张伟").person_id)


def test_back_from_the_confirmation_files_nothing(world: World) -> None:
    world.taps("张伟", "全部正常")
    world.taps("张伟", "返回", _list(world))
    assert _list(world).labels[0] == "✅ 全部正常"
    assert world.report("刘大爷").state == "due"


def test_a_list_that_changed_meanwhile_asks_again(world: World) -> None:
    world.taps("张伟", "全部正常")
    confirm, standing = world.button("张伟", "是，全部正常")
    world.forges("张伟", f"wards.uncontacted.{world.report('孙阿姨').id}")
    said = world.forges("张伟", confirm.data, message=standing.id)
    assert said == "名单已有变化，请重新核对姓名。"
    assert [world.report(w).state for w in ("刘大爷", "孙阿姨", "吴奶奶")] == ["due", "filled", "due"]
    world.taps("张伟", "全部正常")
    assert "刘大爷、吴奶奶：" in _list(world).text
    assert world.taps("张伟", "是，全部正常") == "已收到2份（07:30）。"
    assert world.report("孙阿姨").uncontacted


def test_one_ward_has_three_answers(world: World) -> None:
    world.taps("张伟", "刘大爷")
    assert "刘大爷情况如何？" in _list(world).text
    assert _list(world).labels == ["✅ 正常", "📝 有情况", "☎️ 未联系上", "⬅️ 返回"]
    assert world.taps("张伟", "正常", _list(world)) == "刘大爷：正常，07:30已收到。"
    assert "✅ 刘大爷 · 正常" in _list(world).text

    world.taps("张伟", "孙阿姨")
    assert world.taps("张伟", "未联系上") == "孙阿姨：未联系上，07:30已记录。"
    assert "☎️ 孙阿姨 · 未联系上" in _list(world).text

    world.taps("张伟", "吴奶奶")
    world.taps("张伟", "有情况", _list(world))
    world.says("张伟", "38.5")
    world.taps("张伟", "无", world.last("张伟"))
    world.taps("张伟", "跳过")
    assert "已收到" in (world.taps("张伟", "提交") or "")
    assert "📝 吴奶奶 · 有情况" in _list(world).text
    assert world.revisions("吴奶奶")[0].answers == {"temperature": 38.5, "contact": "no"}


def test_the_uncontacted_are_received_and_counted_apart(world: World) -> None:
    world.taps("张伟", "刘大爷")
    world.taps("张伟", "未联系上")
    figures = world.figures("区局/一站")
    assert (figures.received, figures.uncontacted, figures.proxy, figures.told) == (1, 1, 1, 0)
    world.at("10:05")
    assert "其中未联系上1" in world.last("group 一站").text


def test_a_ward_first_not_reached_is_reached_later(world: World) -> None:
    world.taps("张伟", "刘大爷")
    world.taps("张伟", "未联系上")
    world.taps("张伟", "刘大爷")
    world.taps("张伟", "正常", _list(world))
    assert [r.kind for r in world.revisions("刘大爷")] == ["filled", "zero"]
    assert not world.report("刘大爷").uncontacted


def test_reporting_the_same_twice_makes_no_second_revision(world: World) -> None:
    data = f"wards.uncontacted.{world.report('刘大爷').id}"
    world.forges("张伟", data)
    world.forges("张伟", data)
    assert len(world.revisions("刘大爷")) == 1
    zero = f"wards.zero.{world.report('孙阿姨').id}"
    world.forges("张伟", zero)
    world.forges("张伟", zero)
    assert len(world.revisions("孙阿姨")) == 1


def test_the_last_of_them_completes_the_unit(world: World) -> None:
    for who in ("王建国", "张伟", "李梅"):
        world.taps(who, "零报告")
    world.taps("Ann Lee", "Zero")
    assert world.chat("group 一站") == []
    world.taps("张伟", "全部正常")
    world.taps("张伟", "是，全部正常")
    world.at("7:35")
    assert "7/7 · 全部报齐" in world.last("group 一站").text


def test_a_reminder_brings_the_list_once_however_many_are_missing(world: World) -> None:
    world.taps("张伟", "零报告")
    world.at("9:00")
    lists = [b for b in world.phones["1004"] if b.kind == "wards"]
    assert len(lists) == 2
    assert lists[0].gone
    assert lists[1].text.startswith("⏰ 【每日健康】")


def test_yesterdays_list_says_that_it_is_locked_and_shows_todays(world: World) -> None:
    everything, standing = world.button("张伟", "全部正常")
    one, _ = world.button("张伟", "刘大爷")
    world.at("7:30", TUESDAY)
    before = world.records()
    assert world.forges("张伟", everything.data, message=standing.id) == "该条为11月23日的报告，已锁定。今天的见下方。"
    assert world.forges("张伟", one.data, message=standing.id) == "该条为11月23日的报告，已锁定。今天的见下方。"
    assert world.records() == before
    assert "11月24日" in world.last("张伟").text


def test_status_names_the_wards(world: World) -> None:
    world.taps("张伟", "刘大爷")
    world.taps("张伟", "未联系上")
    world.says("张伟", "我的")
    told = next(b for b in reversed(world.chat("张伟")) if "我的今天" in b.text)
    assert "☎️ 刘大爷" in told.text
    assert "▫️ 孙阿姨" in told.text


def test_a_ward_of_a_reporter_without_a_phone_is_silent_as_never_enrolled(database: Database) -> None:
    world = World(database)
    world.organisation(THREE, enrolled="1001 1003 1005 1006")
    world.assign()
    world.at("7:30")
    assert "未开通（4人）：张伟、刘大爷、孙阿姨、吴奶奶" in world.says("王建国", "进度")


def test_a_change_of_reporter_moves_the_list(world: World) -> None:
    with world.database.writing() as session:
        ward = session.exec(select(Person).where(Person.name == "吴奶奶")).one()
        ward.reporter_id = session.exec(select(Person.id).where(Person.name == "李梅")).one()
        session.add(ward)
    report = world.report("吴奶奶").id
    assert "按钮" in (world.forges("张伟", f"wards.zero.{report}") or "")
    assert "吴奶奶：正常" in (world.forges("李梅", f"wards.zero.{report}") or "")
    with world.database.reading() as session:
        assert session.get_one(Report, report).state == "zero"
