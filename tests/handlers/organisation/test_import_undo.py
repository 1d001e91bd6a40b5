"""An import is undone within the hour, by the button below its receipt; what has changed since is not overwritten."""

from datetime import date

import pytest
from sqlalchemy import event
from sqlmodel import select

from models.channels import webchat
from models.core.database import Database
from models.evidence import verification
from models.messaging import addresses, enrolment
from models.messaging.addresses import Address
from models.organisation.people import Kind, Membership, Person, find_person, roles
from models.organisation.units import Unit
from tests.support.world import ROSTER, Bubble, World

MORE = """staff_no,name,unit,role,kind,reporter
1005,李小梅,区局/二站,lead,,
1030,吴芳,区局/三站/路线一,,,
1031,郑强,区局/三站,,,
2030,吴奶奶,区局/三站,,ward,1030
"""


@pytest.fixture
def imported(database: Database) -> World:
    world = World(database)
    world.organisation(ROSTER)
    world.sends("周敏", "r.csv", mime="text/csv", data=MORE.encode())
    world.taps("周敏", "导入")
    return world


def organisation(world: World) -> list[object]:
    with world.database.reading() as session:
        people = session.exec(select(Person).order_by(Person.staff_no)).all()
        units = session.exec(select(Unit).order_by(Unit.path)).all()
        return [repr((p.staff_no, p.name, p.reporter_id)) for p in people] + [u.path for u in units]


def test_everything_is_as_before(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER)
    before = organisation(world)
    world.sends("周敏", "r.csv", mime="text/csv", data=MORE.encode())
    world.taps("周敏", "导入")
    assert organisation(world) != before
    world.taps("周敏", "撤销本次导入")
    assert "新增的3人" in world.last("周敏").text
    world.taps("周敏", "撤销", world.last("周敏"))
    assert "已撤销导入“r.csv”" in world.last("周敏").text
    assert "以下未撤销" not in world.last("周敏").text
    assert organisation(world) == before


@pytest.mark.sqlite
def test_what_has_changed_since_stays_and_is_named(imported: World) -> None:
    imported.says("周敏", "/people role 1005 成员 二站 today")
    imported.taps("周敏", "确认")
    code = imported.says("周敏", "/invite 1031").split("1031 郑强 ")[1].split()[0]
    imported.says("1031", f"/start {code}")
    imported.taps("周敏", "撤销本次导入")
    imported.taps("周敏", "撤销", imported.last("周敏"))
    said = imported.last("周敏").text
    assert "李小梅（1005）：导入后又有改动" in said
    assert "郑强（1031）：已开通、已邀请或已纳入填报" in said
    assert "单位区局/三站：仍有人员" in said
    left = organisation(imported)
    assert "区局/三站/路线一" not in left
    assert not any("吴芳" in str(it) for it in left)


@pytest.mark.sqlite
def test_it_asks_first(imported: World) -> None:
    before = organisation(imported)
    imported.taps("周敏", "撤销本次导入")
    imported.taps("周敏", "取消", imported.last("周敏"))
    assert organisation(imported) == before


@pytest.mark.sqlite
def test_after_an_hour_it_is_too_late(imported: World) -> None:
    before = organisation(imported)
    imported.at("08:05")
    assert "一小时内" in (imported.taps("周敏", "撤销本次导入") or "")
    assert organisation(imported) == before


@pytest.mark.sqlite
def test_it_is_undone_once_and_by_its_author_only(imported: World) -> None:
    button, _ = imported.button("周敏", "撤销本次导入")
    assert imported.forges("王建国", button.data)
    imported.taps("周敏", "撤销本次导入")
    imported.taps("周敏", "撤销", imported.last("周敏"))
    assert "一小时内" in (imported.forges("周敏", button.data) or "")


HEAD = "staff_no,name,unit,role,kind,reporter,wecom_id\n"
STAFF = "2001,刘大爷,区局/一站,,staff,,\n"


def imports(world: World, lines: str, by: str = "周敏") -> Bubble:
    world.sends(by, "r.csv", mime="text/csv", data=(HEAD + lines).encode())
    world.taps(by, "导入")
    return world.last(by)


def undoes(world: World, receipt: Bubble, by: str = "周敏") -> str:
    """Tap undo below this receipt and confirm; return the answer."""
    world.taps(by, "撤销本次导入", receipt)
    world.taps(by, "撤销", world.last(by))
    return world.last(by).text


def change(world: World, number: str, **columns: object) -> None:
    with world.database.writing() as session:
        person = find_person(session, number)
        for name, value in columns.items():
            setattr(person, name, value)


def person(world: World, number: str) -> Person:
    with world.database.reading() as session:
        return find_person(session, number)


@pytest.fixture
def small(database: Database) -> World:
    world = World(database)
    world.organisation(ROSTER + "1012,冯静,区局/一站,admin,,,\n")
    return world


