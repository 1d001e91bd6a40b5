"""What a roster may not do: above or beside the admin who sends it, to who has left, and between two looks at it."""

import csv
import io
from datetime import date

import pytest
from sqlmodel import select

from models.changes import roster_import
from models.core.database import Database
from models.messaging import enrolment
from models.organisation import people, units
from models.organisation.people import Membership, Person, Role
from tests.support.admins import asked_on, file_of, home_of, send_file
from tests.support.beginnings import monday
from tests.support.workbooks import workbook
from tests.support.world import ROSTER, World

TUESDAY = date(2026, 11, 24)
HEAD = "staff_no,name,unit,role,kind,reporter,wecom_id\n"


def begin(world: World) -> None:
    world.organisation(
        ROSTER + "1012,冯静,区局/一站,admin,,,\n1013,何平,区局/一站,,,,\n1013,何平,区局/防疫专班,lead,,,\n"
    )
    world.assign()
    world.at("7:30")


pytestmark = pytest.mark.world(begin=begin)


ABOVE_AND_BESIDE = {
    "a ward to a reporter elsewhere": ("2003,新人,区局/一站,,ward,1008,", "1008在区局/二站"),
    "a ward that is here to a reporter elsewhere": ("2001,刘大爷,区局/一站,,ward,1008,", "1008在区局/二站"),
    "somebody who is at home elsewhere": ("1008,钱丽,区局/一站,,,,", "“区局/二站”不在您"),
    "a role above": ("1005,李梅,区局,admin,,,", "“区局”不在您"),
    "a role beside": ("1005,李梅,区局/二站,lead,,,", "“区局/二站”不在您"),
    "a unit beside": ("1050,新人,区局/五站,,,,", "“区局/五站”不在您"),
    "another name for who belongs elsewhere too": ("1004,张某,区局/一站,,,,", "张某也属于区局/防疫专班"),
    "an account for who belongs elsewhere too": ("1004,张伟,区局/一站,,,,zw", "张伟也属于区局/防疫专班"),
    "somebody who holds a role elsewhere": ("1013,何平,区局/一站,admin,,,", "何平在区局/防疫专班也有角色"),
    "another's account in WeCom": ("1005,李梅,区局/一站,,,,WX-Qian", "账号“WX-Qian”与工号1008的相同"),
    "an account that is another's staff number": ("1005,李梅,区局/一站,,,,1007", "账号“1007”与工号1007的相同"),
    "an account from which another writes": ("1005,李梅,区局/一站,,,,zhaoqiang", "账号“zhaoqiang”与工号1007的相同"),
    "a leaver's number": ("1006,某某,区局/一站,,,,", "工号1006是Ann Lee的"),
    "a leaver": ("1006,Ann Lee,区局/一站,,,,", "Ann Lee（1006）已经离开"),
}  # fmt: skip


@pytest.fixture
def neighbours(world: World) -> World:
    with world.database.writing() as session:
        people.find_person(session, "1008").wecom_id = "wx-qian"
        people.find_person(session, "1006").left_on = date(2026, 11, 1)
        zhao = people.find_person(session, "1007")
        enrolment.enrol(session, zhao, "wecom", "ZhaoQiang", "ZhaoQiang", world.clock.now())
    return world


@pytest.mark.sqlite
def test_a_sub_admins_import_reaches_nobody_above_or_beside(neighbours: World) -> None:
    world = neighbours
    before = world.records()
    for line, why in ABOVE_AND_BESIDE.values():
        said = send_file(world, "冯静", "r.csv", f"{HEAD}1014,好人,区局/一站,,,,\n{line}\n")
        assert "第3行：" in said and why in said, (line, said)
        assert not any("导入" in label for label in world.last("冯静").labels)
    assert world.records() == before


