"""Leave: asked for, decided, entered, withdrawn; what it excuses before and after the close, never after the lock."""

from datetime import date, timedelta

import pytest
from sqlmodel import select, update

from models.absence import leave as absences
from models.absence.leave import Absence
from models.authority import responsibility
from models.core.audit import AuditEntry
from models.core.database import Database
from models.cycle import periods
from models.cycle.assignments import Assignment
from models.evidence import verification
from models.organisation import people, units
from models.organisation.people import Membership, Person, Role
from models.reporting import excuses
from models.reporting.excuses import Excuse
from tests.support.world import MONDAY, ROSTER, World

TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)


def _leave(world: World, who: str) -> Absence:
    with world.database.reading() as session:
        person = people.find_person(session, who)
        query = select(Absence).where(Absence.person_id == person.id).order_by(Absence.id.desc())  # type: ignore[attr-defined]
        return session.exec(query).first()  # type: ignore[return-value]


def _excuses(world: World, who: str, day: date = MONDAY) -> list[str | None]:
    report = world.report(who, day=day)
    with world.database.reading() as session:
        return [e.words for e in excuses.of_report(session, report)]


def _sound(world: World) -> None:
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def test_leave_is_asked_for_and_approved_by_one_tap(world: World) -> None:
    said = world.says("李梅", "/leave 3d 就医")
    assert said == "📨 已申请请假：11月23日至11月25日（3天），就医。等王建国批准。"
    assert world.last("李梅").labels == ["↩️ 撤回"]
    request = world.last("王建国")
    assert request.text == "🙋 李梅（一站）请假：11月23日至11月25日（3天），就医。"
    assert request.labels == ["✅ 同意", "❌ 不同意"]
    assert request.kind == "notice"
    assert world.report("李梅").excused is None

    assert world.taps("王建国", "同意") == "已同意，已告知李梅。"
    assert world.last("王建国").text == "🌿 李梅（一站）请假11月23日至11月25日（3天），就医。\n王建国07:30已同意。"
    assert world.last("李梅").text.startswith("🌿 王建国已准您的假：11月23日至11月25日（3天），就医。")
    report = world.report("李梅")
    assert (report.state, report.excused) == ("due", "leave: 就医 (1003)")
    with world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.about == "1005").order_by(AuditEntry.id)).all()  # type: ignore[arg-type]
        assert [c.what for c in noted] == ["leave requested", "leave approved"]


@pytest.mark.sqlite
def test_an_excused_person_is_neither_asked_nor_reminded_nor_told_of(world: World) -> None:
    world.says("李梅", "请假 3d 就医")
    world.taps("王建国", "同意")
    prompt = next(b for b in world.chat("李梅") if b.kind == "ask")
    assert "您已准假，不必报送" in prompt.text
    before = len(world.phones["1005"])
    world.at("11:01")
    assert len(world.phones["1005"]) == before
    assert "应报5（另准假1）" in world.last("group 一站").text
    told = [b.text for b in world.phones["1003"] if b.kind in ("escalation", "summary")]
    assert told
    assert not any("李梅" in t for t in told)
    world.at("23:59")
    world.at("0:05", TUESDAY)
    assert "漏报" not in "".join(b.text for b in world.chat("李梅"))
    world.at("9:35", TUESDAY)
    assert len(world.phones["1005"]) == before
    assert world.report("李梅", day=TUESDAY).excused == "leave: 就医 (1003)"
    world.at("8:00", MONDAY + timedelta(days=3))
    assert world.last("李梅").kind == "ask"
    _sound(world)


@pytest.mark.sqlite
def test_what_is_reported_on_leave_counts_all_the_same(world: World) -> None:
    world.says("王建国", "准假 李梅 2d 就医")
    assert "已收到零报告" in world.says("李梅", "零报告")
    figures = world.figures("区局/一站")
    assert (figures.zero, figures.excused, figures.expected) == (1, 0, 6)
    world.at("7:30", TUESDAY)
    world.says("李梅", "有情况")
    assert "体温" in world.last("李梅").text
    _sound(world)


