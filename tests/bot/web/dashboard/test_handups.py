"""The page *Handed up*: what other programs handed up to one's units, opened into counts."""

from datetime import timedelta

import pytest

from models.handup import reach
from models.organisation import people
from models.organisation.units import unit_at
from tests.bot.web.dashboard.conftest import Board
from tests.support.handing_up import plant

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_a_lead_sees_what_came_in_and_what_went_up_of_their_own_units_only(board: Board) -> None:
    with board.world.database.writing() as session:
        plant(session, unit_at(session, "区局/一站"), 1, board.world.clock.now())
    found = board.data(board.sign_in("王建国"), "handups")
    assert [(it["partner"], it["task"], it["expected"], it["units"]) for it in found["received"]] == [
        ("一县", "health", 0, [])
    ]
    assert [(it["partner"], it["state"]) for it in found["sent"]] == [("云溪市", "received")]
    assert "<bdi>一县</bdi>" in board.text(board.sign_in("王建国"), "handups")
    assert "一县" in board.text(board.sign_in("王建国"), "handups?as=csv")
    assert [(it["partner"], it["words"], it["decision"]) for it in found["requests"]] == [("一县", "拟开放东门", None)]
    assert "拟开放东门" in board.text(board.sign_in("王建国"), "handups")
    others = board.data(board.sign_in("赵强"), "handups")
    assert [others[it] for it in ("received", "sent", "missing", "requests")] == [[], [], [], []]


def test_what_others_handed_up_takes_no_place_from_what_is_ones_own(board: Board) -> None:
    now = board.world.clock.now()
    with board.world.database.writing() as session:
        for path in ("区局/一站", "区局/二站"):
            plant(session, unit_at(session, path), 1, now)
    with board.world.database.reading() as session:
        lead = people.find_person(session, "王建国")
        found = reach.log(session, lead, now.date(), now - timedelta(days=1), 1)
        assert [partner.unit_id for _, partner in [*found.sent, *found.taken]] == [unit_at(session, "区局/一站").id] * 2
