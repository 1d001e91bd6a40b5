"""The page *Calls*: who is next, who does not answer, and what came of the calls, for those whose they are."""

import pytest

from tests.bot.web.dashboard.conftest import Board

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_a_lead_sees_who_is_next_who_does_not_answer_and_what_came_of_the_calls(board: Board) -> None:
    world = board.world
    world.says("张伟", "电访 刘大爷")
    world.taps("张伟", "未联系上")
    token = board.sign_in("王建国")
    found = board.data(token, "calls")
    assert [(it["person"], it["by"], it["outcome"]) for it in found["calls"]] == [("刘大爷", "张伟", "missed")]
    assert [(it["person"], it["tries"]) for it in found["trying"]] == [("刘大爷", 1)]
    assert ([it["person"] for it in found["next"]], found["left"]) == (["孙阿姨"], 1)
    page = board.text(token, "calls")
    assert "尚未拨打过" in page and "近7天拨打记录" in page
    assert "刘大爷" in board.get(token, "calls", Accept="text/csv").body.decode()
    assert board.get(token, "calls?as=file").body.startswith(b"PK")


def test_another_units_lead_sees_none_of_it(board: Board) -> None:
    board.world.says("张伟", "电访 刘大爷")
    board.world.taps("张伟", "未联系上")
    token = board.sign_in("赵强")
    found = board.data(token, "calls")
    assert [found[it] for it in ("calls", "next", "left", "trying")] == [[], [], 0, []]
    assert "刘大爷" not in board.text(token, "calls")
