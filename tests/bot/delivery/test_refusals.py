"""What a platform refuses: the chat pauses, is given up, moves, or is tried again."""

import asyncio
from collections import deque
from itertools import pairwise

import pytest
from sqlmodel import select

from bot.channels.base import SendError
from bot.delivery.outcomes import BACKOFF
from models.core.database import Database
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Kind, Lane
from tests.bot.delivery.scenes import ONLY_SQLITE, one, unit
from tests.support.platform import Platform, Program, chats


def test_too_many_for_one_chat_pauses_that_chat_for_exactly_so_long_and_no_other(database: Database) -> None:
    platform = Platform()
    first, second = chats(database, 2)
    platform.next[first] = deque([SendError("slow down", retry_after=7.0)])

    async def scene(program: Program) -> None:
        await program.want("a", first, "one")
        await asyncio.sleep(1)
        refused = 0.025  # it left at once, and arrived half a call later
        await program.want("b", first, "two")
        await program.want("c", second, "three")
        await asyncio.sleep(12)
        assert platform.times(second)[0] < 2
        again = platform.times(first)[1]
        assert refused + 7 <= again <= refused + 7.2
        assert program.card("a").tries == 1

    one(database, platform, scene)
    assert platform.texts(first) == ["one", "two"]


@ONLY_SQLITE
def test_too_many_for_all_pauses_all_and_drops_nothing(database: Database) -> None:
    platform = Platform()
    asked = chats(database, 40)
    platform.next[asked[0]] = deque([SendError("slow down", retry_after=5.0, everywhere=True)])

    async def scene(program: Program) -> None:
        await program.wave(asked)
        await asyncio.sleep(20)

    one(database, platform, scene)
    times = platform.times()
    quiet = max((after - before, before) for before, after in pairwise(times))
    assert 4.9 <= quiet[0] <= 5.5
    assert sum(at <= quiet[1] for at in times) < 8  # only what was under way when the answer came
    assert all(platform.texts(chat) == ["ask"] for chat in asked)


def test_who_blocked_the_bot_is_unreachable_at_once_and_what_waits_is_given_up(database: Database) -> None:
    platform = Platform()
    (gone,) = chats(database, 1)
    platform.next[gone] = deque([SendError("Forbidden: bot was blocked by the user", permanent=True)])

    async def scene(program: Program) -> None:
        await program.want("a", gone, "ask")
        await program.want("b", gone, "reminder", kind=Kind.REMINDER, not_before=None)
        await asyncio.sleep(10)
        for key, why in (("a", "Forbidden: bot was blocked by the user"), ("b", "unreachable")):
            card = program.card(key)
            assert (card.gave_up, card.pending, card.error) == (True, True, why)

    one(database, platform, scene)
    assert platform.texts(gone) == []
    assert len(platform.calls) == 1
    with database.reading() as session:
        assert session.exec(select(Address.reach)).all() == [Reach.UNREACHABLE]


def test_a_group_that_moved_is_written_to_where_it_lives_now_once(database: Database) -> None:
    platform = Platform()
    (old,) = chats(database, 1, "g", unit_id=unit(database))
    platform.next[old] = deque([SendError("migrated", migrated_to="g-1001")])

    async def scene(program: Program) -> None:
        await program.want("post", old, "figures", kind=Kind.GROUP, lane=Lane.BULK)
        await asyncio.sleep(5)

    one(database, platform, scene)
    assert platform.phones == {"g-1001": {"1": "figures"}}
    with database.reading() as session:
        assert session.exec(select(Address.account, Address.chat)).all() == [("g-1001", "g-1001")]


@ONLY_SQLITE
def test_what_will_not_go_is_tried_again_and_given_up_with_its_reason(database: Database) -> None:
    platform = Platform()
    (chat,) = chats(database, 1)
    platform.next[chat] = deque(SendError("502 Bad Gateway") for _ in range(20))

    async def scene(program: Program) -> None:
        await program.want("a", chat, "ask")
        await asyncio.sleep(sum(BACKOFF) + 90)
        card = program.card("a")
        assert (card.gave_up, card.error, card.tries) == (True, "502 Bad Gateway", len(BACKOFF) + 1)

    one(database, platform, scene, pause=7)
    assert len(platform.calls) == len(BACKOFF) + 1


@ONLY_SQLITE
@pytest.mark.parametrize("of", ["a new message", "an edit", "a deletion"])
def test_a_platform_that_answers_nothing_but_502_for_three_days_costs_no_message(database: Database, of: str) -> None:
    """The card may be older than the outage: a summary stands for days, and its last figures are an edit."""
    platform = Platform()
    (chat,) = chats(database, 1)

    async def scene(program: Program) -> None:
        if of != "a new message":
            await program.want("a", chat, "as it was")
            await asyncio.sleep(3600 * 40)
            assert platform.texts(chat) == ["as it was"]
        answered = len(platform.calls)
        platform.next[chat] = deque(SendError("502 Bad Gateway", away=True) for _ in range(250))
        await program.want("a", chat, None if of == "a deletion" else "as it is")
        await asyncio.sleep(3600 * 71)
        assert len(platform.calls) - answered < 300
        platform.next[chat].clear()
        await asyncio.sleep(1000)

    one(database, platform, scene, pause=900)
    assert platform.texts(chat) == ([] if of == "a deletion" else ["as it is"])
