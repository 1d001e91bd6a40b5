"""Of several programs one delivers, and another takes over."""

import asyncio

from sqlmodel import select

from bot.channels.base import Limits
from models.core.database import Database
from models.messaging.cards import Card
from tests.bot.delivery.scenes import ONLY_SQLITE
from tests.support.platform import Platform, Program, chats, moment, play


def test_of_two_programs_one_sends_and_the_other_takes_over_within_ten_seconds(database: Database) -> None:
    platform = Platform()
    asked = chats(database, 400)

    async def main() -> None:
        first, second = Program(database, platform).start(), Program(database, platform).start()
        await first.wave(asked)
        await asyncio.sleep(3)
        leader, other = (first, second) if first.lease.leading else (second, first)
        assert not other.lease.leading
        leader.kill()
        killed = moment()
        until = killed + 10
        before = len(platform.calls) + sum(platform.busy.values())
        while len(platform.calls) <= before:
            await asyncio.sleep(0.1)
            assert moment() < until
        await asyncio.sleep(20)
        await other.stop()

    play(main)
    assert platform.refused == []
    told = [len(platform.texts(chat)) for chat in asked]
    assert min(told) == 1
    assert sum(told) - len(asked) <= 6  # what was under way or not noted yet may come twice, and no more


@ONLY_SQLITE
def test_a_leader_that_was_stopped_for_long_sends_nothing_once_another_has_taken_over(database: Database) -> None:
    platform = Platform(limits=Limits(per_second=2))
    asked = chats(database, 10)

    async def main() -> None:
        first = Program(database, platform).start()
        await first.wave(asked)
        await asyncio.sleep(1.2)
        (sender,) = first.delivery._senders
        while sender.calls or sender.back:
            await asyncio.sleep(0.01)
        assert first.task
        first.task.cancel()  # what it has claimed lies in its memory
        assert sender.queue.waiting
        timer, sender._timer = sender._timer, None
        if timer:
            timer.cancel()
        second = Program(database, platform).start()
        await asyncio.sleep(12)
        sender.pump()  # it wakes up
        first.start()
        await asyncio.sleep(10)
        await second.stop()
        await first.stop()

    play(main)
    assert [platform.texts(chat) for chat in asked] == [["ask"]] * 10


@ONLY_SQLITE
def test_an_orderly_end_notes_what_is_under_way_and_leaves_the_rest_to_the_next_at_once(database: Database) -> None:
    platform = Platform(latency=lambda: 2.0)
    asked = chats(database, 100)

    async def main() -> None:
        first = Program(database, platform).start()
        await first.wave(asked)
        await asyncio.sleep(0.5)
        await first.stop()
        with database.reading() as session:
            rows = session.exec(select(Card)).all()
        assert {c.claimed_at for c in rows} == {None}
        assert {c.tries for c in rows if c.pending} == {0}
        assert sum(not c.pending for c in rows) == len(platform.calls)
        second = Program(database, platform).start()
        await asyncio.sleep(1.5)
        assert any(sender.calls for sender in second.delivery._senders)
        await asyncio.sleep(10)
        await second.stop()

    play(main)
    assert [platform.texts(chat) for chat in asked] == [["ask"]] * 100
