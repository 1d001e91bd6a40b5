"""The dashboard as Telegram's Mini App: what Telegram signs opens it, once, for minutes, and nothing else does."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest
from sqlmodel import select

from bot.channels.telegram import mini_app
from bot.web.dashboard.visits import COOKIE
from models.core.database import Database
from models.messaging import enrolment
from models.messaging.addresses import Address, Reach
from models.organisation.people import Person as Somebody
from tests.bot.web.dashboard.conftest import HOST, Board, opened
from tests.fakes.telegram import TOKEN, BotApi, Person
from tests.support.serving import Reply

pytestmark = pytest.mark.sqlite
PATH = "/dashboard/telegram"
PUBLISHED = (  # a token and what Telegram signed with it, as the libraries for Mini Apps test themselves
    "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8",
    "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22"
    "last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium"
    "%22%3Atrue%7D&auth_date=1662771648&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2",
)


@pytest.fixture
def board(database: Database) -> Iterator[Board]:
    with opened(database, {"telegram": mini_app.door(TOKEN)}) as made:
        yield made


@pytest.fixture
def lead(board: Board, api: BotApi) -> Person:
    """Return the phone of a lead who has Telegram."""
    with board.world.database.writing() as session:
        found = session.exec(select(Somebody).where(Somebody.name == "王建国")).one()
        enrolment.enrol(session, found, "telegram", "41", "41", board.world.clock.now())
    return Person(api, 41, "王建国")


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as made:
        yield made


def hand(board: Board, data: str, **headers: str) -> Reply:
    sent = {"Host": HOST, "Origin": f"https://{HOST}", "Accept_Language": "zh"} | headers
    return board.served.post(PATH, urlencode({"data": data}).encode(), **sent)


def cookie(answer: Reply) -> str:
    return re.findall(rf"__Host-{COOKIE}=([^;]+);", answer.headers["set-cookie"])[0]


def test_what_telegram_signs_opens_the_dashboard_as_that_person(board: Board, lead: Person) -> None:
    answer = hand(board, lead.signed())
    assert (answer.status, answer.headers["location"]) == (303, "/dashboard/")
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    assert board.data(cookie(answer))["reader"] == "王建国"


def test_it_opens_the_form_of_a_report_and_no_other_address(board: Board, lead: Person) -> None:
    page = board.served.get(f"{PATH}?report=7", Host=HOST, Accept_Language="zh").body.decode()
    assert "打开表单" in page and 'name="report" value="7"' in page
    for report, there in (("7", "/dashboard/fill?report=7"), ("//evil.example", "/dashboard/"), ("", "/dashboard/")):
        now = time.time() - len(report)  # each proof opens once
        body = urlencode({"data": lead.signed(now), "report": report}).encode()
        answer = board.served.post(PATH, body, Host=HOST, Origin=f"https://{HOST}")
        assert (answer.status, answer.headers["location"]) == (303, there)


def test_it_opens_once_and_again_only_in_the_browser_that_it_opened(board: Board, lead: Person) -> None:
    data = lead.signed()
    token = cookie(hand(board, data))
    assert hand(board, data).status == 403
    again = hand(board, data, Cookie=f"__Host-{COOKIE}={token}")  # the page is loaded again
    assert (again.status, "set-cookie" in again.headers) == (303, False)
    assert board.get(token).status == 200


def test_what_is_old_forged_changed_or_another_bots_opens_nothing(board: Board, lead: Person) -> None:
    good, now = lead.signed(), time.time()
    fields = dict(parse_qsl(good))
    other = urlencode(fields | {"user": fields["user"].replace("41", "42")})
    assert "页面已过期" in hand(board, lead.signed(now - 301)).body.decode()
    assert "页面已过期" in hand(board, lead.signed(now + 120)).body.decode()
    for data in (
        other, urlencode(fields | {"auth_date": str(int(now) + 1)}), urlencode(fields | {"more": "1"}),
        good.replace("hash=", "hash=0"), good.partition("&hash=")[0], lead.signed(token="1:another"), "", "hash=é",
        "x" * 5000, "user=%7B%7D&auth_date=x&hash=" + "0" * 64,
    ):  # fmt: skip
        answer = hand(board, data)
        assert (answer.status, "set-cookie" in answer.headers) == (403, False), data[:80]
    assert hand(board, good).status == 303


def test_only_who_is_enrolled_and_still_here_gets_in(board: Board, lead: Person, api: BotApi) -> None:
    assert "您尚未开通" in hand(board, Person(api, 77, "谁").signed()).body.decode()
    with board.world.database.writing() as session:
        address = session.exec(select(Address).where(Address.channel == "telegram")).one()
        address.reach = Reach.RETIRED
        session.add(address)
    assert hand(board, lead.signed()).status == 403


def test_a_form_of_another_page_signs_nobody_in(board: Board, lead: Person) -> None:
    for origin in ("https://evil.example", "null", ""):
        assert hand(board, lead.signed(), Origin=origin).status == 403


def test_the_page_may_stand_in_telegrams_frame_and_no_other_page_may(board: Board, lead: Person) -> None:
    answer = board.served.get(PATH, Host=HOST)
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors https://web.telegram.org;" in policy
    assert "script-src 'self'" in policy
    assert "<script src=" in answer.body.decode()
    assert board.served.get("/static/hand.js", Host=HOST).status == 200
    token = cookie(hand(board, lead.signed()))
    assert "frame-ancestors 'none'" in board.get(token).headers["content-security-policy"]


def test_the_check_agrees_with_what_telegram_itself_signed() -> None:
    token, data = PUBLISHED
    at = datetime.fromtimestamp(1662771648 + 60, UTC)
    assert mini_app.door(token).read(data, at).account == "279058397"
