"""Who may have a code made for whom: only somebody who stands above everything that person is, when it takes effect."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from models.changes import credentials, staff_changes
from models.messaging import addresses
from models.messaging.addresses import Address
from models.messaging.enrolment import Invite
from models.organisation import people, units
from models.organisation.people import Membership, Person, Role
from tests.support.admins import invite
from tests.support.world import MONDAY, ROSTER, World

MORE = """1012,冯静,区局/一站,admin,,,
1013,何军,区局/一站,,,,
1013,何军,区局,admin,,,
1014,吕平,区局/一站,,,,
1014,吕平,区局/二站,lead,,,
1015,韩雪,区局/一站,lead,,,
1016,宋涛,区局/一站,,,,
2003,周奶奶,区局/二站,,ward,1016,
"""
CODE = re.compile("<code>([2-9A-Z]{8})</code>")


def begin(world: World) -> None:
    world.organisation(ROSTER + MORE)
    world.assign()
    world.at("7:30")


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


def _codes(world: World, who: str, since: int) -> list[str]:
    return [code for b in world.chat(who)[since:] for code in CODE.findall(b.content.text)]


def _invites(world: World) -> int:
    with world.database.reading() as session:
        return len(session.exec(select(Invite)).all())


def _may(world: World, by: str, about: str) -> bool:
    with world.database.reading() as session:
        one, other = people.find_person(session, by), people.find_person(session, about)
        return credentials.may_invite(session, one, other, MONDAY)


def _whose(world: World, account: str) -> str | None:
    with world.database.reading() as session:
        found = addresses.who(session, "web", account)
        return found[0].name if found else None


def test_the_findings_attack_a_stations_lead_gets_no_code_for_the_wholes_admin(world: World) -> None:
    since = len(world.chat("王建国"))
    said = world.says("王建国", "/invite 何军")
    assert "未给何军生成开通码" in said and "周敏" in said
    assert (_codes(world, "王建国", since), _invites(world)) == ([], 0)
    assert world.last("周敏").text.startswith("📨 王建国申请为何军（1013）生成开通码。")
    since = len(world.chat("周敏"))
    world.taps("周敏", "生成开通码")
    (code,) = _codes(world, "周敏", since)
    world.says("phone-b", f"/start {code}")
    assert _whose(world, "phone-b") == "何军"


@pytest.mark.parametrize(
    ("by", "about", "may"),
    [
        ("王建国", "李梅", True), ("王建国", "张伟", False),  # of a task force, too
        ("王建国", "何军", False), ("王建国", "吕平", False), ("王建国", "韩雪", False), ("王建国", "冯静", False),
        ("王建国", "宋涛", False), ("王建国", "王建国", False), ("王建国", "钱丽", False), ("王建国", "周敏", False),
        ("冯静", "王建国", True), ("冯静", "韩雪", True), ("冯静", "何军", False), ("冯静", "吕平", False),
        ("冯静", "冯静", False), ("陈局", "王建国", True), ("陈局", "冯静", False), ("陈局", "周敏", False),
        ("陈局", "何军", False),
        ("陈局", "张伟", True), ("周敏", "张伟", True), ("冯静", "张伟", False),
        ("周敏", "陈局", True), ("周敏", "何军", True), ("周敏", "冯静", True),
        ("周敏", "周敏", False), ("李梅", "Ann Lee", False), ("赵强", "吕平", False),
    ],
)  # fmt: skip
def test_who_stands_above_whom(world: World, by: str, about: str, may: bool) -> None:
    assert _may(world, by, about) is may


def test_a_deputys_position_counts_for_who_holds_it_and_for_who_stands_in(world: World) -> None:
    world.says("陈局", "/deputy 1005 11-25 11-26")
    assert not _may(world, "王建国", "李梅"), "who is to lead the whole on Wednesday"
    assert "未给李梅生成开通码" in world.says("王建国", "/invite 李梅")
    world.says("王建国", "/deputy 1004 1d")
    assert _may(world, "张伟", "Ann Lee") and _may(world, "王建国", "Ann Lee")
    world.says("赵强", "/deputy Ann Lee 1d")
    assert not _may(world, "王建国", "Ann Lee")


def test_a_role_that_is_planned_counts_today(world: World) -> None:
    assert _may(world, "王建国", "李梅")
    world.says("周敏", "/people role 1005 admin 区局")
    world.taps("周敏", "确认")
    assert not _may(world, "王建国", "李梅")


def test_a_whole_unit_leaves_out_and_names_those_and_they_are_asked_for_once_a_day(world: World) -> None:
    with world.database.writing() as session:  # they were never enrolled
        for address in session.exec(select(Address).where(Address.channel == "web")).all():
            if address.chat in ("1004", "1005", "1013", "1014"):
                address.person_id = None
    assert "不含张伟、何军、吕平" in world.says("王建国", "/invite 区局/一站")
    since = len(world.chat("王建国"))
    world.taps("王建国", "确认")
    assert len(_codes(world, "王建国", since)) == 1
    assert "未给张伟、何军、吕平生成开通码" in world.last("王建国").text
    for _ in range(3):
        world.says("王建国", "/invite 1013")
    asked = [b.text for b in world.chat("周敏") if "申请为何军" in b.text]
    assert len(asked) == 1
    assert _invites(world) == 1


def test_the_button_that_makes_a_code_asks_again_who_may(world: World) -> None:
    with world.database.reading() as session:
        numbers = {p.name: p.id for p in session.exec(select(Person)).all()}
    for who in ("王建国", "冯静", "陈局", "赵强", "李梅", "何军"):
        for about in ("何军", "周敏"):
            assert "这个按钮" in (world.forges(who, f"invite.person.{numbers[about]}") or "") or (who, about) == (
                "何军",
                "周敏",
            )
    assert _invites(world) == 1, "an admin of the whole for another"


def _rise(world: World, who: str, unit: str, role: Role) -> None:
    with world.database.writing() as session:
        staff_changes.set_role(session, people.find_person(session, who), units.unit_at(session, unit), role)


def _code_by(world: World, by: str, about: str) -> str:
    since = len(world.chat(by))
    world.says(by, f"/invite {world.number(about)}")
    (code,) = _codes(world, by, since)
    return code


def test_a_code_is_judged_again_when_it_is_used(world: World) -> None:
    code = _code_by(world, "王建国", "李梅")
    _rise(world, "李梅", "区局", Role.ADMIN)
    world.says("phone-b", f"/start {code}")
    assert _whose(world, "phone-b") is None
    assert "已被拒绝" in world.last("王建国").text and "周敏" in world.last("王建国").text
    world.says("phone-c", f"/start {code}")
    assert _whose(world, "phone-c") is None, "it is spent"
    assert _whose(world, "1005") == "李梅", "the phone that was there stays"


@pytest.mark.parametrize("what", ["role lost", "left", "subject left", "deputy over"])
def test_a_code_is_worth_what_its_maker_still_is(world: World, what: str) -> None:
    if what == "deputy over":
        world.says("王建国", "/deputy 1006 1d")
    code = _code_by(world, "Ann Lee" if what == "deputy over" else "王建国", "李梅")
    with world.database.writing() as session:
        lead, subject = people.find_person(session, "王建国"), people.find_person(session, "李梅")
        held = session.exec(select(Membership).where(Membership.person_id == lead.id)).one()
        if what == "role lost":
            held.role = Role.MEMBER
        elif what == "left":
            lead.left_on = MONDAY
        elif what == "subject left":
            subject.left_on = MONDAY
        session.add_all([held, lead, subject])
    if what == "deputy over":
        world.clock.at += timedelta(days=1)
    world.says("phone-b", f"/start {code}")
    assert _whose(world, "phone-b") is None


def test_the_operators_code_is_good_for_anybody(world: World) -> None:
    code = invite(world, "周敏")
    world.says("phone-b", f"/start {code}")
    assert _whose(world, "phone-b") == "周敏"


def test_where_nobody_stands_above_the_operator_is_named(world: World) -> None:
    with world.database.writing() as session:
        other = people.find_person(session, "何军")
        staff_changes.set_role(session, other, units.unit_at(session, "区局"), Role.MEMBER)
    assert "zeroreport invite" in world.says("陈局", "/invite 周敏")
