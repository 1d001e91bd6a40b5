"""A form's page over the wire: the way in, a browser without scripts, what is refused, and how heavy it is."""

import re
from collections.abc import Sequence
from datetime import timedelta
from html import unescape

import pytest

from bot.web.app import STATIC
from bot.web.dashboard.visits import COOKIE, csrf_of
from tests.bot.web.dashboard.conftest import HOST, Board
from tests.support.form_pages import MULTIPART, Entered, body_of, changed, fields_of
from tests.support.serving import Reply
from tests.support.world import HEALTH, TUESDAY

pytestmark = pytest.mark.sqlite
SENT = ("base.css", "fill.css", "fill.js", "seal.svg")
WELL = {"do": "submit", "temperature": "36.5", "contact": "no"}


def form_of(board: Board, who: str) -> int:
    return board.world.report(who).id


def post(
    board: Board, token: str, fields: Entered, files: Sequence[tuple[str, str, str, bytes]] = (), **headers: str
) -> Reply:  # fmt: skip
    sent = {
        "Host": HOST, "Origin": f"https://{HOST}", "Cookie": f"__Host-{COOKIE}={token}", "Accept_Language": "zh",
        "Content_Type": MULTIPART, "Accept": "text/html",
    }  # fmt: skip
    return board.served.post("/dashboard/fill", body_of(fields, files), **(sent | headers))


def fill(board: Board, token: str, who: str = "李梅", do: str = "submit", **values: str) -> Reply:
    """Open the form, enter into its fields and press a button."""
    page = board.text(token, f"fill?report={form_of(board, who)}")
    return post(board, token, changed(fields_of(page), do=do, **values))


def test_a_link_for_one_use_opens_exactly_this_form(board: Board) -> None:
    board.world.taps("李梅", "有情况")
    board.world.taps("李梅", "在网页填写")
    link = re.findall(rf"https://{HOST}(/dashboard/in/\S+)", board.world.last("李梅").text)[0]
    assert "填写表单" in board.served.get(link, Host=HOST, Accept_Language="zh").body.decode()
    answer = board.enter(link)
    assert (answer.status, answer.headers["location"]) == (303, f"/dashboard/fill?report={form_of(board, '李梅')}")
    assert board.enter(link).status == 404  # it worked once


def test_without_an_address_no_button_leads_to_a_page(board: Board) -> None:
    board.world.set_defaults(public_url="")
    board.world.taps("李梅", "有情况")
    assert not any("网页" in label for label in board.world.last("李梅").labels)


def test_a_browser_without_scripts_fills_in_and_files(board: Board) -> None:
    token = board.sign_in("李梅")
    page = fill(board, token, temperature="36.5", contact="yes")
    text = page.body.decode()
    assert page.status == 200 and "尚未提交，请核对下方标出的各项。" in text
    assert 'href="#q2"' in text and "autofocus" in text  # the question that is new is asked for, and found
    again = post(board, token, changed(fields_of(text), do="submit", place="市场"))
    assert (again.status, again.headers["location"]) == (303, f"/dashboard/fill?report={form_of(board, '李梅')}")
    assert "已收到" in board.text(token, f"fill?report={form_of(board, '李梅')}")
    assert board.world.revisions("李梅")[-1].answers == {"temperature": 36.5, "contact": "yes", "place": "市场"}


def test_what_was_wrong_stays_in_its_field_and_the_rest_is_kept(board: Board) -> None:
    token = board.sign_in("李梅")
    text = fill(board, token, do="save", temperature="高", remark="头疼", contact="no").body.decode()
    assert 'value="高"' in text and 'aria-invalid="true"' in text and "头疼" in text
    assert "头疼" in board.text(token, f"fill?report={form_of(board, '李梅')}")
    board.world.deliver()
    form = next(it for it in board.world.chat("李梅") if "每日健康" in it.text)
    assert "体温" in form.text  # the chat asks for what is still missing


def test_a_script_is_told_what_applies_what_is_wrong_and_what_changed_elsewhere(board: Board) -> None:
    token = board.sign_in("李梅")
    number = form_of(board, "李梅")
    fields = fields_of(board.text(token, f"fill?report={number}"))
    told = post(
        board, token, changed(fields, do="save", temperature="99", contact="yes"), Accept="application/json"
    ).json
    assert told["wrong"] == {"temperature": "体温应在34到43之间。"}
    assert told["applies"] == ["temperature", "contact", "place", "remark"]
    assert (told["done"], told["blocks"]) == (False, {})
    board.world.says("李梅", "38.1")
    told = post(board, token, changed(fields, do="look", contact="yes"), Accept="application/json").json
    assert 'value="38.1"' in told["blocks"]["temperature"] and "已在别处修改" in told["blocks"]["temperature"]


