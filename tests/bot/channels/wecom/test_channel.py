"""The channel WeCom against a WeCom of our own: what it sends and hears, and what it does where it is refused."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, select

from bot.channels import base
from bot.channels.base import Recipient, SendError, Sent
from bot.channels.wecom import allowance as wecom_allowance
from bot.channels.wecom import callback as web
from bot.channels.wecom import channel as module
from bot.channels.wecom import events
from bot.channels.wecom.channel import WeCom
from bot.channels.wecom.credentials import Access
from bot.clock import Clock
from bot.desk import Desk as RealDesk
from handlers.core.context import Defaults
from handlers.core.incoming import Answer, Event, Incoming, Location
from handlers.core.rendering import Content
from models.channels import wecom
from models.channels.wecom import WecomInbox
from models.core.database import Database
from models.core.updates import ProcessedUpdate
from models.files import blobs
from models.messaging import cards
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.contents import Button
from models.messaging.slots import Slot, Subject
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit
from tests.fakes import wecom as wecomapi
from tests.fakes.wecom import AES_KEY, AGENT, CORP, SECRET, TOKEN, Member, WeComServer
from tests.support.serving import Served, serving

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ASK = Content(
    "<b>【每日健康】</b>\n请于10:00前报送。",
    ((Button("零报告", "report.zero.1"),), (Button("有情况", "report.fill.1"),)),
)
RECEIPT = Content("✅ 已收到零报告，回执<b>7K3M</b>。", ((Button("修改", "report.fill_of.1"),),))
MANY = Content("选一个", tuple((Button(f"选项{n}", f"unit.show.{n}"),) for n in range(1, 8)))
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@dataclass
class Desk:
    """Notes what it is handed; answers taps as it is told to."""

    taken: list[Incoming] = field(default_factory=list)
    reply: Answer | None = None
    broken: int = 0

    async def take(self, batch: Sequence[Incoming]) -> list[Answer | None]:
        if self.broken:
            self.broken -= 1
            raise OSError("disk full")
        self.taken += batch
        return [self.reply] * len(batch)


@dataclass
class Side:
    """Our side of it: the channel on a database, and what is asked of it in one event loop after the other."""

    channel: WeCom
    server: WeComServer
    database: Database

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def main() -> T:
            try:
                return await work()
            finally:
                await self.channel.api.close()

        return asyncio.run(main())

    def send(self, content: Content, *to: str | Recipient) -> list[Sent]:
        """A new message to these accounts, or into these messages of theirs."""
        recipients = [t if isinstance(t, Recipient) else Recipient(t, t) for t in to]
        return self.run(lambda: self.channel.send(content, recipients, NOW))

    def change(self, content: Content, account: str, sent: Sent) -> Sent:
        return self.send(content, Recipient(account, account, sent.message))[0]

    def delete(self, account: str, sent: Sent) -> None:
        self.run(lambda: self.channel.delete(Recipient(account, account, sent.message), NOW))

    def work_off(self, desk: base.Desk, answer: Callable[[Incoming, Answer], None] = lambda i, a: None) -> None:
        self.run(lambda: self.channel.inbox.catch_up(desk, answer))


@pytest.fixture
def server() -> Iterator[WeComServer]:
    with wecomapi.wecom() as made:
        made.join("zhang", "li")
        yield made


@pytest.fixture
def side(database: Database, server: WeComServer) -> Iterator[Side]:
    with ThreadPoolExecutor(1) as executor:
        yield Side(WeCom(access(server), database, executor), server, database)


def access(server: WeComServer, **other: str) -> Access:
    words = {"secret": SECRET, "token": TOKEN, "aes_key": AES_KEY, "url": server.url}
    return Access(CORP, AGENT, **(words | other))


@contextmanager
def listening(side: Side) -> Iterator[Served]:
    """Our callback, answering on a real socket."""
    with serving(side.database, outside=[web.route(side.channel)]) as served:
        side.server.callback = f"http://127.0.0.1:{served.port}{web.PATH}"
        yield served


@contextmanager
def restarted(side: Side) -> Iterator[Side]:
    """The same on the same database, later or on another machine."""
    with ThreadPoolExecutor(1) as executor:
        yield Side(WeCom(access(side.server), side.database, executor), side.server, side.database)


def error(sent: Sent) -> SendError:
    assert sent.error, sent
    return sent.error


# the token


def test_one_token_is_asked_for_however_many_want_one_in_however_many_programs(side: Side, server: WeComServer) -> None:
    async def both() -> None:
        with ThreadPoolExecutor(1) as executor:
            other = WeCom(access(server), side.database, executor)
            asked = [c.api.token() for c in (side.channel, other) for _ in range(8)]
            assert len(set(await asyncio.gather(*asked))) == 1
            await other.api.close()

    side.run(both)
    assert server.count("gettoken") == 1


def test_a_token_that_ends_early_is_renewed_once_and_nobody_notices(side: Side, server: WeComServer) -> None:
    assert side.send(RECEIPT, "zhang")[0].error is None
    server.expire_token()
    assert side.send(RECEIPT, "zhang")[0].error is None
    assert server.count("gettoken") == 2


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_stays_refused_is_no_loop(side: Side, server: WeComServer, code: int) -> None:
    server.fail("message/send", *[code] * 9)
    refused = error(side.send(RECEIPT, "zhang")[0])
    assert (refused.retry_after, refused.everywhere) == (60, True)
    assert (server.count("message/send"), server.count("gettoken")) == (2, 2)


def test_a_wrong_secret_waits_for_the_admin(database: Database, server: WeComServer) -> None:
    with ThreadPoolExecutor(1) as executor:
        side = Side(WeCom(access(server, secret="wrong"), database, executor), server, database)
        refused = error(side.send(RECEIPT, "zhang")[0])
    assert (refused.reason, refused.retry_after, refused.permanent) == ("WeCom 40001", 300, False)


# messages out


def test_2500_people_are_told_in_three_calls_and_only_the_unknown_are_given_up(side: Side, server: WeComServer) -> None:
    people = [f"u{n}" for n in range(2500)]
    server.join(*people[:-2])
    with side.database.writing() as session:
        for account in people[:13]:  # as many as may be told 2,600 times a day
            _enrolled(session, account)
    sent = side.send(ASK, *people)
    assert server.count("message/send") == 3
    assert [n for n, it in enumerate(sent) if it.error] == [2498, 2499]
    assert all(error(it).permanent and "invaliduser" in error(it).reason for it in sent[-2:])
    assert server.chat("u0")[0].text == "【每日健康】\n请于10:00前报送。"
    assert server.chat("u2497")[0].labels == ["零报告", "有情况"]


TREATMENTS = {
    45009: (60, True, False), 45033: (5, True, False), 60011: (300, True, False), 60020: (300, True, False),
    81013: (None, False, True), -1: (5, True, False), 48002: (300, True, False), 99999: (None, False, False),
}  # fmt: skip


@pytest.mark.parametrize("code", TREATMENTS)
def test_each_error_has_its_treatment(side: Side, server: WeComServer, code: int) -> None:
    server.fail("message/send", code)
    refused = error(side.send(RECEIPT if code != 99999 else Content("x"), "zhang")[0])
    assert (refused.retry_after, refused.everywhere, refused.permanent) == TREATMENTS[code]
    assert refused.reason == f"WeCom {code}"


def test_where_nobody_answers_it_is_known_that_nothing_arrived(database: Database, server: WeComServer) -> None:
    with ThreadPoolExecutor(1) as executor:
        side = Side(WeCom(access(server, url="http://127.0.0.1:9"), database, executor), server, database)
        refused = error(side.send(RECEIPT, "zhang")[0])
    assert (refused.reason, refused.uncertain) == ("WeCom cannot be reached", False)


def test_more_than_six_buttons_are_a_menu_in_plain_text(side: Side, server: WeComServer) -> None:
    side.send(MANY, "zhang")
    shown = server.chat("zhang")[0]
    assert shown.kind == "text"
    assert shown.text == "选一个\n\n" + "".join(f"{n} 选项{n}\n" for n in range(1, 8)) + "（回复数字即可）"


@pytest.mark.parametrize(("code", "content"), [(42045, ASK), (41016, ASK), (0, MANY)])
@pytest.mark.parametrize(
    ("locale", "hint"), [("en", "(Answer with a number.)"), ("zh_CN", "（回复数字即可）"), (None, "（回复数字即可）")]
)
def test_a_menu_in_words_is_in_the_language_of_who_reads_it(
    side: Side, server: WeComServer, code: int, content: Content, locale: str | None, hint: str
) -> None:
    """Whatever names stand in it: an English text about 张伟 is English."""
    with side.database.writing() as session:
        _enrolled(session, "zhang").locale = locale
    if code:
        server.fail("message/send", code)
    side.send(content, "zhang")
    assert server.chat("zhang")[0].text.endswith(hint)


def test_a_card_that_wecom_refuses_goes_as_text(side: Side, server: WeComServer) -> None:
    server.fail("message/send", 42045)
    assert side.send(ASK, "zhang")[0].error is None
    assert server.chat("zhang")[0].text.endswith("1 零报告\n2 有情况\n（回复数字即可）")


def test_who_sees_no_cards_gets_menus_until_a_card_is_tapped(side: Side, server: WeComServer) -> None:
    zhang = Member(server, "zhang")
    with listening(side):
        zhang.event("click", events.NO_CARDS)
        side.send(ASK, "zhang", "li")
        assert [c[-1].kind for c in (server.chat("zhang"), server.chat("li"))] == ["text", "card"]
        zhang.event("template_card_event", "report.zero.1", TaskId="old_0", ResponseCode="code")
        side.send(ASK, "zhang")
    assert zhang.last.kind == "card"


def test_a_long_text_comes_in_whole_pieces_cut_at_line_ends(side: Side, server: WeComServer) -> None:
    lines = [f"{n:03} 李梅、张伟、王建国、赵强、钱丽还没有报" for n in range(120)]
    side.send(Content("\n".join(lines)), "zhang")
    pieces = [s.text for s in server.chat("zhang")]
    assert len(pieces) == 4
    assert "\n".join(pieces).split("\n") == lines
    assert all(len(p.encode()) <= 2048 for p in pieces)


def test_files_and_pictures_go_by_way_of_the_media_store(side: Side, server: WeComServer) -> None:
    with side.database.writing() as session:
        sheet = blobs.keep(session, "明细.xlsx", "application/vnd.ms-excel", b"sheet")
        picture = blobs.keep(session, "图.png", "image/png", b"\x89PNG")
    side.send(Content("明细表", file=sheet), "zhang")
    side.send(Content("", file=picture), "zhang")
    shown = server.chat("zhang")
    assert [(s.kind, s.text) for s in shown] == [("text", "明细表"), ("file", "明细.xlsx"), ("image", "图.png")]
    assert [s.media for s in shown] == [None, b"sheet", b"\x89PNG"]


def test_what_wecom_would_drop_in_silence_is_never_sent(side: Side, server: WeComServer) -> None:
    async def often() -> list[Sent]:
        one = [Recipient("zhang", "zhang")]
        return [(await side.channel.send(Content(f"第{n}条"), one, NOW))[0] for n in range(31)]

    sent = side.run(often)
    assert [it.error is None for it in sent] == [True] * 30 + [False]
    assert 50 < (error(sent[30]).retry_after or 0) <= 60
    assert server.dropped == 0


# cards that were tapped


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


# groups


def test_a_group_robot_says_it_in_markdown_with_pictures_and_files(side: Side, server: WeComServer) -> None:
    with side.database.writing() as session:
        picture = blobs.keep(session, "图.png", "image/png", b"\x89PNG")
        sheet = blobs.keep(session, "明细.csv", "text/csv", b"a,b")
    post = Content("<b>【一站】</b>应报14 &lt;@all&gt;，<a href='https://x.cn/'>明细</a>", file=picture)
    group = Recipient("robot:key", "robot:key")
    assert side.send(post, group)[0].error is None
    side.send(Content("表", file=sheet), group)
    shown = server.groups["key"]
    assert shown[0].text == "**【一站】**应报14 ‹@all>，[明细](https://x.cn/)"
    assert [(s.kind, s.media) for s in shown[1:]] == [("image", b"\x89PNG"), ("markdown", None), ("file", b"a,b")]


def test_a_robot_says_twenty_things_a_minute_and_a_wrong_key_is_given_up(side: Side, server: WeComServer) -> None:
    group = Recipient("robot:key", "robot:key")

    async def often() -> list[Sent]:
        return [(await side.channel.send(Content(f"第{n}条"), [group], NOW))[0] for n in range(21)]

    sent = side.run(often)
    assert [it.error is None for it in sent] == [True] * 20 + [False]
    assert error(sent[20]).retry_after
    assert len(server.groups["key"]) == 20
    assert error(side.send(Content("x"), Recipient("robot:wrong", "robot:wrong"))[0]).permanent


def test_what_stands_in_a_group_can_be_neither_changed_nor_taken_away(side: Side) -> None:
    group = Recipient("robot:key", "robot:key")
    sent = side.send(Content("应报14"), group)[0]
    assert error(side.send(Content("应报15"), Recipient("robot:key", "robot:key", sent.message))[0]).lost
    with pytest.raises(SendError, match="recalled"):
        side.delete("robot:key", sent)


def test_the_app_opens_a_units_chat_itself_when_it_has_something_to_say(side: Side, server: WeComServer) -> None:
    with side.database.writing() as session:
        unit = Unit(name="一站", path="一站")
        session.add(unit)
        session.flush()
        chat = Address(channel="wecom", account="appchat:zr1", chat="appchat:zr1", since=NOW, used_at=NOW)
        chat.unit_id = unit.id
        session.add(chat)
        for account in ("zhang", "li"):
            person = _enrolled(session, account)
            session.add(Membership(person_id=person.id, unit_id=unit.id, role=Role.MEMBER, home=True))
    group = Recipient("appchat:zr1", "appchat:zr1")
    assert side.send(Content("应报<b>2</b>"), group)[0].error is None
    assert side.send(Content("应报<b>2</b>，已报2"), group)[0].error is None
    assert server.appchats == {"zr1": ["li", "zhang"]}
    assert [s.text for s in server.groups["zr1"]] == ["应报**2**", "应报**2**，已报2"]


def _enrolled(session: Session, account: str) -> Person:
    """Somebody who is reached under this account."""
    person = Person(staff_no=account, name=account)
    session.add(person)
    session.flush()
    address = Address(channel="wecom", account=account, chat=account, person_id=person.id, since=NOW, used_at=NOW)
    session.add(address)
    return person


# what a day bears


@pytest.fixture
def three_a_day(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of us uses WeCom, and gets three messages a day; what was sent is noted at once."""
    with side.database.writing() as session:
        _enrolled(session, "zhang")
    monkeypatch.setattr(wecom_allowance, "PER_ACCOUNT", 3)
    monkeypatch.setattr(wecom_allowance, "NOTED", 0.0)