def test_nobody_who_has_filed_since_becomes_a_ward_whose_reporter_reads_it(small: World) -> None:
    receipt = imports(small, STAFF)
    with small.database.writing() as session:
        enrolment.enrol(session, find_person(session, "2001"), "web", "2001", "2001", small.clock.now())
    small.assign()
    small.at("7:30")
    small.taps("刘大爷", "零报告")
    assert "刘大爷（2001）：本人已报告过" in undoes(small, receipt)
    assert person(small, "2001").kind == Kind.STAFF and person(small, "2001").reporter_id is None


@pytest.mark.sqlite
def test_who_has_not_filed_is_a_ward_again(small: World) -> None:
    receipt = imports(small, STAFF)
    assert "以下未撤销" not in undoes(small, receipt)
    assert person(small, "2001").kind == Kind.WARD
    assert person(small, "2001").reporter_id == person(small, "1004").id


@pytest.mark.sqlite
def test_who_reports_for_others_by_now_does_not_become_a_ward(small: World) -> None:
    receipt = imports(small, STAFF)
    change(small, "2002", reporter_id=person(small, "2001").id)
    assert "刘大爷（2001）：已是他人的代报人" in undoes(small, receipt)
    assert person(small, "2001").kind == Kind.STAFF


@pytest.mark.sqlite
def test_a_new_reporter_stays_with_a_ward_who_stays(small: World) -> None:
    receipt = imports(small, "1030,吴芳,区局/一站,,,,\n2030,吴奶奶,区局/一站,,ward,1030,\n")
    change(small, "2030", name="吴老太")
    said = undoes(small, receipt)
    assert "吴奶奶（2030）：导入后又有改动" in said and "吴芳（1030）：已是他人的代报人" in said
    assert person(small, "2030").reporter_id == person(small, "1030").id


@pytest.mark.sqlite
def test_an_account_that_is_somebody_elses_by_now_stays_with_them(small: World) -> None:
    change(small, "1005", wecom_id="li-mei")
    receipt = imports(small, "1005,李梅,区局/一站,,,,limei2\n")
    imports(small, "1008,钱丽,区局/二站,,,,Li-Mei\n")
    assert "李梅（1005）：原企业微信账号“li-mei”现属工号1008" in undoes(small, receipt)
    assert (person(small, "1005").wecom_id, person(small, "1008").wecom_id) == ("limei2", "Li-Mei")


@pytest.mark.sqlite
def test_an_account_from_which_somebody_else_writes_by_now_stays_theirs(small: World) -> None:
    change(small, "1005", wecom_id="li-mei")
    receipt = imports(small, "1005,李梅,区局/一站,,,,limei2\n")
    with small.database.writing() as session:
        enrolment.enrol(session, find_person(session, "1008"), "wecom", "Li-Mei", "Li-Mei", small.clock.now())
    assert "现属工号1008" in undoes(small, receipt)
    assert person(small, "1005").wecom_id == "limei2"


@pytest.mark.sqlite
@pytest.mark.parametrize("changed", [False, True])
def test_accounts_that_were_exchanged_go_back_together_or_not_at_all(small: World, changed: bool) -> None:
    change(small, "1005", wecom_id="a")
    change(small, "1008", wecom_id="b")
    receipt = imports(small, "1005,李梅,区局/一站,,,,b\n1008,钱丽,区局/二站,,,,a\n")
    if changed:
        change(small, "1008", locale="en")
    said = undoes(small, receipt)
    assert ("李梅（1005）：原企业微信账号“a”现属工号1008" in said) == changed
    expected = ("b", "a") if changed else ("a", "b")
    assert (person(small, "1005").wecom_id, person(small, "1008").wecom_id) == expected


@pytest.mark.sqlite
@pytest.mark.parametrize("now", ["gone", "a ward"])
def test_a_reporter_who_cannot_be_one_any_more_does_not_come_back(small: World, now: str) -> None:
    receipt = imports(small, "2001,刘大爷,区局/一站,,ward,1005,\n")
    by = person(small, "1005").id
    change(small, "2002", reporter_id=by)
    if now == "gone":
        change(small, "1004", left_on=date(2026, 11, 23))
    else:
        change(small, "1004", kind=Kind.WARD, reporter_id=by)
    assert "刘大爷（2001）：原代报人张伟（1004）已经离开或已是代报对象" in undoes(small, receipt)
    assert person(small, "2001").reporter_id == by


@pytest.mark.sqlite
def test_an_admin_of_a_part_undoes_what_they_were_allowed_to_do(small: World) -> None:
    """张伟 is a member of a task force elsewhere, too, which the import did not touch."""
    receipt = imports(small, "1004,张伟,区局/一站,lead,,,\n", by="冯静")
    assert "已撤销导入" in undoes(small, receipt, by="冯静")
    with small.database.reading() as session:
        held = {unit.path: str(role) for role, unit in roles(session, find_person(session, "1004"))}
    assert held == {"区局/一站": "member", "区局/防疫专班": "member"}


