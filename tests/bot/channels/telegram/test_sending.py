"""Cards as messages of Telegram's: what stands where, how long texts are cut, and what its refusals mean."""

import asyncio
import html
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import product
from typing import Any

import pytest
from aiohttp import web

from bot.channels.base import Recipient, SendError
from bot.channels.telegram.api import Calls
from bot.channels.telegram.sending import CLOSED, LOST, Out, cost
from bot.channels.telegram.text import length, split
from bot.channels.telegram.transport import Transport
from bot.delivery.delivery import STOPPED
from bot.delivery.outcomes import UNCERTAIN
from handlers.core.rendering import Button, Content, Renderer
from models.files.records import File
from models.operations.self_report import Backups
from tests.fakes.telegram import TOKEN, BotApi, Group, Person
from tests.fakes.telegram.text import plain, units

OK = Button("是，<全部>正常", "z." + "1" * 62)
X = Content("x")
PICTURE = File("d1", "卡片.png", "image/png", 5)
TABLE = File("d2", "名单.xlsx", "application/octet-stream", 5)


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    with BotApi() as server:
        yield server


@pytest.fixture
def li(api: BotApi) -> Person:
    api.call(lambda: (api.chats.clear(), api.refused.clear(), api.faults.clear(), api.floods.clear()))
    return Person(api, 42, "李梅")


def using(api: BotApi, work: Callable[[Out], Awaitable[Any]]) -> Any:
    async def load(file: File) -> bytes:
        return file.digest.encode()

    async def run() -> Any:
        request = Transport(4)
        try:
            return await work(Out(Calls(TOKEN, base_url=api.url, request=request), load))
        finally:
            await request.shutdown()

    return asyncio.run(run())


def show(api: BotApi, content: Content, message: str | None = None, chat: str = "42") -> str | None:
    sent = using(api, lambda out: out.show(content, Recipient("42", chat, message)))
    return sent.message  # type: ignore[no-any-return]


def refused(api: BotApi, content: Content = X, message: str | None = None, chat: str = "42") -> SendError:
    with pytest.raises(SendError) as error:
        show(api, content, message, chat)
    assert TOKEN not in str(error.value)
    return error.value


@contextmanager
def lacking(api: BotApi, *methods: str) -> Iterator[None]:
    api.lacks = set(methods)
    try:
        yield
    finally:
        api.lacks = set()


# what stands


def test_a_card_is_sent_edited_and_taken_away(api: BotApi, li: Person) -> None:
    number = show(api, Content("<b>您好</b> &lt;3", ((OK,),)))
    assert [(m.text, list(m.buttons)) for m in li.seen] == [("您好 <3", [OK.label])]
    assert show(api, Content("回执 <code>A1</code>"), number) == number
    assert [(m.text, m.buttons, m.edits) for m in li.seen] == [("回执 A1", {}, 1)]
    assert show(api, Content("回执 <code>A1</code>"), number) == number  # not modified is no error
    using(api, lambda out: out.take_away(Recipient("42", "42", number)))
    assert li.seen == []


def test_what_is_too_old_to_be_deleted_loses_its_buttons(api: BotApi, li: Person) -> None:
    number = show(api, Content("提醒", ((OK,),)))
    api.call(lambda: setattr(li.chat.messages[int(number or 0)], "old", True))
    using(api, lambda out: out.take_away(Recipient("42", "42", number)))
    assert [(m.text, m.buttons) for m in li.seen] == [("提醒", {})]


def test_a_picture_and_a_document_carry_their_caption_and_travel_once(api: BotApi, li: Person) -> None:
    async def both(out: Out) -> None:
        for file in (PICTURE, TABLE, PICTURE):
            await out.show(Content("<b>汇总</b>", ((OK,),), file), Recipient("42", "42"))

    using(api, both)
    assert [(m.kind, m.text, m.name, len(m.buttons)) for m in li.seen] == [
        ("photo", "汇总", "卡片.png", 1), ("document", "汇总", "名单.xlsx", 1), ("photo", "汇总", "", 1),
    ]  # fmt: skip
    assert li.seen[0].file == li.seen[2].file


def test_a_pictures_caption_is_edited_where_it_stands(api: BotApi, li: Person) -> None:
    number = show(api, Content("旧", file=PICTURE))
    assert show(api, Content("新", ((OK,),), PICTURE), number) == number
    assert [(m.kind, m.text, len(m.buttons)) for m in li.seen] == [("photo", "新", 1)]


def test_words_too_long_for_a_caption_follow_the_file(api: BotApi, li: Person) -> None:
    number = show(api, Content("字" * 1025, ((OK,),), TABLE))
    assert [(m.kind, len(m.text), len(m.buttons)) for m in li.seen] == [("document", 0, 0), ("text", 1025, 1)]
    show(api, Content("短", file=TABLE), number)
    assert [(m.kind, m.text) for m in li.seen] == [("document", "短")]


def long(lines: int) -> Content:
    return Content("<b>" + "\n".join(f"{n} <i>张&lt;{n}&gt;</i> 未报" for n in range(lines)) + "</b>", ((OK,),))


