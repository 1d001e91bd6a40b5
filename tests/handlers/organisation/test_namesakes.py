"""A new staff number with the name of somebody who is here: the same person or another one is asked with buttons, and
the same person keeps everything but the number."""

import pytest
from sqlmodel import select

from models.evidence import verification
from models.messaging import enrolment
from models.messaging.addresses import Address
from models.organisation import people
from models.organisation.people import Person
from models.reporting.reports import Report
from models.reporting.revisions import Revision
from tests.support.admins import home_of, send_file
from tests.support.beginnings import monday
from tests.support.world import World

pytestmark = pytest.mark.world(begin=monday)

HEAD = "工号,姓名,单位\n"
LI = HEAD + "3001,李梅,区局/一站\n"
SAME, OTHER = "同一人：1005 → 3001", "不是同一人"


def numbers(world: World, name: str) -> list[str]:
    with world.database.reading() as session:
        found = session.exec(select(Person.staff_no).where(Person.name == name).order_by(Person.staff_no)).all()
    return list(found)


def whole(world: World) -> None:
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def test_the_same_person_keeps_reports_chat_and_role_under_the_new_number(world: World) -> None:
    world.taps("李梅", "零报告")
    said = send_file(world, "周敏", "a.csv", LI)
    assert "是否同一人？" in said
    assert "李梅 1005 区局/一站" in said
    world.taps("周敏", SAME)
    assert "工号1005 → 3001（同一人）" in world.last("周敏").text
    world.taps("周敏", "导入")
    assert numbers(world, "李梅") == ["3001"]
    with world.database.reading() as session:
        person = people.find_person(session, "3001")
        assert people.find_person(session, "1005").id == person.id, "the old number still finds her"
        report = session.exec(select(Report).where(Report.person_id == person.id)).one()
        assert session.exec(select(Revision).where(Revision.report_id == report.id)).all()
        assert session.exec(select(Address).where(Address.person_id == person.id)).all()
    assert "已报" in world.says("李梅", "/status") or world.last("李梅").text
    whole(world)


@pytest.mark.sqlite
def test_another_person_is_a_new_one(world: World) -> None:
    send_file(world, "周敏", "a.csv", LI)
    world.taps("周敏", OTHER)
    assert "新人员1" in world.last("周敏").text
    world.taps("周敏", "导入")
    assert numbers(world, "李梅") == ["1005", "3001"]


@pytest.mark.sqlite
def test_cancel_changes_nothing(world: World) -> None:
    before = world.records()
    send_file(world, "周敏", "a.csv", LI)
    world.taps("周敏", "取消")
    assert world.records() == before
    assert not world.last("周敏").labels


@pytest.mark.sqlite
def test_a_file_that_names_both_knows_them_apart(world: World) -> None:
    assert "是否同一人" not in send_file(world, "周敏", "a.csv", LI + "1005,李梅,区局/一站\n")


def test_undoing_the_import_gives_the_old_number_back(world: World) -> None:
    before = numbers(world, "李梅"), home_of(world, "1005")
    send_file(world, "周敏", "a.csv", HEAD + "3001,李梅,区局/二站\n3002,新人,区局/四站\n")
    world.taps("周敏", SAME)
    world.taps("周敏", "导入")
    assert numbers(world, "李梅") == ["3001"]
    world.taps("周敏", "撤销本次导入")
    world.taps("周敏", "撤销", world.last("周敏"))
    assert "以下未撤销" not in world.last("周敏").text
    assert (numbers(world, "李梅"), home_of(world, "1005")) == before
    assert numbers(world, "新人") == []
    send_file(world, "周敏", "a.csv", LI)
    world.taps("周敏", OTHER)
    world.taps("周敏", "导入")
    assert numbers(world, "李梅") == ["1005", "3001"], "the other answer may be given now"
    whole(world)