@pytest.mark.parametrize("more", ["a deputy's place", "a planned role", "wards elsewhere", "an equal", "oneself"])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_sub_admins_import_gives_no_account_to_who_is_more(world: World, more: str) -> None:
    """An account in WeCom needs no code: it is a credential, and judged as one."""
    number = "1012" if more == "oneself" else "1005"
    if more == "a deputy's place":
        world.says("陈局", "/deputy 1005 11-25 11-26")
    elif more == "a planned role":
        world.says("周敏", "/people role 1005 admin 区局")
        world.taps("周敏", "确认")
    elif more == "wards elsewhere":
        world.says("周敏", "/people add 2009 周爷爷 区局/二站 1005 今天")
        world.taps("周敏", "确认")
    elif more == "an equal":
        world.says("周敏", "/people role 1005 admin 区局/一站 今天")
        world.taps("周敏", "确认")
    role, name = ("admin", "冯静") if number == "1012" else ("admin" if more == "an equal" else "", "李梅")
    said = send_file(world, "冯静", "r.csv", f"{HEAD}{number},{name},区局/一站,{role},,,mine\n")
    assert f"{name}的全部权限" in said, said
    said = send_file(world, "冯静", "r.csv", HEAD + "1006,Ann Lee,区局/一站,,,,mine\n")
    assert any("导入" in label for label in world.last("冯静").labels), said
    send_file(world, "周敏", "r.csv", f"{HEAD}{number},{name},区局/一站,{role},,,mine\n")
    assert any("导入" in label for label in world.last("周敏").labels), "who stands above may"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_nobody_who_reported_themselves_becomes_a_ward_whose_reporter_reads_it(world: World) -> None:
    world.taps("李梅", "零报告")
    before = world.records()
    for by in ("冯静", "周敏"):
        assert "李梅（1005）" in send_file(world, by, "r.csv", HEAD + "1005,李梅,区局/一站,,ward,1006,\n")
        assert not any("导入" in label for label in world.last(by).labels)
    assert world.records() == before
    world.says("周敏", "/people leave 1005 今天")
    world.taps("周敏", "确认")
    assert "李梅（1005）" in world.says("冯静", "/people add 1005 李梅 区局/一站 1006 今天")
    assert not world.last("冯静").labels
    send_file(world, "冯静", "r.csv", HEAD + "1006,Ann Lee,区局/一站,,ward,1004,\n")
    assert any("导入" in label for label in world.last("冯静").labels), "who never did may: a roster's slip is mended"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_number_alone_reads_out_nobody_elsewhere(neighbours: World) -> None:
    world = neighbours
    with world.database.writing() as session:
        people.find_person(session, "1008").left_on = date(2026, 11, 1)
    for number, name in (("1007", "赵强"), ("1008", "钱丽"), ("1002", "周敏")):
        assert name not in world.says("冯静", f"/people add {number} 新人 区局/一站 今天")
        assert name not in send_file(world, "冯静", "r.csv", f"{HEAD}{number},新人,区局/一站,,,,\n")
        assert name not in send_file(world, "冯静", "r.csv", f"{HEAD}1050,新人,区局/一站,,ward,{number},\n")


@pytest.mark.sqlite
def test_all_that_a_sub_admins_import_may_not_do_is_said_in_one_pass(neighbours: World) -> None:
    lines = [line for line, _ in ABOVE_AND_BESIDE.values() if not line.startswith(("1005", "1006", "1004"))]
    said = send_file(neighbours, "冯静", "r.csv", HEAD + "\n".join(lines) + "\n")
    assert all(f"第{n}行" in said for n in range(2, 2 + len(lines))), said


@pytest.mark.sqlite
def test_an_import_is_judged_again_when_it_is_confirmed(world: World) -> None:
    send_file(world, "冯静", "r.csv", HEAD + "1005,李小梅,区局/一站,,,,\n")
    with world.database.writing() as session:
        mei, other = people.find_person(session, "1005"), units.unit_at(session, "区局/二站")
        session.add(Membership(person_id=mei.id, unit_id=other.id, role=Role.LEAD))
    world.taps("冯静", "导入")
    assert "李小梅在区局/二站也有角色" in world.last("冯静").text
    with world.database.reading() as session:
        assert people.find_person(session, "1005").name == "李梅"


@pytest.mark.sqlite
def test_the_preview_says_first_whose_number_gets_another_name(world: World) -> None:
    people_ = "".join(f"30{n},新{n},区局/一站,,,,\n" for n in range(10, 30))
    said = send_file(world, "周敏", "r.csv", HEAD + people_ + "1005,王芳,区局/一站,,,,\n")
    assert "1005 李梅 → 王芳" in said
    assert "如果是另一个人" in said


