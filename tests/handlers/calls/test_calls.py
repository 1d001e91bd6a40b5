"""Calls to wards: whom to call today, what came of it filed as the ward's report, three tries and an alert."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from handlers.calls import calls_file, lists
from handlers.core.rendering import Renderer
from handlers.exports import file_words
from models.alerts.alerts import Alert
from models.authority import responsibility
from models.calls.calls import CalledWard, PhoneCall
from models.changes import roster_import
from models.core.audit import AuditEntry
from models.organisation.people import Person
from tests.support.admins import send_file
from tests.support.world import HEALTH, MONDAY, World

pytestmark = pytest.mark.sqlite
REPORTER, LEAD, OTHER_LEAD, WARD, SECOND = "张伟", "王建国", "赵强", "刘大爷", "孙阿姨"


@pytest.fixture(autouse=True)
def phones(world: World) -> None:
    with world.database.writing() as session:
        for name, phone in ((WARD, "13800002001"), (SECOND, None)):
            person = session.exec(select(Person).where(Person.name == name)).one()
            person.phone = phone
            session.add(person)


def on_record(world: World) -> list[tuple[str, str, str]]:
    """Return whom who called, and what came of it."""
    with world.database.reading() as session:
        found = session.exec(select(PhoneCall).order_by(col(PhoneCall.id))).all()
        names = {it.id: it.name for it in session.exec(select(Person)).all()}
        return [(names[it.by], names[it.person_id], it.outcome) for it in found]


def opens(world: World, who: str = REPORTER, ward: str = WARD) -> None:
    world.says(who, "电访")
    world.taps(who, f"📞 {ward}")


def misses(world: World, who: str = REPORTER, ward: str = WARD) -> str | None:
    opens(world, who, ward)
    return world.taps(who, "未联系上")


def alert(world: World) -> Alert | None:
    with world.database.reading() as session:
        return session.exec(select(Alert).where(Alert.rule == "no-answer").order_by(col(Alert.id).desc())).first()


def next_days(world: World, n: int) -> date:
    day = MONDAY + timedelta(days=n)
    world.at("7:40", day)
    return day


def test_a_reporter_sees_whom_to_call_with_the_phone_as_it_is_dialled(world: World) -> None:
    world.at("7:40")
    said = world.says(REPORTER, "/calls")
    assert "电话随访" in said and "刘大爷" in said and "孙阿姨" in said
    assert "138 0000 2001" in said or "13800002001" in said
    assert "无电话" in said and said.count("尚未拨打过") == 2


def test_reached_with_nothing_files_the_zero_whose_words_were_shown(world: World) -> None:
    world.at("7:40")
    opens(world)
    assert "发热" in world.last(REPORTER).text
    assert "已收到零报告" in (world.taps(REPORTER, "已联系上，无情况") or "")
    assert world.report(WARD).state == "zero"
    assert on_record(world) == [(REPORTER, WARD, "nothing")]
    world.says(REPORTER, "电访")
    assert f"📞 {WARD}" not in world.last(REPORTER).labels
    assert f"📞 {SECOND}" in world.last(REPORTER).labels


def test_two_taps_on_the_same_button_are_one_call(world: World) -> None:
    world.at("7:40")
    opens(world)
    button, _ = world.button(REPORTER, "已联系上，无情况")
    world.taps(REPORTER, "已联系上，无情况")
    said = world.forges(REPORTER, button.data) or ""
    assert "您今天" in said and "未作改动" in said
    assert len(on_record(world)) == 1


def test_reached_with_something_begins_the_wards_form_and_goes_on_with_it(world: World) -> None:
    world.at("7:40")
    opens(world)
    world.taps(REPORTER, "有情况")
    assert on_record(world) == [(REPORTER, WARD, "something")]
    assert world.report(WARD).state == "due"
    said = world.says(REPORTER, "/calls")
    assert "表单未填完" in said
    world.taps(REPORTER, "继续")
    assert len(on_record(world)) == 1


def test_not_reached_is_a_try_once_a_day_and_files_nothing(world: World) -> None:
    world.at("7:40")
    assert "未联系上" in (misses(world) or "")
    assert world.report(WARD).state == "due"
    said = world.forges(REPORTER, f"calls.missed.{world.report(WARD).person_id}") or ""
    assert "未作改动" in said
    assert on_record(world) == [(REPORTER, WARD, "missed")]


def test_whoever_did_not_answer_is_reached_later_the_same_day(world: World) -> None:
    world.at("7:40")
    misses(world)
    world.taps(REPORTER, "再打：刘大爷")
    world.taps(REPORTER, "已联系上，无情况")
    assert [it[2] for it in on_record(world)] == ["missed", "nothing"]
    with world.database.reading() as session:
        assert session.exec(select(CalledWard)).one().tries == 0


def test_whoever_was_reached_at_last_is_not_offered_again(world: World) -> None:
    world.at("7:40")
    misses(world)
    assert "📞 再打：刘大爷" in world.last(REPORTER).labels
    world.taps(REPORTER, "再打：刘大爷")
    world.taps(REPORTER, "已联系上，无情况")
    world.says(REPORTER, "电访")
    assert "📞 再打：刘大爷" not in world.last(REPORTER).labels


def test_a_form_about_somebody_who_was_zero_before_is_unfinished_until_it_is_filed(world: World) -> None:
    world.at("7:40")
    world.taps(REPORTER, "全部正常")
    world.taps(REPORTER, "是，全部正常")
    assert world.report(WARD).state == "zero"
    opens(world)
    world.taps(REPORTER, "有情况")
    assert "表单未填完" in world.says(REPORTER, "/calls")
    assert any("▶️ 继续填报：刘大爷" in it.labels for it in world.chat(REPORTER))


def test_three_tries_on_three_days_raise_an_alert_and_reaching_withdraws_it(world: World) -> None:
    for n in range(3):
        assert alert(world) is None
        next_days(world, n)
        misses(world)
    raised = alert(world)
    assert raised is not None and raised.level == "orange" and raised.closed_at is None
    world.deliver()
    assert "3天电话未联系上" in "".join(b.text for b in world.chat(LEAD))
    next_days(world, 3)
    world.says(REPORTER, f"电访 {WARD}")
    world.taps(REPORTER, "已联系上，无情况")
    closed = alert(world)
    assert closed is not None and closed.closed_at is not None and closed.corrected


def not_reached_on_three_days(world: World) -> Alert:
    for n in range(3):
        next_days(world, n)
        misses(world)
    raised = alert(world)
    assert raised is not None and raised.closed_at is None
    world.deliver()
    return raised


@pytest.mark.parametrize("words", ["/people leave 2001", "/people move 2001 区局/二站"], ids=["leaving", "moving"])
@pytest.mark.parametrize("day", ["今天", "11-26"], ids=["at once", "as planned"])
def test_the_alert_of_a_ward_who_is_not_the_units_any_more_is_withdrawn(world: World, words: str, day: str) -> None:
    raised = not_reached_on_three_days(world)
    world.says("周敏", f"{words} {day}")
    world.taps("周敏", "确认")
    world.tick()
    if day != "今天":
        held = alert(world)
        assert held is not None and held.closed_at is None, "not before the day of the change"
        world.at("0:30", MONDAY + timedelta(days=3))
    withdrawn(world, raised)


def withdrawn(world: World, raised: Alert) -> None:
    closed = alert(world)
    assert closed is not None and closed.id == raised.id
    assert closed.closed_at is not None and closed.corrected and closed.climbs_at is None
    told = next(b for b in reversed(world.chat(LEAD)) if "3天电话未联系上" in b.text)
    assert "预警撤销" in told.text and "离开、调动或改为自行报送" in told.text
    assert not told.labels
    assert "预警已撤销" in (world.forges(LEAD, f"alerts.take.{closed.id}") or "")
    with world.database.reading() as session:
        assert session.exec(select(AuditEntry).where(AuditEntry.what == "alert withdrawn")).one().by == "clock"


SELF = "staff_no,name,unit,role,kind,reporter\n2001,刘大爷,区局/一站,,staff,\n"


def by_chat(world: World, text: str) -> None:
    send_file(world, "周敏", "roster.csv", text)
    world.taps("周敏", "导入")


def at_the_terminal(world: World, text: str) -> None:
    """Import as `zeroreport import` does: in another process, beside the program."""
    with world.database.writing() as session:
        roster_import.take(session, roster_import.read(text.encode()), world.local("9:00").date())


@pytest.mark.parametrize("door", [by_chat, at_the_terminal])
def test_a_roster_withdraws_the_alert_through_whatever_door_it_comes(
    world: World, door: Callable[[World, str], None]
) -> None:
    raised = not_reached_on_three_days(world)
    door(world, SELF)
    world.tick()
    withdrawn(world, raised)


def test_the_tries_begin_anew_in_another_unit(world: World) -> None:
    for n in range(2):
        next_days(world, n)
        misses(world)
    world.says("周敏", "/people move 2001 区局/二站 今天")
    world.taps("周敏", "确认")
    next_days(world, 2)
    world.says(OTHER_LEAD, "电访")
    assert "未联系上" not in world.last(OTHER_LEAD).text, "nobody there has tried"
    assert "1天" in (misses(world, OTHER_LEAD) or "")
    assert alert(world) is None
    for n in (3, 4):
        next_days(world, n)
        misses(world, OTHER_LEAD)
    raised = alert(world)
    assert raised is not None and raised.closed_at is None
    assert "3天电话未联系上" in "".join(b.text for b in world.chat(OTHER_LEAD))
    assert "3天电话未联系上" not in "".join(b.text for b in world.chat(LEAD))


def test_a_change_about_somebody_else_leaves_the_alert_open(world: World) -> None:
    not_reached_on_three_days(world)
    world.says("周敏", "/people leave 2002 今天")
    world.taps("周敏", "确认")
    world.tick()
    held = alert(world)
    assert held is not None and held.closed_at is None


def test_how_many_are_listed_and_when_an_alert_goes_out_are_settings(world: World) -> None:
    world.set_defaults(calls_a_day=1, calls_tries=2)
    next_days(world, 0)
    world.says(REPORTER, "电访")
    assert [f"📞 {it}" in world.last(REPORTER).labels for it in (WARD, SECOND)] == [True, False]
    assert "满2天将预警" in (misses(world) or "")
    next_days(world, 1)
    assert "已有2天未联系上" in (misses(world) or "")
    assert alert(world) is not None


def test_three_tries_keep_the_place_and_then_go_to_the_end(world: World) -> None:
    for n in range(3):
        next_days(world, n)
        said = world.says(REPORTER, "电访")
        assert said.index(WARD) < said.index(SECOND)
        misses(world)
    next_days(world, 3)
    said = world.says(REPORTER, "电访")
    assert said.index(SECOND) < said.index(WARD)


def test_whoever_calls_a_ward_second_is_told_who_called_first(world: World) -> None:
    world.at("7:40")
    opens(world)
    opens(world, LEAD)
    world.taps(REPORTER, "已联系上，无情况")
    said = world.taps(LEAD, "已联系上，无情况") or ""
    assert "张伟今天07:40已拨打刘大爷的电话（已联系上，无情况）" in said
    assert len(on_record(world)) == 1


def test_a_lead_who_does_not_report_for_the_ward_files_by_proxy(world: World) -> None:
    world.at("7:40")
    opens(world, LEAD)
    world.taps(LEAD, "已联系上，无情况")
    report = world.report(WARD)
    assert (report.state, report.proxy) == ("zero", True)
    world.deliver()
    assert "电话随访得知" in "".join(b.text for b in world.chat(REPORTER))


def test_a_lead_fills_in_the_form_by_proxy(world: World) -> None:
    world.at("7:40")
    opens(world, LEAD)
    world.taps(LEAD, "有情况")
    assert on_record(world) == [(LEAD, WARD, "something")]
    assert "电话随访得知" in world.last(LEAD).text or "刘大爷" in world.last(LEAD).text


def test_a_lead_who_begins_the_form_again_answers_on_the_newest_screen(world: World) -> None:
    world.at("7:40")
    opens(world, LEAD)
    world.taps(LEAD, "有情况")
    old = world.last(LEAD).content.buttons[0][0].data
    world.says(LEAD, "/calls")
    world.taps(LEAD, "继续")
    assert world.last(LEAD).content.buttons[0][0].data != old
    said = world.forges(LEAD, old) or ""
    assert "该步骤已完成" in said


def test_what_was_reported_meanwhile_is_not_replaced_unseen(world: World) -> None:
    world.at("7:40")
    opens(world)
    world.forges(REPORTER, f"wards.zero.{world.report(WARD).id}")
    said = world.taps(REPORTER, "已联系上，无情况", world.chat(REPORTER)[-1]) or ""
    assert "已有变化" in said
    assert on_record(world) == []
    world.taps(REPORTER, "已联系上")
    assert on_record(world) == [(REPORTER, WARD, "reached")]


def test_without_a_task_only_the_call_is_on_record(world: World) -> None:
    world.at("3:00", MONDAY + timedelta(days=1))
    opens(world)
    assert "只登记本次拨打结果" in world.last(REPORTER).text
    world.taps(REPORTER, "已联系上")
    assert on_record(world) == [(REPORTER, WARD, "reached")]


def test_a_ward_who_has_left_is_on_no_list_and_an_old_button_does_nothing(world: World) -> None:
    world.at("7:40")
    opens(world)
    with world.database.writing() as session:
        ward = session.exec(select(Person).where(Person.name == WARD)).one()
        ward.left_on = MONDAY
        session.add(ward)
    world.taps(REPORTER, "未联系上")
    assert on_record(world) == []
    assert WARD not in world.says(REPORTER, "电访")


def test_nobody_calls_wards_of_others(world: World) -> None:
    world.at("7:40")
    assert "没有需要您" in world.says("李梅", "电访")
    assert "不在您的名单" in world.says("李梅", f"电访 {WARD}")
    assert WARD not in world.says(OTHER_LEAD, "电访")
    for button in ("missed", "ward"):
        world.forges("李梅", f"calls.{button}.{world.report(WARD).person_id}")
    world.forges("李梅", f"calls.something.{world.report(WARD).id}")
    assert on_record(world) == []
    assert "13800002001" not in "".join(b.text for b in world.chat("李梅")).replace(" ", "")


def test_a_deputy_has_the_list_of_whom_they_stand_in_for(world: World) -> None:
    world.at("7:40")
    world.says("王建国", "代理 李梅 张伟 11-23")
    assert WARD in world.says("李梅", "电访")
    opens(world, "李梅")
    world.taps("李梅", "已联系上，无情况")
    assert on_record(world) == [("李梅", WARD, "nothing")]


def test_whose_ward_it_is_is_asked_once_for_several_tasks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.assign(HEALTH.replace("code: health", "code: evening").replace("每日健康", "晚间情况"))
    world.at("7:40")
    opens(world)
    asked: list[date] = []
    wards = responsibility.wards
    counting = SimpleNamespace(wards=lambda *it: asked.append(it[2]) or wards(*it))
    monkeypatch.setattr(lists, "responsibility", counting)
    assert "已收到零报告" in (world.taps(REPORTER, "已联系上，无情况") or "")
    assert [world.report(WARD, it).state for it in ("health", "evening")] == ["zero", "zero"]
    assert asked == [MONDAY]


def test_a_file_of_many_calls_asks_no_more_of_the_database(world: World) -> None:
    def asks() -> int:
        asked: list[str] = []
        with world.database.reading() as session:
            context = world.desk.context(session, world.clock.now())
            by = session.exec(select(Person).where(Person.name == REPORTER)).one()
            said = file_words.with_own(Renderer("zh_CN"), "calls/words")
            listen = world.database.read, "before_cursor_execute", lambda *it: asked.append(it[2])
            event.listen(*listen)
            try:
                rows = list(calls_file.rows_of(context, Renderer("zh_CN"), said, by))
            finally:
                event.remove(*listen)
        assert all(row[-1] for row in rows[1:]), "each has the receipt of what was filed"
        return len(asked)

    world.at("7:40")
    opens(world)
    world.taps(REPORTER, "已联系上，无情况")
    few = asks()
    opens(world, REPORTER, SECOND)
    world.taps(REPORTER, "已联系上，无情况")
    next_days(world, 1)
    opens(world)
    world.taps(REPORTER, "已联系上，无情况")
    assert asks() == few


def test_calls_are_an_excel_file(world: World) -> None:
    world.at("7:40")
    misses(world)
    world.taps(REPORTER, "Excel")
    assert "近一个月" in world.last(REPORTER).text
    with world.database.reading() as session:
        (noted,) = session.exec(select(AuditEntry).where(AuditEntry.what == "export")).all()
        assert noted.detail == {"of": "calls"}


def test_the_evening_report_and_system_say_how_many_were_called(world: World) -> None:
    world.at("7:40")
    misses(world)
    assert "今日电话随访1人，已联系上0人" in world.says("周敏", "系统")


def test_nobody_learns_by_asking_for_a_name_whether_there_is_somebody_of_that_name(world: World) -> None:
    answers = {
        world.says("李梅", f"/calls {name}").replace(name, "…") for name in ("刘大爷", "2001", "陈局", "没有此人")
    }
    assert len(answers) == 1
    assert "不在您的名单中" in answers.pop()


def test_a_namesake_elsewhere_is_not_in_the_way_of_ones_own_ward(world: World) -> None:
    with world.database.writing() as session:
        for number in ("1005", "1006"):
            session.exec(select(Person).where(Person.staff_no == number)).one().name = "刘大爷"
    assert "刘大爷" in world.says("张伟", "/calls 刘大爷")
    said = world.says("赵强", "/calls 刘大爷")
    assert "不在您的名单中" in said
    assert "1005" not in said
