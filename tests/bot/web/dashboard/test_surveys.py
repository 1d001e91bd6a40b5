"""The page *Surveys*: the list, results, a question by unit, the file; nothing of an anonymous one before its end."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.bot.web.dashboard.conftest import Board
from tests.handlers.rounds import test_quiz as quiz
from tests.handlers.rounds.test_survey import answer, send

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

PEOPLE = ("李梅", "张伟", "王建国", "钱丽", "赵强")


def test_results_texts_and_a_question_by_unit_of_a_named_survey(board: Board) -> None:
    send(board.world, "周敏", "区局", "全体人员", "实名", "11月24日 18:00")
    answer(board.world, "李梅", "3")
    answer(board.world, "钱丽", "5", "偏多", "没有")
    token = board.sign_in("周敏")
    found = board.data(token, "surveys?id=1&question=level")
    level = next(it for it in found["results"] if it["question"] == "level")
    assert level["values"] == {"high": 1, "right": 1, "low": 0, "out": 0}
    assert next(it for it in found["results"] if it["question"] == "days")["numbers"]["mean"] == 4
    assert {it["unit"]: it["answers"] for it in found["units"]} == {"区局": 2, "区局/一站": 1, "区局/二站": 1}
    assert board.data(token, "surveys?id=1&question=level&from=open")["units"] == []
    page = board.text(token, "surveys?id=1")
    assert "库存水平" in page
    assert "分单位" in page
    assert "库存情况问卷" in board.text(token, "surveys")
    assert "right" in board.text(token, "surveys?id=1&as=csv")
    assert board.get(token, "surveys?id=1&as=file").body.startswith(b"PK")
    one_source = load_workbook(BytesIO(board.get(token, "surveys?id=1&from=open&as=file").body))
    answered = next(row for row in one_source.worksheets[0].iter_rows(values_only=True) if row[0] == "已作答")
    assert answered[1] == 2, "the file has all answers, whichever the page shows"


def test_a_lead_sees_their_own_and_a_stranger_to_it_nothing(board: Board) -> None:
    send(board.world, "王建国", "一站", "全体人员", "实名", "11月24日 18:00")
    answer(board.world, "李梅")
    assert board.data(board.sign_in("王建国"), "surveys?id=1")["answers"] == 1
    assert board.get(board.sign_in("赵强"), "surveys?id=1").status == 404


def test_an_anonymous_survey_shows_nothing_before_its_end_and_no_small_group_after(board: Board) -> None:
    board.world.set_defaults(survey_key="k")
    send(board.world, "周敏", "区局", "全体人员", "匿名", "18:00")
    for who in PEOPLE:
        answer(board.world, who)
    token = board.sign_in("周敏")
    found = board.data(token, "surveys?id=1")
    assert (found["hidden"], found["results"], found["units"]) == (True, [], [])
    assert "封存" in board.text(token, "surveys?id=1")
    assert board.get(token, "surveys?id=1&as=file").status != 200
    board.world.at("18:05")
    found = board.data(board.sign_in("周敏"), "surveys?id=1")
    assert found["answers"] == 5
    assert [it["unit"] for it in found["units"]] == ["区局"]
    assert board.data(board.sign_in("王建国"), "surveys?id=1")["hidden"] is True


def test_a_quiz_says_who_passed_by_unit_and_how_many_answered_right(board: Board) -> None:
    quiz.send(board.world)
    quiz.take(board.world, "李梅")
    quiz.take(board.world, "张伟", right=False)
    token = board.sign_in("周敏")
    found = board.data(token, "surveys?id=1")
    assert {it: found["quiz"][it] for it in ("pass_mark", "reachable", "passed", "not_passed", "not_taken")} == {
        "pass_mark": 8, "reachable": 10, "passed": 1, "not_passed": 1, "not_taken": 6,
    }  # fmt: skip
    assert next(it for it in found["quiz"]["units"] if it["unit"] == "区局/二站")["not_taken"] == 2
    assert [it["right"] for it in found["results"]] == [1, 1, 2, 2, 2]
    page = board.text(token, "surveys?id=1")
    assert "各单位通过情况" in page and "未通过：" in page and "张伟" in page
    assert board.get(token, "surveys?id=1&as=file").body.startswith(b"PK")
    assert "张伟" not in board.text(board.sign_in("赵强"), "surveys?id=1")
