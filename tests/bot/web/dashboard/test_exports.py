"""Files from the dashboard: from *Today*, *Unit* and *Week and month*, the page *Exports*, and links that expire."""

import io
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from handlers.exports import export_job, long_files
from models.organisation.people import Membership, Role
from tests.bot.web.dashboard.conftest import HOST, Board
from tests.support.world import TUESDAY


def taken(board: Board, token: str, path: str) -> bytes:
    """Return the file behind a link of a page."""
    answer = board.get(token, path.removeprefix("/dashboard/"))
    assert answer.status == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    return answer.body


@pytest.mark.parametrize(("who", "units"), [("陈局", {"区局", "区局/一站", "区局/二站"}), ("王建国", {"区局/一站"})])
def test_a_lead_downloads_the_own_units_from_each_page(board: Board, who: str, units: set[str]) -> None:
    board.world.at("8:00", TUESDAY)
    token = board.sign_in(who)
    for page in ("", "unit", "range?from=2026-11-23&to=2026-11-23"):
        words = re.findall(r'name="say" value="([^"]+)" class="">下载Excel', board.text(token, page))[0]
        shown = board.say(token, words, page=f"/dashboard/{page}").body.decode()
        link, name = re.findall(r'<a href="(/dashboard/message/\d+)" download="([^"]+)">下载</a>', shown)[0]
        assert name.startswith("每日健康 ") and name.endswith(".xlsx"), page
        _, reports = load_workbook(io.BytesIO(taken(board, token, link))).worksheets
        found = {row[2] for row in reports.iter_rows(min_row=2, values_only=True)}
        assert found <= units and "区局/一站" in found, page


@pytest.mark.sqlite
def test_a_file_of_a_message_is_for_whoever_got_the_message(board: Board) -> None:
    lead, admin = board.sign_in("王建国"), board.sign_in("周敏")
    shown = board.say(admin, "/export 11-23").body.decode()
    (link,) = re.findall(r'href="(/dashboard/message/\d+)"', shown)
    assert taken(board, admin, link)[:2] == b"PK"
    other = board.get(lead, link.removeprefix("/dashboard/"))
    assert (other.status, "此处没有该文件" in other.body.decode()) == (404, True)
    assert board.get(lead, "message/999999").status == 404
    assert board.get("", link.removeprefix("/dashboard/")).status == 401


@pytest.mark.sqlite
def test_the_page_lists_ones_own_long_files_with_progress_and_stops_them(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    token = board.sign_in("王建国")
    board.fill(
        token, {"command": "export", "from": "2026-11-23", "to": "2026-11-23", "unit": "区局/一站", "task": "health",
                "kind": "csv"}, page="/dashboard/exports",
    )  # fmt: skip
    page = board.text(token, "exports")
    assert ("每日健康 一站 2026-11-23.csv" in page and "等待生成" in page) or "等待中" in page
    assert 'hx-trigger="every 3s"' in page
    assert board.data(token, "exports")["files"][0]["state"] == "being written"
    assert board.data(board.sign_in("周敏"), "exports")["files"] == [], "each sees their own"
    shown = board.press(token, board.button(page, "取消"), page="/dashboard/exports").body.decode()
    assert "已取消" in shown
    assert board.data(token, "exports")["files"][0]["state"] == "cancelled"
    board.say(token, "/export 11-23 health csv")
    board.world.does_errands()
    page = board.text(token, "exports")
    (link,) = re.findall(r'href="(/dashboard/message/\d+)"', page)
    assert taken(board, token, link).startswith("\ufeff日期,".encode())
    assert 'hx-trigger="every 15s"' in page


@pytest.mark.sqlite
def test_a_file_that_was_not_sent_because_the_role_is_lost_is_not_called_a_failure(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    board.world.says("陈局", "/export 11-23 health")
    board.make_admin("陈局", "二站")
    with board.world.database.writing() as session:
        for it in session.exec(select(Membership).where(Membership.role == Role.LEAD)).all():
            session.delete(it)
    board.world.does_errands()
    page = board.text(board.sign_in("陈局"), "exports")
    assert "已不在您负责之列" in page and "生成失败" not in page


@pytest.mark.sqlite
def test_an_open_page_follows_the_progress_although_nothing_was_reported(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    token = board.sign_in("王建国")
    board.say(token, "/export 11-23 health")
    seen = re.findall(r"seen=([\d.~]+)", board.text(token, "exports"))[0]
    assert board.get(token, f"exports?seen={seen}", HX_Request="true").status == 200
    assert board.get(token, f"unit?seen={seen}", HX_Request="true").status == 204


def linked(board: Board, who: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have a file kept for a link; return the link's path."""
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    monkeypatch.setattr(long_files, "MOST_BYTES", 100)
    board.made.visits.desk.defaults = board.world.desk.defaults
    board.world.says(who, "/export 11-23 health")
    board.world.does_errands()
    return re.findall(rf"https://{HOST}(/dashboard/export/\S+)", board.world.last(who).text)[0]


def test_a_link_downloads_a_file_as_often_as_it_is_needed_until_it_expires(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = linked(board, "王建国", monkeypatch)
    asks = board.served.get(link, Host=HOST, Accept_Language="zh")
    assert asks.status == 200 and "每日健康 一站 2026-11-23.xlsx" in asks.body.decode(), "looking spends nothing"
    for _ in range(2):
        answer = board.enter(link)
        assert (answer.status, answer.headers["content-length"]) == (200, str(len(answer.body)))
        assert quote("每日健康 一站 2026-11-23.xlsx") in answer.headers["content-disposition"]
        assert load_workbook(io.BytesIO(answer.body)).sheetnames == ["文件说明", "每日健康"]
    assert board.enter(link, Origin="https://elsewhere.example").status == 403
    board.world.clock.at += timedelta(hours=24, minutes=1)
    answer = board.enter(link)
    assert answer.status == 410 and "链接已失效：文件只保留24小时" in answer.body.decode()
    assert board.enter(link[:-3] + "abc").status == 410


@pytest.mark.sqlite
def test_a_kept_file_is_on_the_page_too_and_for_nobody_else(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    linked(board, "王建国", monkeypatch)
    token = board.sign_in("王建国")
    (link,) = re.findall(r'href="(/dashboard/kept/\d+)"', board.text(token, "exports"))
    assert taken(board, token, link)[:2] == b"PK"
    assert board.get(board.sign_in("周敏"), link.removeprefix("/dashboard/")).status == 410


@pytest.mark.sqlite
def test_a_link_ends_with_the_role(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    link = linked(board, "王建国", monkeypatch)
    with board.world.database.writing() as session:
        for it in session.exec(select(Membership).where(Membership.role == Role.LEAD)).all():
            session.delete(it)
    assert board.enter(link).status == 404


@pytest.mark.sqlite
def test_a_link_ends_when_its_person_leaves(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    link = linked(board, "王建国", monkeypatch)
    board.world.says("周敏", "/people leave 1003 今天")
    board.world.taps("周敏", "确认")
    assert board.enter(link).status == 410
    assert board.served.get(link, Host=HOST, Accept_Language="zh").status == 410


@pytest.mark.sqlite
def test_a_member_has_no_exports_and_days_that_are_none_are_refused(board: Board) -> None:
    member, lead = board.sign_in("李梅"), board.sign_in("王建国")
    assert board.get(member, "exports").status == 403
    assert board.get(lead, "exports?from=x").status == 404
    assert board.get(lead, "exports?from=2020-01-01&to=2026-01-01").status == 404
    assert board.get(lead, f"exports?unit={board.unit('二站')}").status == 404
