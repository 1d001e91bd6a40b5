"""The page *Handed up*: what other programs handed up to one's units, opened into counts."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.handup import reach, requests
from models.handup.requests import PartnerRequest
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
    page = board.text(board.sign_in("王建国"), "handups")
    assert "拟开放东门" in page
    assert "<b>待批复</b>" in page
    others = board.data(board.sign_in("赵强"), "handups")
    assert [others[it] for it in ("received", "sent", "missing", "requests")] == [[], [], [], []]


@pytest.mark.parametrize(
    ("decision", "why", "state", "said"),
    [
        ("approved", None, "approved", "✅ 同意"), ("refused", None, "refused", "❌ 不同意"),
        (None, "away", "unreceived", "❌ 未送达"), (None, None, "ended", "对接已解除"),
    ],
)  # fmt: skip
def test_the_page_says_how_a_request_ended(
    board: Board, decision: str | None, why: str | None, state: str, said: str
) -> None:
    now = board.world.clock.now()
    with board.world.database.writing() as session:
        plant(session, unit_at(session, "区局/一站"), 1, now)
        it = session.exec(select(PartnerRequest)).one()
        it.decision, it.decided_at = decision, now
        requests.close(session, it, now, why)
    token = board.sign_in("王建国")
    assert [it["state"] for it in board.data(token, "handups")["requests"]] == [state]
    assert f"<b>{said}</b>" in board.text(token, "handups")


def test_what_others_handed_up_takes_no_place_from_what_is_ones_own(board: Board) -> None:
    now = board.world.clock.now()
    with board.world.database.writing() as session:
        for path in ("区局/一站", "区局/二站"):
            plant(session, unit_at(session, path), 1, now)
    with board.world.database.reading() as session:
        lead = people.find_person(session, "王建国")
        found = reach.log(session, lead, now.date(), now - timedelta(days=1), 1)
        assert [partner.unit_id for _, partner in [*found.sent, *found.taken]] == [unit_at(session, "区局/一站").id] * 2
