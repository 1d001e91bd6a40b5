"""Deputies: what passes over to them, from which day to which, and who may say so."""

from datetime import date, timedelta

import pytest

from models.authority import responsibility
from models.core.database import Database
from models.organisation import people, units
from tests.support.world import DELIVERY, MONDAY, World

TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=n) for n in (1, 2, 3))


def _leads(world: World, path: str, day: date) -> list[str]:
    with world.database.reading() as session:
        return [p.name for p in responsibility.leads_of(session, units.unit_at(session, path), day)]


@pytest.mark.sqlite
def test_the_answer_tells_what_passes_over_and_the_deputy_is_told(world: World) -> None:
    said = world.says("王建国", "/deputy 1005 11-24 11-25")
    assert said.startswith("🤝 李梅代理王建国：11月24日至11月25日（2天）。\n代理一站：汇总、未报提示、请假申请")
    assert world.last("王建国").labels == ["⏹ 结束代理"]
    assert world.last("李梅").text.startswith("🤝 王建国请您代理王建国：11月24日至11月25日（2天）。")
    assert world.last("李梅").kind == "notice"


@pytest.mark.sqlite
def test_a_deputy_may_what_the_lead_may_between_these_days_and_not_before_or_after(world: World) -> None:
    world.says("王建国", "代理 李梅 11-24 11-25")
    assert "仅限负责人使用" in world.says("李梅", "进度")
    assert _leads(world, "区局/一站", MONDAY) == ["王建国"]
    world.at("8:00", TUESDAY)
    assert "/6 · " in world.says("李梅", "进度")
    assert "“区局/二站”不在您负责的单位之列" in world.says("李梅", "进度 二站")
    world.says("Ann Lee", "/leave 1d ill")
    assert "Ann Lee（一站）请假" in world.last("李梅").text
    assert "已同意" in (world.taps("李梅", "同意") or "")
    assert world.last("王建国").text.endswith("李梅08:00已同意。")
    assert _leads(world, "区局/一站", WEDNESDAY) == ["王建国", "李梅"]
    world.at("8:00", THURSDAY)
    assert "仅限负责人使用" in world.says("李梅", "进度")
    assert _leads(world, "区局/一站", THURSDAY) == ["王建国"]


@pytest.mark.sqlite
def test_a_deputy_gets_what_an_absent_lead_would_get(world: World) -> None:
    world.says("陈局", "准假 王建国 11-24 11-25 出差")
    world.says("王建国", "代理 赵强 11-24 11-25")
    world.at("7:40", TUESDAY)
    world.taps("赵强", "零报告")  # spares the reminders, which would use up the day's noise budget
    world.at("11:01")
    told = [b.kind for b in world.chat("赵强") if "一站" in b.text]
    assert "summary" in told
    assert "escalation" in told
    assert world.unasked("王建国", TUESDAY) == []
    world.says("李梅", "/leave 2d 就医")
    assert "李梅（一站）请假" in world.last("赵强").text
    assert all("李梅（一站）" not in b.text for b in world.chat("陈局"))


@pytest.mark.sqlite
def test_a_deputy_does_not_decide_about_the_lead_or_about_themselves(world: World) -> None:
    world.says("王建国", "代理 李梅 3d")
    assert "待陈局批准" in world.says("王建国", "/leave 2d 就医")
    assert "“区局”不在您负责的单位之列" in world.says("李梅", "/team 区局")
    assert "“区局/一站”不在您负责的单位之列" in world.says("李梅", "准假 王建国 2d 就医")
    assert "待王建国批准" in world.says("李梅", "/leave 2d 就医")
    assert "不能批准自己的请假" in world.says("李梅", "准假 李梅 2d 就医")


@pytest.mark.sqlite
def test_unit_reports_are_asked_of_the_deputy(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY)
    world.at("7:30")
    world.says("陈局", "准假 王建国 2d 就医")
    asked = [b for b in world.chat("陈局") if b.kind == "ask" and "一站" in b.text]
    assert asked, "the lead above is asked at once"
    world.says("陈局", "代理 赵强 王建国 11-24")
    world.at("7:35", TUESDAY)
    mine = [b for b in world.chat("赵强") if b.kind == "ask" and "一站" in b.text]
    assert "11月24日" in mine[-1].text
    world.taps("赵强", "零报告", mine[-1])
    assert world.report("区局/一站", code="delivery", day=TUESDAY).state == "zero"
    assert not any(b.kind == "ask" and "一站" in b.text and "11月24日" in b.text for b in world.chat("陈局"))


@pytest.mark.sqlite
def test_a_reporters_deputy_gets_the_wards_list(world: World) -> None:
    said = world.says("王建国", "代理 李梅 张伟 11-24")
    assert "李梅代理张伟：11月24日。" in said
    assert "代为报送：刘大爷、孙阿姨。" in said
    assert "王建国请李梅做您的代理：11月24日。" in world.last("张伟").text
    report = world.report("刘大爷").id
    assert "按钮" in (world.forges("李梅", f"wards.zero.{report}") or "")
    world.at("7:35", TUESDAY)
    assert any(b.kind == "wards" and "11月24日" in b.text for b in world.chat("李梅"))
    assert any(b.kind == "wards" and "11月24日" in b.text for b in world.chat("张伟"))
    world.taps("李梅", "全部正常")
    world.taps("李梅", "是，全部正常")
    assert "全部报齐" in next(b for b in reversed(world.chat("张伟")) if b.kind == "wards").text
    assert world.report("刘大爷", day=TUESDAY).submitted_by == world.report("李梅").person_id
    world.at("7:35", WEDNESDAY)
    assert not any(b.kind == "wards" and "11月25日" in b.text for b in world.chat("李梅"))


