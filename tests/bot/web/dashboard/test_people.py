"""The page *People*: an admin finds, adds, moves and invites people, and imports a roster, as in the chat."""

import re
from urllib.parse import urlencode

import pytest
from sqlmodel import select

from models.core.audit import AuditEntry
from models.messaging.enrolment_links import put
from models.organisation.people import Membership, Person
from models.organisation.units import Unit
from tests.bot.web.dashboard.conftest import Board
from tests.models.organisation.corpus import CASES

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _names(found: dict[str, list[dict[str, str]]]) -> list[str]:
    return [it["name"] for it in found["people"]]


def test_an_admin_sees_everybody_with_unit_role_and_whether_they_are_enrolled(board: Board) -> None:
    token = board.sign_in("周敏")
    found = board.data(token, "people")
    assert (found["total"], len(found["people"])) == (10, 10)
    assert {(it["name"], it["unit"], it["role"], it["reach"]) for it in found["people"]} >= {
        ("周敏", "区局", "admin", "reachable"), ("王建国", "区局/一站", "lead", "reachable"),
    }  # fmt: skip
    assert "/dashboard/people" in board.text(token)
    assert "钱丽" in board.text(token, "people")
    assert board.text(token, "people?as=csv").count("\n") == 11


@pytest.mark.parametrize(
    ("typed", "names"),
    [("李", ["李梅"]), ("zw", ["张伟"]), ("wangjian", ["王建国"]), ("ANN", ["Ann Lee"]), ("al", ["Ann Lee"]),
     ("annlee", ["Ann Lee"]), ("1008", ["钱丽"]),
     ("二站", ["赵强", "钱丽"]), ("ez", ["赵强", "钱丽"]), ("没有", []), ("%", []), ("<b>", [])],
)  # fmt: skip
def test_people_are_found_by_name_number_unit_and_pinyin(board: Board, typed: str, names: list[str]) -> None:
    assert _names(board.data(board.sign_in("周敏"), "people?" + urlencode({"q": typed}))) == names


def test_a_long_list_has_pages(board: Board) -> None:
    with board.world.database.writing() as session:
        unit = session.exec(select(Unit).where(Unit.name == "二站")).one()
        for n in range(90):
            session.add(person := Person(staff_no=f"5{n:03}", name=f"新人{n}"))
            session.flush()
            session.add(Membership(person_id=person.id, unit_id=unit.id, home=True))
    token = board.sign_in("周敏")
    first, last = board.data(token, "people"), board.data(token, "people?page=3")
    assert (first["pages"], len(first["people"]), len(last["people"])) == (3, 40, 20)
    assert "page=2" in board.text(token, "people")
    for odd in ("people?page=0", "people?page=999", "people?page=x"):
        assert board.get(token, odd).status == 200


def test_an_admin_of_one_unit_sees_nobody_of_another(board: Board) -> None:
    board.make_admin("王建国", "一站")
    board.world.says("周敏", "/people move 1008 区局 2026-12-01")
    board.world.taps("周敏", "确认")
    token = board.sign_in("王建国")
    for query in ("people", "people?q=钱丽", "people?q=ql", "people?as=json", "people?as=csv"):
        page = board.text(token, query).replace('value="钱丽"', "")
        assert not [it for it in ("钱丽", "赵强", "二站", "周敏") if it in page]
    for name in ("二站", "区局", "防疫专班"):
        for asked in (f"people?unit={board.unit(name)}", f"people?unit={name}"):
            assert board.get(token, asked).status == 404
    for asked in (board.person("钱丽"), board.person("周敏"), 0, 999999999, "x", "%00", "9" * 40):
        answer = board.get(token, f"people?person={asked}")
        assert answer.status == 404
        assert "钱丽" not in answer.body.decode()
    before = board.world.records()
    for forged in ("move", "leave", "role"):
        board.press(token, f"people.{forged}.{board.person('钱丽')}", page="/dashboard/people")
    assert board.world.records() == before


def test_a_unit_has_its_people_and_those_below_it(board: Board) -> None:
    token = board.sign_in("周敏")
    assert _names(board.data(token, f"people?unit={board.unit('二站')}")) == ["赵强", "钱丽"]
    assert _names(board.data(token, "people?" + urlencode({"unit": "防疫专班"}))) == ["陈局", "张伟", "钱丽"]


def test_somebody_is_added_on_the_page_and_the_ledger_names_the_admin(board: Board) -> None:
    token = board.sign_in("周敏")
    fields = {"command": "people.add", "number": " 10 30 ", "name": "吴\n芳", "unit": "区局/二站", "role": "lead"}
    asked = board.fill(token, fields, page="/dashboard/people").body.decode()
    assert "吴 芳（1030）加入区局/二站" in asked
    board.press(token, board.button(asked, "今天"), page="/dashboard/people")
    with board.world.database.reading() as session:
        made = session.exec(select(Person).where(Person.staff_no == "1030")).one()
        noted = session.exec(select(AuditEntry).where(AuditEntry.what == "people.add")).one()
        assert (made.name, noted.by, noted.about) == ("吴 芳", "1002", "1030")
    assert "吴 芳" in board.text(token, "people?q=1030")


@pytest.mark.parametrize("missing", ["number", "name", "unit"])
def test_a_form_that_lacks_something_does_nothing(board: Board, missing: str) -> None:
    token = board.sign_in("周敏")
    fields = {"command": "people.add", "number": "1030", "name": "吴芳", "unit": "区局/二站"} | {missing: " "}
    before = board.world.records()
    assert board.fill(token, fields).status == 200
    assert board.world.records() == before


