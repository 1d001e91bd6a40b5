"""What leads can do in their own subtree, and nowhere else: /team, /urge, /signoff, /summary."""

import csv
import io
from datetime import date

import pytest

from models.core.database import Database
from models.exports import report_table
from models.files.blobs import Blob
from models.organisation import people, units
from models.organisation.people import Membership, Role
from tests.support.filling import fill_health
from tests.support.world import DELIVERY, ROSTER, World

TUESDAY = date(2026, 11, 24)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_team_tells_who_filed_and_who_is_silent(world: World) -> None:
    world.taps("李梅", "零报告")
    said = world.says("王建国", "进度")
    assert said.startswith("【一站·11月23日】每日健康，截至目前：应报6，已报1：零报告1、有情况0；未报5。")
    assert "未报5：王建国、张伟、Ann Lee、刘大爷、孙阿姨" in said
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
    assert "未报4：王建国、张伟、刘大爷、孙阿姨" in said
    assert "联系不上1：李梅" in said
    assert "未开通1：Ann Lee" in said


@ON_SQLITE
def test_a_lead_of_several_units_is_asked_which(world: World) -> None:
    with world.database.writing() as session:
        two = units.unit_at(session, "区局/二站")
        session.add(Membership(person_id=people.find_person(session, "王建国").id, unit_id=two.id, role=Role.LEAD))
    assert "哪个单位" in world.says("王建国", "进度")
    world.taps("王建国", "区局/二站")
    assert "二站" in world.last("王建国").text and "应报2" in world.last("王建国").text
    world.at("10:30")
    for words in ("汇总 11-23", "依据 未报 11-23"):
        assert "哪个单位" in world.says("王建国", words)
        world.taps("王建国", "区局/二站", world.last("王建国"))
        assert "二站·11月23日" in world.last("王建国").text, words


@ON_SQLITE
def test_a_unit_that_is_not_ones_own_is_refused(world: World) -> None:
    before = world.records()
    for command in ("进度", "催办", "核对", "汇总"):
        assert "“区局/二站”不在您负责的单位里" in world.says("王建国", f"{command} 二站"), command
        assert "“区局”不在您负责的单位里" in world.says("王建国", f"{command} 区局"), command
    assert "没有单位“九站”" in world.says("王建国", "进度 九站")
    assert world.records() == before


@ON_SQLITE
def test_members_are_told_that_it_is_for_leads(world: World) -> None:
    before = world.records()
    for command in ("/team", "催办", "/signoff", "汇总"):
        assert "只限负责人使用" in world.says("李梅", command), command
    assert world.records() == before


def test_urging_shows_the_names_first_and_rings_once_per_half_hour(world: World) -> None:
    world.taps("李梅", "零报告")
    said = world.says("王建国", "催办")
    assert "未报5：王建国、张伟、Ann Lee、刘大爷、孙阿姨" in said
    asked = next(b for b in world.chat("张伟") if b.kind == "ask")
    assert "已提醒" in (world.taps("王建国", "是，提醒") or "")
    assert asked.gone
    told = [b.text for b in world.chat("张伟")]
    assert any("王建国催您报送：每日健康，11月23日。" in t for t in told)
    assert len(world.chat("李梅")) == 1

    world.at("7:50")
    assert "07:30已催办过，每半小时一次就够了。" in (world.taps("王建国", "是，提醒") or "")
    assert [b.text for b in world.chat("张伟")] == told
    world.at("8:01")
    assert "已提醒" in (world.taps("王建国", "是，提醒") or "")


@ON_SQLITE
def test_one_person_is_urged_by_name(world: World) -> None:
    assert "已提醒1人" in world.says("王建国", "催办 李梅")
    assert "王建国催您报送" in world.last("李梅").text
    assert world.taps("李梅", "零报告")
    assert "没有能提醒到的人" in world.says("王建国", "催办 李梅")
    before = world.records()
    assert "不在您负责的单位里" in world.says("王建国", "催办 钱丽")
    assert "没有叫“某某”的人" in world.says("王建国", "催办 某某")
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
    assert "叫“李梅”的不止一人：1005、1010。请写工号。" in world.says("王建国", "催办 李梅")


