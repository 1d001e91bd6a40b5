"""A wave of messages leaves at the pace of the platform, and holds nothing else up."""

import asyncio
import random
from itertools import pairwise

from sqlalchemy import text as sql

from bot.channels.base import Limits
from models.core.database import Database
from tests.bot.delivery.scenes import ONLY_SQLITE, one, unit
from tests.support.platform import Platform, Program, chats, moment, play

NO_LIMIT = Limits()


def test_a_wave_uses_the_limit_and_never_breaks_it(database: Database) -> None:
    platform = Platform(latency=lambda: random.uniform(0.04, 0.06))
    asked = chats(database, 300)

    async def scene(program: Program) -> None:
        await program.wave(asked)
        await asyncio.sleep(15)

    one(database, platform, scene)
    assert platform.refused == []
    assert sorted(c.chats[0] for c in platform.calls) == sorted(asked)
    times = platform.times()
    assert times[-1] - times[0] <= 300 / 30 / 0.98


@ONLY_SQLITE
def test_replies_overtake_a_wave_which_goes_on_meanwhile(database: Database) -> None:
    platform = Platform()
    asked = chats(database, 200)
    askers = chats(database, 90, "q")

    async def scene(program: Program) -> None:
        await program.wave(asked)
        await asyncio.sleep(2)
        began = moment()
        for chat in askers:
            await program.want(f"reply:{chat}", chat, "answer")
        await asyncio.sleep(15)
        answers = [c.at for c in platform.calls if c.text == "answer"]
        assert len(answers) == 90
        assert answers[0] < began + 0.3
        assert max(answers) < began + 90 / 30 / 0.8 + 0.5
        between = [c for c in platform.calls if answers[0] < c.at < answers[-1]]
        assert sum(c.text == "ask" for c in between) >= len(between) // 5

    one(database, platform, scene)
    assert platform.refused == []
    assert len(platform.calls) == 290


@ONLY_SQLITE
def test_edits_and_deletions_count_like_messages_and_a_group_has_a_limit_of_its_own(database: Database) -> None:
    platform = Platform()
    (group,) = chats(database, 1, "g", unit_id=unit(database))
    (person,) = chats(database, 1)

    async def scene(program: Program) -> None:
        await program.want("p", person, "asked")
        for n in range(25):
            await program.want("g", group, f"figures {n}")
            await asyncio.sleep(1.5)
        await program.want("p", person, "receipt")
        await program.want("p", person, None)
        await asyncio.sleep(60)

    one(database, platform, scene)
    assert platform.refused == []
    assert platform.phones[group].popitem()[1] == "figures 24"
    assert platform.texts(person) == []
    assert all(after - before >= 1 for before, after in pairwise(platform.times(person)))


@ONLY_SQLITE
def test_equal_messages_go_in_one_call_where_the_platform_takes_many(database: Database) -> None:
    platform = Platform(limits=NO_LIMIT, batch_size=100, concurrency=1)
    asked = chats(database, 300)

    async def scene(program: Program) -> None:
        await program.wave(asked)
        await asyncio.sleep(2)

    one(database, platform, scene)
    assert [len(c.chats) for c in platform.calls] == [100, 100, 100]


@ONLY_SQLITE
def test_a_wave_on_one_platform_holds_up_no_other(database: Database) -> None:
    slow, quick = Platform(limits=Limits(per_second=1), name="slow"), Platform(name="quick")
    asked, askers = chats(database, 50, channel="slow"), chats(database, 5, "q", channel="quick")

    async def main() -> None:
        program = Program(database, slow, quick).start()
        await program.wave(asked)
        await program.wave(askers)
        await asyncio.sleep(3)
        assert len(quick.calls) == 5
        assert len(slow.calls) <= 4
        await program.stop()

    play(main)


@ONLY_SQLITE
def test_claiming_looks_at_nothing_but_the_cards_to_be_claimed(database: Database) -> None:
    with database.reading() as session:
        plan = session.execute(
            sql(
                "EXPLAIN QUERY PLAN SELECT id FROM card WHERE pending IS 1 AND gave_up IS 0 AND channel = 'fake'"
                " AND lane = 'b' AND not_before <= '2026' AND claimed_at IS NULL ORDER BY not_before, id LIMIT 9"
            )
        ).all()
    steps = [row[3] for row in plan]
    assert steps == ["SEARCH card USING INDEX card_pending (channel=? AND lane=? AND not_before<?)"]
