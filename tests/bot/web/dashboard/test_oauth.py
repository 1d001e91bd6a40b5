"""The dashboard from WeCom by OAuth: a code opens it once, in the browser that asked, for members who are enrolled."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import select

from bot.channels.wecom import oauth
from bot.channels.wecom.channel import WeCom
from bot.channels.wecom.credentials import Access
from bot.web.dashboard import ways
from bot.web.dashboard.visits import COOKIE
from models.core.database import Database
from models.messaging import enrolment
from models.organisation.people import Person
from tests.bot.channels.wecom.side import access
from tests.bot.web.dashboard.conftest import HOST, Board, opened
from tests.fakes.wecom import CORP, WeComServer, wecom
from tests.support.serving import Reply

pytestmark = pytest.mark.sqlite
PATH = "/dashboard/wecom"


@pytest.fixture
def server() -> Iterator[WeComServer]:
    with wecom() as made:
        made.join("wang", "stranger")
        yield made


@pytest.fixture
def board(database: Database, server: WeComServer) -> Iterator[Board]:
    with ThreadPoolExecutor(1) as executor:
        channel = WeCom(access(server), database, executor)
        with opened(database, {"wecom": oauth.door(channel.api)}) as made:
            with database.writing() as session:
                found = session.exec(select(Person).where(Person.name == "王建国")).one()
                enrolment.enrol(session, found, "wecom", "wang", "wang", made.world.clock.now())
            yield made
            made.served.run(channel.close())


def begin(board: Board, query: str = "") -> tuple[str, str]:
    """Return where the browser is sent, and the cookie it keeps."""
    answer = board.served.get(f"{PATH}{query}", Host=HOST)
    assert answer.status == 303
    kept = answer.headers["set-cookie"]
    assert all(it in kept.lower() for it in ("httponly", "samesite=lax", "secure", "path=/;"))
    return answer.headers["location"], re.findall(rf"__Host-{ways.STATE}=([^;]+);", kept)[0]


def code_of(away: str, account: str) -> dict[str, str]:
    """Return what WeCom gives the browser of this account to come back with."""
    back = httpx.get(away, cookies={"me": account}).headers["location"]
    assert back.startswith(f"https://{HOST}{PATH}/back?")
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


def back(board: Board, code: str, state: str, kept: str, cookies: str = "") -> Reply:
    sent = {"Host": HOST, "Cookie": f"__Host-{ways.STATE}={kept}{cookies}", "Accept_Language": "zh"}
    return board.served.get(f"{PATH}/back?code={code}&state={state}", **sent)


def test_a_member_comes_back_signed_in(board: Board) -> None:
    away, kept = begin(board)
    answer = back(board, **code_of(away, "wang"), kept=kept)
    assert (answer.status, answer.headers["location"]) == (303, "/dashboard/")
    token = re.findall(rf"__Host-{COOKIE}=([^;]+);", answer.headers["set-cookie"])[0]
    assert board.data(token)["reader"] == "王建国"


def test_whoever_comes_for_the_form_of_a_report_comes_back_to_it(board: Board) -> None:
    for asked, there in (("7", "/dashboard/fill?report=7"), ("//evil.example", "/dashboard/")):
        away, kept = begin(board, f"?report={asked}")
        answer = back(board, **code_of(away, "wang"), kept=kept)
        assert (answer.status, answer.headers["location"]) == (303, there)
    away, kept = begin(board, "?report=7")
    told = code_of(away, "wang")
    assert back(board, told["code"], f"{told['state'][:-1]}8", kept).status == 403  # the state is as it was given


def test_the_browser_goes_to_wecoms_own_address_for_the_real_one(server: WeComServer) -> None:
    away = urlsplit(oauth.away(Access(CORP, "7"), f"https://{HOST}{PATH}/back", "ab12"))
    assert (away.netloc, away.path, away.fragment) == (
        "open.weixin.qq.com",
        "/connect/oauth2/authorize",
        "wechat_redirect",
    )
    asked = {name: values[0] for name, values in parse_qs(away.query).items()}
    assert asked == {
        "appid": CORP, "redirect_uri": f"https://{HOST}{PATH}/back", "response_type": "code", "scope": "snsapi_base",
        "state": "ab12", "agentid": "7",
    }  # fmt: skip


def test_a_code_works_once(board: Board, server: WeComServer) -> None:
    away, kept = begin(board)
    found = code_of(away, "wang")
    assert back(board, **found, kept=kept).status == 303
    assert back(board, **found, kept=kept).status == 403
    server.codes[found["code"]] = "wang"  # even if the platform took it again
    assert "页面已过期" in back(board, **found, kept=kept).body.decode()


def test_a_state_is_this_browsers_and_not_old(
    board: Board, server: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, kept = begin(board)
    found, (_, other) = code_of(away, "wang"), begin(board)
    for held in (other, "", "x"):
        assert back(board, **found, kept=held).status == 403
    assert back(board, found["code"], "", "").status == 403
    assert back(board, found["code"], "zz", "zz").status == 403
    monkeypatch.setattr(ways, "STATE_LASTS", ways.timedelta(seconds=-60))
    assert back(board, **found, kept=kept).status == 403
    assert server.count("auth/getuserinfo") == 0  # and WeCom was not asked


def test_whoever_may_not_enter_is_told_why(board: Board) -> None:
    for account, words in (("stranger", "您尚未开通"), ("customer", "仅本单位成员")):
        away, kept = begin(board)
        answer = back(board, **code_of(away, account), kept=kept)
        assert answer.status == 403
        assert words in answer.body.decode()
    _, kept = begin(board)
    assert back(board, "made-up", kept, kept).status == 403
    assert back(board, "", kept, kept).status == 403


def test_wecom_refusing_or_not_answering_is_a_sentence(
    board: Board, server: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, kept = begin(board)
    server.fail("auth/getuserinfo", 60020)
    answer = back(board, **code_of(away, "wang"), kept=kept)
    assert (answer.status, "企业微信拒绝了此次请求" in answer.body.decode()) == (503, True)
    monkeypatch.setattr(oauth, "PATIENCE", 0.0)
    away, kept = begin(board)
    answer = back(board, **code_of(away, "wang"), kept=kept)
    assert (answer.status, "企业微信未响应" in answer.body.decode()) == (503, True)