def test_one_person_is_moved_given_a_role_and_removed_by_the_chats_own_buttons(board: Board) -> None:
    token, number = board.sign_in("周敏"), board.person("钱丽")
    page = board.text(token, f"people?person={number}")
    assert all(f'value="people.{it}.{number}"' in page for it in ("role", "leave"))
    asked = board.fill(token, {"command": "people.move", "number": "1008", "unit": "区局/一站"}).body.decode()
    assert "钱丽（1008）：区局/二站 → 区局/一站" in asked
    board.press(token, board.button(asked, "今天"))
    assert board.data(token, "people?q=1008")["people"][0]["unit"] == "区局/一站"
    asked = board.press(token, f"people.leave.{number}").body.decode()
    planned = board.press(token, board.button(asked, "明天"), page=f"/dashboard/people?person={number}").body.decode()
    undo = re.findall(r'name="say" value="(/people undo \d+)"', planned)[0]
    assert board.data(token, "people")["planned"][0]["what"] == "people.leave"
    board.say(token, undo)
    assert board.data(token, "people")["planned"] == []


def test_an_invitation_is_scanned_from_the_page_once(board: Board) -> None:
    with board.world.database.writing() as session:
        put(session, "telegram", "https://t.me/reports_bot?start={code}")
        unit = session.exec(select(Unit).where(Unit.name == "二站")).one()
        session.add(person := Person(staff_no="1040", name="新 <b>人"))
        session.flush()
        session.add(Membership(person_id=person.id, unit_id=unit.id, home=True))
        number = person.id
    token = board.sign_in("周敏")
    assert board.data(token, f"people?person={number}")["person"]["reach"] == "not_enrolled"
    page = board.press(token, f"invite.person.{number}", page=f"/dashboard/people?person={number}").body.decode()
    assert page.count('<div class="qr"') == 1
    assert "<b>人" not in page
    assert " style=" not in page
    assert 'class="qr"' not in board.text(token, f"people?person={number}")
    lead = board.sign_in("王建国")
    assert 'class="qr"' not in board.press(lead, f"invite.person.{number}").body.decode()


def test_an_invitation_stands_before_the_checklist_that_changes_with_it(board: Board) -> None:
    token = board.sign_in("周敏")
    assert "启用准备" in board.say(token, "/start").body.decode()
    with board.world.database.writing() as session:
        unit = session.exec(select(Unit).where(Unit.name == "二站")).one()
        session.add(person := Person(staff_no="1040", name="新人"))
        session.flush()
        session.add(Membership(person_id=person.id, unit_id=unit.id, home=True))
        number = person.id
    page = board.press(token, f"invite.person.{number}").body.decode()
    assert -1 < page.index("<code>") < page.index("启用准备")


def test_a_clerks_workbook_is_imported_on_the_page_and_undone(board: Board) -> None:
    token = board.sign_in("周敏")
    case = next(it for it in CASES if it.name == "title and merged.xlsx")
    asked = board.send(token, "title and merged.xlsx", case.data).body.decode()
    while "import.namesake" in asked:
        asked = board.press(token, re.findall(r"import\.namesake\.\d+\.0", asked)[0]).body.decode()
    assert "王芳" in asked
    done = board.press(token, board.button(asked, "导入")).body.decode()
    assert board.data(token, "people?q=1003")["people"]
    page = board.text(token, "people")
    assert "title and merged.xlsx" in page
    undo = board.button(page, "撤销导入")
    assert undo in done
    asked = board.press(token, undo).body.decode()
    board.press(token, board.button(asked, "撤销"))
    assert "title and merged.xlsx" not in board.text(token, "people")


def test_a_file_that_is_broken_empty_or_too_large_is_refused_in_a_sentence(board: Board) -> None:
    token = board.sign_in("周敏")
    before = board.world.records()
    assert "文件" in board.send(token, "花名册.xlsx", b"PK\x03\x04 broken").body.decode().partition("told")[2]
    assert "文件过大" in board.send(token, "花名册.xlsx", b"x" * (10 * 1024 * 1024 + 1)).body.decode()
    assert board.send(token, "花名册.xlsx", b"x" * (21 * 1024 * 1024)).status == 413
    assert "文件是空的" in board.send(token, "花名册.xlsx", b"").body.decode()
    assert board.world.records() == before


def test_a_file_from_elsewhere_is_refused(board: Board) -> None:
    token = board.sign_in("周敏")
    assert board.send(token, "a.csv", b"x", csrf="x").status == 403
    assert board.send(token, "a.csv", b"x", Origin="https://evil.example").status == 403
    assert board.send(token, "a.csv", b"x", Cookie="").status == 401
    assert board.send(token, "a.csv", b"x", Content_Type="text/plain").status == 403
    assert board.get(token, "file").status == 303


def test_the_empty_roster_is_there_to_be_filled_in(board: Board) -> None:
    answer = board.get(board.sign_in("周敏"), "people?as=file")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.body.startswith(b"PK")


def test_odd_names_in_an_address_break_no_page(board: Board) -> None:
    token = board.sign_in("周敏")
    for odd in ("people?self=1", "people?view=1", "people?page=2&page=3", "people?name=x&q=y"):
        assert board.get(token, odd).status == 200
