"""A request between two programs ends, whatever became of it, and no list hides one (docs/rules.md 40.10)."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import event
from sqlmodel import select

from handlers.handup import incoming
from models.core.table import Table
from models.evidence import verification
from models.files.blobs import data_of
from models.handup import counts, partners, reach, requests
from models.handup.hand_ups import HandUp
from models.handup.requests import PartnerRequest
from models.organisation import people
from tests.handlers.handup.test_requests_above import asked, asks, request
from tests.support.handing_up import Pair, begin, decides, rows
from tests.support.world import World

pytestmark = [
    pytest.mark.world(begin=begin),
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]
EVER = timedelta(days=366)


def refused(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(incoming.TAKE, "request")
    pair.carry()


def given_up(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.later(hours=25)
    letter = pair.letter()
    assert letter
    pair.note(letter, 0, b"", "away")


def dropped(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    end(pair.below, "周敏")


def end(world: World, admin: str) -> None:
    world.says(admin, "上报 对接")
    world.taps(admin, "解除")
    world.taps(admin, "解除")


def decisions(world: World, who: str) -> list[object]:
    """Return what the export says was decided about each request."""
    world.says(who, "导出 上报 xlsx")
    file = world.last(who).content.file
    assert file
    with world.database.reading() as session:
        book = load_workbook(BytesIO(data_of(session, file.digest)))
    heading, *found = book["系统间请示"].iter_rows(values_only=True)
    return [it[heading.index("批复")] for it in found]


def states(world: World, who: str, since: timedelta = EVER, most: int = 5000) -> list[str]:
    with world.database.reading() as session:
        reader, now = people.find_person(session, who), world.clock.now()
        return [it.state for it, _ in reach.asked(session, reader, now.date(), now - since, most)]


@pytest.mark.parametrize("ends", [refused, given_up, dropped])
def test_a_request_that_was_not_received_ends_and_every_list_says_so(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, ends: Callable[[Pair, pytest.MonkeyPatch], None]
) -> None:
    pair.connect()
    asks(pair)
    ends(pair, monkeypatch)
    it = request(pair.below)
    assert (it.state, it.closed_at is not None) == ("unreceived", True)
    card = [card for card in pair.below.chat("陈局") if "拟开放东门" in card.text][-1]
    assert "未送达" in card.text
    assert not any("撤回" in label for label in card.labels)
    assert "该请示未送达" in (pair.below.forges("陈局", f"uprequest.withdraw.{it.id}") or "")
    assert not [sent for sent in pair.sent if sent.kind == "withdraw" and "given_up" not in sent.body]
    assert "未送达" in pair.below.says("陈局", "上报 请示")
    assert decisions(pair.below, "陈局") == ["未送达"]
    pair.below.clock.at += timedelta(days=40)
    assert states(pair.below, "陈局", timedelta(days=31)) == []  # it is over: nothing keeps it in the lists
    with pair.below.database.reading() as session:
        assert verification.verify(session).differs == []


def test_the_export_names_the_decision_as_the_chat_does(pair: Pair) -> None:
    asked(pair)
    assert decisions(pair.above, "市长") == ["待批复"]
    decides(pair)
    assert decisions(pair.above, "市长") == ["同意"]


def test_no_list_hides_a_request_and_all_of_a_connection_end_with_it(pair: Pair) -> None:
    pair.connect()
    with pair.above.database.writing() as session:
        (partner,) = partners.every(session)
        for number in range(100, 350):
            body = {"receipt": "7K3M9", "unit": "区局", "words": f"第{number}件"}
            requests.take(session, partner, number, body, pair.above.clock.now())
    with pair.above.database.reading() as session:
        assert counts.lately(session, pair.above.clock.now()).undecided == 250
    assert len(decisions(pair.above, "市长")) == len(states(pair.above, "市长")) == 250
    assert len(states(pair.above, "市长", most=7)) == 7
    end(pair.above, "于敏")
    pair.above.tick()
    assert {it.state for it in rows(pair.above, lambda: select(PartnerRequest))} == {"ended"}


def test_what_others_of_us_asked_takes_no_place_from_ones_own(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.connect()
    asks(pair)
    with pair.below.database.writing() as session:
        (partner,) = partners.every(session)
        other, own = people.find_person(session, "王建国"), people.find_person(session, "陈局")
        session.add(
            PartnerRequest(
                partner_id=partner.id, number=99, receipt="8K3M9", person_id=other.id, unit="区局", words="拟购口罩",
                at=pair.below.clock.now(), minutes=0, opened_at=pair.below.clock.now(),
            )
        )  # fmt: skip
        found = requests.listed(session, [partner], pair.below.clock.now() - EVER, 1, own)
        assert [it.words for it in found] == ["拟开放东门，请批示"]


def test_nobody_decides_for_a_connection_that_has_ended(pair: Pair) -> None:
    asked(pair)
    end(pair.above, "于敏")
    it = request(pair.above)
    toast = pair.above.forges("市长", f"uprequest.decide.{it.id}.approved.0")
    assert "对接已解除" in (toast or "")
    assert (request(pair.above).decision, request(pair.above).state) == (None, "ended")


def test_the_superior_takes_ten_requests_an_hour_and_what_comes_beyond_that_later(pair: Pair) -> None:
    pair.connect()
    for number in range(requests.MOST):
        asks(pair, f"第{number}件")
    pair.later(minutes=61)
    asks(pair, "第十一件")
    pair.carry(times=requests.MOST + 1)
    assert len(rows(pair.above, lambda: select(PartnerRequest))) == requests.MOST
    assert pair.sent[-1].state == "waiting"
    assert "一小时内请示件数超过上限" in pair.below.last("陈局").text
    pair.later(minutes=61)
    pair.carry(times=2)
    assert "第十一件" in pair.above.last("市长").text
    assert pair.sent[-1].state == "received"


def test_figures_do_not_wait_behind_requests_that_are_taken_later(pair: Pair) -> None:
    pair.connect()
    for number in range(requests.MOST):
        asks(pair, f"第{number}件")
    pair.later(minutes=61)
    for number in range(5):
        asks(pair, f"又{number}件")
    pair.hand_up()
    pair.carry()
    assert len(pair.taken) == 1, "made last, and first to go"
    pair.carry(times=requests.MOST + 1)
    assert [it.state for it in pair.sent if it.kind == "request"].count("waiting") == 5
    pair.below.says("李梅", "零报告")
    pair.hand_up()
    pair.carry()
    assert len(pair.taken) == 2
    assert pair.taken[-1].body["version"] == 2
    for _ in range(3):
        pair.later(minutes=61)
        pair.carry(times=12)
    assert {it.state for it in pair.sent} == {"received"}
    assert len(rows(pair.above, lambda: select(PartnerRequest))) == requests.MOST + 5


def test_a_withdrawal_waits_for_its_own_request_only(pair: Pair) -> None:
    asked(pair)
    for number in range(requests.MOST - 1):
        asks(pair, f"第{number}件")
    pair.carry(times=requests.MOST - 1)
    pair.later(minutes=55)
    with pair.below.database.writing() as session:
        for it in session.exec(select(PartnerRequest)).all():
            it.at -= timedelta(minutes=10)
            session.add(it)
    asks(pair, "超出上限的一件")
    card = [card for card in pair.below.chat("陈局") if "拟开放东门" in card.text][-1]
    pair.below.taps("陈局", "撤回", card)
    last = next(card for card in reversed(pair.below.chat("陈局")) if "超出上限的一件" in card.text)
    pair.below.taps("陈局", "撤回", last)
    pair.carry(times=2)
    assert requests_of(pair.above)[0].withdrawn_at
    assert [(it.kind, it.state) for it in pair.sent][-3:] == [
        ("request", "waiting"), ("withdraw", "received"), ("withdraw", "waiting"),
    ]  # fmt: skip
    pair.later(minutes=61)
    pair.carry(times=2)
    assert requests_of(pair.below)[-1].state == requests_of(pair.above)[-1].state == "withdrawn"


def requests_of(world: World) -> list[PartnerRequest]:
    return rows(world, lambda: select(PartnerRequest).order_by(PartnerRequest.id))  # type: ignore[arg-type]


def gives_up(pair: Pair, *, arrives: bool = True) -> None:
    """Lose each answer to a request until it is given up."""
    pair.connect()
    asks(pair)
    if arrives:
        pair.carry(lost=True)
        assert request(pair.above).state == "open"
    given_up(pair, pytest.MonkeyPatch())
    assert request(pair.below).state == "unreceived"


def test_a_request_that_was_given_up_is_withdrawn_where_it_had_arrived(pair: Pair) -> None:
    gives_up(pair)
    assert "系统将告知上级系统" in card_of(pair)
    pair.later(hours=25)
    pair.carry()
    it = request(pair.above)
    assert (it.state, it.why, it.climbs_at) == ("withdrawn", "given_up", None)
    told = pair.above.last("市长")
    assert "自动撤回" in told.text and not told.labels
    assert "上级系统已知悉" in card_of(pair)
    toast = pair.above.forges("市长", f"uprequest.decide.{it.id}.approved.0")
    assert "该请示已撤回" in (toast or "")
    assert request(pair.below).state == "unreceived"


def test_a_request_that_was_given_up_and_never_arrived_leaves_nothing_there(pair: Pair) -> None:
    gives_up(pair, arrives=False)
    pair.carry()
    assert requests_of(pair.above) == []
    assert pair.sent[-1].state == "received"


def test_what_was_decided_before_a_request_was_given_up_is_learnt_after_all(pair: Pair) -> None:
    gives_up(pair)
    decides(pair)
    pair.carry()
    assert (request(pair.below).state, request(pair.above).state) == ("approved", "approved")
    for world in (pair.below, pair.above):
        with world.database.reading() as session:
            assert verification.verify(session).differs == []
    assert "只是回执未收到" in card_of(pair)


def card_of(pair: Pair) -> str:
    return [card for card in pair.below.chat("陈局") if "拟开放东门" in card.text][-1].text


def test_a_program_that_does_not_answer_is_tried_with_one_request_at_a_time(pair: Pair) -> None:
    pair.connect()
    for number in range(5):
        asks(pair, f"第{number}件")
    pair.hand_up()
    tried = []
    while (letter := pair.letter()) is not None:
        tried.append(letter.row)
        pair.note(letter, 0, b"", "away")
    kinds = {it.id: it.kind for it in pair.sent}
    assert [kinds[it] for it in tried] == ["day"]
    pair.later(seconds=11)
    assert pair.letter()


def test_finding_a_withdrawal_reads_one_message_however_many_there_are(pair: Pair) -> None:
    pair.connect()
    asks(pair)
    pair.carry()
    pair.below.taps("陈局", "撤回")
    first = request(pair.below)
    for number in range(3):
        asks(pair, f"第{number}件")
        pair.below.taps("陈局", "撤回")
    loaded: list[Table] = []

    def note(it: Table, _: object) -> None:
        loaded.append(it)

    event.listen(HandUp, "load", note)
    try:
        with pair.below.database.reading() as session:
            found = requests.withdrawn_by(session, session.get_one(PartnerRequest, first.id))
            assert found
            assert (found.kind, found.body) == ("withdraw", {"request": first.number})
    finally:
        event.remove(HandUp, "load", note)
    assert len(loaded) == 1


def test_a_request_says_within_how_many_hours_it_is_to_be_decided(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MINUTES", 48 * 60)
    asked(pair)
    assert "48小时内未批复的" in pair.above.last("市长").text
