"""What Telegram's refusals mean, and the sentence an admin reads of each."""

import pytest
from aiohttp import web

from bot.channels.base import Recipient, SendError
from bot.channels.telegram.errors import CLOSED, LOST
from bot.channels.telegram.sending import Out
from bot.delivery.delivery import STOPPED
from bot.delivery.outcomes import UNCERTAIN
from handlers.core.rendering import Button, Content
from tests.bot.channels.system_page import line_about, system_page
from tests.bot.channels.telegram.showing import PICTURE, TABLE, X, lacking, refused, show, using
from tests.fakes.telegram import BotApi, Group, Person


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
    line = line_about(locale, "telegram", reason)
    assert not line.endswith(reason)
    assert line.endswith((".", "changed") if locale == "en" else ("。", "不能再改"))


def test_a_reason_that_nobody_knows_is_shown_as_telegram_says_it() -> None:
    system = system_page("zh_CN", "telegram", "Bad Request: BUTTON_INVALID", 1)
    assert "1 × Telegram：Bad Request: BUTTON_INVALID" in system