@pytest.mark.sqlite
def test_status_shows_leave_and_lets_it_be_withdrawn(world: World) -> None:
    world.says("李梅", "/leave 明天 事假")
    world.says("李梅", "我的")
    told = next(b for b in reversed(world.chat("李梅")) if "我的今天" in b.text)
    assert "🌿 请假：11月24日，事假·待批准" in told.text
    assert world.taps("李梅", "撤回：11月24日", told) == "请假已撤回。"
    assert "已撤回" in world.last("王建国").text
    assert world.last("王建国").labels == []
    assert "已经处理过" in (world.forges("王建国", f"excuse.approve.{_leave(world, '李梅').id}") or "")
    assert _leave(world, "李梅").state == "withdrawn"


@pytest.mark.sqlite
def test_withdrawn_leave_is_owed_again_and_asked_for(world: World) -> None:
    world.says("李梅", "/leave 3d 就医")
    world.taps("王建国", "同意")
    world.at("8:00", TUESDAY)
    assert all(b.kind != "ask" or "11月24日" not in b.text for b in world.chat("李梅"))
    assert world.taps("李梅", "撤回") == "请假已撤回。"
    assert any(b.kind == "ask" and "11月24日，请于10:00前报送" in b.text for b in world.chat("李梅"))
    assert _excuses(world, "李梅", TUESDAY) == ["leave: 就医 (1003)", None]
    assert _excuses(world, "李梅") == ["leave: 就医 (1003)"]
    world.at("0:05", WEDNESDAY)
    assert world.figures("区局/一站", day=TUESDAY).missing == 6
    _sound(world)


def test_the_lead_undoes_what_was_entered(world: World) -> None:
    world.says("王建国", "准假 李梅 1d 就医")
    world.taps("王建国", "撤回")
    assert world.last("李梅").text.startswith("↩️ 王建国已撤回请假：11月23日，就医。")
    assert world.report("李梅").excused is None


def test_bare_leave_walks_through_days_and_reasons(world: World) -> None:
    assert "哪几天" in world.says("李梅", "请假")
    world.taps("李梅", "明天起3天")
    asked = world.last("李梅")
    assert asked.text == "🌿 11月24日至11月26日（3天）：因为什么？点一个，或打字。"
    assert asked.labels == ["就医", "病假", "事假", "年假", "出差", "✖️ 取消"]
    world.taps("李梅", "年假", asked)
    assert world.last("王建国").text == "🙋 李梅（一站）请假：11月24日至11月26日（3天），年假。"
    assert "已申请" in world.last("李梅").text


@pytest.mark.sqlite
def test_a_reason_may_be_typed_for_an_hour(world: World) -> None:
    world.says("李梅", "/leave 12-01 12-05")
    assert world.says("李梅", "带孩子看病").startswith("📨 已申请请假：12月1日至12月5日（5天），带孩子看病。")
    world.says("Ann Lee", "/leave 1d")
    world.at("9:00")
    assert "did not understand" in world.says("Ann Lee", "moving house")
    assert _leave(world, "Ann Lee").state == "draft"


def test_cancelling_asks_for_nothing(world: World) -> None:
    world.says("李梅", "/leave 2d")
    assert world.taps("李梅", "取消", world.last("李梅")) == "已取消，没有请假。"
    assert _leave(world, "李梅") is None
    assert "没看懂" in world.says("李梅", "带孩子看病")


@pytest.mark.sqlite
def test_refused_leave_excuses_nothing(world: World) -> None:
    world.says("李梅", "/leave 3d 就医")
    assert world.taps("王建国", "不同意") == "未同意，已告知李梅。"
    assert world.last("李梅").text == "✖️ 王建国没有同意您请假：11月23日至11月25日（3天），就医。请照常报送。"
    assert world.report("李梅").excused is None
    world.says("李梅", "/leave 3d 住院")
    assert "住院" in world.last("王建国").text


@pytest.mark.sqlite
def test_words_that_name_no_days_get_an_example(world: World) -> None:
    before = world.records()
    assert "请假 3d 就医" in world.says("李梅", "/leave 就医")
    assert "12月1日早于12月5日" in world.says("李梅", "/leave 12-05 12-01 就医")
    assert "11月20日已过" in world.says("李梅", "/leave 11-20 就医")
    assert "超过366天" in world.says("李梅", "/leave 400d 就医")
    assert "200字以内" in world.says("李梅", "/leave 1d " + "长" * 201)
    assert "给谁准假" in world.says("王建国", "准假 3d 就医")
    assert "给谁准假" in world.says("王建国", "准假 李梅")
    assert world.records() == before


