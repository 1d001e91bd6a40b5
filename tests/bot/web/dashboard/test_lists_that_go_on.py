"""A list on a page that stops at a number says how it goes on, on the page and to programs."""

import pytest

from handlers.dashboard import calls, donations, duty, handups, people, questions
from models.organisation.units import unit_at
from tests.bot.web.dashboard.conftest import Board
from tests.handlers.questions.asking import asks
from tests.support.handing_up import plant

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_questions_that_there_is_no_room_for_are_counted(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    for who, words in (("李梅", "几点开门？"), ("李梅", "几点关门？"), ("张伟", "口罩在哪里领？")):
        asks(board.world, who, words)
    assert board.data(board.sign_in("王建国"), "questions")["more"] == {"waiting": 0, "own": 0}
    assert "另有" not in board.text(board.sign_in("王建国"), "questions")
    monkeypatch.setattr(questions, "SHOWN", 1)
    found = board.data(board.sign_in("王建国"), "questions")
    assert (len(found["waiting"]), found["more"]["waiting"]) == (1, 2)
    page = board.text(board.sign_in("王建国"), "questions")
    assert "另有2" in page and "· 3</h2>" in page
    assert board.data(board.sign_in("李梅"), "questions")["more"] == {"waiting": 0, "own": 1}


def test_secondments_and_calls_that_there_is_no_room_for_are_said(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.world.says("周敏", "下沉 李梅、Ann Lee 二站 11-24 11-25")
    board.world.taps("周敏", "确认")
    for ward in ("刘大爷", "孙阿姨"):
        board.world.says("张伟", f"电访 {ward}")
        board.world.taps("张伟", "未联系上")
    token = board.sign_in("王建国")
    assert board.data(token, "duty")["more_seconded"] == 0 and not board.data(token, "calls")["more_trying"]
    monkeypatch.setattr(duty, "SHOWN", 1)
    monkeypatch.setattr(calls, "SHOWN", 1)
    found = board.data(token, "duty")
    assert (len(found["seconded"]), found["more_seconded"]) == (1, 1)
    assert "另有1" in board.text(token, "duty")
    assert board.data(token, "calls")["more_trying"]
    assert "上列联系上后依次显示" in board.text(token, "calls")


def test_what_was_handed_up_and_there_is_no_room_for_is_in_the_export(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    with board.world.database.writing() as session:
        plant(session, unit_at(session, "区局/一站"), 1, board.world.clock.now())
    token = board.sign_in("王建国")
    assert not board.data(token, "handups")["more"]
    monkeypatch.setattr(handups, "SHOWN", 0)
    assert board.data(token, "handups")["more"]
    assert "全年记录请用 /export handups 导出" in board.text(token, "handups")


def test_what_is_scheduled_and_there_is_no_room_for_is_counted(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("1004", "1005"):
        board.world.says("周敏", f"人员 调动 {number} 二站")
        board.world.taps("周敏", "明天")
    token = board.sign_in("周敏")
    assert "另有" not in board.text(token, "people")
    monkeypatch.setattr(people, "PLANNED_SHOWN", 1)
    assert "另有1" in board.text(token, "people")


def test_collections_that_there_is_no_room_for_are_said(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    for purpose in ("支援武汉", "御寒"):
        board.world.says("周敏", f"/donations new {purpose} 12-10")
    token = board.sign_in("周敏")
    assert "更早的按编号查看" not in board.text(token, "donations")
    monkeypatch.setattr(donations, "SHOWN", 1)
    assert "更早的按编号查看" in board.text(token, "donations")
