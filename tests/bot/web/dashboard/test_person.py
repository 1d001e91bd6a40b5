"""The page *Person*: a month of one's own for everybody, of others for those who answer for them."""

import csv
import io

import pytest

from tests.bot.web.dashboard.conftest import Board
from tests.bot.web.dashboard.looks import looks
from tests.support.filling import fill_health
from tests.support.world import TUESDAY

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
KINDS = ("", "&as=json", "&as=csv")


def test_everybody_has_their_own_month_with_its_days_streak_and_receipts(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    board.world.at("08:00", TUESDAY)
    fill_health(board.world, "李梅", "38.1")
    token = board.sign_in("李梅")
    found = board.data(token, "person")
    (task,) = found["tasks"]
    assert [(it["day"], it["mark"]) for it in task["reports"]] == [("2026-11-24", "filled"), ("2026-11-23", "zero")]
    assert task["on_time_in_a_row"] == 2
    page = board.text(token, "person")
    assert "我的月历" in page
    assert all(it["receipt"] in page and f"report?id={it['report']}" in page for it in task["reports"])
    assert looks(board) == []


def test_a_lead_sees_a_person_with_profile_and_the_chats_buttons(board: Board) -> None:
    token, who = board.sign_in("王建国"), board.person("李梅")
    page = board.text(token, f"person?id={who}")
    report = board.world.report("李梅").id
    for button in (f"urge.one.{report}", f"proxy.person.{report}", "/excuse 1005"):
        assert f'value="{button}"' in page
    assert "invite.person" not in page
    assert board.data(token, f"person?id={who}")["reach"] == "reachable"
    asked = board.press(token, f"proxy.person.{report}", page=f"/dashboard/person?id={who}").body.decode()
    assert f'value="proxy.kind.{report}.zero"' in asked
    assert "李梅" in board.say(token, "/excuse 1005", page=f"/dashboard/person?id={who}").body.decode()


def test_somebody_who_never_enrolled_can_be_invited_by_who_stands_above_them(board: Board) -> None:
    board.world.says("周敏", "/people add 1010 新来的 区局/一站 今天")
    board.world.taps("周敏", "确认")
    token, who = board.sign_in("王建国"), board.person("新来的")
    assert f'value="invite.person.{who}"' in board.text(token, f"person?id={who}")
    assert board.data(token, f"person?id={who}")["reach"] == "never"


def test_a_reporter_sees_their_wards_month_without_a_profile(board: Board) -> None:
    token, ward = board.sign_in("张伟"), board.person("刘大爷")
    page = board.text(token, "person")
    assert f"person?id={ward}&amp;" in page
    found = board.data(token, f"person?id={ward}")
    assert "reach" not in found
    assert "roles" not in found
    assert "proxy.person" not in board.text(token, f"person?id={ward}")


@pytest.mark.parametrize("kind", KINDS)
def test_others_are_for_their_leads_and_admins_only(board: Board, kind: str) -> None:
    who = {name: board.person(name) for name in ("李梅", "钱丽", "陈局", "王建国")}
    allowed = {"李梅": {"李梅"}, "王建国": {"李梅", "王建国"}, "赵强": {"钱丽"}, "陈局": {*who}, "周敏": {*who}}
    for reader, may in allowed.items():
        token = board.sign_in(reader)
        for name, number in who.items():
            answer = board.get(token, f"person?id={number}{kind}")
            assert answer.status == (200 if name in may else 404), (reader, name)
            if name not in may:
                assert name not in answer.body.decode()
        for forged in ("0", "x", "999", "-1", "9" * 40, "%00"):
            assert board.get(token, f"person?id={forged}{kind}").status == 404


def test_reports_of_another_units_time_stay_that_units(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    receipt = board.world.report("李梅").receipt
    board.world.says("周敏", "/people move 1005 区局/二站")
    board.world.taps("周敏", "确认")
    board.world.at("08:00", TUESDAY)
    who = board.person("李梅")
    new, old = board.sign_in("赵强"), board.sign_in("王建国")
    found = board.data(new, f"person?id={who}")
    assert [it["day"] for task in found["tasks"] for it in task["reports"]] == ["2026-11-24"]
    for kind in KINDS:
        assert receipt not in board.text(new, f"person?id={who}{kind}")
        assert board.get(old, f"person?id={who}{kind}").status == 404


def test_a_look_at_another_is_noted_once_an_hour_and_ones_own_never(board: Board) -> None:
    token, who = board.sign_in("王建国"), board.person("李梅")
    for query in ("", "&as=json", "&as=csv", "&month=2026-11"):
        board.get(token, f"person?id={who}{query}")
    board.get(token, "person")
    assert looks(board) == [("1003", "person opened", "1005", {"month": "2026-11"})]
    board.get(token, f"person?id={who}&month=2026-10")
    assert len(looks(board)) == 2
    board.world.at("09:01")
    board.get(token, f"person?id={who}")
    assert len(looks(board)) == 3
    board.get(board.sign_in("李梅"), f"person?id={board.person('王建国')}")  # refused
    assert len(looks(board)) == 3


def test_a_month_in_which_nothing_was_asked_says_so_and_what_is_no_month_is_refused(board: Board) -> None:
    token = board.sign_in("李梅")
    assert "无需报送" in board.text(token, "person?month=2026-10")
    for month in ("2026-13", "x", "0001-01", "9999-01"):
        assert board.get(token, f"person?month={month}").status == 404


def test_the_table_has_a_line_for_each_report(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    text = board.text(board.sign_in("李梅"), "person?as=csv").lstrip("\ufeff")
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["day"], line["mark"], line["receipt"]) == ("2026-11-23", "zero", board.world.report("李梅").receipt)