def test_photos_are_sent_without_scripts_shown_to_their_owner_and_to_nobody_else(board: Board) -> None:
    token, number = board.sign_in("李梅"), form_of(board, "李梅")
    fields = fields_of(board.text(token, f"fill?report={number}"))
    sent = changed(fields, do="submit", temperature="36.5", contact="no")
    files = [("file.", "图.png", "image/png", b"\x89PNG-1"), ("file.", "<b>.svg", "image/svg+xml", b"<svg/>")]
    answer = post(board, token, sent, files)
    assert answer.status == 303
    held = board.world.revisions("李梅")[-1].attachments or []
    assert [it["name"] for it in held] == ["图.png", "_b_.svg"]
    shown = board.get(token, f"fill/file?report={number}&digest={held[0]['digest']}")
    assert (shown.body, shown.headers["content-type"]) == (b"\x89PNG-1", "image/png")
    kept = board.get(token, f"fill/file?report={number}&digest={held[1]['digest']}")
    assert kept.headers["content-disposition"] == "attachment"
    assert kept.headers["content-type"] == "application/octet-stream"
    other = board.sign_in("张伟")
    assert board.get(other, f"fill/file?report={number}&digest={held[0]['digest']}").status == 404
    assert board.get(token, f"fill/file?report={number}&digest={'0' * 64}").status == 404


def test_a_file_that_is_too_large_is_refused_and_nothing_entered_is_lost(board: Board) -> None:
    token, number = board.sign_in("李梅"), form_of(board, "李梅")
    fields = fields_of(board.text(token, f"fill?report={number}"))
    big = b"x" * (10 * 1024 * 1024 + 1)
    answer = post(
        board, token, changed(fields, do="submit", temperature="36.5", contact="no"), [("file.", "a.bin", "a/b", big)]
    )  # fmt: skip
    text = answer.body.decode()
    assert answer.status == 200 and 'value="36.5"' in text and 'role="alert"' in text
    assert board.world.revisions("李梅") == []


@pytest.mark.parametrize("who", ["张伟", "王建国", "周敏", "陈局"])
def test_anothers_form_is_refused_like_one_that_there_is_not(board: Board, who: str) -> None:
    token, number = board.sign_in(who), form_of(board, "李梅")
    mine = board.sign_in("李梅")
    fields = changed(fields_of(board.text(mine, f"fill?report={number}")), **WELL)
    missing = [(name, "999999" if name == "report" else value) for name, value in fields]
    answers = []
    for sent in (fields, missing):
        own = [(name, csrf_of(token) if name == "csrf" else value) for name, value in sent]
        answers.append(post(board, token, own))
    assert [it.status for it in answers] == [404, 404]
    assert answers[0].body == answers[1].body
    pages = [board.get(token, f"fill?report={it}") for it in (number, 999999, "x", "", -1)]
    assert {it.status for it in pages} == {404} and len({it.body for it in pages}) == 1
    assert board.world.revisions("李梅") == []


def test_forms_of_other_pages_and_sessions_are_refused(board: Board) -> None:
    token, number = board.sign_in("李梅"), form_of(board, "李梅")
    fields = changed(fields_of(board.text(token, f"fill?report={number}")), **WELL)
    other = [(name, csrf_of("another") if name == "csrf" else value) for name, value in fields]
    assert post(board, token, other).status == 403
    assert post(board, token, fields, Origin="https://evil.example").status == 403
    assert post(board, "forged", fields).status == 401
    assert post(board, token, fields, Authorization="Bearer x").status == 403
    assert board.get("forged", f"fill?report={number}").status == 401
    assert board.world.revisions("李梅") == []


@pytest.mark.parametrize("broken", [
    {"version": "99"}, {"head": "x"}, {"was.temperature": "forged"}, {"q.nothing": "1", "was.nothing": "1"},
    {"do": "remove:temperature"}, {"do": "drop_file:x"}, {"do": "nothing"}, {"q.contact": "<script>"},
])  # fmt: skip
def test_forged_fields_break_nothing_and_file_nothing(board: Board, broken: dict[str, str]) -> None:
    token, number = board.sign_in("李梅"), form_of(board, "李梅")
    fields = dict(changed(fields_of(board.text(token, f"fill?report={number}")), do="save", temperature="36.5"))
    answer = post(board, token, list((fields | broken).items()))
    assert answer.status == 200 and "<script>" not in answer.body.decode().replace("<script src", "")
    assert board.world.revisions("李梅") == []


def test_what_is_typed_is_never_markup(board: Board) -> None:
    token = board.sign_in("李梅")
    evil = "</textarea><script>alert(1)</script>\"'<img src=x onerror=alert(1)>"
    text = fill(board, token, temperature=evil, remark=evil, contact="no").body.decode()
    assert "<script>alert" not in text and "<img" not in text
    assert evil in unescape(text)
    told = fill(board, token, do="submit", temperature="36.5", remark=evil, contact="no")
    assert told.status == 303
    receipt = board.text(token, f"fill?report={form_of(board, '李梅')}")
    assert "<script>alert" not in receipt and "<img" not in receipt


