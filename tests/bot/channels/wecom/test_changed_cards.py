"""Cards on WeCom after they were sent: changed into a receipt, recalled, or answered in words."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.channels.base import SendError
from bot.channels.wecom import channel as module
from handlers.core.incoming import Answer, Incoming
from models.channels import wecom
from models.messaging import cards
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.slots import Slot, Subject
from tests.bot.channels.wecom.side import ASK, MANY, NOW, RECEIPT, Side, enrolled, error, listening, restarted
from tests.fakes.wecom import Member, WeComServer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def tapped(side: Side, account: str, label: str) -> None:
    with listening(side):
        assert Member(side.server, account).tap(label).status == 200


def test_the_tapped_card_becomes_its_receipt_and_only_once(side: Side, server: WeComServer) -> None:
    sent = side.send(ASK, "zhang", "li")[0]
    tapped(side, "zhang", "零报告")
    changed = side.change(RECEIPT, "zhang", sent)
    assert changed.error is None
    (mine,), (others,) = server.chat("zhang"), server.chat("li")
    assert (mine.text, mine.labels) == ("✅ 已收到零报告，回执7K3M。", ["修改"])
    assert others.labels == ["零报告", "有情况"]
    assert error(side.change(ASK, "zhang", changed)).lost
    tapped(side, "zhang", "修改")
    assert side.change(ASK, "zhang", changed).error is None
    assert server.chat("zhang")[0].changed == 2


def test_a_card_that_many_got_and_nobody_tapped_cannot_be_changed_and_stays(side: Side, server: WeComServer) -> None:
    sent = side.send(ASK, "zhang", "li")[0]
    assert error(side.change(RECEIPT, "zhang", sent)).lost
    assert server.chat("zhang")[0].labels == ["零报告", "有情况"]


def test_a_card_that_one_person_got_becomes_its_receipt_without_a_tap_once(side: Side, server: WeComServer) -> None:
    sent = side.send(ASK, "zhang")[0]
    with restarted(side) as later:
        assert later.change(RECEIPT, "zhang", sent).error is None
    assert [(s.text, s.changed) for s in server.chat("zhang")] == [("✅ 已收到零报告，回执7K3M。", 1)]
    assert error(side.change(ASK, "zhang", sent)).lost


def test_the_code_of_a_card_that_one_person_got_lasts_three_days(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = side.send(ASK, "zhang")[0]
    monkeypatch.setattr(wecom, "CODE_LASTS", timedelta(0))
    assert error(side.change(RECEIPT, "zhang", sent)).lost
    assert server.count("message/update_template_card") == 0


def test_words_that_do_not_fit_leave_the_buttons_of_a_card_that_nobody_tapped(side: Side, server: WeComServer) -> None:
    sent = side.send(ASK, "zhang")[0]
    assert error(side.change(MANY, "zhang", sent)).lost
    assert server.chat("zhang")[0].labels == ["零报告", "有情况"]
    assert side.change(RECEIPT, "zhang", sent).error is None, "its code is not spent"


def test_a_card_too_old_to_be_recalled_loses_its_buttons(side: Side, server: WeComServer) -> None:
    sent = side.send(ASK, "zhang")[0]
    server.fail("message/recall", 42044)
    with pytest.raises(SendError, match="42044"):
        side.delete("zhang", sent)
    assert (server.chat("zhang")[0].labels, server.chat("zhang")[0].grey) == ([], "↓")


def test_words_that_do_not_fit_into_the_tapped_card_are_posted_below_and_it_goes_grey(
    side: Side, server: WeComServer
) -> None:
    sent = side.send(ASK, "zhang")[0]
    tapped(side, "zhang", "有情况")
    assert error(side.change(MANY, "zhang", sent)).lost
    assert (server.chat("zhang")[0].labels, server.chat("zhang")[0].grey) == ([], "↓")


def test_a_message_is_recalled_from_one_person_and_never_from_a_thousand(side: Side, server: WeComServer) -> None:
    alone, shared = side.send(RECEIPT, "zhang")[0], side.send(ASK, "zhang", "li")[0]
    side.delete("zhang", alone)
    with pytest.raises(SendError) as refused:
        side.delete("zhang", shared)
    assert refused.value.lost
    assert [len(server.chat(a)) for a in ("zhang", "li")] == [1, 1]


def test_the_answer_to_a_tap_is_said_where_the_card_does_not_show_it(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0)
    side.send(ASK, "zhang", "li")
    tapped(side, "zhang", "零报告")
    tap = Incoming(
        "wecom", "b", "1", "zhang", "zhang", True, NOW, data="report.zero.1", message=server.chat("zhang")[0].task
    )
    side.run(lambda: side.channel.answer(tap, Answer("已催办 <3 人>")))
    assert server.chat("zhang")[-1].text == "已催办 <3 人>"
    other = Incoming("wecom", "b", "2", "li", "li", True, NOW, data="report.zero.1", message=server.chat("li")[0].task)
    side.run(lambda: side.channel.answer(other, Answer("已收到")))
    assert len(server.chat("li")) == 1  # nothing of this tap is left: the card has changed
    side.run(lambda: side.channel.answer(other, Answer("这是昨天的，已锁定。", alert=True)))
    assert server.chat("li")[-1].text == "这是昨天的，已锁定。"


def test_a_tapped_card_that_is_still_to_change_is_not_answered_in_words_as_well(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = side.send(ASK, "zhang")[0]
    tapped(side, "zhang", "零报告")
    with side.database.writing() as session:
        mine = enrolled(session, "zhang")
        session.flush()
        home = session.exec(select(Address).where(Address.person_id == mine.id)).one()
        card = cards.want(session, Slot.of(Subject.REPORT, home, 1), cards.Kind.ASK, RECEIPT, NOW)
        card.message = sent.message
    tap = Incoming(
        "wecom", "b", "1", "zhang", "zhang", True, NOW, data="report.zero.1", message=server.chat("zhang")[0].task
    )
    looks, changing = list[bool](), wecom.changing

    def looked(session: Session, account: str, card: str) -> bool:
        """Delivery is slow: the card changes while the third look is waited for."""
        if len(looks) == 2:
            with side.database.writing() as later:
                wecom.take_code(later, account, card, NOW)
                later.exec(select(Card)).one().pending = False
        looks.append(changing(session, account, card))
        return looks[-1]

    monkeypatch.setattr(module, "PATIENCE", 0)
    monkeypatch.setattr(wecom, "changing", looked)
    side.run(lambda: side.channel.answer(tap, Answer("已收到")))
    assert looks == [True, True, False]
    assert [shown.kind for shown in server.chat("zhang")] == ["card"], "nothing is said below it"