@pytest.mark.sqlite
def test_a_leavers_number_given_to_somebody_else_opens_nothing(world: World) -> None:
    """As the finding did: the leaver's number with another name, by hand, by file, from the root's admin."""
    world.taps("李梅", "零报告")
    world.says("周敏", "/people leave 1005 今天")
    world.taps("周敏", "确认")
    before = world.records()
    assert "工号1005是李梅的" in world.says("周敏", "/people add 1005 王芳 区局/一站 今天")
    assert "工号1005是李梅的" in world.says("周敏", "/people add １００５ 王芳 区局/一站 今天")
    assert "工号1005是李梅的" in send_file(world, "周敏", "r.csv", HEAD + "\u202d1005\u202c,王芳,区局/一站,,,,\n")
    assert world.records() == before
    said = world.says("周敏", "/people add 1005 李梅 区局/二站 今天")
    assert "曾离开区局/一站，现回到区局/二站" in said
    world.taps("周敏", "确认")
    with world.database.reading() as session:
        assert people.home(session, people.find_person(session, "1005")).path == "区局/二站"


@pytest.mark.sqlite
def test_only_an_admin_of_both_units_brings_somebody_back(world: World) -> None:
    world.says("周敏", "/people leave 1008 今天")
    world.taps("周敏", "确认")
    assert "“区局/二站”不在您" in world.says("冯静", "/people add 1008 钱丽 区局/一站 今天")
    with world.database.reading() as session:
        assert people.find_person(session, "1008").left_on is not None


def test_what_looks_like_a_unit_or_a_person_that_is_there_is_that_one(world: World) -> None:
    lines = [
        "1005,李梅,区局/一\u200b站",
        "1\u200b006,Ann Lee,区局／一站",
        "1040,新人,\u202e区局/Ａ站",
        "1041,又一,区局/A站",
    ]
    send_file(world, "周敏", "r.csv", HEAD + "".join(f"{it},,,,\n" for it in lines))
    world.taps("周敏", "导入")
    with world.database.reading() as session:
        numbers = set(session.exec(select(Person.staff_no)).all())
        paths = {u.path for u in session.exec(select(units.Unit)).all()}
    assert {n for n in numbers if n.endswith("6")} == {"1006"}
    assert paths == {"区局", "区局/一站", "区局/二站", "区局/防疫专班", "区局/Ａ站"}
    assert "已有单位区局/Ａ站" in world.says("周敏", "/unit add 区局/A站")
    assert "已有单位区局/一站" in world.says("周敏", "/unit add 区局/一\u2060站")


@pytest.mark.parametrize("name", ["\u202e张伟", "张\u2028伟", "张\x7f伟", "张\x9b31m伟", "张\u0000伟", "张\ud800伟"])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_name_turns_round_or_breaks_what_stands_beside_it(world: World, name: str) -> None:
    world.says("周敏", f"/people add 1060 {name} 区局/一站 今天")
    world.taps("周敏", "确认")
    world.says("周敏", f"/unit add 区局/{name}队")
    world.taps("周敏", "确认")
    with world.database.reading() as session:
        person = people.find_person(session, "1060")
        assert all(c.isprintable() for c in person.name)
        assert all(u.path.isprintable() for u in session.exec(select(units.Unit)).all())


@pytest.mark.sqlite
def test_an_address_is_no_name(world: World) -> None:
    before = world.records()
    assert "没有单位" in world.says("周敏", "/unit add 区局/[领取](http://evil.example)")
    assert "网址" in world.says("周敏", "/people add 1060 [奖](http://evil.example) 区局/一站")
    assert world.records() == before