@pytest.mark.sqlite
def test_leave_over_leave_is_refused_until_it_is_withdrawn(world: World) -> None:
    world.says("李梅", "/leave 3d 就医")
    assert "11月23日至11月25日已有请假" in world.says("李梅", "/leave 11-25 2d 事假")
    assert "已有请假" in world.says("王建国", "准假 李梅 11-24 就医")
    assert "已申请" in world.says("李梅", "/leave 11-26 2d 事假")


@pytest.mark.sqlite
def test_nobody_approves_their_own_leave_and_a_leads_goes_to_the_lead_above(world: World) -> None:
    assert "等陈局批准" in world.says("王建国", "/leave 2d 就医")
    own = _leave(world, "王建国")
    assert "按钮" in (world.forges("王建国", f"excuse.approve.{own.id}") or "")
    assert _leave(world, "王建国").state == "requested"
    assert "不能给自己准假" in world.says("王建国", "准假 1003 2d 就医")
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
    assert "“区局/一站”不在您负责的单位里" in world.says("李梅", "准假 王建国 2d 就医")
    world.says("王建国", "/leave 2d 就医")
    assert "按钮" in (world.forges("李梅", f"excuse.approve.{_leave(world, '王建国').id}") or "")


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
    assert "没有人能批准" in world.says("乙", "/leave 1d 就医")
    assert "已准您的假" not in world.last("乙").text
    world.says("甲", "准假 乙 1d 就医")
    assert "甲已准您的假" in world.last("乙").text


@pytest.mark.sqlite
def test_other_peoples_people_and_forged_buttons_are_refused(world: World) -> None:
    world.says("李梅", "/leave 3d 就医")
    leave = _leave(world, "李梅").id
    before = world.records()
    assert "“区局/一站”不在您负责的单位里" in world.says("赵强", "准假 李梅 2d 就医")
    assert "只限负责人使用" in world.says("张伟", "准假 李梅 2d 就医")
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
    assert (_leave(world, "李梅").id, _leave(world, "李梅").state) == (leave, "requested")
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
    assert "已经处理过" in (world.forges("赵强", refuse.data, message=card.id) or "")
    assert _leave(world, "李梅").state == "approved"
    assert _leave(world, "李梅").decided_by == world.report("王建国").person_id


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


@pytest.mark.sqlite
def test_excusing_before_the_close_changes_as_at_close(world: World) -> None:
    world.at("9:58")
    world.says("王建国", "准假 李梅 1d 就医")
    world.at("10:05")
    assert (world.at_close("区局/一站").excused, world.at_close("区局/一站").due) == (1, 5)  # type: ignore[union-attr]
    assert "截止后准假" not in world.last("group 一站").text
    _sound(world)


@pytest.mark.sqlite
def test_excusing_after_the_close_changes_only_as_now(world: World) -> None:
    world.at("10:06")
    kept = world.at_close("区局/一站")
    world.says("王建国", "准假 李梅 1d 就医")
    world.at("10:09")
    assert world.at_close("区局/一站") == kept
    assert kept is not None
    assert (kept.excused, world.figures("区局/一站").excused) == (0, 1)
    said = world.last("group 一站").text
    assert "截至10:00：应报6，已报0" in said
    assert "现在：应报5（另准假1）" in said
    assert "截止后准假1。" in said
    assert "截止后准假1。" in world.says("王建国", "汇总")
    world.says("李梅", "零报告")
    world.at("10:12")
    assert "截止后准假" not in world.last("group 一站").text
    world.at("0:05", TUESDAY)
    _sound(world)


@pytest.mark.sqlite
def test_after_the_lock_leave_changes_nothing(world: World) -> None:
    world.at("0:05", TUESDAY)
    said = world.says("王建国", "准假 李梅 11-23 3d 就医")
    assert "11月23日至11月25日" in said
    assert world.report("李梅").excused is None
    assert _excuses(world, "李梅") == []
    _sound(world)


@pytest.mark.sqlite
def test_the_last_one_excused_completes_the_unit(world: World) -> None:
    for who in ("王建国", "张伟", "李梅"):
        world.taps(who, "零报告")
    world.taps("张伟", "全部正常")
    world.taps("张伟", "是，全部正常")
    assert world.chat("group 一站") == []
    world.says("王建国", "准假 Ann Lee 1d 出差")
    world.at("7:35")
    assert "应报5（另准假1），已报5" in world.last("group 一站").text


