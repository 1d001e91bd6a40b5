"""API tokens: made and withdrawn in the chat, shown once on a page, and good for reading only."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.redaction import Redaction
from bot.web.dashboard import visits
from bot.web.dashboard.visits import AT_ONCE, COOKIE, WRONG_AT_ONCE
from models.core.audit import AuditEntry
from models.messaging.addresses import Address, Reach
from models.messaging.contents import StoredContent
from models.messaging.dashboard_keys import MOST, DashboardKey, Kind
from models.organisation.people import Membership, Person, Role
from tests.bot.web.dashboard.conftest import HOST, Board
from tests.support.serving import Reply

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def make(board: Board, who: str, name: str = "报表") -> str:
    """Return the text of a new token."""
    link = re.findall(rf"https://{HOST}(/dashboard/token/\S+)", board.world.says(who, f"看板 令牌 {name}"))[0]
    page = board.enter(link).body.decode()
    return re.findall(r'<code class="token"[^>]*>([^<]+)</code>', page)[0]


def ask(board: Board, token: str, query: str = "", **headers: str) -> Reply:
    sent = {"Host": HOST, "Authorization": f"Bearer {token}", "Accept_Language": "en"}
    return board.served.get(f"/dashboard/{query}", **(sent | headers))


def audited(board: Board) -> list[tuple[str, str, str]]:
    with board.world.database.reading() as session:
        rows = session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()  # type: ignore[arg-type]
        return [(it.what, it.by, (it.detail or {}).get("said", "")) for it in rows if it.what.startswith("token")]


def test_a_program_reads_with_a_token_what_its_person_may_see(board: Board) -> None:
    token = make(board, "王建国")
    found = ask(board, token)
    assert found.headers["content-type"].startswith("application/json")
    assert found.json | {"now": ""} == board.data(board.sign_in("王建国")) | {"now": ""}
    rows = list(csv.DictReader(io.StringIO(ask(board, token, Accept="text/csv").body.decode("utf-8-sig"))))
    assert {it["name"] for it in rows if it["kind"] == "not_reported"} == {
        it["name"] for it in found.json["not_reported"]
    }
    assert "unit" not in ask(board, make(board, "李梅")).json


def test_a_token_is_shown_once_and_never_kept(board: Board) -> None:
    said = board.world.says("王建国", "看板 令牌 报表")
    link = re.findall(rf"https://{HOST}(/dashboard/token/\S+)", said)[0]
    for _ in range(2):  # chats look at links before people do
        page = board.served.get(link, Host=HOST, Accept_Language="zh").body.decode()
        assert "该接口令牌“报表”供王建国本人使用" in page
    token = make(board, "王建国", "周报")
    assert board.enter(link).status == 200
    assert board.enter(link).status == 404
    with board.world.database.reading() as session:
        assert token not in {it.digest for it in session.exec(select(DashboardKey))}
        assert not [it for it in session.exec(select(StoredContent.body)) if token in it]
        assert token not in repr(session.exec(select(DashboardKey)).all())
    assert token not in Redaction()(f"Authorization: Bearer {token} GET /dashboard/token/{token}")


def test_tokens_are_listed_with_their_days_and_withdrawn_by_name(board: Board) -> None:
    assert "暂无" in board.world.says("王建国", "看板 令牌")
    token, other = make(board, "王建国"), make(board, "王建国", "周报")
    ask(board, token)
    said = board.world.says("王建国", "/dashboard token")
    assert re.search("报表：11月23日新建，有效期至2027年2月21日，最近使用11月23日", said)
    assert "周报：11月23日新建，有效期至2027年2月21日，尚未使用" in said
    assert "报表”已作废" in board.world.says("王建国", "看板 令牌 作废 报表")
    assert [ask(board, it).status for it in (token, other)] == [401, 200]
    assert "没有名为“报表”" in board.world.says("王建国", "/dashboard token off 报表")
    assert "已作废1个" in board.world.says("王建国", "/dashboard token off")
    assert "您没有接口令牌" in board.world.says("王建国", "/dashboard token off")
    assert ask(board, other).status == 401


def test_making_withdrawing_and_the_first_use_of_a_day_are_in_the_audit(board: Board) -> None:
    token = make(board, "王建国")
    for _ in range(3):
        ask(board, token)
    assert audited(board) == [("token made", "1003", "报表"), ("token used", "1003", "报表")]
    board.world.clock.at += timedelta(days=1)
    ask(board, token)
    board.world.says("王建国", "看板 令牌 作废 报表")
    assert [it[0] for it in audited(board)] == ["token made", "token used", "token used", "token withdrawn"]


def test_a_person_has_a_few_tokens_each_of_another_name(board: Board) -> None:
    for n in range(MOST[Kind.TOKEN]):
        make(board, "王建国", f"t{n}")
    assert "请先作废一个" in board.world.says("王建国", "看板 令牌 more")
    assert "已有名为“t0”" in board.world.says("王建国", "看板 令牌 t0")
    assert len(board.world.says("李梅", "看板 令牌 " + "长" * 100)) < 400


def test_links_asked_for_together_make_no_more_tokens_than_allowed(board: Board) -> None:
    links = [
        re.findall(rf"https://{HOST}(/dashboard/token/\S+)", board.world.says("王建国", f"看板 令牌 {name}"))[0]
        for name in ("a", "a")
    ]
    assert [board.enter(it).status for it in links] == [200, 409]
    with board.world.database.reading() as session:
        assert len(session.exec(select(DashboardKey).where(DashboardKey.kind == Kind.TOKEN)).all()) == 1


def test_a_token_changes_nothing_and_is_no_cookie(board: Board) -> None:
    token = make(board, "王建国")
    report = board.world.report("李梅")
    before = board.world.records()
    for path in ("act", "leave"):
        answer = board.press(token, f"urge.one.{report.id}", path, Authorization=f"Bearer {token}")
        assert (answer.status, answer.json["error"]) == (403, "接口令牌仅可读取。如需办理，请使用聊天或看板。")
        assert board.press(token, f"urge.one.{report.id}", path).status == 401
    assert board.get(token).status == 401
    assert ask(board, board.sign_in("王建国")).status == 401  # nor is a session's token one of a program
    assert board.world.records() == before


def test_a_token_sees_a_changed_role_at_once_and_ends_with_its_address_its_person_and_its_time(board: Board) -> None:
    lead, li, zhang = make(board, "王建国"), make(board, "李梅"), make(board, "张伟")
    with board.world.database.writing() as session:
        person = session.exec(select(Person).where(Person.name == "王建国")).one()
        held = session.exec(select(Membership).where(Membership.person_id == person.id)).one()
        held.role = Role.MEMBER
        person_li = session.exec(select(Person).where(Person.name == "李梅")).one()
        address = session.exec(select(Address).where(Address.person_id == person_li.id)).one()
        address.reach = Reach.RETIRED
        gone = session.exec(select(Person).where(Person.name == "张伟")).one()
        gone.left_on = board.world.defaults.today(board.world.clock.now())
        session.add_all([held, address, gone])
    assert "unit" not in ask(board, lead).json
    assert [ask(board, it).status for it in (li, zhang)] == [401, 401]
    board.world.clock.at += timedelta(days=89)
    assert ask(board, lead).status == 200
    board.world.clock.at += timedelta(days=1)
    assert ask(board, lead).status == 401


def test_refusals_are_json_in_the_persons_language(board: Board) -> None:
    token = make(board, "李梅")
    assert ask(board, token, "nothing").json == {"error": "没有这个页面。"}  # hers, whatever her program accepts
    assert ask(board, token, "nothing", Accept="text/html").status == 404
    answer = ask(board, token, "?unit=1")
    assert answer.status == 404
    assert "error" in answer.json
    wrong = ask(board, "x" * 43)
    assert (wrong.status, wrong.json) == (401, {
        "error": "This API token is wrong, withdrawn or has expired. Send /dashboard token in your chat for a new one."
    })  # fmt: skip
    assert ask(board, "").status == 401
    assert ask(board, token, "?unit=1", HX_Request="true").status == 404


def test_too_many_requests_and_too_many_wrong_tokens_wait_and_right_ones_do_not(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "A_SECOND", 0.0)  # so that a busy machine is fast enough
    monkeypatch.setattr(visits, "WRONG_A_SECOND", 0.0)
    right = make(board, "李梅")
    wrong = [ask(board, "x" * 43).status for _ in range(int(WRONG_AT_ONCE) + 5)]
    assert set(wrong) == {401, 429}
    assert ask(board, right).status == 200
    found = [ask(board, right, Accept="text/csv") for _ in range(int(AT_ONCE) + 5)]
    assert {it.status for it in found} == {200, 429}
    assert "error" in next(it for it in found if it.status == 429).json


def test_signing_out_says_that_tokens_still_work(board: Board) -> None:
    token = make(board, "王建国")
    assert "另有1个接口令牌仍然有效" in board.world.says("王建国", "看板 退出")
    assert ask(board, token).status == 200
    assert board.get("x", Cookie=f"__Host-{COOKIE}=x", Authorization=f"Bearer {token}").status == 200