@pytest.mark.world(begin=monday)
@pytest.mark.sqlite
def test_a_roster_sent_as_a_file_is_shown_before_it_is_taken_over(world: World) -> None:
    before = world.records()
    changed = ROSTER.replace("1006,Ann Lee,区局/一站", "1006,Ann Li,区局/一站") + "1011,何平,区局/三站,lead,,,\n"
    said = send_file(world, "周敏", "名册.csv", changed)
    assert "“名册.csv”将改动4处：" in said
    assert "新人员1 · 新单位1 · 归属1 · 其他1" in said
    assert "1006：姓名 Ann Lee → Ann Li" in said
    assert "1011 加入 区局/三站，负责人" in said
    assert [r for r in world.records() if "何平" in r] == []
    assert world.records() == before
    assert world.last("周敏").labels == ["📥 导入", "✖️ 取消"]
    world.taps("周敏", "导入")
    assert "已导入，改动4处" in world.last("周敏").text
    assert "没有需要改动" in send_file(world, "周敏", "名册.csv", changed)
    world.at("7:30", TUESDAY)
    assert "何平" in asked_on(world)


@pytest.mark.world(begin=monday)
@pytest.mark.sqlite
def test_a_bad_roster_names_its_lines_and_nothing_changes(world: World) -> None:
    before = world.records()
    lines = "staff_no,name,unit\n" + "".join(f"{n},,区局\n" for n in range(3000, 3012))
    said = send_file(world, "周敏", "r.csv", lines)
    assert "第2行：" in said
    assert "第11行：" in said
    assert "第12行：" not in said
    assert "另有2条" in said
    assert world.records() == before


@pytest.mark.sqlite
def test_the_roster_that_is_exported_brings_in_the_same_again(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER.replace("李梅", "=李梅"))
    with database.writing() as session:
        people.find_person(session, "1005").rest_days = "sat,sun"
        people.find_person(session, "1008").rest_days = ""
    world.says("周敏", "/export roster csv")
    table = file_of(world, "周敏")
    assert table[0] == [
        "工号",
        "姓名",
        "单位",
        "角色",
        "类型",
        "代报人",
        "语言",
        "时区",
        "休息日",
        "企业微信账号",
        "手机",
    ]
    assert ["1005", "'=李梅"] in [row[:2] for row in table]
    rest = {row[0]: row[8] for row in table[1:]}
    assert (rest["1005"], rest["1008"], rest["1003"]) == ("六 日", "无", "")
    text = io.StringIO()
    csv.writer(text).writerows(table)
    with database.writing() as session:
        assert roster_import.take(session, roster_import.read(text.getvalue().encode())) == []
    assert "没有需要改动" in send_file(world, "周敏", "r.csv", text.getvalue())


@pytest.mark.world(begin=monday)
@pytest.mark.sqlite
def test_the_template_has_the_headings_an_import_knows(world: World) -> None:
    assert "空白花名册" in world.says("周敏", "/people template")
    assert file_of(world, "周敏")[0][:3] == ["工号", "姓名", "单位"]


@pytest.mark.world(begin=monday)
@pytest.mark.sqlite
def test_a_clerks_own_excel_is_taken_over_and_what_was_ignored_is_named(world: World) -> None:
    data = workbook(Sheet1=[["工号", "姓名", "单位", "身高"], ["1031", "新人", "区局/一站", "170"]])
    said = send_file(world, "周敏", "我的名册.xlsx", data)
    assert "身高" in said
    assert "人员1" in said
    world.taps("周敏", "导入")
    assert home_of(world, "新人") == "区局/一站"


def test_what_a_file_has_no_column_for_stays_as_it_is(world: World) -> None:
    """A directory's export knows no roles: its only admin was refused as the last one, and leads became members."""
    people = "1002,周敏,区局\n1003,王建国,区局/一站\n2001,刘大爷,区局/一站\n1030,吴芳,区局/一站"
    send_file(world, "周敏", "通讯录.csv", f"工号,姓名,部门\n{people}")
    world.taps("周敏", "导入")
    with world.database.reading() as session:
        found = {it.staff_no: it for it in session.exec(select(Person)).all()}
        home = session.exec(select(Membership).where(Membership.home)).all()
        role = {it.person_id: it.role for it in home}
        assert [role[found[no].id] for no in ("1002", "1003", "1030")] == ["admin", "lead", "member"]
        assert (found["2001"].kind, found["2001"].reporter_id) == ("ward", found["1004"].id)