def test_some_forms_ask_on_leave_all_the_same(database: Database) -> None:
    from tests.support.world import HEALTH

    world = World(database)
    world.organisation()
    world.assign(HEALTH.replace("about: persons", "about: persons\non_leave: asked"))
    world.at("7:30")
    world.says("王建国", "准假 李梅 3d 就医")
    assert world.report("李梅").excused is None
    assert "请于10:00前报送" in next(b for b in world.chat("李梅") if b.kind == "ask").text
    world.at("9:05", TUESDAY)
    assert world.last("李梅").kind == "reminder"
    with database.writing() as session:
        session.exec(select(Assignment)).one().on_leave = "excused"
    world.at("7:35", WEDNESDAY)
    assert world.report("李梅", day=TUESDAY).excused is None
    assert world.report("李梅", day=WEDNESDAY).excused == "leave: 就医 (1003)"


@pytest.mark.sqlite
def test_a_ward_is_excused_by_the_lead_and_nobody_is_asked_about_it(world: World) -> None:
    world.says("王建国", "准假 刘大爷 2d 住院")
    listed = next(b for b in world.chat("张伟") if b.kind == "wards")
    assert "▫️ 刘大爷·准假" in listed.text
    assert "▫️ 刘大爷" not in listed.labels
    world.taps("张伟", "孙阿姨", listed)
    world.taps("张伟", "正常", next(b for b in world.chat("张伟") if b.kind == "wards"))
    assert world.figures("区局/一站").silent == 4
    world.at("7:35", TUESDAY)
    assert "刘大爷·准假" in next(b for b in reversed(world.chat("张伟")) if b.kind == "wards").text


def test_shift_workers_are_excused_on_their_rest_days(database: Database) -> None:
    world = World(database)
    lines = ROSTER.strip().split("\n")
    world.organisation("\n".join([lines[0] + ",休息日", *(f"{x},{'一 二' if '李梅' in x else ''}" for x in lines[1:])]))
    world.assign()
    world.at("7:35")
    assert world.report("李梅").excused == "rest"
    assert _excuses(world, "李梅") == ["rest"]
    assert world.chat("李梅") == []
    assert "准假" in world.says("李梅", "我的")
    assert "已收到零报告" in world.says("李梅", "零报告")
    assert world.figures("区局/一站").zero == 1
    world.at("7:35", WEDNESDAY)
    assert world.report("李梅", day=WEDNESDAY).excused is None
    assert world.last("李梅").kind == "ask"
    _sound(world)


def test_withdrawn_leave_on_a_rest_day_leaves_the_rest_day(database: Database) -> None:
    world = World(database)
    lines = ROSTER.strip().split("\n")
    world.organisation(
        "\n".join([lines[0] + ",rest_days", *(f"{x},{'mon' if '李梅' in x else ''}" for x in lines[1:])])
    )
    world.assign()
    world.at("7:35")
    world.says("王建国", "准假 李梅 1d 就医")
    assert world.report("李梅").excused == "leave: 就医 (1003)"
    world.taps("李梅", "撤回")
    assert world.report("李梅").excused == "rest"
    assert _excuses(world, "李梅") == ["rest", "leave: 就医 (1003)", "rest"]


@pytest.mark.sqlite
def test_a_leaver_owes_nothing_from_that_day_on(world: World) -> None:
    from handlers.absence import leave_requests
    from models.changes import departures
    from models.core.errors import Refusal

    with world.database.writing() as session:
        with pytest.raises(Refusal) as refused:
            departures.leave(session, people.find_person(session, "张伟"), MONDAY, None, world.clock.now())
        assert refused.value.key == "leaving.wards"
        assert refused.value.values["wards"] == ["刘大爷", "孙阿姨"]
        changed = departures.leave(session, people.find_person(session, "李梅"), MONDAY, None, world.clock.now())
        assert [(p.day, r.excused) for p, r in changed] == [(MONDAY, "left")]
        leave_requests.refresh(world.desk.context(session, world.clock.now()), changed)
    assert world.figures("区局/一站").excused == 1
    world.at("7:35", TUESDAY)
    assert world.figures("区局/一站", day=TUESDAY).expected == 5
    _sound(world)