@pytest.mark.sqlite
def test_a_reporter_who_gets_another_number_keeps_the_wards_and_an_undo_too(world: World) -> None:
    rows = "工号,姓名,单位,类型,代报人\n3004,张伟,区局/一站,,\n2001,刘大爷,区局/一站,代报对象,3004\n"
    send_file(world, "周敏", "a.csv", rows)
    world.taps("周敏", "同一人：1004 → 3004")
    world.taps("周敏", "导入")
    with world.database.reading() as session:
        reporter = people.find_person(session, "3004")
        assert people.find_person(session, "2001").reporter_id == reporter.id
    world.taps("周敏", "撤销本次导入")
    world.taps("周敏", "撤销", world.last("周敏"))
    assert numbers(world, "张伟") == ["1004"]
    with world.database.reading() as session:
        assert people.find_person(session, "2001").reporter_id == people.find_person(session, "1004").id


@pytest.mark.sqlite
def test_two_people_of_one_name_are_both_offered(world: World) -> None:
    world.says("周敏", "/people add 1050 李梅 区局/二站 今天")
    world.taps("周敏", "确认")
    send_file(world, "周敏", "a.csv", LI)
    assert world.last("周敏").labels[:3] == [SAME, "同一人：1050 → 3001", OTHER]


MANY = HEAD + "3001,李梅,区局/一站\n3002,张伟,区局/一站\n3003,赵强,区局/二站\n3004,钱丽,区局/二站\n"


@pytest.mark.sqlite
@pytest.mark.parametrize(("answer", "gives"), [("均为同一人", ["3001"]), ("均不是同一人", ["1005", "3001"])])
def test_many_are_one_question_with_a_list(world: World, answer: str, gives: list[str]) -> None:
    said = send_file(world, "周敏", "a.csv", MANY)
    assert "4个新工号" in said
    assert "李梅 1005 / 3001" in said
    world.taps("周敏", next(label for label in world.last("周敏").labels if label.startswith(answer)))
    world.taps("周敏", "导入")
    assert numbers(world, "李梅") == gives


@pytest.mark.sqlite
def test_many_may_be_decided_one_by_one(world: World) -> None:
    send_file(world, "周敏", "a.csv", MANY)
    world.taps("周敏", "逐个确认")
    for label in (SAME, OTHER, OTHER, "同一人：1008 → 3004"):
        world.taps("周敏", label)
    world.taps("周敏", "导入")
    assert [numbers(world, it) for it in ("李梅", "赵强", "钱丽")] == [["3001"], ["1007", "3003"], ["3004"]]


@pytest.mark.sqlite
def test_a_number_stays_one_persons_for_ever(world: World) -> None:
    send_file(world, "周敏", "a.csv", LI)
    world.taps("周敏", SAME)
    world.taps("周敏", "导入")
    said = send_file(world, "周敏", "b.csv", HEAD + "1005,某人,区局/一站\n")
    assert "第2行" in said and "已变更工号" in said
    assert "已变更工号" in world.says("周敏", "/people add 1005 某人 区局/一站 今天")
    assert "李梅" in world.says("周敏", "/audit 3001")


@pytest.mark.sqlite
def test_planned_changes_come_first(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站")
    world.taps("周敏", next(it for it in world.last("周敏").labels if "确认" in it))
    send_file(world, "周敏", "a.csv", LI)
    world.taps("周敏", SAME)
    assert "有预定的改动" in world.last("周敏").text
    assert numbers(world, "李梅") == ["1005"]


@pytest.mark.sqlite
def test_an_account_in_wecom_that_is_the_old_number_goes_on(world: World) -> None:
    with world.database.writing() as session:
        person = people.find_person(session, "1006")
        enrolment.enrol(session, person, "wecom", "1006", "1006", world.clock.now())
    send_file(world, "周敏", "a.csv", HEAD + "3006,Ann Lee,区局/一站\n")
    world.taps("周敏", "同一人：1006 → 3006")
    world.taps("周敏", "导入")
    with world.database.reading() as session:
        found = enrolment.vouched_for(session, "1006", world.clock.now().date())
        assert found and found.staff_no == "3006"
