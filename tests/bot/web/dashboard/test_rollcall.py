"""The page *Roll call*: who has not answered, to be dialled, for those who answer for them."""

import pytest

from models.organisation import people
from tests.bot.web.dashboard.conftest import Board

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def call(board: Board, who: str = "王建国") -> None:
    with board.world.database.writing() as session:
        person = people.find_person(session, "1005")
        person.phone = "13800007005"
        session.add(person)
    board.world.says(who, "/rollcall")
    board.world.taps(who, "立即点名")
    board.world.tick()
    board.world.deliver()


def test_who_has_not_answered_is_dialled_from_the_page(board: Board) -> None:
    call(board)
    token = board.sign_in("王建国")
    page = board.text(token, "rollcall?id=1")
    assert '<a class="dial" href="tel:13800007005"' in page
    found = board.data(token, "rollcall?id=1")
    assert ("李梅", "13800007005", "silent") in [(it["name"], it["phone"], it["why"]) for it in found["missing"]]
    board.world.taps("李梅", "平安")
    found = board.data(token, "rollcall?id=1")
    assert found["safe"] == 1
    assert "李梅" not in [it["name"] for it in found["missing"]]
    assert [it["number"] for it in board.data(token, "rollcall")["roll_calls"]] == [1]


def test_nobody_else_sees_it_or_a_number(board: Board) -> None:
    call(board)
    for who, status in (("赵强", 404), ("张伟", 403)):
        token = board.sign_in(who)
        answer = board.get(token, "rollcall?id=1")
        assert answer.status == status
        assert "13800007005" not in answer.body.decode()
    assert board.data(board.sign_in("赵强"), "rollcall")["roll_calls"] == []
    assert "13800007005" not in board.text(board.sign_in("张伟"), "person")


def test_it_is_closed_from_the_page(board: Board) -> None:
    call(board)
    token = board.sign_in("王建国")
    board.press(token, "rollcall.close.1", page="/dashboard/rollcall?id=1")
    board.world.deliver()
    board.world.taps("王建国", "确认")
    assert board.data(token, "rollcall?id=1")["closed_at"]
