"""Callbacks of WeCom: who is let in, what counts once, and that nothing acknowledged is lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import select

from bot.channels.wecom import callback as web
from bot.channels.wecom import channel as module
from bot.channels.wecom import events
from bot.channels.wecom.channel import WeCom
from bot.clock import Clock
from bot.desk import Desk as RealDesk
from handlers.core.context import Defaults
from handlers.core.incoming import Answer, Incoming
from models.channels import wecom
from models.channels.wecom import WecomInbox
from models.core.database import Database
from models.core.updates import ProcessedUpdate
from tests.bot.channels.wecom.side import ASK, RECEIPT, Desk, Side, access, enrolled, error, listening, restarted
from tests.fakes import wecom as wecomapi
from tests.fakes.wecom import CORP, Member, WeComServer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_only_the_consoles_own_check_is_answered(side: Side) -> None:
    query, body = wecomapi.sealed("4711")
    echo = body.decode().partition("<Encrypt>")[2].partition("</Encrypt>")[0].replace("+", "%2B")
    with listening(side) as served:
        right = served.get(f"{web.PATH}?{query}&echostr={echo}", Host="reports.example.org")
        wrong = served.get(f"{web.PATH}?{query.replace('msg_signature=', 'msg_signature=0')}&echostr={echo}")
        empty = served.get(web.PATH)
    assert (right.status, right.body) == (200, b"4711")
    assert [(r.status, r.body) for r in (wrong, empty)] == [(403, b"")] * 2


def test_what_was_said_three_times_counts_once(side: Side, server: WeComServer) -> None:
    zhang = Member(server, "zhang")
    with side.database.writing() as session:
        enrolled(session, "zhang")
    with listening(side):
        for _ in range(3):
            assert zhang.say("零报告", MsgId="7", CreateTime="1750000000").body == b""
            zhang.event("click", "我的", CreateTime="1750000000")
        zhang.event("click", "我的", CreateTime="1750000001")
    with ThreadPoolExecutor(1) as worker:
        side.work_off(RealDesk(side.database, Defaults(), Clock(), worker))
    with side.database.reading() as session:
        assert len(session.exec(select(ProcessedUpdate)).all()) == 3


def test_two_people_whose_messages_have_one_id_are_both_heard(side: Side, server: WeComServer) -> None:
    zhang, li, desk = Member(server, "zhang"), Member(server, "li"), Desk()
    with listening(side):
        for who in (zhang, li, zhang):
            who.say("零报告", MsgId="7")
            who.say("", MsgId="8", MsgType="image", MediaId="m")
            who.event("enter_agent", CreateTime="1750000000")
    with restarted(side) as later:
        later.work_off(desk)
    assert [it.account for it in desk.taken] == ["zhang"] * 3 + ["li"] * 3


APART: list[dict[str, str]] = [
    {"MsgType": "event", "Event": "click", "EventKey": "我的"},
    {"MsgType": "event", "Event": "click", "EventKey": "帮助"},
    {"MsgType": "event", "Event": "enter_agent", "EventKey": ""},
    {"MsgType": "event", "Event": "subscribe", "EventKey": ""},
    {
        "MsgType": "event",
        "Event": "template_card_event",
        "EventKey": "report.zero.1",
        "TaskId": "a_0",
        "ResponseCode": "1",
    },
    {
        "MsgType": "event",
        "Event": "template_card_event",
        "EventKey": "report.zero.1",
        "TaskId": "b_0",
        "ResponseCode": "2",
    },
    {
        "MsgType": "event",
        "Event": "template_card_event",
        "EventKey": "report.zero.1:a_0",
        "TaskId": "",
        "ResponseCode": "3",
    },
    {"MsgType": "text", "Content": "有情况"},
    {"MsgType": "text", "Content": "零报告"},
    {"MsgType": "text", "Content": "零报告", "MsgId": "1"},
    {"MsgType": "image", "MediaId": "m", "MsgId": "2"},
    {"MsgType": "image", "MediaId": "m", "MsgId": "3"},
    {"MsgType": "text", "Content": "零报告", "MsgId": "1" * 300},
]


def test_what_differs_within_one_second_is_not_taken_for_the_same(database_kind: str) -> None:
    said = [{"FromUserName": who, "CreateTime": "1750000000"} | it for it in APART for who in ("zhang", "zhang:e")]
    assert len({events.key_of(told) for told in said}) == len(said)
    assert all(events.key_of(dict(told)) == events.key_of(told | {"ResponseCode": "again"}) for told in said[:14])
    assert max(len(events.key_of(told)) for told in said) < 200


AGAIN = ("before it is handled", "while its card changes", "after it", "after a restart", "to another program")


@pytest.mark.parametrize("when", AGAIN)
def test_one_tap_delivered_again_whenever_is_one_receipt(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0)
    sent, zhang = side.send(ASK, "zhang")[0], Member(server, "zhang")
    tap = {
        "ToUserName": CORP, "FromUserName": "zhang", "CreateTime": "1750000000", "MsgType": "event",
        "Event": "template_card_event", "EventKey": "report.zero.1", "TaskId": zhang.last.task,
        "ResponseCode": server.tap_code(zhang.last),
    }  # fmt: skip
    desk, said = Desk(reply=Answer("已收到，回执7K3M")), list[tuple[Incoming, Answer]]()

    def again(to: Side) -> None:
        with listening(to):
            assert server.post(tap).status == 200

    def heard(to: Side) -> None:
        with ThreadPoolExecutor(1) as worker:
            real = RealDesk(side.database, Defaults(), Clock(), worker)
            monkeypatch.setattr(real, "_handle_alone", lambda context, it: desk.taken.append(it) or desk.reply)
            monkeypatch.setattr(real, "_handle_together", lambda context, run: {})
            to.work_off(real, lambda incoming, answer: said.append((incoming, answer)))

    again(side)
    if when == AGAIN[0]:
        again(side)
    heard(side)
    if when == AGAIN[1]:
        again(side)
    assert side.change(RECEIPT, "zhang", sent).error is None
    with restarted(side) as other:
        for to in {AGAIN[2]: [side], AGAIN[3]: [other], AGAIN[4]: [other, side]}.get(when, []):
            again(to)
        for to in (side, other):
            heard(to)
    for incoming, answer in said:
        side.run(lambda: side.channel.answer(incoming, answer))  # noqa: B023
    assert (len(desk.taken), len(said)) == (1, 1)
    assert [shown.text for shown in zhang.chat] == ["✅ 已收到零报告，回执7K3M。"]
    assert error(side.change(ASK, "zhang", sent)).lost, "its code is spent, and does not come back"


@pytest.mark.parametrize(("seconds", "status"), [(-345_600, 403), (-301, 403), (-290, 200), (290, 200), (310, 403)])
def test_a_callback_of_another_time_files_nothing(side: Side, seconds: int, status: int) -> None:
    at = str(int(time.time()) + seconds)
    xml = f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>zhang</FromUserName><CreateTime>{at}</CreateTime>"
    query, body = wecomapi.sealed(f"{xml}<MsgType>text</MsgType><Content>零报告</Content><MsgId>1</MsgId></xml>", at)
    desk = Desk()
    with listening(side) as served:
        found = [served.post(f"{web.PATH}?{query}", body, Host="reports.example.org").status for _ in range(3)]
    with restarted(side) as later:
        later.work_off(desk)
    assert found == [status] * 3
    assert len(desk.taken) == (status == 200), "replayed within the time it counts once"


@pytest.mark.parametrize(
    "query",
    ["", "msg_signature=0&timestamp=0&nonce=0", "msg_signature={sign}&timestamp=now&nonce=n",
     "msg_signature={sign}&timestamp=²&nonce=n", "msg_signature={sign}&timestamp=99999999999999&nonce=n",
     "msg_signature={sign}&timestamp={now}&nonce={long}", "msg_signature=é&timestamp={now}&nonce=n"],
)  # fmt: skip
def test_who_does_not_sign_is_turned_away_before_anything_is_read(
    side: Side, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "body_of", None)
    asked = query.format(sign="0" * 40, now=int(time.time()), long="n" * 200)
    with listening(side) as served:
        assert served.post(f"{web.PATH}?{quote(asked, safe='=&')}", b"<xml/>").status == 403


def test_no_callback_is_read_beyond_what_wecom_ever_sends(side: Side) -> None:
    query = f"msg_signature={'0' * 40}&timestamp={int(time.time())}&nonce=n"
    with listening(side) as served:
        assert served.post(f"{web.PATH}?{query}", b"x" * 70_000).status in (403, 413)


def test_what_is_meant_for_another_app_of_the_company_is_not_ours(side: Side, server: WeComServer) -> None:
    desk = Desk()
    with listening(side):
        assert server.tell("zhang", MsgType="text", Content="零报告", MsgId="1", AgentID="1000009").status == 403
    side.work_off(desk)
    assert desk.taken == []


def test_what_was_acknowledged_is_handled_even_if_the_program_died_or_the_desk_stumbled(
    side: Side, server: WeComServer, database: Database
) -> None:
    with listening(side):
        for n in range(40):
            Member(server, "zhang").say(f"{n}")
    desk = Desk(broken=1)
    with ThreadPoolExecutor(1) as executor:  # another program, later
        other = Side(WeCom(access(server), database, executor), server, database)
        other.work_off(desk)
    assert [i.text for i in desk.taken] == [str(n) for n in range(40)]
    with database.reading() as session:
        assert session.exec(select(WecomInbox)).all() == []


def test_a_disk_that_is_full_acknowledges_nothing_and_wecom_asks_again(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    keep = wecom.take_in

    def full_at_first(*given: Any) -> set[str]:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("disk full")
        return keep(*given)

    monkeypatch.setattr(wecom, "take_in", full_at_first)
    with listening(side):
        answered = Member(server, "zhang").say("零报告")
    assert (answered.status, answered.tries) == (200, 3)