@pytest.mark.sqlite
def test_signing_off_shows_in_the_posts(world: World) -> None:
    world.at("10:05")
    assert "未核对。" in world.last("group 一站").text
    assert "一站10:" in (world.taps("王建国", "核对无误") or "")
    assert "王建国10:05已核对。" in world.last("group 一站").text
    summary = next(b for b in world.chat("王建国") if b.kind == "summary")
    assert "王建国10:05已核对。" in summary.text
    assert "☑️ 核对无误" not in summary.labels


@ON_SQLITE
def test_signing_off_by_command(world: World) -> None:
    world.at("10:05")
    assert "应报6" in world.says("王建国", "核对")
    world.taps("王建国", "核对无误", world.last("王建国"))
    assert "王建国10:05已核对。" in world.last("group 一站").text


@ON_SQLITE
def test_the_director_signs_the_whole_and_the_units_stay_as_they_are(world: World) -> None:
    world.at("10:25")
    world.taps("陈局", "核对无误")
    assert "陈局10:25已核对。" in world.last("group 区局").text
    assert "未核对。" in world.last("group 一站").text


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
    told = "王建国10:25已核对。11:30后有变动，未再核对。"
    assert told in world.last("group 一站").text
    summary = next(b for b in world.chat("王建国") if b.kind == "summary")
    assert told in summary.text
    assert "下级已核对0/2" in world.says("陈局", "核对 区局")
    world.taps("王建国", "核对无误", summary)
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
    assert "现在没有等您核对的" in world.says("王建国", "核对")
    with world.database.writing() as session:
        two = units.unit_at(session, "区局/二站")
        session.add(Membership(person_id=people.find_person(session, "王建国").id, unit_id=two.id, role=Role.LEAD))
    world.at("10:05")
    said = world.says("王建国", "核对")
    assert "等您核对" in said and "一站·每日健康" in said and "二站·每日健康" in said
    world.taps("王建国", "二站·每日健康")
    world.taps("王建国", "核对无误", world.last("王建国"))
    assert "王建国10:05已核对。" in world.last("group 二站").text
    assert "应报6" in world.says("王建国", "核对")  # the one that is left is shown at once


@ON_SQLITE
def test_a_units_own_report_is_checked_like_a_summary(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER + "1012,冯静,区局/一站,,,,\n")
    world.assign(DELIVERY)
    world.at("10:05")
    assert "未核对" in world.last("group 一站").text
    world.taps("王建国", "核对无误")
    assert "王建国10:05已核对。" in world.last("group 一站").text
    with database.reading() as session:
        period = world.period(session, "delivery")
        rows = list(report_table.rows(session, [period], None))
    assert [r[rows[0].index("checked_by")] for r in rows if r[2] == "区局/一站"] == ["1003"]


@pytest.mark.sqlite
def test_a_days_summary_can_be_asked_for(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:30")
    said = world.says("王建国", "汇总")
    assert "截至10:00：应报6，已报1" in said
    assert said.endswith("一站11月23日：应报6人，已报1人，零报告1人，有情况0人，未报5人。")
    world.at("8:00", TUESDAY)
    for words in ("汇总 昨天", "汇总 11-23", "汇总 11月23日 一站", "/summary 一站 2026-11-23"):
        said = world.says("王建国", words)
        assert "锁定时：" in said or "截至10:00：应报6，已报1" in said, words
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
    assert file and (file.name, file.mime) == ("一站-2026-11-23.csv", "text/csv")
    with database.reading() as session:
        data = session.get_one(Blob, file.digest).data
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [r["staff_no"] for r in rows] == ["1003", "1004", "1005", "1006", "2001", "2002"]
    mei = rows[2]
    assert (mei["name"], mei["state"], mei["temperature"], mei["remark"]) == (
        "'=李梅",
        "filled",
        "36.5",
        "'=HYPERLINK(1)",
    )
    assert mei["submitted_at"].endswith("+08:00")
    assert {r["unit"] for r in rows} == {"区局/一站"}
    assert rows[0]["state"] == "due"


@ON_SQLITE
def test_an_admin_reaches_the_whole_organisation(world: World) -> None:
    assert "应报10" in world.says("周敏", "进度")
    assert "应报2" in world.says("周敏", "进度 二站")
