"""The page *Questions and answers*: what waits for one's answer, one's own questions, one of them, and the FAQ."""

import pytest

from tests.bot.web.dashboard.conftest import Board
from tests.handlers.questions.asking import answers, asked, asks

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_a_lead_sees_what_waits_with_its_age_and_owner(board: Board) -> None:
    asks(board.world, "李梅", "口罩在哪里领？")
    found = board.data(board.sign_in("王建国"), "questions")
    (line,) = found["waiting"]
    assert (line["name"], line["unit"], line["question"], line["state"], line["owner"]) == (
        "李梅", "区局/一站", "口罩在哪里领？", "waiting", None
    )  # fmt: skip
    answers(board.world, "王建国", "在仓库。")
    (line,) = board.data(board.sign_in("王建国"), "questions")["waiting"]
    assert (line["state"], line["owner"]) == ("answered", "王建国")
    assert "口罩在哪里领" in board.text(board.sign_in("王建国"), "questions?as=csv")


def test_nobody_else_sees_it_not_even_an_admin_or_the_director(board: Board) -> None:
    asks(board.world, "李梅", "口罩在哪里领？")
    number = asked(board.world)[0].id
    for who in ("张伟", "赵强", "陈局", "周敏"):
        token = board.sign_in(who)
        assert "口罩" not in board.text(token, "questions")
        answer = board.get(token, f"questions?id={number}")
        assert answer.status == 404
        assert "口罩" not in answer.body.decode()


def test_one_question_shows_all_that_was_said_and_is_answered_on_the_page(board: Board) -> None:
    asks(board.world, "李梅", "口罩在哪里领？<b>")
    number = asked(board.world)[0].id
    token = board.sign_in("王建国")
    board.press(token, f"answers.answer.{number}", page=f"/dashboard/questions?id={number}")
    board.world.says("王建国", "在仓库。")
    page = board.text(token, f"questions?id={number}")
    assert "口罩在哪里领？&lt;b&gt;" in page
    assert f"answers.close.{number}" in page
    assert f"faq.publish.{number}" in page
    said = board.data(board.sign_in("李梅"), f"questions?id={number}")["question"]["said"]
    assert [(it["by"], it["words"]) for it in said] == [("李梅", "口罩在哪里领？<b>"), ("王建国", "在仓库。")]


def test_the_faq_is_searched_on_the_page(board: Board) -> None:
    asks(board.world, "李梅", "口罩在哪里领？")
    answers(board.world, "王建国", "在仓库。")
    board.world.taps("王建国", "发布到答疑")
    board.world.taps("王建国", "📢 发布")
    token = board.sign_in("张伟")
    assert [it["question"] for it in board.data(token, "questions?q=口罩")["faq"]] == ["口罩在哪里领？"]
    assert board.data(token, "questions?q=车辆")["faq"] == []
    assert "faq.withdraw" not in board.text(token, "questions")
    assert "faq.withdraw" in board.text(board.sign_in("王建国"), "questions")
