"""People by slash command and button: previews, confirmation, tomorrow, and the way back."""

import pytest

from models.organisation import people
from models.organisation.people import Kind, Role
from tests.support.admins import asked_on, home_of
from tests.support.world import TUESDAY, WEDNESDAY, World


def test_a_move_is_shown_confirmed_and_begins_tomorrow(world: World) -> None:
    said = world.says("周敏", "/people move 1005 区局/二站")
    assert "李梅（1005）：区局/一站 → 区局/二站。" in said
    assert "11月24日起生效。" in said
    assert "下次开放：11月24日 07:30。" in said
    assert "涉及1人" in said
    assert world.last("周敏").labels == ["✅ 确认，明天起", "⚡ 今天起生效", "✖️ 取消"]
    assert world.taps("周敏", "确认") is None
    assert "撤销：/people undo 1" in world.last("周敏").text
    assert home_of(world, "李梅") == "区局/一站"
    assert "预定的改动" in world.says("周敏", "/people find 李梅")
    world.at("12:00")
    world.taps("李梅", "零报告")
    world.at("7:30", TUESDAY)
    assert home_of(world, "李梅") == "区局/二站"
    assert world.figures("区局/一站").received == 1, "Monday's rows stay where they were asked"
    assert (world.figures("区局/一站", day=TUESDAY).expected, world.figures("区局/二站", day=TUESDAY).expected) == (
        5,
        3,
    )


@pytest.mark.sqlite
def test_a_transfer_at_noon_by_today_moves_no_history(world: World) -> None:
    world.at("12:00")
    world.says("周敏", "人员 调动 李梅 二站")
    world.taps("周敏", "今天起生效")
    assert "撤销：/people move 1005 区局/一站" in world.last("周敏").text
    assert "11月23日" in world.says("周敏", "/audit 李梅")
    assert home_of(world, "李梅") == "区局/二站"
    assert (world.figures("区局/一站").expected, world.figures("区局/二站").expected) == (6, 2)
    world.taps("李梅", "零报告")
    assert world.figures("区局/一站").received == 1
    world.says("周敏", "/people move 1005 区局/一站 今天")
    assert world.last("周敏").labels == ["✅ 确认，今天起", "✖️ 取消"]
    world.taps("周敏", "确认")
    assert home_of(world, "李梅") == "区局/一站"


@pytest.mark.sqlite
def test_a_joiner_starts_with_the_next_period(world: World) -> None:
    world.at("9:00")
    said = world.says("周敏", "/people add 1030 吴芳 区局/一站")
    assert "吴芳（1030）加入区局/一站，角色：成员。" in said
    world.taps("周敏", "今天起生效")
    assert world.figures("区局/一站").expected == 6
    assert "1030 吴芳" in world.says("周敏", "/invite 1030")
    world.at("7:30", TUESDAY)
    assert "吴芳" in asked_on(world)


@pytest.mark.sqlite
def test_a_joiner_by_default_is_there_tomorrow(world: World) -> None:
    world.says("周敏", "/people add 1031 Ann B Lee 区局/一站 负责人")
    assert "Ann B Lee（1031）加入区局/一站，角色：负责人。" in world.last("周敏").text
    world.taps("周敏", "明天起")
    assert "没有名为“1031”的人员" in world.says("周敏", "/people find 1031")
    world.at("7:30", TUESDAY)
    assert "Ann B Lee" in asked_on(world)


@pytest.mark.sqlite
def test_a_ward_joins_with_a_reporter(world: World) -> None:
    world.says("周敏", "/people add 2003 钱爷爷 区局/二站 1008")
    assert "由钱丽代报。" in world.last("周敏").text
    world.taps("周敏", "今天")
    with world.database.reading() as session:
        assert people.find_person(session, "2003").kind == Kind.WARD
    world.at("7:30", TUESDAY)
    assert any("钱爷爷" in b.text for b in world.chat("钱丽"))


