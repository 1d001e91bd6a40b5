"""The browser channel: what it keeps, what it hands to the desk, and when it says that something was recorded."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select

from bot.channels.base import Recipient
from bot.channels.webchat.channel import NotRecorded, WebChat
from handlers.core.incoming import Answer
from handlers.core.rendering import Button, Content
from handlers.core.turn import File
from models.channels.webchat import Message
from models.core.database import Database
from models.files.blobs import data_of, safe_name
from tests.support.serving import NOW, Desk

PROMPT = Content("<b>点</b>零报告", ((Button("零报告", "zero:1"),),))
RECEIPT = Content("已收到")


def play(database: Database, scene: Callable[[WebChat, Desk], Awaitable[None]]) -> None:
    async def main() -> None:
        with ThreadPoolExecutor(1) as executor:
            chat, desk = WebChat(database, lambda: NOW, executor), Desk()
            receiving = asyncio.create_task(chat.receive(desk))
            await asyncio.sleep(0)
            try:
                await scene(chat, desk)
            finally:
                receiving.cancel()

    asyncio.run(main())


def test_one_message_reaches_a_thousand_chats_in_their_order(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        sent = await chat.send(PROMPT, [Recipient(f"p{n}", f"p{n}") for n in range(1000)], NOW)
        assert len({s.message for s in sent}) == 1000
        for n in (0, 1, 517, 999):
            (shown,) = await chat.messages(f"p{n}")
            assert str(shown.id) == sent[n].message
            assert shown.buttons == [[{"label": "零报告", "data": "zero:1"}]]

    play(database, scene)


def test_an_edit_changes_the_bubble_in_place_and_the_same_words_change_nothing(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        (sent,) = await chat.send(PROMPT, [Recipient("p1", "p1")], NOW)
        _, change = await chat.changes(0)
        here = Recipient("p1", "p1", sent.message)
        assert await chat.send(PROMPT, [here], NOW) == [sent]
        assert await chat.changes(change) == ([], change)
        assert await chat.send(RECEIPT, [here], NOW) == [sent]
        ((changed,), _) = await chat.changes(change)
        assert (str(changed.id), changed.text, changed.buttons, changed.edited_at) == (sent.message, "已收到", [], NOW)

    play(database, scene)


@pytest.mark.parametrize("message", ["999999", "not a number", "²", "9" * 40])
def test_a_message_that_is_not_there_is_lost_for_its_recipient_alone(database: Database, message: str) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        gone, new = await chat.send(RECEIPT, [Recipient("p1", "p1", message), Recipient("p2", "p2")], NOW)
        assert gone.error is not None
        assert gone.error.lost
        assert new.error is None

    play(database, scene)


def test_a_deleted_message_loses_its_words_and_cannot_be_edited(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        (sent,) = await chat.send(PROMPT, [Recipient("p1", "p1")], NOW)
        here = Recipient("p1", "p1", sent.message)
        await chat.delete(here, NOW)
        ((deleted,), _) = await chat.changes(0)
        assert (deleted.deleted, deleted.text, deleted.buttons) == (True, "", [])
        assert await chat.messages("p1") == []
        (again,) = await chat.send(RECEIPT, [here], NOW)
        assert again.error is not None
        assert again.error.lost
        with pytest.raises(Exception, match="no longer there") as refused:
            await chat.delete(here, NOW)
        assert refused.value.lost  # type: ignore[attr-defined]

    play(database, scene)


def test_what_people_do_reaches_the_desk_each_under_its_own_name(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        desk.reply = Answer("已记录 07:42")
        await chat.say("p1", "g1", "/summary")
        assert await chat.tap("p1", "p1", "7", "zero:1") == Answer("已记录 07:42")
        await chat.upload("p1", "p1", "../照片.png", "image/png", b"data")
        said, tapped, sent = desk.taken
        assert len({i.update for i in desk.taken}) == 3
        assert (said.text, said.private, said.chat) == ("/summary", False, "g1")
        assert (tapped.data, tapped.message, tapped.private) == ("zero:1", "7", True)
        assert sent.file is not None
        assert (sent.file.name, sent.file.mime, sent.file.size) == ("照片.png", "image/png", 4)
        with database.reading() as session:
            assert data_of(session, sent.file.digest) == b"data"
            assert len(session.exec(select(Message)).all()) == 2  # a tap leaves no bubble

    play(database, scene)


def test_what_the_desk_did_not_commit_is_not_acknowledged_and_leaves_no_bubble(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        desk.broken = True
        for act in (
            chat.say("p1", "p1", "零报告"),
            chat.upload("p1", "p1", "a", "b/c", b"d"),
            chat.tap("p1", "p1", "1", "z"),
        ):
            with pytest.raises(NotRecorded):
                await act
        assert await chat.messages("p1") == []

    play(database, scene)


def test_the_bubble_stands_before_the_desk_answers_to_it(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        async def reply(_: Any) -> None:
            await chat.send(RECEIPT, [Recipient("p1", "p1")], NOW)

        desk.act = reply
        await chat.say("p1", "p1", "零报告")
        assert [m.author for m in await chat.messages("p1")] == ["p1", None]

    play(database, scene)


def test_a_code_presented_at_the_door_is_shown_nowhere(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        await chat.enter("w1", "8K3M7QRT")
        assert desk.taken[0].text == "/start 8K3M7QRT"
        assert await chat.messages("w1") == []

    play(database, scene)


def test_waiting_ends_with_what_is_written_here_or_by_another_program(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        assert await chat.wait(0, 0.05) == 0
        for writer in (chat, WebChat(database, lambda: NOW, chat._executor)):
            before = await chat.wait(-1, 0)
            waiting = asyncio.create_task(chat.wait(before, 120))
            await asyncio.sleep(0.02)
            await writer.send(PROMPT, [Recipient("p1", "p1")], NOW)
            assert await asyncio.wait_for(waiting, 60) == before + 1

    play(database, scene)


def test_history_comes_in_pages_the_newest_first_to_be_asked_for(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        for n in range(5):
            await chat.send(Content(str(n)), [Recipient("p1", "p1"), Recipient("p2", "p2")], NOW)
        newest = await chat.messages("p1", limit=2)
        assert [m.text for m in newest] == ["3", "4"]
        assert [m.text for m in await chat.messages("p1", limit=2, before=newest[0].id)] == ["1", "2"]

    play(database, scene)


def test_a_file_of_the_bot_is_a_reference(database: Database) -> None:
    async def scene(chat: WebChat, desk: Desk) -> None:
        await chat.send(Content("汇总", (), File("ab", "汇总.csv", "text/csv", 3)), [Recipient("p1", "p1")], NOW)
        (shown,) = await chat.messages("p1")
        assert shown.file == {"digest": "ab", "name": "汇总.csv", "mime": "text/csv", "size": 3}
        assert shown.digest == "ab"

    play(database, scene)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\用户\\照片.jpg", "照片.jpg"),
        ("a\x00b\u202egpj.exe", "abgpj.exe"),
        ('a<b>:"c"|?*.txt', "a_b___c____.txt"),
        ("...", "file"),
        ("", "file"),
        ("长" * 300 + ".xlsx", "长" * 115 + ".xlsx"),
    ],
)
def test_file_names_are_made_safe_for_every_disk(name: str, safe: str) -> None:
    assert safe_name(name) == safe
