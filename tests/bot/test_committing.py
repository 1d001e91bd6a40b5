"""What the desk acknowledges is committed: with no room, with a bug of ours, many at once, with a clock that jumps."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, func, select

from bot import desk as desk_module
from bot.channels.base import Profile, Recipient, Sent
from bot.clock import Clock
from bot.delivery.delivery import Delivery
from bot.desk import Desk
from bot.lease import Lease
from handlers import dispatch
from handlers.core.context import Defaults
from handlers.core.incoming import Answer, Incoming
from handlers.core.turn import Turn
from handlers.registry import ROUTES
from models.core.database import Database
from models.core.faults import Fault
from models.messaging import delivery_queue
from models.messaging.contents import Content
from models.organisation.people import Person
from models.reporting.revisions import Revision
from tests.support.world import World

ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def begin(world: World) -> None:
    world.organisation()
    world.assign()
    world.at("8:00")


pytestmark = pytest.mark.world(begin=begin)


def at_desk(database: Database, clock: Clock, scene: Callable[[Desk], Any]) -> None:
    async def main() -> None:
        with ThreadPoolExecutor(1) as worker:
            await scene(Desk(database, Defaults(), clock, worker))

    asyncio.run(main())


def zero(world: World, who: str = "1004") -> Incoming:
    bubble = next(
        b for b in world.chat(who) if any(x.data.startswith("report.zero.") for row in b.content.buttons for x in row)
    )
    data = next(x.data for row in bubble.content.buttons for x in row if x.data.startswith("report.zero."))
    return world.incoming(who, data=data, message=bubble.id)


@ONLY_SQLITE
def test_nothing_is_acknowledged_that_the_database_had_no_room_for(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "TRIES", (0.01,))
    tapped = [replace(zero(world, who), update=who * 5000) for who in ("1004", "1005")]  # more than what is left

    async def scene(desk: Desk) -> None:
        pages = _pragma(database, "max_page_count=1")  # SQLite takes this for: not one more than there are
        with pytest.raises(OperationalError, match="full"):
            await desk.take(tapped)
        with database.reading() as session:
            assert session.exec(select(func.count()).select_from(Revision)).one() == 0
        _pragma(database, f"max_page_count={pages + 10_000}")
        assert all(answer and "已" in answer.text for answer in await desk.take(tapped))
        assert await desk.take(tapped) == [None, None]  # the platform hands them in once more

    at_desk(database, world.clock, scene)
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == 2


def _pragma(database: Database, words: str) -> int:
    with database.write.connect() as connection:
        return int(connection.execute(text(f"PRAGMA {words}")).scalar_one())


def test_a_bug_of_ours_costs_nobody_elses_report(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tapped = [zero(world, who) for who in ("1004", "1005", "1006")]
    right = dispatch.handle

    def handle(turn: Turn) -> None:
        right(turn)
        if turn.incoming.account == "1005":
            raise ZeroDivisionError

    def file_zeros(*_: object) -> dict[str, Answer]:
        raise ZeroDivisionError

    monkeypatch.setattr(dispatch, "handle", handle)
    button = replace(ROUTES.buttons["report.zero"], together=file_zeros)
    monkeypatch.setitem(ROUTES.buttons, "report.zero", button)

    async def scene(desk: Desk) -> None:
        first, second, third = await desk.take(tapped)
        with database.reading() as session:
            number = session.exec(select(Fault.number)).one()
        assert first
        assert second
        assert third
        assert (number in first.text, number in second.text, number in third.text) == (False, True, False)

    at_desk(database, world.clock, scene)
    with database.reading() as session:
        by = session.exec(select(Person.staff_no).join(Revision, col(Revision.by) == Person.id)).all()
    assert sorted(by) == ["1004", "1006"]


def test_many_batches_at_once_are_committed_together_and_answered_apart(database: Database, world: World) -> None:
    tapped = zero(world)
    batches = [[replace(tapped, update=f"u{n}")] for n in range(20)]

    async def scene(desk: Desk) -> None:
        answers = await asyncio.gather(*(desk.take(batch) for batch in batches))
        assert [len(answer) for answer in answers] == [1] * 20
        assert all(answer[0] and answer[0].text for answer in answers)

    at_desk(database, world.clock, scene)
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == 1


class SlowPhone:
    """A channel whose messages are under way until they are let go, one call after the other."""

    profile = Profile("web", "web")

    def __init__(self) -> None:
        self.sending = asyncio.Event()
        self.gates = [asyncio.Event(), asyncio.Event()]
        self.waiting = iter(self.gates)

    async def send(self, content: Content, recipients: Sequence[Recipient], now: datetime) -> list[Sent]:
        self.sending.set()
        await next(self.waiting).wait()
        return [Sent(f"m{n}") for n, _ in enumerate(recipients)]


@ONLY_SQLITE
def test_two_rounds_at_once_leave_no_message_under_way_for_ever(database: Database, world: World) -> None:
    async def scene() -> None:
        with ThreadPoolExecutor(1) as worker:
            desk, phone = Desk(database, Defaults(), world.clock, worker), SlowPhone()
            delivery = Delivery(desk, Lease("web:web"), [phone])  # type: ignore[list-item]
            await desk.take([world.incoming("1004", text="/help")])
            first = asyncio.create_task(delivery.once())
            await phone.sending.wait()
            await desk.take([world.incoming("1007", text="/help")])
            second = asyncio.create_task(delivery.once())
            for _ in range(3):
                await desk.run(lambda *_: None)
            for gate in phone.gates:
                gate.set()
            await asyncio.gather(first, second)
            while await delivery.once():
                pass

    asyncio.run(scene())
    with database.reading() as session:
        assert delivery_queue.abandoned(session, ["web"]) == []


class JumpingClock(Clock):
    def __init__(self, start: datetime) -> None:
        hour = timedelta(hours=1)
        self.times = iter([start, start, start, start - hour, start + hour, start, start + hour, start + 2 * hour])

    def now(self) -> datetime:
        return next(self.times)


@ONLY_SQLITE
def test_now_never_goes_back_whatever_the_clock_of_the_machine_does(database: Database) -> None:
    start = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    desk = Desk(database, Defaults(), JumpingClock(start), None)  # type: ignore[arg-type]

    def look(_: Session, now: datetime) -> datetime:
        return now

    seen = [desk.transact(look) for _ in range(7)]
    assert all(before < after for before, after in pairwise(seen))
    assert (seen[0], seen[-1]) == (start, start + timedelta(hours=2))


@ONLY_SQLITE
def test_a_commit_that_was_made_although_nobody_heard_of_it_doubles_nothing(database: Database, world: World) -> None:
    tap = zero(world)
    heard: list[datetime] = []

    async def scene(desk: Desk) -> None:
        right = desk._handle

        def handle(session: Session, now: datetime, waiting: Any) -> Any:
            found = right(session, now, waiting)
            heard.append(now)
            if len(heard) == 1:
                session.commit()
                raise OperationalError("COMMIT", {}, psycopg.OperationalError("connection lost"))
            return found

        desk._handle = handle  # type: ignore[method-assign]
        await desk.take([tap])

    at_desk(database, world.clock, scene)
    assert len(heard) == 2
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == 1