@pytest.mark.sqlite
def test_an_admin_of_a_part_no_more_undoes_nothing(small: World) -> None:
    receipt = imports(small, "1004,张伟,区局/一站,lead,,,\n", by="冯静")
    small.says("周敏", "/people role 1012 admin 区局/二站 today")
    small.taps("周敏", "确认")
    small.says("周敏", "/people role 1012 成员 区局/一站 today")
    small.taps("周敏", "确认")
    small.taps("冯静", "撤销本次导入", receipt)
    before = organisation(small)
    small.taps("冯静", "撤销", small.last("冯静"))
    assert "已撤销导入" not in small.last("冯静").text
    assert organisation(small) == before


@pytest.mark.sqlite
def test_an_admin_who_leaves_is_not_the_last_one(small: World) -> None:
    receipt = imports(small, "1005,李梅,区局,admin,,,\n")
    change(small, "1002", left_on=date(2026, 11, 30))
    before = organisation(small)
    small.taps("周敏", "撤销本次导入", receipt)
    said = small.taps("周敏", "撤销", small.last("周敏"))
    assert "撤销后组织将没有管理员" in (said or small.last("周敏").text)
    assert organisation(small) == before


@pytest.mark.sqlite
def test_undoing_asks_the_database_no_more_often_for_many_people(small: World) -> None:
    asked: list[str] = []
    event.listen(small.database.write, "before_cursor_execute", lambda *it: asked.append(it[2]))
    counts = []
    for numbers in (range(3000, 3003), range(4000, 4060)):
        receipt = imports(small, "".join(f"{no},新人,区局/一站,,,,\n" for no in numbers))
        small.taps("周敏", "撤销本次导入", receipt)
        asked.clear()
        small.taps("周敏", "撤销", small.last("周敏"))
        assert f"人员{len(numbers)}/{len(numbers)}" in small.last("周敏").text
        counts.append(len(asked))
    assert counts[1] < counts[0] + 5, counts


@pytest.mark.sqlite
def test_the_first_roster_is_undone_with_the_name_that_it_gave_the_root(database: Database) -> None:
    world = World(database)
    world.organisation("staff_no,name,unit,role,kind,reporter,locale\n1002,周敏,新单位,admin,,,\n")
    before = organisation(world)
    receipt = imports(world, "1002,周敏,区局,admin,,,\n1003,王建国,区局/一站,lead,,,\n")
    assert "以下未撤销" not in undoes(world, receipt)
    assert organisation(world) == before


def test_the_records_are_whole_after_an_import_was_undone_and_another_made(imported: World) -> None:
    imported.taps("周敏", "撤销本次导入")
    imported.taps("周敏", "撤销", imported.last("周敏"))
    imported.sends("周敏", "r.csv", mime="text/csv", data=MORE.encode())
    imported.taps("周敏", "导入")
    with imported.database.reading() as session:
        assert verification.verify(session).differs == []


@pytest.mark.sqlite
def test_a_person_who_is_gone_without_an_undone_import_is_named(imported: World) -> None:
    with imported.database.writing() as session:
        person = find_person(session, "1031")
        session.delete(session.exec(select(Membership).where(Membership.person_id == person.id)).one())
        session.flush()
        session.delete(person)
    with imported.database.reading() as session:
        assert "settled" in {what for what, *_ in verification.verify(session).differs}


def group_of(world: World, path: str) -> str:
    """Let the page give every unit its group; return this unit's."""
    with world.database.writing() as session:
        addresses.open_groups(session, "web", world.clock.now())
        unit = session.exec(select(Unit).where(Unit.path == path)).one()
        return session.exec(select(Address).where(Address.unit_id == unit.id)).one().chat


def test_units_go_with_the_groups_that_the_page_gave_them_by_itself(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER)
    before = organisation(world)
    receipt = imports(world, "1030,吴芳,区局/三站/路线一,,,,\n")
    chat = group_of(world, "区局/三站")
    said = undoes(world, receipt)
    assert "人员1/1，新单位2/2" in said and "以下未撤销" not in said
    assert organisation(world) == before
    with database.reading() as session:
        assert session.exec(select(Address).where(Address.chat == chat)).all() == []
        assert verification.verify(session).differs == []


@pytest.mark.sqlite
def test_a_unit_stays_with_what_was_said_in_its_group_and_the_receipt_says_so(small: World) -> None:
    receipt = imports(small, "1030,吴芳,区局/三站/路线一,,,,\n")
    chat = group_of(small, "区局/三站/路线一")
    with small.database.writing() as session:
        webchat.post(session, [chat], {"text": "大家好", "buttons": [], "file": None}, small.clock.now(), "1030")
    said = undoes(small, receipt)
    assert "人员1/1，新单位0/2" in said
    assert "单位区局/三站/路线一：已有在用的群聊" in said and "单位区局/三站：其下级单位保留" in said
    assert {"区局/三站", "区局/三站/路线一"} <= set(organisation(small))
    with small.database.reading() as session:
        assert verification.verify(session).differs == []
