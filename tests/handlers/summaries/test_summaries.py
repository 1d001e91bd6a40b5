"""What leads can do in their own subtree, and nowhere else: /team, /urge, /signoff, /summary."""

from datetime import date, timedelta

import pytest

from models.core.database import Database
from models.exports import report_table
from models.organisation import people, units
from models.organisation.people import Membership, Role
from tests.support.admins import table_of
from tests.support.filling import fill_health
from tests.support.world import DELIVERY, ROSTER, World

TUESDAY = date(2026, 11, 24)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_team_tells_who_filed_and_who_is_silent(world: World) -> None:
    world.taps("李梅", "零报告")
    said = world.says("王建国", "进度")
    assert said.startswith("【一站 · 11月23日】每日健康，截至目前\n1/6 · 未报5\n▓░░░░░░░░░ 16.7%\n零报告1\n未报（5人）")
    assert "未报（5人）：王建国、张伟、Ann Lee、刘大爷、孙阿姨" in said
    assert "▫️ 一站 1/6" in world.says("陈局", "/team 区局")


@ON_SQLITE
def test_the_three_kinds_of_silence_are_listed_apart(database: Database) -> None:
    from sqlmodel import select

    from models.messaging.addresses import Address, Reach

    world = World(database)
    world.organisation(enrolled="1003 1004 1005")
    world.assign()
    with database.writing() as session:
        address = session.exec(select(Address).where(Address.account == "1005")).one()
        address.reach = Reach.UNREACHABLE
        session.add(address)
    said = world.at("7:30").says("王建国", "进度")
    assert "未报（4人）：王建国、张伟、刘大爷、孙阿姨" in said
    assert "联系不上（1人）：李梅" in said
    assert "未开通（1人）：Ann Lee" in said


@ON_SQLITE
def test_a_lead_of_several_units_is_asked_which(world: World) -> None:
    with world.database.writing() as session:
        two = units.unit_at(session, "区局/二站")
        session.add(Membership(person_id=people.find_person(session, "王建国").id, unit_id=two.id, role=Role.LEAD))
    assert "请选择单位" in world.says("王建国", "进度")
    world.taps("王建国", "区局/二站")
    assert "二站" in world.last("王建国").text and "/2 · " in world.last("王建国").text
    world.at("10:30")
    for words in ("汇总 11-23", "依据 未报 11-23"):
        assert "请选择单位" in world.says("王建国", words)
        world.taps("王建国", "区局/二站", world.last("王建国"))
        assert "二站 · 11月23日" in world.last("王建国").text, words


@ON_SQLITE
def test_a_unit_that_is_not_ones_own_is_refused(world: World) -> None:
    before = world.records()
    for command in ("进度", "催办", "核对", "汇总"):
        assert "“区局/二站”不在您负责的单位之列" in world.says("王建国", f"{command} 二站"), command
        assert "“区局”不在您负责的单位之列" in world.says("王建国", f"{command} 区局"), command
    assert "没有单位“九站”" in world.says("王建国", "进度 九站")
    assert world.records() == before


@ON_SQLITE
def test_members_are_told_that_it_is_for_leads(world: World) -> None:
    before = world.records()
    for command in ("/team", "催办", "/signoff", "汇总"):
        assert "仅限负责人使用" in world.says("李梅", command), command
    assert world.records() == before


def test_urging_shows_the_names_first_and_rings_once_per_half_hour(world: World) -> None:
    world.taps("李梅", "零报告")
    said = world.says("王建国", "催办")
    assert "未报（5人）：王建国、张伟、Ann Lee、刘大爷、孙阿姨" in said
    asked = next(b for b in world.chat("张伟") if b.kind == "ask")
    assert "已提醒" in (world.taps("王建国", "是，提醒") or "")
    assert asked.gone
    told = [b.text for b in world.chat("张伟")]
    assert any("王建国提醒您报送：每日健康，11月23日。" in t for t in told)
    assert len(world.chat("李梅")) == 1

    world.at("7:50")
    assert "07:30已催办，每半小时限一次。" in (world.taps("王建国", "是，提醒") or "")
    assert [b.text for b in world.chat("张伟")] == told
    world.at("8:01")
    assert "已提醒" in (world.taps("王建国", "是，提醒") or "")


@ON_SQLITE
def test_one_person_is_urged_by_name(world: World) -> None:
    assert "已提醒1人" in world.says("王建国", "催办 李梅")
    assert "王建国提醒您报送" in world.last("李梅").text
    assert world.taps("李梅", "零报告")
    assert "没有可以提醒的人员" in world.says("王建国", "催办 李梅")
    before = world.records()
    assert "不在您负责的单位之列" in world.says("王建国", "催办 钱丽")
    assert "没有名为“某某”的人员" in world.says("王建国", "催办 某某")
    assert world.records() == before