@pytest.mark.usefixtures("three_a_day")
def test_more_than_the_day_bears_is_not_sent_whichever_program_wants_to(side: Side, server: WeComServer) -> None:
    async def other() -> Sent:
        with ThreadPoolExecutor(1) as executor:
            channel = WeCom(access(server), side.database, executor)
            try:
                return (await channel.send(RECEIPT, [Recipient("zhang", "zhang")], NOW))[0]
            finally:
                await channel.close()

    assert side.send(RECEIPT, "zhang")[0].error is None
    assert side.run(other).error is None
    assert [error(sent).reason for sent in side.send(RECEIPT, "zhang", "li")] == ["WeCom 45009"] * 2  # two are too many
    assert side.send(RECEIPT, "zhang")[0].error is None
    refused = error(side.run(other))
    assert (refused.reason, refused.retry_after, refused.everywhere) == ("WeCom 45009", 60, True)
    assert server.sent_today == 3


@pytest.mark.usefixtures("three_a_day")
def test_the_next_day_in_china_bears_as_much_again(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [side.send(RECEIPT, "zhang")[0].error is None for _ in range(4)] == [True, True, True, False]
    monkeypatch.setattr(wecom_allowance, "today", lambda: date.max)
    assert [side.send(RECEIPT, "zhang")[0].error is None for _ in range(4)] == [True, True, True, False]


@pytest.mark.usefixtures("three_a_day")
def test_what_has_left_is_not_said_again_because_it_cannot_be_counted(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert side.send(RECEIPT, "zhang")[0].error is None
    monkeypatch.setattr(wecom_allowance, "NOTED", 60.0)
    monkeypatch.setattr(wecom_allowance.Allowance, "_look", _full_after(wecom_allowance.Allowance._look))
    assert side.send(RECEIPT, "zhang")[0].error is None
    assert len(server.chat("zhang")) == 2


@pytest.mark.parametrize("error", [OperationalError("INSERT", {}, Exception("full")), PoolTimeout("no connection")])
def test_a_card_that_has_left_is_not_said_again_because_its_code_cannot_be_kept(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def keep_code(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(wecom, "keep_code", keep_code)
    assert side.send(ASK, "zhang")[0].error is None
    assert len(server.chat("zhang")) == 1


def _full_after(look: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    """The disk is full from the second look on."""
    looks: list[None] = []

    async def looked(allowance: Any) -> None:
        looks.append(None)
        if len(looks) > 1:
            raise OperationalError("INSERT", {}, Exception("disk full"))
        await look(allowance)

    return looked


@pytest.mark.usefixtures("three_a_day")
def test_what_wecom_did_not_take_is_not_counted(side: Side, server: WeComServer) -> None:
    server.fail("message/send", 45033, 45033, 45033, 45033)
    assert all(side.send(RECEIPT, "zhang")[0].error for _ in range(4))
    assert side.send(RECEIPT, "zhang")[0].error is None


# what comes in


def test_the_consoles_question_is_answered_bare_and_nobody_elses_at_all(side: Side) -> None:
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
        _enrolled(session, "zhang")
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


def test_a_tapped_card_that_is_still_to_change_is_not_answered_in_words_as_well(
    side: Side, server: WeComServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = side.send(ASK, "zhang")[0]
    tapped(side, "zhang", "零报告")
    with side.database.writing() as session:
        mine = _enrolled(session, "zhang")
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


SAID: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "text": ({"MsgType": "text", "Content": " 零报告"}, {"text": " 零报告"}),
    "link": ({"MsgType": "link", "Title": "通知", "Url": "https://x.cn"}, {"text": "通知\nhttps://x.cn"}),
    "location": (
        {"MsgType": "location", "Location_X": "51.5", "Location_Y": "-0.12"},
        {"location": Location(51.5, -0.12)},
    ),
    "opened": ({"MsgType": "event", "Event": "enter_agent"}, {"event": Event.BACK}),
    "joined": ({"MsgType": "event", "Event": "subscribe"}, {"event": Event.JOINED}),
    "left": ({"MsgType": "event", "Event": "unsubscribe"}, {"event": Event.BLOCKED}),
    "menu": ({"MsgType": "event", "Event": "click", "EventKey": "我的"}, {"text": "我的"}),
    "no cards": ({"MsgType": "event", "Event": "click", "EventKey": "no-cards"}, {"text": "/start"}),
    "tap": (
        {
            "MsgType": "event", "Event": "template_card_event", "EventKey": "report.zero.1", "TaskId": "t_0",
            "ResponseCode": "c",
        },
        {"data": "report.zero.1", "message": "t_0"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_wecom_tells_is_what_somebody_did(database_kind: str, name: str) -> None:
    told, wanted = SAID[name]
    found = events.incoming({"FromUserName": "zhang", "CreateTime": "1750000000", "MsgId": "9", **told}, "app")
    assert found
    assert {key: getattr(found, key) for key in wanted} == wanted
    assert (found.channel, found.account, found.chat, found.private) == ("wecom", "zhang", "zhang", True)
    assert found.vouched == "zhang"


@pytest.mark.parametrize("kind", ["image", "voice", "video"])
def test_a_picture_a_voice_or_a_video_is_fetched_from_where_it_lies(side: Side, server: WeComServer, kind: str) -> None:
    server.media["m1"] = ("", "application/octet-stream", b"bytes")
    told = {"FromUserName": "zhang", "MsgType": kind, "MediaId": "m1", "MsgId": "9"}
    found = events.incoming(told, "app")
    assert found
    assert found.remote
    remote = found.remote
    assert side.run(lambda: side.channel.fetch(remote)) == b"bytes"
    del server.media["m1"]
    with pytest.raises(SendError) as gone:
        side.run(lambda: side.channel.fetch(remote))
    assert gone.value.permanent


def test_what_says_nothing_to_us_is_acknowledged_and_left(side: Side, server: WeComServer) -> None:
    told: list[dict[str, str]] = [{}, {"MsgType": "file"}, {"MsgType": "event", "Event": "LOCATION"}]
    with listening(side):
        assert [server.tell("zhang", **it).status for it in told] == [200] * 3
    desk = Desk()
    side.work_off(desk)
    assert desk.taken == []


def test_a_place_is_told_as_it_is_on_the_earth_and_not_on_chinas_maps(database_kind: str) -> None:
    told = {"MsgType": "location", "Location_X": "39.908823", "Location_Y": "116.397470", "MsgId": "1"}
    found = events.incoming({"FromUserName": "zhang", **told}, "app")
    assert found
    assert found.location
    assert abs(found.location.latitude - 39.907421) < 0.00005  # the gate of heavenly peace, 5 m either way
    assert abs(found.location.longitude - 116.391228) < 0.00005
