"""The page *Unit*: a month of a unit for whoever answers for it."""

import csv
import io
from typing import Any

import pytest
from sqlmodel import select

from models.organisation.people import Person
from models.organisation.units import Unit
from tests.bot.web.dashboard.conftest import Board
from tests.support.filling import fill_health
from tests.support.world import TUESDAY

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
OTHERS = ("钱丽", "赵强", "二站")
HEADS = "staff_no,name,unit,role,kind,reporter,locale"
KINDS = ("", "&as=json", "&as=csv")


def _days(found: dict[str, Any], name: str) -> Any:
    return next(it["days"] for it in found["rows"] if it["name"] == name)


def _two_days(board: Board) -> None:
    """Let one report in time, one late and the others not at all on Monday, and let the lead check."""
    board.world.taps("李梅", "零报告")
    board.world.at("10:06")
    board.world.says("王建国", "/signoff")
    board.world.taps("王建国", "核对无误")
    board.world.taps("张伟", "零报告")
    board.world.at("08:00", TUESDAY)
    fill_health(board.world, "李梅", "38.1")
    board.world.at("13:00", TUESDAY)


def test_a_lead_sees_when_each_of_their_people_reported_and_never_what(board: Board) -> None:
    _two_days(board)
    token = board.sign_in("王建国")
    found = board.data(token, "unit")
    assert _days(found, "李梅") == {"2026-11-23": "in", "2026-11-24": "in"}
    assert _days(found, "张伟")["2026-11-23"] == "late"
    assert _days(found, "Ann Lee")["2026-11-23"] == "missing"
    assert [it["name"] for it in found["rows"]] == ["王建国", "张伟", "李梅", "Ann Lee", "刘大爷", "孙阿姨"]
    for kind in KINDS:
        page = board.text(token, f"unit?{kind}")
        assert not [it for it in (*OTHERS, "38.1", "filled", "有情况") if it in page]


def test_the_month_has_its_rates_who_checked_and_what_the_form_counts(board: Board) -> None:
    _two_days(board)
    found = board.data(board.sign_in("王建国"), "unit")
    assert (found["timeliness"], found["completeness"]) == (2 / 12, 3 / 12)  # of two days, one report came late
    monday = found["checked"][-1]
    assert (monday["day"], monday["by"], monday["changed_since"]) == ("2026-11-23", "王建国", True)
    assert found["checked"][0]["by"] is None
    fever = found["indicators"][0]
    assert (fever["label"], fever["days"]) == ("发热", {"2026-11-23": 0.0, "2026-11-24": 1.0})


def test_a_month_in_which_nothing_was_asked_says_so(board: Board) -> None:
    token = board.sign_in("王建国")
    page = board.text(token, "unit?month=2026-10")
    assert "无填报任务" in page
    assert "month=2026-09" in page
    assert "month=2026-12" not in board.text(token, "unit")


def test_more_than_thirty_people_are_shown_as_the_units_below(board: Board) -> None:
    with board.world.database.writing() as session:
        unit = session.exec(select(Unit).where(Unit.name == "一站")).one()
        people = "\n".join(f"{n},人{n},{unit.path},,,," for n in range(5000, 5040))
    board.world.organisation(f"{HEADS}\n{people}", groups=False)
    board.world.at("10:06", TUESDAY)
    found = board.data(board.sign_in("陈局"), "unit")
    assert found["of"] == "units"
    assert [it["name"] for it in found["rows"]] == ["一站", "二站", "防疫专班"]
    assert "人5001" not in board.text(board.sign_in("陈局"), "unit")


@pytest.mark.parametrize("kind", KINDS)
def test_a_units_month_opens_for_whoever_answers_for_it(board: Board, kind: str) -> None:
    member, lead, director = (board.sign_in(who) for who in ("李梅", "王建国", "陈局"))
    for name in ("区局", "二站", "防疫专班"):
        answer = board.get(lead, f"unit?id={board.unit(name)}{kind}")
        assert answer.status == 404
        assert "钱丽" not in answer.body.decode()
    assert board.get(member, f"unit?id={board.unit('一站')}{kind}").status == 403
    assert board.get(director, f"unit?id={board.unit('二站')}{kind}").status == 200


def test_forged_addresses_show_nothing(board: Board) -> None:
    lead = board.sign_in("王建国")
    for asked in ("id=0", "id=x", "id=999", "id=-1", "id=" + "9" * 40, "task=999", "task=x", "month=2026-13",
                  "month=0001-01", "month=9999-12", "month=x", "month=2026-1"):  # fmt: skip
        assert board.get(lead, f"unit?{asked}").status == 404, asked
    for asked in ("units=0", "units=999", "month=2099-12", "month=2000-01", "month=", "id=", "page=1&self=2"):
        assert board.get(lead, f"unit?{asked}").status == 200, asked


def test_one_goes_down_to_units_below_up_again_and_on_to_people(board: Board) -> None:
    token = board.sign_in("陈局")
    top = board.text(token, "unit")
    below = board.unit("一站")
    assert f"unit?id={below}&amp;month=2026-11" in top
    page = board.text(token, f"unit?id={below}")
    assert f"unit?id={board.unit('区局')}&amp;month=2026-11" in page
    with board.world.database.reading() as session:
        who = session.exec(select(Person.id).where(Person.name == "李梅")).one()
    assert f"person?id={who}&amp;month=2026-11" in page


def test_the_table_has_a_column_for_each_day(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    lines = list(csv.reader(io.StringIO(board.text(board.sign_in("王建国"), "unit?as=csv").lstrip("\ufeff"))))
    assert len(lines[0]) == 32
    assert next(it for it in lines if it[1] == "李梅")[2 + 22] == "in"


def test_a_name_of_300_characters_is_text(board: Board) -> None:
    with board.world.database.writing() as session:
        person = session.exec(select(Person).where(Person.name == "李梅")).one()
        person.name = "<i>" + "龘" * 300
        session.add(person)
    token = board.sign_in("王建国")
    for path in ("unit", f"person?id={person.id}", f"report?id={board.world.report('张伟').id}"):
        assert "<i>龘" not in board.text(token, path)
    assert "龘" * 300 in board.text(token, f"person?id={person.id}")


def test_an_open_month_asks_again_once_a_minute(board: Board) -> None:
    token = board.sign_in("王建国")
    assert [it for it in ("", "unit", "person") if 'hx-trigger="every 60s"' in board.text(token, it)] == [
        "unit", "person",
    ]  # fmt: skip