@ON_SQLITE
def test_one_person_is_urged_once_per_half_hour_and_others_still_may_be(world: World) -> None:
    assert "已提醒1人" in world.says("王建国", "催办 李梅")
    assert "半小时" in world.says("王建国", "催办 李梅")
    assert "已提醒1人" in world.says("王建国", "催办 1006")
    world.says("王建国", "催办")
    assert "已提醒" in (world.taps("王建国", "是，提醒") or "")
    assert "半小时" in world.says("王建国", "催办 1006")


@ON_SQLITE
def test_urging_for_a_ward_reaches_the_reporter(world: World) -> None:
    assert "已提醒1人" in world.says("王建国", "催办 刘大爷")
    assert world.last("张伟").kind == "wards"
    assert world.last("张伟").text.startswith("⏰")


@ON_SQLITE
def test_a_name_that_several_bear_is_asked_for_by_number(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER + "1010,李梅,区局/一站,,,,\n")
    world.assign()
    world.at("7:30")
    assert "名为“李梅”的不止一人：1005、1010。请写工号。" in world.says("王建国", "催办 李梅")


@pytest.mark.sqlite
def test_signing_off_shows_in_the_posts(world: World) -> None:
    world.at("10:05")
    assert "尚未核对。" in world.last("group 一站").text
    assert "一站10:" in (world.taps("王建国", "核对无误") or "")
    world.until(world.clock.at + timedelta(minutes=1))
    assert "王建国10:05已核对。" in world.last("group 一站").text
    summary = next(b for b in world.chat("王建国") if b.kind == "summary")
    assert "王建国10:05已核对。" in summary.text
    assert "☑️ 核对无误" not in summary.labels


@ON_SQLITE
def test_signing_off_by_command(world: World) -> None:
    world.at("10:05")
    assert "/6 · " in world.says("王建国", "核对")
    world.taps("王建国", "核对无误", world.last("王建国"))
    world.until(world.clock.at + timedelta(minutes=1))
    assert "王建国10:05已核对。" in world.last("group 一站").text


@ON_SQLITE
def test_the_director_signs_the_whole_and_the_units_stay_as_they_are(world: World) -> None:
    world.at("10:25")
    world.taps("陈局", "核对无误")
    world.until(world.clock.at + timedelta(minutes=1))
    assert "陈局10:25已核对。" in world.last("group 区局").text
    assert "尚未核对。" in world.last("group 一站").text


@ON_SQLITE
def test_the_level_above_sees_who_below_has_checked_before_it_checks_itself(world: World) -> None:
    world.at("10:25")
    assert "下级已核对0/2（未核对：一站、二站）。" in world.last("陈局").text
    world.taps("王建国", "核对无误")
    world.at("10:30")
    assert "下级已核对1/2（未核对：二站）。" in world.last("陈局").text
    assert "下级已核对1/2（未核对：二站）。" in world.says("陈局", "核对 区局")
    world.taps("陈局", "核对无误", world.last("陈局"))
    assert "陈局10:30已核对。下级已核对1/2" in world.chat("陈局")[-2].text
    assert "下级" not in world.says("王建国", "核对 一站")