def test_a_deputy_from_today_is_asked_at_once(world: World) -> None:
    world.says("王建国", "代理 李梅 张伟 1d")
    assert any(b.kind == "wards" for b in world.chat("李梅"))
    assert len([b for b in world.phones["1004"] if b.kind == "wards"]) == 1


def test_bare_it_shows_who_stands_in_and_people_to_tap(world: World) -> None:
    said = world.says("王建国", "代理")
    assert "目前没有代理" in said
    assert world.last("王建国").labels == ["👤 张伟", "👤 李梅", "👤 Ann Lee"]
    world.taps("王建国", "李梅")
    assert "由李梅代理您哪几天" in world.last("王建国").text
    world.taps("王建国", "明天")
    assert "李梅代理王建国：11月24日。" in world.last("王建国").text
    assert "由李梅代理您哪几天" in world.says("王建国", "代理 李梅")
    assert "李梅代理王建国：11月24日。" in world.says("王建国", "代理")
    assert world.taps("王建国", "结束代理：李梅") == "李梅不再代理王建国。"
    assert "您不再代理王建国" in world.last("李梅").text
    assert _leads(world, "区局/一站", TUESDAY) == ["王建国"]


@pytest.mark.sqlite
def test_what_makes_no_deputy_is_refused(world: World) -> None:
    before = world.records()
    for words in ("李梅 11-24 11-25 因为", "11-24"):
        assert "由谁代理、起止日期" in world.says("王建国", f"代理 {words}"), words
    assert "未找到“某某”" in world.says("王建国", "代理 某某 1d")
    assert "王建国不能代理王建国" in world.says("王建国", "代理 王建国 1d")
    assert "刘大爷不能代理王建国" in world.says("王建国", "代理 刘大爷 1d")
    assert "李梅不是负责人，也不代他人报送" in world.says("王建国", "代理 张伟 李梅 1d")
    assert "“区局/二站”不在您负责的单位之列" in world.says("王建国", "代理 李梅 赵强 1d")
    assert "11月20日已过" in world.says("王建国", "代理 李梅 11-20")
    assert "早于" in world.says("王建国", "代理 李梅 11-25 11-24")
    assert "仅限负责人使用" in world.says("李梅", "代理 张伟 1d")
    assert world.records() == before
    world.says("王建国", "代理 李梅 3d")
    assert "11月23日至11月25日已由李梅代理王建国" in world.says("王建国", "代理 赵强 11-25")


def test_forged_deputy_buttons_are_refused(world: World) -> None:
    world.says("王建国", "代理 李梅 11-24 11-25")
    button, _ = world.button("王建国", "结束代理")
    before = world.records()
    for who in ("赵强", "张伟", "Ann Lee"):
        assert world.forges(who, button.data), who
    for data in ("deputy.who.999999", "deputy.days.999999.20270101.1", "deputy.end.999999", "deputy.days.1.20270101.0"):
        assert "按钮" in (world.forges("王建国", data) or ""), data
    ann = world.report("李梅").person_id
    assert "须从今天" in (world.forges("王建国", f"deputy.days.{ann}.20250101.1") or "")
    assert world.records() == before
    assert _leads(world, "区局/一站", TUESDAY) == ["王建国", "李梅"]


def test_a_deputy_who_is_away_does_not_count(world: World) -> None:
    world.says("陈局", "准假 王建国 2d 就医")
    world.says("陈局", "代理 李梅 王建国 2d")
    assert _leads(world, "区局/一站", MONDAY) == ["李梅"]
    world.says("陈局", "准假 李梅 1d 就医")
    assert _leads(world, "区局/一站", MONDAY) == ["陈局"]
    assert _leads(world, "区局/一站", TUESDAY) == ["李梅"]


def test_who_is_no_lead_any_more_has_no_deputy_with_rights(world: World) -> None:
    from sqlmodel import select

    world.says("王建国", "代理 李梅 3d")
    with world.database.writing() as session:
        lead = people.find_person(session, "王建国")
        held = session.exec(select(people.Membership).where(people.Membership.person_id == lead.id)).one()
        held.role = people.Role.MEMBER
        session.add(held)
    assert "仅限负责人使用" in world.says("李梅", "进度")
    assert _leads(world, "区局/一站", MONDAY) == []


def test_a_number_reads_out_nobody_elsewhere_and_not_whether_it_is_anybodys(world: World) -> None:
    """A lead typed numbers one after another and read out who they are, the director and wards of others too."""
    before = world.records()
    for number in ("1001", "1007", "1008", "9999"):
        for words in (number, f"{number} 1d", f"{number} 1005 1d"):
            said = world.says("王建国", f"/deputy {words}")
            assert f"未找到“{words.removesuffix(' 1d')}”。本单位人员请写姓名或工号" in said, words
            assert not any(name in said for name in ("陈局", "赵强", "钱丽")), words
    assert world.records() == before
    assert "由李梅代理您哪几天" in world.says("王建国", "/deputy 1005")
    assert "由赵强代理您哪几天" in world.says("王建国", "/deputy 赵强")
    assert "由赵强代理您哪几天" in world.says("陈局", "/deputy 1007")
