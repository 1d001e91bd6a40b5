"""What was acknowledged is on disk: killed in the middle of many taps, with a full disk, with a clock that jumps."""

import asyncio
import queue
import random
import resource
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from typing import Any

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
from bot.web.entry import account_of
from handlers import dispatch
from handlers.core.context import Defaults
from handlers.core.incoming import Answer, Incoming
from handlers.core.turn import Turn
from handlers.registry import ROUTES
from models.changes import roster_import
from models.channels.webchat import Message
from models.core.database import Database, connect
from models.core.faults import Fault
from models.messaging import addresses, delivery_queue, enrolment
from models.messaging.contents import Content
from models.organisation.people import Kind, Person
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision
from tests.bot.test_run import NEXT, clock
from tests.support.program import Office, Phone, Program, running, until
from tests.support.world import HEALTH, World

MANY = 200
AT_ONCE = 12
ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    return Office(tmp_path, database_url)


def staff(database: Database, count: int) -> list[Phone]:
    """Make an organisation of that many people, each with a browser that is kept by its cookie."""
    lines = [f"{n:04},员工{n},区局/{n % 10}站" for n in range(count)]
    now = datetime.now(UTC)
    with database.writing() as session:
        roster_import.take(session, roster_import.read("\n".join(["staff_no,name,unit", *lines]).encode()))
        people = session.exec(select(Person).where(Person.kind == Kind.STAFF)).all()
        for person in people:
            account = account_of(person.staff_no)
            enrolment.enrol(session, person, "web", account, account, now)
    return [Phone(0, f"zeroreport={person.staff_no}") for person in people]


def me(phone: Phone) -> str:
    return account_of(phone.cookie.partition("=")[2])


def prompts(database: Database, count: int) -> dict[str, tuple[int, str]]:
    """Return each chat's prompt and the data of its first button, once all are there."""

    def arrived() -> dict[str, tuple[int, str]] | None:
        with database.reading() as session:
            found = session.exec(select(Message).where(col(Message.author).is_(None))).all()
        there = {m.chat: (m.id, m.buttons[0][0]["data"]) for m in found if m.buttons}
        return there if len(there) == count else None

    return until(arrived, 30, 0.2)


# killed in the middle


def test_killed_in_the_middle_of_many_taps_every_acknowledged_report_is_on_disk(office: Office) -> None:
    database = connect(office.url)
    phones = staff(database, MANY)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    after = random.randrange(MANY // 10, MANY * 2 // 3)
    with running(office, "run", *clock("07:29:45", 60)) as program:
        asked = prompts(database, MANY)
        acknowledged = _tap_until_killed(program, phones, asked, after)
    assert after <= len(acknowledged) < MANY
    filed = _filed(database)
    assert acknowledged <= filed, f"killed after {after}: {len(acknowledged - filed)} acknowledged reports are lost"
    with running(office, "run", *clock("07:45", 60)) as program:
        again = [phone for n, phone in enumerate(phones) if n % 5 == 0 or me(phone) not in acknowledged]
        assert _tap_all(program, again, asked) == {me(phone) for phone in again}  # the others, and some a second time
        program.stop()
    assert len(_filed(database)) == MANY
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == MANY
    assert f"{MANY} revisions" in office("verify").stdout
    database.close()


def _tap_until_killed(program: Program, phones: list[Phone], asked: dict[str, tuple[int, str]], after: int) -> set[str]:
    """Let all tap at once, and kill the program after that many acknowledgements; return who was told that it was
    recorded."""
    waiting: queue.SimpleQueue[Phone] = queue.SimpleQueue()
    for phone in phones:
        phone.port = program.port
        waiting.put(phone)
    told: list[str] = []
    enough = threading.Event()

    def tap() -> None:
        while not waiting.empty():
            try:
                phone = waiting.get_nowait()
                reply = phone.tap(me(phone), asked[me(phone)])
            except (OSError, HTTPException, ValueError, queue.Empty):  # killed in mid-answer, or nobody is left
                return
            if reply.status == 200 and "已" in (reply.json["toast"] or ""):
                told.append(me(phone))
            if len(told) >= after:
                enough.set()

    threads = [threading.Thread(target=tap) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    program.kill()
    for thread in threads:
        thread.join()
    return set(told)


def _tap_all(program: Program, phones: list[Phone], asked: dict[str, tuple[int, str]]) -> set[str]:
    def tap(phone: Phone) -> str | None:
        phone.port = program.port
        reply = phone.tap(me(phone), asked[me(phone)])
        return me(phone) if reply.status == 200 and reply.json["toast"] else None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {account for account in pool.map(tap, phones) if account}


def _filed(database: Database) -> set[str]:
    with database.reading() as session:
        rows = session.exec(
            select(addresses.Address.account)
            .join(Report, col(Report.person_id) == addresses.Address.person_id)
            .where(Report.state == State.ZERO, col(Report.head_id).is_not(None))
        ).all()
    assert len(rows) == len(set(rows))
    return set(rows)


# a full disk


@ONLY_SQLITE
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux changes the limits of a running program")
def test_with_a_full_disk_people_are_told_and_the_program_goes_on_when_there_is_room(office: Office) -> None:
    database = connect(office.url)
    one, other = staff(database, 2)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    with running(office, "run", *clock("07:29:45", 60)) as program:
        asked = prompts(database, 2)
        one.port = other.port = program.port
        assert one.tap(me(one), asked[me(one)]).status == 200
        _room(program, 1)
        for refused in (other.tap(me(other), asked[me(other)]), other.say(me(other), "零报告")):
            assert refused.status == 503
            assert "没有记" in refused.json["error"]
        assert [m["text"] for m in other.messages(me(other)) if m["author"]] == []
        assert _filed(database) == {me(one)}
        _room(program, resource.RLIM_INFINITY)
        until(lambda: other.tap(me(other), asked[me(other)]).status == 200)
        assert _filed(database) == {me(one), me(other)}
        until(lambda: program.get("/healthz").status == 200)
        assert program.stop() < 3
        assert program.process.returncode == 0
    assert "2 revisions" in office("verify").stdout
    database.close()


def _room(program: Program, size: int) -> None:
    """Let no file of the program grow beyond this any more: every write fails, as on a full disk."""
    _, hard = resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.fixture
def world(database: Database) -> World:
    made = World(database)
    made.organisation()
    made.assign(HEALTH)
    return made.at("8:00")


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
    together = replace(ROUTES.buttons["report.zero"], batch=file_zeros)
    monkeypatch.setitem(ROUTES.buttons, "report.zero", together)

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


# two rounds of delivery


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


# a clock that jumps


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


# a database that goes away


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_database_that_drops_everybody_is_taken_up_again(office: Office) -> None:
    database = connect(office.url)
    (one,) = staff(database, 1)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    with running(office, "run", *clock("07:29:45", 60)) as program:
        asked = prompts(database, 1)
        one.port = program.port
        with database.writing() as session:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            session.execute(text(f"{others} AND pid <> pg_backend_pid()"))
        began = time.monotonic()
        assert one.tap(me(one), asked[me(one)]).status == 200
        assert time.monotonic() - began < 5
        until(lambda: program.get("/healthz").status == 200)
    assert _filed(database) == {me(one)}
    database.close()