@ON_SQLITE
def test_a_correction_after_the_check_is_shown_as_not_covered_by_it(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:25")
    world.taps("王建国", "核对无误")
    world.at("11:30")
    world.says("李梅", "/report")
    for answer in ("36.5",):
        world.says("李梅", answer)
    world.taps("李梅", "无")
    world.says("李梅", "跳过")
    world.taps("李梅", "提交")
    world.at("11:40")
    told = "王建国10:25已核对。11:30有变动，尚未重新核对。"
    assert told in world.last("group 一站").text
    summary = next(b for b in world.chat("王建国") if b.kind == "summary")
    assert told in summary.text
    assert "下级已核对0/2" in world.says("陈局", "核对 区局")
    world.taps("王建国", "核对无误", summary)
    world.until(world.clock.at + timedelta(minutes=1))
    assert "王建国11:40已核对。" in world.last("group 一站").text


@ON_SQLITE
def test_a_check_covers_what_was_on_the_screen_and_nothing_newer(world: World) -> None:
    world.at("10:25")
    seen, summary = world.button("王建国", "核对无误")
    world.taps("李梅", "零报告")
    said = world.forges("王建国", seen.data, message=summary.id)
    assert "数字已有变化" in (said or "")
    assert "已核对" not in world.last("group 一站").text
    world.taps("王建国", "核对无误")
    world.at("10:30")
    assert "王建国10:25已核对" in world.last("group 一站").text


@ON_SQLITE
def test_bare_signoff_lists_what_waits_for_this_lead(world: World) -> None:
    assert "目前没有需要您核对的" in world.says("王建国", "核对")
    with world.database.writing() as session:
        two = units.unit_at(session, "区局/二站")
        session.add(Membership(person_id=people.find_person(session, "王建国").id, unit_id=two.id, role=Role.LEAD))
    world.at("10:05")
    said = world.says("王建国", "核对")
    assert "待您核对" in said and "一站 · 每日健康" in said and "二站 · 每日健康" in said
    world.taps("王建国", "二站 · 每日健康")
    world.taps("王建国", "核对无误", world.last("王建国"))
    world.until(world.clock.at + timedelta(minutes=1))
    assert "王建国10:05已核对。" in world.last("group 二站").text
    assert "/6 · " in world.says("王建国", "核对")  # the one that is left is shown at once


@ON_SQLITE
def test_a_units_own_report_is_checked_like_a_summary(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER + "1012,冯静,区局/一站,,,,\n")
    world.assign(DELIVERY)
    world.at("10:05")
    assert "未核对" in world.last("group 一站").text
    world.taps("王建国", "核对无误")
    world.until(world.clock.at + timedelta(minutes=1))
    assert "王建国10:05已核对。" in world.last("group 一站").text
    with database.reading() as session:
        period = world.period(session, "delivery")
        rows = list(report_table.rows(session, [period]))
    assert [r[rows[0].index("checked_by")] for r in rows if r[2] == "区局/一站"] == ["1003"]


@pytest.mark.sqlite
def test_a_days_summary_can_be_asked_for(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:30")
    said = world.says("王建国", "汇总")
    assert "截至10:00\n1/6 · 未报5" in said
    assert said.endswith("一站11月23日：应报6人，已报1人，零报告1人，有情况0人，未报5人。")
    world.at("8:00", TUESDAY)
    for words in ("汇总 昨天", "汇总 11-23", "汇总 11月23日 一站", "/summary 一站 2026-11-23"):
        said = world.says("王建国", words)
        assert "未报5 → 漏报5" in said, words
        assert "漏报5人" in said, words
    assert "11月20日没有填报任务" in world.says("王建国", "汇总 11-20")


@pytest.mark.sqlite
def test_a_units_number_does_not_run_into_the_day(database: Database) -> None:
    world = World(database)
    world.organisation("staff_no,name,unit,role\n1,王建国,区局/楼2,lead\n2,张伟,区局/楼2,\n")
    world.assign()
    world.at("10:06")
    assert "楼2 11月23日：应报2人" in world.last("王建国").text


@pytest.mark.sqlite
def test_the_table_is_a_file_safe_for_spreadsheets(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER.replace("李梅", "=李梅"))
    world.assign()
    world.at("7:30")
    fill_health(world, "1005", "36.5", remark="=HYPERLINK(1)")
    world.at("10:05")
    world.taps("王建国", "明细表")
    file = world.last("王建国").content.file
    assert file and file.name == "每日健康 一站 2026-11-23.xlsx"
    rows = table_of(world, "王建国")
    assert [r["工号"] for r in rows] == ["1003", "1004", "1005", "1006", "2001", "2002"]
    mei = rows[2]
    assert (mei["姓名"], mei["状态"], mei["体温"]) == ("=李梅", "有情况", "36.5")
    assert "=HYPERLINK(1)" in mei.values()
    assert mei["报送时间"].startswith("2026-11-23 07:30")
    assert {r["单位"] for r in rows} == {"区局/一站"}
    assert rows[0]["状态"] == "未报"
    assert not any("export." in key.data for row in world.last("王建国").content.buttons for key in row)


@ON_SQLITE
def test_an_admin_reaches_the_whole_organisation(world: World) -> None:
    assert "/10 · " in world.says("周敏", "进度")
    assert "/2 · " in world.says("周敏", "进度 二站")


@ON_SQLITE
def test_the_director_is_told_the_twenty_units_that_need_attention_most_and_how_many_more_there_are(
    database: Database,
) -> None:
    world = World(database)
    rows = "".join(f"{n + 10},人{n},区局/站{n},\n9{n + 10},另{n},区局/站{n},\n" for n in range(25))
    world.organisation(f"staff_no,name,unit,role\n1,陈局,区局,lead\n{rows}", groups=False)
    world.assign(unit="区局")
    world.at("7:40")
    for who in ("陈局", "另3", *(f"人{n}" for n in range(24))):
        world.taps(who, "零报告")
    fill_health(world, "人24", "36.5", "有")
    said = world.at("10:25").last("陈局").text
    named = [line for line in said.splitlines() if line.startswith("• 站")]
    assert len(named) == 20
    assert "• 站3：" not in said, "nobody is missing there"
    assert "站24" in named[0], "somebody is missing and something was reported"
    assert "• 另有4个单位" in said
