"""Delivery against a strict platform: every message leaves, at the platform's pace, once, whatever breaks."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlmodel import Session, select

from bot.channels.base import Limits, SendError
from bot.delivery.outcomes import BACKOFF, UNCERTAIN
from models.changes import roster_import
from models.core.database import Database
from models.messaging import delivery_queue
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Card, Kind, Lane
from models.messaging.contents import unpack
from models.organisation.people import Person
from models.organisation.units import Unit
from tests.support.platform import Platform, Program, chats, moment, play

ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what no engine has a part in
NO_LIMIT = Limits()


def one(
    database: Database, platform: Platform, scene: Callable[[Program], Awaitable[None]], pause: float = 1.0
) -> None:
    """A scene with one program, which is ended in good order."""

    async def main() -> None:
        program = Program(database, platform, pause=pause).start()
        await scene(program)
        await program.stop()

    play(main)


def timeout(**more: bool) -> SendError:
    return SendError("the answer was lost", uncertain=True, **more)  # type: ignore[arg-type]


# pace


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
    (group,) = chats(database, 1, "g", unit_id=_unit(database))
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


# refusals


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
    (old,) = chats(database, 1, "g", unit_id=_unit(database))
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


# nobody knows


def _unit(database: Database) -> int:
    with database.writing() as session:
        roster_import.take(
            session, roster_import.read("staff_no,name,unit,role\n1,周敏,区局,admin\n2,张伟,区局/一站,\n".encode())
        )
        return session.exec(select(Unit.id).where(Unit.name == "一站")).one()


def _admin(database: Database) -> str:
    with database.writing() as session:
        admin = session.exec(select(Person).where(Person.staff_no == "1")).one()
        session.flush()
    (chat,) = chats(database, 1, "admin", person_id=admin.id)
    return chat


def test_a_post_that_may_have_arrived_is_never_sent_again_and_the_admins_are_told(database: Database) -> None:
    platform = Platform()
    (group,) = chats(database, 1, "g", unit_id=_unit(database))
    admin = _admin(database)
    platform.next[group] = deque([timeout()])

    async def scene(program: Program) -> None:
        await program.want("post", group, "figures", kind=Kind.GROUP, lane=Lane.BULK)
        await asyncio.sleep(90)
        assert program.card("post").error == UNCERTAIN

    one(database, platform, scene)
    assert platform.texts(group) == ["figures"]
    (told,) = platform.texts(admin)
    assert "区局/一站" in told


def test_a_question_that_may_have_arrived_is_sent_again(database: Database) -> None:
    platform = Platform()
    (chat,) = chats(database, 1)
    platform.next[chat] = deque([timeout()])

    async def scene(program: Program) -> None:
        await program.want("a", chat, "ask", lane=Lane.BULK)
        await asyncio.sleep(30)

    one(database, platform, scene)
    assert platform.texts(chat) == ["ask", "ask"]


def test_killed_in_mid_send_each_kind_does_what_is_written_down_for_it(database: Database) -> None:
    platform = Platform()
    (group,) = chats(database, 1, "g", unit_id=_unit(database))
    admin = _admin(database)
    (person,) = chats(database, 1)

    async def main() -> None:
        first = Program(database, platform).start()
        await first.want("post", group, "figures", kind=Kind.GROUP, lane=Lane.BULK)
        await first.want("a", person, "reminder", kind=Kind.REMINDER, lane=Lane.BULK)
        while len(platform.calls) < 2:
            await asyncio.sleep(0.01)
        first.kill()
        second = Program(database, platform).start()
        await asyncio.sleep(20)
        await second.stop()

    play(main)
    assert platform.texts(group) == ["figures"], "maybe never: not twice"
    assert platform.texts(person) == ["reminder", "reminder"], "maybe twice: not never"
    assert len(platform.texts(admin)) == 1


# what cannot be edited


@ONLY_SQLITE
@pytest.mark.parametrize("can_edit", [True, False])
def test_where_nothing_can_be_edited_an_answer_comes_anew_and_the_clocks_changes_ring_nobody(
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
    (group,) = chats(database, 1, "g", unit_id=_unit(database))

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


# who leads


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
        (line,) = first.delivery._lines
        while line.calls or line.back:
            await asyncio.sleep(0.01)
        assert first.task
        first.task.cancel()  # what it has claimed lies in its memory
        assert line.outbox.waiting
        timer, line._timer = line._timer, None
        if timer:
            timer.cancel()
        second = Program(database, platform).start()
        await asyncio.sleep(12)
        line.pump()  # it wakes up
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
        assert any(line.calls for line in second.delivery._lines)
        await asyncio.sleep(10)
        await second.stop()

    play(main)
    assert [platform.texts(chat) for chat in asked] == [["ask"]] * 100


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


# a bug of ours


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