def test_a_leaver_is_excused_and_their_phone_ends(world: World) -> None:
    world.says("周敏", "/people leave 1005 今天")
    assert "不再要求报送" in world.last("周敏").text
    world.taps("周敏", "确认")
    assert "撤销：/people add 1005 李梅 区局/一站" in world.last("周敏").text
    f = world.figures("区局/一站")
    assert (f.expected, f.excused) == (5, 1)
    assert world.report("李梅").excused == "left"
    world.forges("李梅", f"report.zero.{world.report('李梅').period_id}")
    assert world.report("李梅").state == "due"
    world.at("7:30", TUESDAY)
    assert "李梅" not in asked_on(world)
    world.says("周敏", "/people add 1005 李梅 区局/一站 今天")
    world.taps("周敏", "确认")
    world.at("7:30", WEDNESDAY)
    assert "李梅" in asked_on(world, WEDNESDAY)


@pytest.mark.sqlite
def test_a_leaver_of_tomorrow_reports_today(world: World) -> None:
    world.says("周敏", "/people leave 李梅")
    world.taps("周敏", "明天起")
    world.taps("李梅", "零报告")
    assert world.report("李梅").state == "zero"
    world.at("7:30", TUESDAY)
    assert "李梅" not in asked_on(world)


@pytest.mark.sqlite
def test_a_reporter_with_wards_cannot_leave_before_somebody_else_reports(world: World) -> None:
    said = world.says("周敏", "/people leave 1004")
    assert "张伟还替刘大爷、孙阿姨代报，须先换人代报才能离开" in said
    assert "例如：人员 离开 1023 12-01" in said
    for ward in ("2001", "2002"):
        world.says("周敏", f"/people reporter {ward} 1005 今天")
        world.taps("周敏", "确认")
    assert "代报" not in world.says("周敏", "/people leave 1004")


def test_roles_and_the_last_admin(world: World) -> None:
    assert "全单位最后一名管理员" in world.says("周敏", "/people role 1002 成员")
    assert "全单位最后一名管理员" in world.says("周敏", "/people leave 1002")
    assert "全单位最后一名管理员" in world.says("周敏", "/people move 1002 区局/一站")
    world.says("周敏", "/people role 李梅 负责人 今天")
    assert "李梅（1005），区局/一站：成员 → 负责人。" in world.last("周敏").text
    world.taps("周敏", "确认")
    assert "撤销：/people role 1005 member 区局/一站" in world.last("周敏").text
    assert "/6 · " in world.says("李梅", "进度")
    world.says("周敏", "/people role 1006 lead 区局/防疫专班 今天")
    world.taps("周敏", "确认")
    world.says("周敏", "/people role 1006 none 区局/防疫专班 今天")
    world.taps("周敏", "确认")
    with world.database.reading() as session:
        assert [r for r, _ in people.roles(session, people.find_person(session, "1006"))] == [Role.MEMBER]
    assert "是Ann Lee的所在单位" in world.says("周敏", "/people role 1006 none")
    assert "不能担任负责人" in world.says("周敏", "/people role 2001 lead")


def test_an_admin_moves_promotes_and_dismisses_somebody_by_buttons(world: World) -> None:
    world.says("周敏", "人员")
    world.taps("周敏", "一站")
    assert "1005 李梅" in world.last("周敏").text
    world.taps("周敏", "李梅")
    assert "李梅 1005 · 区局/一站" in world.last("周敏").text
    card = world.last("周敏")
    world.taps("周敏", "调动", card)
    world.taps("周敏", "区局/二站")
    assert "区局/一站 → 区局/二站" in world.last("周敏").text
    world.taps("周敏", "角色", card)
    world.taps("周敏", "负责人")
    assert "成员 → 负责人" in world.last("周敏").text
    world.taps("周敏", "调离本单位", card)
    assert "离开本单位" in world.last("周敏").text
