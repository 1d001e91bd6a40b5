"""Delivery where a message can no longer be edited."""

import asyncio

import pytest

from models.core.database import Database
from models.messaging.cards import Kind, Lane
from tests.bot.delivery.scenes import ONLY_SQLITE, one, unit
from tests.support.platform import Platform, Program, chats


@ONLY_SQLITE
@pytest.mark.parametrize("can_edit", [True, False])
def test_without_edits_answers_are_posted_anew_and_changes_by_the_clock_are_silent(
    database: Database, can_edit: bool
) -> None:
    platform = Platform(can_edit=can_edit)
    (chat,) = chats(database, 1)

    async def scene(program: Program) -> None:
        await program.want("a", chat, "ask", lane=Lane.BULK)
        await asyncio.sleep(3)
        await program.want("a", chat, "due moved", lane=Lane.BULK)
        await asyncio.sleep(3)
        assert platform.texts(chat) == (["due moved"] if can_edit else ["ask"])
        await program.want("a", chat, "receipt")
        await asyncio.sleep(3)
        assert platform.texts(chat) == (["receipt"] if can_edit else ["ask", "receipt"])
        assert not program.card("a").pending

    one(database, platform, scene)


@ONLY_SQLITE
def test_a_group_where_nothing_can_be_edited_gets_the_figures_at_close_and_once_when_final(database: Database) -> None:
    platform = Platform(can_edit=False)
    (group,) = chats(database, 1, "g", unit_id=unit(database))

    async def scene(program: Program) -> None:
        for text, final in [("close", False), ("late", False), ("complete", True), ("locked", True)]:
            await program.want("post", group, text, kind=Kind.GROUP, lane=Lane.BULK, anew=final)
            await asyncio.sleep(5)

    one(database, platform, scene)
    assert platform.texts(group) == ["close", "complete"]


@ONLY_SQLITE
def test_what_somebody_deleted_comes_back_as_an_answer_only(database: Database) -> None:
    platform = Platform()
    (chat,) = chats(database, 1)

    async def scene(program: Program) -> None:
        await program.want("a", chat, "ask", lane=Lane.BULK)
        await asyncio.sleep(3)
        platform.phones[chat].clear()
        await program.want("a", chat, "missing", lane=Lane.BULK)
        await asyncio.sleep(3)
        assert platform.texts(chat) == []
        await program.want("a", chat, "receipt")
        await asyncio.sleep(3)
        assert platform.texts(chat) == ["receipt"]

    one(database, platform, scene)
