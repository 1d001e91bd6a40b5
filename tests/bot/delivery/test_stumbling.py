"""A full disk or a bug of ours makes nothing come twice, and holds up no other message."""

import asyncio
from collections import deque
from typing import Any

import pytest
from sqlmodel import Session

from bot.channels.base import SendError
from models.core.database import Database
from models.messaging import delivery_queue
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.contents import unpack
from tests.bot.delivery.scenes import ONLY_SQLITE, one
from tests.support.platform import Platform, Program, chats


@ONLY_SQLITE
def test_a_full_disk_makes_nothing_come_twice(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform()
    (chat,) = chats(database, 1)
    broken = iter([OSError("no space left")] * 3)
    right = delivery_queue.note_shown

    def full(session: Session, *more: object) -> None:
        for error in broken:
            raise error
        right(session, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery_queue, "note_shown", full)

    async def scene(program: Program) -> None:
        await program.want("a", chat, "ask")
        await asyncio.sleep(20)
        assert not program.card("a").pending

    one(database, platform, scene)
    assert platform.texts(chat) == ["ask"]


@ONLY_SQLITE
def test_a_bug_in_a_channel_leaves_nothing_under_way_for_ever(database: Database) -> None:
    platform = Platform()
    (chat,) = chats(database, 1)
    platform.next[chat] = deque([ZeroDivisionError("bug")])

    async def scene(program: Program) -> None:
        await program.want("a", chat, "ask")
        await asyncio.sleep(20)

    one(database, platform, scene)
    assert platform.texts(chat) == ["ask"]


@ONLY_SQLITE
@pytest.mark.parametrize("where", ["in noting that it failed", "in noting that it stands", "in reading what it says"])
def test_one_message_over_which_we_stumble_holds_up_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    platform = Platform()
    poisoned, *others = chats(database, 40)
    if where == "in noting that it failed":
        platform.next[poisoned] = deque(SendError("blocked", permanent=True) for _ in range(20))
        monkeypatch.setattr("handlers.messaging.reachability.lost", _stumble)
    elif where == "in noting that it stands":
        note = delivery_queue.note_shown

        def noting(session: Session, found: Any, now: Any) -> None:
            if any(
                poisoned in session.get_one(Address, session.get_one(Card, it.card).address_id).chat for it in found
            ):
                raise ZeroDivisionError("a bug")
            note(session, found, now)

        monkeypatch.setattr("models.messaging.delivery_queue.note_shown", noting)
    else:
        monkeypatch.setattr(
            "models.messaging.contents.unpack", lambda body: _stumble() if "poison" in body else unpack(body)
        )

    async def scene(program: Program) -> None:
        await program.want("a", poisoned, "poison")
        for chat in others:
            await program.want(f"b:{chat}", chat, "ask")
        await asyncio.sleep(60)
        for chat in others:
            await program.want(f"c:{chat}", chat, "and later")
        await asyncio.sleep(60)
        card = program.card("a")
        assert (card.claimed_at, card.error) == (None, "a fault of ours (ZeroDivisionError)")
        assert card.pending is (where != "in noting that it stands")

    one(database, platform, scene)
    assert all(platform.texts(chat) == ["ask", "and later"] for chat in others)
    assert len(platform.texts(poisoned)) == (where == "in noting that it stands")


def _stumble(*_: object) -> Any:
    raise ZeroDivisionError("a bug")
