"""A request (请示) of the top goes to the superior's program, and the decision comes back signed (docs/rules.md
40.10)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from handlers.handup import incoming
from handlers.handup.incoming import UNKNOWN
from models.core.audit import AuditEntry
from models.evidence import verification
from models.handup import messages, signing
from models.handup.requests import PartnerRequest
from tests.support.handing_up import Pair, begin, decides, rows
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def request(world: World) -> PartnerRequest:
    found: PartnerRequest = rows(world, lambda: select(PartnerRequest).order_by(PartnerRequest.id))[-1]  # type: ignore[arg-type]
    return found


def asks(pair: Pair, words: str = "拟开放东门，请批示") -> None:
    pair.below.says("陈局", f"请示 {words}")
    assert "签名报送上级系统“云溪市”，批复下达后在此通知您" in pair.below.last("陈局").text
    pair.below.taps("陈局", "发送请示")


def asked(pair: Pair) -> None:
    """Connect the two, and let a request arrive."""
    pair.connect()
    asks(pair)
    pair.carry()


def looks(pair: Pair, **how: bool) -> None:
    """Let the program below look for the decision, and say that it has it."""
    pair.later(minutes=11)
    pair.carry(**how)
    pair.carry()


@pytest.mark.parametrize(
    ("tap", "decision", "said"), [("✅ 同意", "approved", "已于"), ("❌ 不同意", "refused", "不同意")]
)
def test_the_top_asks_the_superior_and_the_signed_decision_comes_back(
    pair: Pair, tap: str, decision: str, said: str
) -> None:
    asked(pair)
    assert "待批复" in pair.below.last("陈局").text
    assert "拟开放东门，请批示" in pair.above.last("市长").text
    assert "陈局" not in pair.above.last("市长").text
    decides(pair, tap)
    assert "将在10分钟内取得批复" in pair.above.last("市长").text
    looks(pair)
    assert said in pair.below.last("陈局").text
    assert "签名批复已保存" in pair.below.last("陈局").text
    assert "送达对方系统" in pair.above.last("市长").text
    ours = request(pair.below)
    kept = messages.read(json.dumps(ours.answer).encode())
    assert kept
    assert kept.signed_by(pair.partner(pair.below).key)
    assert (ours.decision, request(pair.above).decision) == (decision, decision)
    for world in (pair.above, pair.below):
        with world.database.reading() as session:
            assert verification.verify(session).differs == []
            noted = set(session.exec(select(AuditEntry.what)).all())
        assert ("request made" if world is pair.below else f"request {decision}") in noted


@ON_SQLITE
def test_words_go_with_the_decision_and_nobody_decides_beside_words_they_have_not_seen(pair: Pair) -> None:
    asked(pair)
    stale = pair.above.last("市长").content.buttons[0][0].data
    pair.above.taps("市长", "填写意见")
    pair.above.says("市长", "取消")
    assert request(pair.above).note == ""
    pair.above.taps("市长", "填写意见")
    pair.above.says("市长", "限早7时至晚9时")
    pair.above.forges("市长", stale)
    assert request(pair.above).decision is None
    decides(pair)
    looks(pair)
    assert "批复意见：限早7时至晚9时" in pair.below.last("陈局").text


@ON_SQLITE
@pytest.mark.parametrize(("tap", "said"), [("✅ 同意", "“同意”"), ("❌ 不同意", "“不同意”")])
def test_a_decision_is_asked_about_once_more_with_its_words_before_it_leaves(pair: Pair, tap: str, said: str) -> None:
    asked(pair)
    pair.above.taps("市长", "填写意见")
    pair.above.says("市长", "限早7时至晚9时")
    pair.above.taps("市长", tap)
    question = pair.above.last("市长").text
    assert all(it in question for it in (said, "拟开放东门，请批示", "限早7时至晚9时"))
    assert request(pair.above).decision is None
    pair.above.taps("市长", "取消")
    looks(pair)
    assert (request(pair.above).decision, request(pair.below).decision) == (None, None)


@ON_SQLITE
def test_a_decision_is_sent_once_however_often_it_is_confirmed_and_whoever_was_quicker(pair: Pair) -> None:
    asked(pair)
    card = pair.above.last("市长")
    pair.above.taps("市长", "✅ 同意", card)
    approves = pair.above.button("市长", "发送批复")[0].data
    pair.above.taps("市长", "❌ 不同意", card)
    pair.above.taps("市长", "发送批复")
    assert request(pair.above).decision == "refused"
    for _ in range(3):
        assert "该请示已批复：不同意" in (pair.above.forges("市长", card.content.buttons[0][0].data) or "")
    assert "该请示已批复：不同意" in (pair.above.forges("市长", approves) or "")
    assert "该问题已答复" in (pair.above.forges("市长", approves) or "")
    assert request(pair.above).decision == "refused"


@ON_SQLITE
def test_words_that_change_while_it_is_asked_are_shown_and_nothing_is_sent(pair: Pair) -> None:
    asked(pair)
    pair.above.taps("市长", "填写意见")
    pair.above.says("市长", "限早7时至晚9时")
    pair.above.taps("市长", "✅ 同意")
    sends = pair.above.button("市长", "发送批复")[0].data
    pair.above.forges("市长", f"uprequest.words.{request(pair.above).id}")
    pair.above.says("市长", "限周一")
    assert "限周一" in (pair.above.forges("市长", sends) or "")
    assert request(pair.above).decision is None


@ON_SQLITE
def test_the_first_decision_counts_and_only_who_answers_for_the_unit_decides(pair: Pair) -> None:
    asked(pair)
    number = request(pair.above).id
    pair.above.forges("于敏", f"uprequest.decide.{number}.approved.0")
    assert request(pair.above).decision is None
    decides(pair, "❌ 不同意")
    pair.above.forges("市长", f"uprequest.decide.{number}.approved.0")
    assert request(pair.above).decision == "refused"
    assert len([it for it in pair.sent if it.kind == "request"]) == 1


@ON_SQLITE
def test_a_lost_answer_a_replay_and_a_lost_decision_change_nothing(pair: Pair) -> None:
    pair.connect()
    asks(pair)
    letter = pair.letter()
    assert letter
    pair.carry(lost=True)
    assert pair.take(letter.data)[0] == 200
    pair.later(seconds=30)
    pair.carry()
    assert len(rows(pair.above, lambda: select(PartnerRequest))) == 1
    decides(pair)
    looks(pair, lost=True)
    assert request(pair.below).decision == "approved"
    assert len([it for it in pair.sent if it.kind == "noted"]) == 1


@ON_SQLITE
def test_what_is_withdrawn_before_the_decision_cannot_be_decided(pair: Pair) -> None:
    asked(pair)
    pair.below.taps("陈局", "撤回")
    assert "撤回正在送达" in pair.below.last("陈局").text
    pair.carry()
    assert "撤回" in pair.below.last("陈局").text
    assert request(pair.below).withdrawn_at
    assert "无需批复" in pair.above.last("市长").text
    toast = pair.above.forges("市长", f"uprequest.decide.{request(pair.above).id}.approved.0")
    assert "该请示已撤回" in (toast or "")
    assert request(pair.above).decision is None


@ON_SQLITE
def test_a_withdrawal_that_comes_after_the_decision_learns_the_decision(pair: Pair) -> None:
    asked(pair)
    pair.below.taps("陈局", "撤回")
    decides(pair)
    pair.carry()
    assert "撤回送达前，上级已作出批复" in pair.below.last("陈局").text
    assert (request(pair.below).decision, request(pair.below).withdrawn_at) == ("approved", None)
    assert (request(pair.above).decision, request(pair.above).withdrawn_at) == ("approved", None)


@ON_SQLITE
def test_a_request_withdrawn_before_it_left_never_waits_for_a_decision(pair: Pair) -> None:
    pair.connect()
    asks(pair)
    pair.below.taps("陈局", "撤回")
    pair.carry(times=2)
    assert request(pair.below).withdrawn_at
    assert request(pair.above).withdrawn_at


@ON_SQLITE
def test_forged_decisions_and_forged_looks_count_for_nothing(pair: Pair) -> None:
    asked(pair)
    pair.later(minutes=11)
    letter = pair.letter()
    assert letter
    came = messages.read(letter.data)
    assert came
    assert came.message.kind == "look"
    assert pair.take(came.message.written(signing.new_key())) == UNKNOWN
    told = {"request": request(pair.below).number, "decision": "approved", "at": "2026-11-23T09:00:00+00:00"}
    answer = replace(came.message, kind="receipt", body={"decided": [told]}, about=letter.digest)
    pair.note(letter, 200, answer.written(signing.new_key()))
    assert request(pair.below).decision is None
    _, sincere = pair.take(letter.data)
    pair.later(minutes=11)
    other = pair.letter()
    assert other
    decides(pair)
    pair.note(other, 200, sincere)  # an answer to an earlier look
    assert request(pair.below).decision is None
    looks(pair)
    assert request(pair.below).decision == "approved"


@ON_SQLITE
def test_an_older_superior_refuses_the_request_in_words(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.connect()
    asks(pair)
    monkeypatch.delitem(incoming.TAKE, "request")
    pair.carry()
    assert "未送达" in pair.below.last("陈局").text
    assert pair.sent[-1].state == "refused"


@ON_SQLITE
def test_the_end_of_the_connection_ends_open_requests_on_both_sides(pair: Pair) -> None:
    asked(pair)
    pair.above.says("于敏", "上报 对接")
    pair.above.taps("于敏", "解除")
    pair.above.taps("于敏", "解除")
    pair.above.tick()
    assert "对接已解除" in pair.above.last("市长").text
    looks(pair)
    pair.below.tick()
    assert any("批复之前，对接已解除" in it.text for it in pair.below.chat("陈局"))
    assert pair.letter() is None


@ON_SQLITE
def test_a_request_that_nobody_decides_climbs_to_the_admins(pair: Pair) -> None:
    asked(pair)
    for _ in range(8):
        pair.later(days=1)
        pair.above.tick()
    assert any("拟开放东门" in it.text for it in pair.above.chat("于敏"))
    decides(pair, who="于敏")
    assert request(pair.above).decision == "approved"


@ON_SQLITE
def test_without_a_superiors_program_the_top_reads_what_to_do_instead(pair: Pair) -> None:
    assert "尚未与上级系统对接" in pair.below.says("陈局", "请示 拟开放东门")
    pair.connect()
    pair.below.says("王建国", "请示 拟购口罩")
    assert "陈局" in pair.below.last("王建国").text


@ON_SQLITE
def test_requests_are_listed_for_who_decides_them_and_for_who_asked(pair: Pair) -> None:
    asked(pair)
    assert "拟开放东门" in pair.above.says("市长", "上报 请示")
    assert "拟开放东门" in pair.below.says("陈局", "上报 请示")
    assert "拟开放东门" not in pair.below.says("王建国", "上报 请示")
    number = request(pair.below).id
    assert "拟开放东门" not in (pair.below.forges("王建国", f"uprequest.show.{number}") or "")
    pair.below.clock.at += timedelta(days=8)
    assert "拟开放东门" in pair.below.says("陈局", "上报 请示")
