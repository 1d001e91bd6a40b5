"""What somebody tries who wants to break the dashboard, or to see what is not theirs."""

import logging
import re
import socket

import pytest
from sqlmodel import select

from bot.channels.telegram import mini_app
from bot.web.dashboard import visits
from bot.web.dashboard.visits import COOKIE, csrf_of
from handlers.dashboard import answers
from models.core.database import Database
from models.messaging.contents import Content
from models.organisation.units import Unit
from tests.bot.web.dashboard.conftest import HOST, Board, opened
from tests.bot.web.dashboard.test_tokens import ask, make
from tests.support.program import until

pytestmark = pytest.mark.sqlite


def test_a_form_with_too_many_fields_is_refused_and_breaks_nothing(board: Board) -> None:
    token = board.sign_in("王建国")
    many = {f"f{n}": "x" for n in range(30)}
    assert board.fill(token, many).status == 403


@pytest.mark.parametrize("origin", ["http://[", "https://[::", "//", "x:y", "https://" + "a" * 3000, "\x7f"])
def test_an_origin_that_is_no_address_is_refused(board: Board, origin: str) -> None:
    token = board.sign_in("王建国")
    assert board.say(token, "状态", Origin=origin).status == 403


@pytest.mark.parametrize(
    "page",
    [
        "//[",
        "/dashboard/[",
        "http://[x/dashboard/",
        "/dashboard/?unit=[",
        "https://evil.example/dashboard/",
        "/dashboard/?" + "a=1&" * 500,
        "x",
    ],
)
def test_the_page_that_a_form_names_may_be_anything(board: Board, page: str) -> None:
    token = board.sign_in("王建国")
    answer = board.say(token, "状态", page=page)
    assert answer.status in (200, 404), answer.status
    assert "evil.example" not in answer.body.decode()


def test_a_long_address_does_not_make_the_page_long(board: Board) -> None:
    token = board.sign_in("周敏")
    for page in ("", "people", "audit", "unit", "range", "seals", "tasks"):
        plain = len(board.get(token, page).body)
        answer = board.get(token, f"{page}?x={'y' * 20000}&" + "&".join(f"k{n}=v" for n in range(2000)))
        assert len(answer.body) < plain + 300 * 60, page


def test_a_lead_who_forges_ids_learns_no_name_of_another_unit(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "AT_ONCE", 10000.0)
    token = board.sign_in("王建国")
    for page in ("", "unit", "range", "people", "seals", "task", "form", "report", "person", "audit"):
        for name in ("unit", "id", "task", "form", "seal"):
            for number in range(1, 8):
                for kind in ("text/html", "application/json", "text/csv"):
                    asked = f"{page}?{name}={number}"
                    found = board.get(token, asked, Accept=kind)
                    assert found.status < 500
                    assert not [it for it in ("二站", "钱丽", "赵强") if it in found.body.decode()], asked


def test_a_sign_in_with_too_many_fields_is_refused(database: Database) -> None:
    with opened(database, {"telegram": mini_app.door("1:x")}) as board:
        body = b"&".join(b"f%d=x" % n for n in range(10))
        assert board.served.post("/dashboard/telegram", body, Host=HOST, Origin=f"https://{HOST}").status == 403


def test_the_audits_filter_does_not_tell_an_admin_of_a_part_where_others_work(board: Board) -> None:
    board.make_admin("王建国", "一站")
    token = board.sign_in("王建国")
    for kind in ("text/html", "application/json", "text/csv"):
        assert "二站" not in board.get(token, "audit?who=钱丽", Accept=kind).body.decode()


def test_a_second_file_of_the_same_person_waits_outside_before_it_takes_memory(board: Board) -> None:
    token, other = board.sign_in("周敏"), board.sign_in("周敏")
    head = (
        f"POST /dashboard/file HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\n"
        f"Cookie: __Host-{COOKIE}={token}\r\n"
        "Content-Type: multipart/form-data; boundary=zz\r\nContent-Length: 1000\r\n\r\n--zz"
    )
    with socket.create_connection(("127.0.0.1", board.served.port)) as slow:
        slow.sendall(head.encode())
        slow.settimeout(0.3)
        with pytest.raises(TimeoutError):  # it is let in, and waited for
            slow.recv(1)
        answer = board.send(other, "a.csv", b"x")
        assert answer.status == 429
        assert "<html" in answer.body.decode()
    until(lambda: board.send(other, "a.csv", b"x").status == 200)


def test_every_answer_has_its_guards_even_a_refusal(board: Board) -> None:
    token = board.sign_in("王建国")
    for answer in (
        board.get(token), board.get("x"), board.get(token, "nothing"), board.get(token, "audit"),
        board.get(token, "?as=csv"), board.get(token, "?as=json"), board.say(token, "x", csrf="no"),
        board.served.post("/dashboard/people", b"", Host=HOST, Origin=f"https://{HOST}"),
        board.served.get("/dashboard/in/x", Host=HOST), board.served.get("/dashboard", Host=HOST),
        board.say(token, "状态", page="//["),
    ):  # fmt: skip
        held = {name.lower(): value for name, value in answer.headers.items()}
        assert "default-src 'none'" in held["content-security-policy"]
        assert "frame-ancestors 'none'" in held["content-security-policy"]
        assert "unsafe" not in held["content-security-policy"]
        assert held["cache-control"] == "no-store"
        assert held["x-content-type-options"] == "nosniff"
        assert answer.status < 500


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", '<a href="javascript:alert(1)">x</a>', '<b onmouseover="x()">x</b>',
        '<a href="https://a.example/&quot; onmouseover=&quot;x()">x</a>', "<img src=x onerror=x()>", "<b><i>open",
        "<svg/onload=x()>", "<a href=' https://x'>x</a>", "<style>*{}</style>", "<b></i></b>", "&lt;script&gt;",
    ],
)  # fmt: skip
def test_a_message_on_a_page_has_no_markup_but_its_own(text: str) -> None:
    shown = str(answers.as_html(Content(text=text)))
    tags = re.findall(r"<[^>]*>", shown)
    assert all(
        re.fullmatch(r'</?(b|i|u|s|code|pre|a)>|<a href="https?://[^"<>]*" rel="noreferrer">', it) for it in tags
    )
    assert len([it for it in tags if it[1] != "/"]) == len([it for it in tags if it[1] == "/"]), "a tag stays open"


def test_no_log_line_has_a_link_a_cookie_or_a_token(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link, program = board.link("王建国"), make(board, "王建国")
    token = re.findall(rf"__Host-{COOKIE}=([^;]+);", board.enter(link).headers["set-cookie"])[0]
    board.get(token)
    ask(board, program, "people")
    board.say(token, "状态", page="//[")
    board.say(token, "状态", Origin="http://[")
    board.get("w" * 43)
    for secret in (link.rpartition("/")[2], token, program, csrf_of(token)):
        assert secret not in caplog.text


def test_units_of_one_name_elsewhere_are_not_listed_to_an_admin_of_a_part(board: Board) -> None:
    board.make_admin("王建国", "一站")
    with board.world.database.writing() as session:
        there = session.exec(select(Unit).where(Unit.name == "二站")).one()
        for group in ("甲", "乙"):
            path = f"{there.path}/{group}/秘密组"
            session.add(Unit(name="秘密组", path=path, parent_id=there.id, rank=there.rank))
    token = board.sign_in("王建国")
    for asked in ("people?unit=秘密组", "audit?who=秘密组"):
        assert "二站" not in board.text(token, asked)
