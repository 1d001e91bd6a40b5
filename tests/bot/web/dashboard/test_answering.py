"""The page on which a recipient fills in a named survey: one and the same form as in the chat."""

import re

import pytest
from sqlmodel import select

from bot.web.dashboard.visits import csrf_of
from models.conversations.drafts import Draft
from models.organisation.people import find_person
from models.rounds.replies import Reply as Row
from tests.bot.web.dashboard.conftest import HOST, Board
from tests.bot.web.dashboard.test_filling import post as post_form
from tests.handlers.rounds.test_survey import answer, send
from tests.support.form_pages import Entered, body_of, changed, fields_of
from tests.support.serving import Reply

GIVEN = {"days": "3", "level": "right", "masks": "enough"}
PAGE = "answer?survey=1"


@pytest.fixture
def asked(board: Board) -> Board:
    board.world.set_defaults(public_url=f"https://{HOST}", survey_key="a key that is not in the database")
    send(board.world, "周敏", "区局", "全体人员", "实名", "11月24日 18:00")
    return board


def post(board: Board, token: str, fields: Entered, **headers: str) -> Reply:
    sent = {
        "Host": HOST, "Origin": f"https://{HOST}", "Cookie": f"__Host-zeroreport_dashboard={token}",
        "Accept_Language": "zh", "Content_Type": "multipart/form-data; boundary=zz", "Accept": "text/html",
    }  # fmt: skip
    return board.served.post("/dashboard/answer", body_of(fields), **(sent | headers))


def given(board: Board) -> list[dict[str, object]]:
    with board.world.database.reading() as session:
        return [dict(it.answers or {}) for it in session.exec(select(Row).where(Row.number > 0)).all()]


def test_a_recipient_opens_the_page_from_the_chat_and_hands_the_form_in(asked: Board) -> None:
    asked.world.taps("李梅", "作答")
    asked.world.taps("李梅", "在网页填写")
    link = re.findall(rf"https://{HOST}(/dashboard/in/\S+)", asked.world.last("李梅").text)[0]
    assert asked.enter(link).headers["location"] == f"/dashboard/{PAGE}"
    token = asked.sign_in("李梅")
    page = asked.text(token, PAGE)
    assert "库存情况问卷" in page and "周敏" in page
    done = post(asked, token, changed(fields_of(page), **GIVEN))
    assert (done.status, done.headers["location"]) == (303, f"/dashboard/{PAGE}")
    assert "答案已提交" in asked.text(token, PAGE)
    assert given(asked) == [{"days": 3, "level": "right", "masks": "enough"}]
    asked.world.deliver()
    assert any("您已于" in it.text for it in asked.world.chat("李梅")), "the chat says so too"
    with asked.world.database.reading() as session:
        assert not session.exec(select(Draft)).all()


def test_the_page_goes_on_where_the_chat_was_left_and_the_chat_where_the_page_was(asked: Board) -> None:
    asked.world.taps("李梅", "作答")
    asked.world.says("李梅", "12")
    token = asked.sign_in("李梅")
    page = asked.text(token, PAGE)
    assert 'value="12"' in page
    told = post(asked, token, changed(fields_of(page), do="save", level="right"), Accept="application/json").json
    assert (told["saved"], told["done"], told["wrong"]) == (True, False, {})
    asked.world.deliver()
    asked.world.taps("李梅", "够用")
    asked.world.taps("李梅", "提交")
    assert given(asked) == [{"days": 12, "level": "right", "masks": "enough"}]
    late = post(asked, token, changed(fields_of(page), **(GIVEN | {"days": "9"})))
    assert late.status == 200 and "期间已有其他答案提交" in late.body.decode(), "it was handed in meanwhile"
    assert given(asked)[0]["days"] == 12


def test_what_is_wrong_is_said_and_answers_are_changed_until_the_end(asked: Board) -> None:
    token = asked.sign_in("李梅")
    wrong = post(asked, token, changed(fields_of(asked.text(token, PAGE)), **(GIVEN | {"days": "viele"})))
    assert wrong.status == 200 and "尚未提交" in wrong.body.decode() and 'value="viele"' in wrong.body.decode()
    assert post(asked, token, changed(fields_of(wrong.body.decode()), **GIVEN)).status == 303
    change = asked.text(token, PAGE + "&change=1")
    assert 'value="3"' in change
    fields = changed(fields_of(change), days="7")
    assert [post(asked, token, fields).status for _ in range(2)] == [303, 303], "sent twice is once"
    assert [it["days"] for it in given(asked)] == [7]
    dropped = post(asked, token, changed(fields_of(asked.text(token, PAGE + "&change=1")), do="save", days="8"))
    assert dropped.status == 200
    assert post(asked, token, changed(fields_of(dropped.body.decode()), do="drop")).status == 303
    assert [it["days"] for it in given(asked)] == [7]
    asked.world.clock.at = asked.world.clock.at.replace(day=24, hour=18, minute=5)
    late = asked.sign_in("李梅")
    assert "已结束" in asked.text(late, PAGE)
    assert post(asked, token, fields).status == 401
    assert [it["days"] for it in given(asked)] == [7]


def test_nobody_fills_in_what_is_not_theirs(asked: Board) -> None:
    with asked.world.database.writing() as session:
        session.delete(session.exec(select(Row).where(Row.person_id == find_person(session, "1004").id)).one())
    token = asked.sign_in("张伟")
    assert "库存情况问卷" not in asked.get(token, PAGE).body.decode()
    assert "库存情况问卷" not in asked.get(token, "answer?survey=99").body.decode()
    other = asked.sign_in("李梅")
    fields = changed(fields_of(asked.text(other, PAGE)), **GIVEN)
    assert post(asked, token, fields).status == 403, "a form that was shown to another session"
    assert post(asked, other, fields, Origin="https://elsewhere.example").status == 403
    assert asked.served.get("/dashboard/" + PAGE, Host=HOST).status == 401
    assert given(asked) == []


def test_of_an_anonymous_survey_no_page_is_offered_or_taken(board: Board) -> None:
    board.world.set_defaults(public_url=f"https://{HOST}", survey_key="a key that is not in the database")
    send(board.world, "周敏", "区局", "全体人员", "匿名", "11月24日 18:00")
    board.world.taps("李梅", "作答")
    assert not any("网页" in label for label in board.world.last("李梅").labels)
    token = board.sign_in("李梅")
    assert "请在会话中作答" in board.get(token, PAGE).body.decode()
    forged = [("csrf", csrf_of(token)), ("survey", "1"), ("do", "submit"), ("q.days", "3"), ("was.days", "")]
    assert "请在会话中作答" in post(board, token, forged).body.decode()
    answer(board.world, "张伟")
    assert "请在会话中作答" in board.get(board.sign_in("张伟"), PAGE).body.decode()
    with board.world.database.reading() as session:
        assert len(session.exec(select(Row).where(Row.number > 0)).all()) == 1


def test_a_report_page_takes_nothing_of_a_survey(asked: Board) -> None:
    token = asked.sign_in("李梅")
    fields = changed(fields_of(asked.text(token, PAGE)), **GIVEN)
    assert post_form(asked, token, fields).status == 404
    assert given(asked) == []