def test_a_long_text_is_cut_at_line_ends_and_the_buttons_stand_under_the_last_part(api: BotApi, li: Person) -> None:
    number = show(api, long(900))
    assert number
    seen = li.seen
    assert ",".join(str(m.id) for m in seen) == number
    assert [bool(m.buttons) for m in seen] == [False] * (len(seen) - 1) + [True]
    assert "\n".join(m.text for m in seen) == plain(long(900).text, "HTML")
    assert api.refused == []


def test_a_long_text_that_shrinks_or_grows_leaves_nothing_behind(api: BotApi, li: Person) -> None:
    number = show(api, long(900))
    number = show(api, long(10), number)
    assert [str(m.id) for m in li.seen] == [number]
    number = show(api, long(900), number)
    assert ",".join(str(m.id) for m in li.seen) == number
    using(api, lambda out: out.take_away(Recipient("42", "42", number)))
    assert li.seen == []


def test_a_long_text_that_fails_half_way_is_taken_back(api: BotApi, li: Person) -> None:
    async def half(out: Out) -> None:
        send, sent = out._bot.call, 0

        async def second(*given: Any, **named: Any) -> Any:
            nonlocal sent
            sent += 1
            if sent == 2:
                named["text"] = "<b>"
            return await send(*given, **named)

        out._bot._unfreeze()
        out._bot.call = second  # type: ignore[method-assign]
        with pytest.raises(SendError, match="parse"):
            await out.show(long(900), Recipient("42", "42"))

    using(api, half)
    assert li.seen == []


@pytest.mark.parametrize("text", ["<b>" + "x" * 9000 + "</b>", "😀" * 4000, "&amp;" * 5000, long(2000).text])
def test_every_part_is_within_the_limit_and_whole(text: str) -> None:
    parts = split(text)
    shown = [plain(part, "HTML") for part in parts]
    assert all(0 < units(part) <= 4096 for part in shown)
    assert re.sub(r"\s", "", "".join(shown)) == re.sub(r"\s", "", plain(text, "HTML"))
    assert [length(part) for part in parts] == [units(part) for part in shown]


def test_a_topic_is_written_into(api: BotApi, li: Person) -> None:
    group = Group(api, -1001234567890, "区局")
    api.call(lambda: (setattr(group.chat, "refusal", ""), group.chat.topics.add(45)))
    show(api, Content("汇总"), chat="-1001234567890/45")
    assert [m.topic for m in group.seen] == [45]
    assert refused(api, chat="-1001234567890/46").permanent


# what refusals mean


def test_blocked_and_unknown_chats_are_permanent(api: BotApi, li: Person) -> None:
    li.block()
    assert refused(api).permanent
    assert refused(api, chat="77").permanent


def test_what_cannot_be_parsed_is_hopeless_but_the_address_is_fine(api: BotApi, li: Person) -> None:
    error = refused(api, Content("<b>"))
    assert error.hopeless
    assert not error.permanent
    assert refused(api, Content("x", ((Button("x", "z" * 65),),))).hopeless


def test_a_message_that_is_gone_or_of_another_kind_is_lost(api: BotApi, li: Person) -> None:
    assert refused(api, message="1").lost
    number = show(api, Content("x", file=PICTURE))
    assert refused(api, Content("y"), number).lost


def test_a_429_is_the_chats_own_until_another_chat_gets_one_too(api: BotApi, li: Person) -> None:
    Person(api, 43, "张伟")
    api.flood(30)

    async def both(out: Out) -> list[SendError]:
        errors = []
        for chat in ("42", "42", "43"):
            with pytest.raises(SendError) as error:
                await out.show(Content("x"), Recipient(chat, chat))
            errors.append(error.value)
        return errors

    errors = using(api, both)
    assert [e.everywhere for e in errors] == [False, False, True]
    assert all(29 <= e.retry_after <= 30 for e in errors)


def test_a_group_that_moved_says_where_to(api: BotApi, li: Person) -> None:
    Group(api, -5, "一站").migrate(-1005)
    assert refused(api, chat="-5").migrated_to == "-1005"


def test_a_lost_reply_is_uncertain_but_an_edit_may_be_made_again(api: BotApi, li: Person) -> None:
    number = show(api, Content("x"))
    api.fail("sendMessage", lost=True)
    assert refused(api).uncertain
    assert len(li.seen) == 2  # it had arrived
    api.fail("editMessageText", lost=True)
    error = refused(api, Content("y"), number)
    assert not error.uncertain
    assert not error.hopeless


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
def test_a_telegram_that_is_not_well_is_no_fault_of_the_message(api: BotApi, li: Person, method: str) -> None:
    number = show(api, X) if method == "editMessageText" else None
    api.fail(method, code=502, description="Bad Gateway")
    error = refused(api, Content("y"), number)
    assert (error.away, error.uncertain, error.permanent) == (True, number is None, False)


def test_what_never_left_is_no_try_at_all(api: BotApi, li: Person) -> None:
    with api.cut():
        error = refused(api)
    assert (error.everywhere, error.uncertain, error.permanent) == (True, False, False)
    assert error.retry_after