def test_who_left_while_the_page_was_open_files_nothing_and_reads_nothing_any_more(board: Board) -> None:
    token, number = board.sign_in("李梅"), form_of(board, "李梅")
    fields = changed(fields_of(board.text(token, f"fill?report={number}")), **WELL)
    board.world.taps("李梅", "有情况")
    board.world.taps("李梅", "在网页填写")
    link = re.findall(rf"https://{HOST}(/dashboard/in/\S+)", board.world.last("李梅").text)[0]
    board.world.says("周敏", "/people leave 1005 今天")
    board.world.taps("周敏", "确认")
    assert post(board, token, fields).status == 401
    assert board.get(token, f"fill?report={number}").status == 401
    assert board.enter(link).status == 404
    assert board.world.revisions("李梅") == []


def test_a_link_to_a_form_is_too_old_after_ten_minutes(board: Board) -> None:
    board.world.taps("李梅", "有情况")
    board.world.taps("李梅", "在网页填写")
    link = re.findall(rf"https://{HOST}(/dashboard/in/\S+)", board.world.last("李梅").text)[0]
    board.world.clock.at += timedelta(minutes=10, seconds=1)
    assert board.enter(link).status == 404


def test_after_the_lock_a_page_that_was_open_is_told_so_and_files_nothing(board: Board) -> None:
    token, number = board.sign_in("李梅"), form_of(board, "李梅")
    fields = changed(fields_of(board.text(token, f"fill?report={number}")), **WELL)
    board.world.at("08:00", TUESDAY)
    token = board.sign_in("李梅")
    answer = post(board, token, [("csrf", csrf_of(token)), *(it for it in fields if it[0] != "csrf")])
    assert "锁定" in answer.body.decode() and board.world.revisions("李梅") == []


def test_a_link_to_ones_form_opens_it_in_a_browser_in_which_somebody_else_was_signed_in(board: Board) -> None:
    other = board.sign_in("张伟")
    board.world.taps("李梅", "有情况")
    board.world.taps("李梅", "在网页填写")
    link = re.findall(rf"https://{HOST}(/dashboard/in/\S+)", board.world.last("李梅").text)[0]
    asks = board.served.get(link, Host=HOST, Accept_Language="zh", Cookie=f"{COOKIE}={other}").body.decode()
    assert "李梅" in asks, "it says whose it is before it signs anybody in"
    answer = board.enter(link, Cookie=f"{COOKIE}={other}")
    token = re.findall(rf"{COOKIE}=([^;]+);", answer.headers["set-cookie"])[0]
    assert fill(board, token, temperature="36.5", contact="no").status == 303
    assert board.get(other, f"fill?report={form_of(board, '李梅')}").status in (401, 404)
    assert board.world.revisions("张伟") == [] and len(board.world.revisions("李梅")) == 1


def test_somebody_who_signed_out_files_nothing_any_more(board: Board) -> None:
    token, number = board.sign_in("李梅"), form_of(board, "李梅")
    fields = changed(fields_of(board.text(token, f"fill?report={number}")), **WELL)
    board.world.says("李梅", "看板 退出")
    assert post(board, token, fields).status == 401
    assert "未登录" in post(board, token, fields, Accept="application/json").json["error"]
    assert board.world.revisions("李梅") == []


def test_an_api_token_opens_no_form(board: Board) -> None:
    number = form_of(board, "李梅")
    answer = board.served.get(f"/dashboard/fill?report={number}", Host=HOST, Authorization="Bearer x")
    assert answer.status == 401


def test_today_leads_to_the_page(board: Board) -> None:
    token, number = board.sign_in("李梅"), form_of(board, "李梅")
    assert f'href="/dashboard/fill?report={number}"' in board.text(token)
    fill(board, token, temperature="36.5", contact="no")
    assert f'href="/dashboard/fill?report={number}&amp;change=1"' in board.text(token)


@pytest.mark.parametrize("language", ["中文", "English"])
def test_with_styles_and_script_the_page_is_below_60_kilobytes(board: Board, language: str) -> None:
    board.world.says("李梅", f"/language {language}")
    page = board.text(board.sign_in("李梅"), f"fill?report={form_of(board, '李梅')}")
    names = re.findall(r'(?:src|href)="/static/([\w.-]+)"', page)
    assert set(names) == set(SENT)
    whole = len(page.encode()) + sum((STATIC / name).stat().st_size for name in names)
    assert whole < 60 * 1024 * 0.4, whole


def test_a_form_of_60_questions_the_most_there_may_be_is_below_60_kilobytes_too(board: Board) -> None:
    choices = "choices: [{name: a, label: {zh: 是}}, {name: b, label: {zh: 否}}]"
    kinds = ["{type: integer", "{type: text", "{type: select_one, " + choices]
    asked = "".join(f"  - {kinds[n % 3]}, name: q{n}, label: {{zh: 第{n}项情况是否正常}}}}\n" for n in range(60))
    board.world.assign(
        HEALTH.partition("questions:")[0].replace("health", "long") + f"questions:\n{asked}", unit="区局"
    )
    board.world.at("08:00", TUESDAY)
    report = board.world.report("李梅", "long", TUESDAY)
    page = board.text(board.sign_in("李梅"), f"fill?report={report.id}")
    assert page.count("data-q=") == 60
    assert len(page.encode()) + sum((STATIC / name).stat().st_size for name in SENT) < 60 * 1024
