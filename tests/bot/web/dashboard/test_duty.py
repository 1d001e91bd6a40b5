"""The page *Duty*: shifts and what they lack, secondments, reporters without a deputy, for those whose they are."""

from typing import Any

import pytest
from sqlmodel import select

from models.core.audit import AuditEntry
from tests.bot.web.dashboard.conftest import Board

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def writes(board: Board, words: str = "区局/一站 每天 9:00-21:00 白<b>班 2人：张伟、李梅") -> None:
    board.world.says("王建国", f"值班 新增 {words}")
    board.world.taps("王建国", "今天起")
    board.world.tick()
    board.world.deliver()


def people(line: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(it["person"], it["cannot"]) for it in line["people"]]


def test_who_is_on_duty_this_week_who_checked_in_and_what_is_missing(board: Board) -> None:
    writes(board)
    board.world.says("王建国", "准假 李梅 11-25 1d 就医")
    board.world.at("8:30")
    board.world.taps("张伟", "到岗签到")
    token = board.sign_in("王建国")
    found = board.data(token, "duty")["shifts"]
    assert [it["day"][5:] for it in found] == [f"11-{n}" for n in (23, 24, 25, 26, 27, 28, 29, 30)]
    assert [it["posts_unfilled"] for it in found[:4]] == [0, 0, 1, 0]
    assert people(found[2]) == [("张伟", None), ("李梅", "leave")]
    assert found[0]["people"][0]["checked_in_at"] and not found[0]["people"][1]["checked_in_at"]
    page = board.text(token, "duty")
    assert "白&lt;b&gt;班" in page and "<b>班" not in page
    assert "缺1人；李梅：请假" in page and "✅08:30" in page
    assert "Ann Lee" in board.press(token, board.button(page, "补班"), page="/dashboard/duty").body.decode()
    table = board.get(token, "duty", Accept="text/csv").body.decode()
    assert table.count("白<b>班") == 16
    posts = [line.split(",")[6] for line in table.splitlines()[1:]]
    assert [it for it in posts if it] == ["2"] * 8  # once for each shift, not for each person
    assert board.get(token, "duty?as=file").body.startswith(b"PK")
    with board.world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.what == "export")).all()
    assert [(it.about, it.detail) for it in noted] == [("区局/一站", {"of": "duty"})]


def test_who_is_seconded_and_which_reporters_have_no_deputy(board: Board) -> None:
    board.world.says("周敏", "下沉 李梅 二站 11-24 11-25")
    board.world.taps("周敏", "确认")
    for who, here in (("王建国", False), ("赵强", True)):
        token = board.sign_in(who)
        (one,) = board.data(token, "duty")["seconded"]
        assert (one["person"], one["from"], one["to"], one["here"]) == ("李梅", "区局/一站", "区局/二站", here)
        assert "11月24日至11月25日" in board.text(token, "duty")
    (bare,) = board.data(board.sign_in("王建国"), "duty")["uncovered"]
    assert (bare["reporter"], bare["wards"], bare["why"]) == ("张伟", 2, ["deputy"])


def test_nobody_sees_the_duty_of_other_units(board: Board) -> None:
    writes(board)
    token = board.sign_in("赵强")
    found = board.data(token, "duty")
    assert (found["shifts"], found["seconded"], found["uncovered"]) == ([], [], [])
    assert "白&lt;b&gt;班" not in board.text(token, "duty")
    assert board.get(board.sign_in("张伟"), "duty").status == 403