def test_a_revoked_token_drops_nothing(api: BotApi, li: Person) -> None:
    api.fail("sendMessage", code=401, description="Unauthorized")
    error = refused(api)
    assert (error.everywhere, error.permanent) == (True, False)
    assert error.retry_after


LONG = "\n".join(["a line of some length"] * 300)
OLD, TWO, FOUR, FILED = Content("old"), Content(LONG), Content(LONG * 2), Content(LONG, file=TABLE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *product((None, OLD, TWO), (X, TWO, FOUR)),
        *product((None, Content("old", file=TABLE)), (Content("x", file=TABLE), FILED)),
        *product((OLD, TWO, FILED), (None,)),
    ],
)
def test_a_card_costs_as_many_calls_as_it_takes(
    api: BotApi, li: Person, before: Content | None, after: Content | None
) -> None:
    message = show(api, before) if before else None
    api.call(api.calls.clear)
    if after:
        show(api, after, message)
    else:
        using(api, lambda out: out.take_away(Recipient("42", "42", message)))
    assert cost(after, message) == len(api.call(lambda: list(api.calls)))


def test_two_topics_of_one_group_that_are_flooded_are_one_chat(api: BotApi, li: Person) -> None:
    group = Group(api, -1001, "区局")
    api.call(lambda: (setattr(group.chat, "refusal", ""), group.chat.topics.update({7, 8})))
    api.flood(30, -1001)

    async def three(out: Out) -> list[bool]:
        found = []
        for chat in ("-1001/7", "-1001/8", "-1001"):
            with pytest.raises(SendError) as error:
                await out.show(X, Recipient("42", chat))
            found.append(error.value.everywhere)
        return found

    assert using(api, three) == [False, False, False]


def test_a_method_that_the_server_does_not_know_is_no_revoked_token(api: BotApi, li: Person) -> None:
    number = show(api, X)
    with lacking(api, "sendDocument", "editMessageText"):
        assert refused(api, Content("x", file=TABLE)).hopeless  # only this card is given up
        assert refused(api, Content("y"), number).lost  # a new message may take its place
    with lacking(api, "sendMessage"):  # nothing works without it: somebody mends the server, nothing is dropped
        error = refused(api)
        assert (error.retry_after, error.everywhere) == (60, True)


def test_a_proxy_without_its_server_is_no_answer_of_telegrams(
    api: BotApi, li: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = show(api, X)
    plain = web.Response(status=404, text="404 page not found")
    monkeypatch.setattr("tests.fakes.telegram.server._said", lambda *_: plain)
    with lacking(api, "sendDocument", "editMessageText"):
        error = refused(api, Content("y"), number)
        assert not (error.lost or error.hopeless or error.permanent)


SYSTEM: dict[str, Any] = {
    "open_alerts": [], "failed": None,
    "waves": [], "day": date(2026, 11, 24), "kinds": {"silent": 0, "never": 0, "unreachable": 0}, "total": 0,
    "seal": None, "backup": Backups(), "planned": [], "forms": [], "program": "1",
    "undelivered_else": 0,
}  # fmt: skip
REASONS = (
    *CLOSED, *LOST, "Forbidden: bot was blocked by the user", "Forbidden: bot was kicked from the supergroup chat",
    "Forbidden: bot can't initiate conversation with a user", "Forbidden: user is deactivated",
    "Not enough rights to send text messages to the chat", "Too Many Requests", "the group migrated", "Timed out",
    "Telegram knows no such token", "TELEGRAM_PROXY is not reached", "TELEGRAM_PROXY refuses (407)",
    "ClientConnectorError", "ServerDisconnectedError", "Bad Gateway", "this server knows no sendPhoto", UNCERTAIN,
    STOPPED,
)  # fmt: skip


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_that_is_known_has_a_sentence_where_admins_read_it(locale: str, reason: str) -> None:
    system = Renderer(locale).line("operations/system", **SYSTEM, undelivered=[("telegram", reason, 3)])
    line = next(line for line in system.splitlines() if line.startswith("3 × "))
    assert not line.endswith(reason)
    assert line.endswith((".", "any more") if locale == "en" else ("。", "不能再改"))


def test_a_reason_that_nobody_knows_is_shown_as_telegram_says_it() -> None:
    system = Renderer("zh_CN").line(
        "operations/system", **SYSTEM, undelivered=[("telegram", "Bad Request: BUTTON_INVALID", 1)]
    )
    assert "1 × Telegram：Bad Request: BUTTON_INVALID" in system


def test_whatever_is_written_arrives_as_it_was_written(api: BotApi, li: Person) -> None:
    odd = "a+b & c=d; 100 % 'x' \"y\" /?#[]@!$,:~ 汉字 ✅ é\n第二行"
    show(api, Content(html.escape(odd, quote=False), ((Button(odd[:20], "z.1+1&2=%;"),),)))
    (message,) = li.seen
    assert message.text == odd
    assert message.buttons == {odd[:20]: "z.1+1&2=%;"}
