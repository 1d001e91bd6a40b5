"""Messages to people on WeCom: cards, menus in words, long texts, files, and how each refusal is treated."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.channels.base import Recipient, Sent
from bot.channels.wecom import events
from bot.channels.wecom.channel import WeCom
from handlers.core.rendering import Content
from models.core.database import Database
from models.files import blobs
from tests.bot.channels.wecom.side import ASK, MANY, NOW, RECEIPT, Side, access, enrolled, error, listening
from tests.fakes.wecom import Member, WeComServer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_2500_people_are_told_in_three_calls_and_only_the_unknown_are_given_up(side: Side, server: WeComServer) -> None:
    people = [f"u{n}" for n in range(2500)]
    server.join(*people[:-2])
    with side.database.writing() as session:
        for account in people[:13]:  # as many as may be told 2,600 times a day
            enrolled(session, account)
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
    assert shown.text == "选一个\n\n" + "".join(f"{n} 选项{n}\n" for n in range(1, 8)) + "（请回复数字）"


@pytest.mark.parametrize(("code", "content"), [(42045, ASK), (41016, ASK), (0, MANY)])
@pytest.mark.parametrize(
    ("locale", "hint"), [("en", "(Answer with a number.)"), ("zh_CN", "（请回复数字）"), (None, "（请回复数字）")]
)
def test_a_menu_in_words_is_in_the_language_of_who_reads_it(
    side: Side, server: WeComServer, code: int, content: Content, locale: str | None, hint: str
) -> None:
    """Whatever names stand in it: an English text about 张伟 is English."""
    with side.database.writing() as session:
        enrolled(session, "zhang").locale = locale
    if code:
        server.fail("message/send", code)
    side.send(content, "zhang")
    assert server.chat("zhang")[0].text.endswith(hint)


def test_a_card_that_wecom_refuses_goes_as_text(side: Side, server: WeComServer) -> None:
    server.fail("message/send", 42045)
    assert side.send(ASK, "zhang")[0].error is None
    assert server.chat("zhang")[0].text.endswith("1 零报告\n2 有情况\n（请回复数字）")


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