@pytest.mark.sqlite
def test_an_absent_reporters_wards_go_to_the_units_lead(world: World) -> None:
    world.says("张伟", "/leave 2d 就医")
    assert not any(b.kind == "wards" for b in world.chat("王建国"))
    world.taps("王建国", "同意")
    listed = next(b for b in world.chat("王建国") if b.kind == "wards")
    assert "刘大爷" in listed.text
    world.taps("王建国", "全部正常")
    assert world.taps("王建国", "是，全部正常") == "已收到2份（07:30）。"
    assert "全部报齐" in next(b for b in world.chat("张伟") if b.kind == "wards").text
    world.at("7:35", TUESDAY)
    assert not any(b.kind == "wards" and "11月24日" in b.text for b in world.chat("张伟"))
    assert any(b.kind == "wards" and "11月24日" in b.text for b in world.chat("王建国"))
    world.at("7:35", WEDNESDAY)
    assert any(b.kind == "wards" and "11月25日" in b.text for b in world.chat("张伟"))
    assert not any(b.kind == "wards" and "11月25日" in b.text for b in world.chat("王建国"))
    report = world.report("刘大爷", day=WEDNESDAY).id
    assert "按钮" in (world.forges("王建国", f"wards.zero.{report}") or "")


@pytest.mark.sqlite
def test_an_absent_lead_is_spared_and_the_lead_above_told(world: World) -> None:
    world.says("陈局", "准假 王建国 2d 就医")
    before = len(world.phones["1003"])
    world.at("11:01")
    assert len(world.phones["1003"]) == before
    world.says("李梅", "/leave 2d 就医")
    assert world.last("陈局").text == "🙋 李梅（一站）请假：11月23日至11月24日（2天），就医。"
    with world.database.reading() as session:
        one = units.unit_at(session, "区局/一站")
        assert [p.name for p in responsibility.leads_of(session, one, MONDAY)] == ["陈局"]
        assert [p.name for p in responsibility.leads_of(session, one, WEDNESDAY)] == ["王建国"]


@pytest.mark.sqlite
def test_where_all_are_away_up_to_the_top_the_leads_of_the_unit_answer_after_all(world: World) -> None:
    world.says("陈局", "准假 王建国 2d 就医")
    world.says("陈局", "/leave 2d 就医")
    with world.database.reading() as session:
        one = units.unit_at(session, "区局/一站")
        assert [p.name for p in responsibility.leads_of(session, one, MONDAY)] == ["王建国"]


def test_verify_finds_a_tampered_excuse(world: World) -> None:
    world.says("王建国", "准假 李梅 1d 就医")
    world.at("0:05", TUESDAY)
    _sound(world)
    for change in ({"words": "leave: 旅游 (1003)"}, {"by": None}, {"words": None}):
        with world.database.reading() as session:
            row = session.exec(select(Excuse)).one()
        with world.database.writing() as session:
            session.execute(update(Excuse).values(**change))  # past the ledger, as a forger would
        with world.database.reading() as session:
            kinds = {d[0] for d in verification.verify(session).differs}
        assert "seal_body" in kinds, change
        assert ("head" in kinds) == ("words" in change), change
        with world.database.writing() as session:
            session.execute(update(Excuse).values(words=row.words, by=row.by))
        _sound(world)


def test_a_row_excused_by_hand_is_found(world: World) -> None:
    with world.database.writing() as session:
        report = world.report("李梅")
        report.excused = "leave: 就医 (1003)"
        session.add(report)
    with world.database.reading() as session:
        assert {d[0] for d in verification.verify(session).differs} == {"head"}


@pytest.mark.sqlite
def test_leave_that_ends_yesterday_while_yesterday_is_open_excuses_it(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(lock="+1 12:00", opens="13:00", remind="", due="15:00", summary="15:05", summary_root="15:25",
                 escalate="")  # fmt: skip
    world.at("13:05")
    world.at("9:00", TUESDAY)
    world.says("王建国", "准假 李梅 昨天 病假")
    assert world.report("李梅").excused == "leave: 病假 (1003)"
    with database.reading() as session:
        assert [p.day for p in periods.running(session, world.clock.now())] == [MONDAY]
        person = session.exec(select(Person).where(Person.name == "李梅")).one()
        assert absences.away(session, [person.id], MONDAY) == {person.id}
        assert absences.away(session, [person.id], TUESDAY) == set()
