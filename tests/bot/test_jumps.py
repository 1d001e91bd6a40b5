"""A clock that jumps: held until it is known which time is right, and nothing lapses, opens or doubles by it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from sqlmodel import Session, select

from bot.clock import Outside, SteadyClock
from bot.clock_guard import Guard
from handlers import sweep
from models.core import clock_jumps
from models.core.audit import AuditEntry
from models.core.database import Database
from models.cycle.periods import Period
from models.cycle.steps import Heartbeat
from models.evidence.verification import verify
from tests.support.world import ROSTER, ZONE, World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
DAYS = [timedelta(days=40), timedelta(hours=3), timedelta(minutes=5), timedelta(days=-1)]
GAP = timedelta(hours=12)


class Machine:
    """A machine whose wall clock can be set; time passes as the test says."""

    def __init__(self, database: Database, roster: str = ROSTER) -> None:
        self.world = World(database)
        self.world.organisation(roster)
        self.world.assign()
        self.real, self.off, self.passed = self.world.local("7:00"), timedelta(0), 0.0
        self.outside = Outside(lambda: self.passed)
        self.boot()

    def boot(self, *, expected: bool = False) -> None:
        """Start the program (again)."""
        self.clock = SteadyClock(lambda: self.real + self.off, lambda: self.passed)
        self.guard = Guard(self.clock, self.world.desk, self.outside, GAP, expected=expected)
        self.world = World(self.world.database, self.world.defaults, self.clock, self.world.town)  # type: ignore[arg-type]
        self.world.desk.transact(self.guard.begin)

    def passes(self, seconds: float, *, every: float = 60, off: bool = False) -> None:
        """Time passes, with a tick every minute unless the program is off."""
        end = self.passed + seconds
        while self.passed < end:
            step = min(every, end - self.passed)
            self.passed += step
            self.real += timedelta(seconds=step)
            if not off:
                self.tick()

    def until(self, wall: str) -> None:
        hours, minutes = map(int, wall.split(":"))
        there = self.real.astimezone(ZONE).replace(hour=hours, minute=minutes, second=0)
        self.passes((there - self.real).total_seconds(), every=150)  # less than the gap that is an outage

    def tick(self) -> None:
        """Tick as bot/scheduler.py does."""
        while self.world.desk.transact(self._beat) and self.world.desk.transact(self._work):
            pass
        self.world.deliver()

    def _beat(self, session: Session, now: datetime) -> bool:
        if not self.guard.admits(session, now):
            return False
        sweep.beat(session, now)
        return True

    def _work(self, session: Session, now: datetime) -> bool:
        return sweep.work(self.world.desk.context(session, now))

    def phases(self) -> dict[int, str]:
        with self.world.database.reading() as session:
            return {p.day.day: p.phase for p in session.exec(select(Period).order_by(Period.day)).all()}

    def said(self) -> list[str]:
        return [b.text for b in self.world.chat("周敏") if "时钟" in b.text]

    def says_zero(self, who: str) -> None:
        self.world.clock.at = None  # type: ignore[attr-defined]
        update = self.world.incoming(who, text="零报告")
        self.world.desk.transact(lambda session, now: self.world.desk.handle(session, now, update))


@pytest.fixture
def machine(database: Database) -> Iterator[Machine]:
    made = Machine(database)
    made.until("7:35")
    yield made
    with database.reading() as session:
        assert verify(session).differs == []


@pytest.mark.parametrize("jump", DAYS)
def test_a_jump_while_running_changes_nothing_and_is_told_at_once(machine: Machine, jump: timedelta) -> None:
    machine.off = jump
    machine.passes(60)
    assert machine.guard.held
    assert len(machine.said()) == 1
    assert "系统时钟由11月23日 07:3" in machine.said()[0]
    machine.says_zero("李梅")
    assert not machine.world.report("李梅").late
    machine.until("10:30")  # the day goes on by the time as it passes
    assert machine.phases() == {23: "closed"}
    assert "1/6 · 未报5" in machine.world.last("group 一站").text
    machine.off = timedelta(0)  # somebody sets it right
    machine.passes(60)
    assert not machine.guard.held
    machine.passes(60)
    assert any("恢复正常" in said for said in machine.said())
    with machine.world.database.reading() as session:
        assert session.get_one(Heartbeat, 1).outage_from is None
        assert [c.what for c in session.exec(select(AuditEntry)).all() if c.what.startswith("clock")] == [
            "clock.held", "clock.returned",
        ]  # fmt: skip


def test_an_admin_of_the_whole_says_that_the_clock_is_right(machine: Machine) -> None:
    machine.off = timedelta(hours=5)  # the machine was paused, and woke
    machine.passes(60)
    forged = machine.world.incoming("1003", data="clock.right")
    machine.world.desk.transact(lambda session, now: machine.world.desk.handle(session, now, forged))
    machine.passes(60)
    assert machine.guard.held  # a lead has no say
    tapped = machine.world.incoming("1002", data="clock.right")
    machine.world.desk.transact(lambda session, now: machine.world.desk.handle(session, now, tapped))
    machine.passes(120)
    assert not machine.guard.held
    assert abs(machine.clock.now() - machine.real - machine.off) < timedelta(seconds=1)
    with machine.world.database.reading() as session:
        assert machine.world.period(session).due_at.astimezone(ZONE).hour == 13  # what was missed was our outage
    machine.passes(60)
    assert any("按系统时钟为准" in said for said in machine.said()), machine.said()


def test_an_admin_below_the_top_has_no_say(database: Database) -> None:
    machine = Machine(database, ROSTER + "1012,冯静,区局/一站,admin,,,\n")
    machine.until("7:35")
    machine.off = timedelta(days=1)
    machine.passes(60)
    tapped = machine.world.incoming("1012", data="clock.right")
    machine.world.desk.transact(lambda session, now: machine.world.desk.handle(session, now, tapped))
    machine.passes(60)
    assert machine.guard.held


@pytest.mark.parametrize("jump", [timedelta(hours=5), timedelta(hours=-5)])
def test_somebody_outside_who_says_the_same_settles_it(machine: Machine, jump: timedelta) -> None:
    machine.off = jump
    machine.outside.hear(format_datetime(machine.real + jump))
    machine.passes(120)
    assert not machine.guard.held
    assert abs(machine.clock.now() - machine.real - jump) < timedelta(seconds=1)
    before = machine.clock.now()
    machine.passes(60)
    assert machine.clock.now() > before


def test_somebody_outside_who_says_something_else_settles_nothing(machine: Machine) -> None:
    machine.off = timedelta(hours=5)
    machine.outside.hear(format_datetime(machine.real))
    machine.passes(120)
    assert machine.guard.held


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=40), timedelta(days=-1), timedelta(hours=-8)])
def test_a_clock_that_jumped_while_the_program_was_off_is_held_at_the_start(machine: Machine, jump: timedelta) -> None:
    machine.off = jump
    machine.passes(300, off=True)
    machine.boot()
    machine.passes(120)
    assert machine.guard.held
    assert "程序上次运行在11月23日 07:3" in machine.said()[0]
    assert machine.phases() == {23: "open"}
    machine.says_zero("李梅")  # is still taken
    assert machine.world.report("李梅").state == "zero"
    assert not machine.world.report("李梅").late
    machine.boot()  # started once more, it is not believed either
    machine.passes(60)
    assert machine.guard.held
    assert len(machine.said()) == 1
    machine.off = timedelta(0)
    machine.passes(60)
    assert not machine.guard.held
    machine.until("10:30")
    assert machine.phases() == {23: "closed"}


def test_a_jump_of_hours_is_not_forgotten_by_starting_again(machine: Machine) -> None:
    machine.off = timedelta(hours=3)
    machine.passes(60)
    machine.passes(120, off=True)
    machine.boot()
    machine.passes(60)
    assert machine.guard.held
    assert machine.phases() == {23: "open"}


def test_a_program_that_was_really_off_for_long_goes_on_once_an_admin_says_so(machine: Machine) -> None:
    machine.passes(40 * 86400, off=True)
    machine.boot()
    machine.passes(60)
    assert machine.phases() == {23: "open"}
    with machine.world.database.writing() as session:
        assert clock_jumps.confirm(session)
    machine.passes(60)
    phases = machine.phases()
    assert phases[23] == "lapsed"
    assert sum(phase == "lapsed" for phase in phases.values()) > 20


def test_a_program_that_was_off_for_a_night_asks_nobody(machine: Machine) -> None:
    machine.passes(11 * 3600, off=True)
    machine.boot()
    machine.passes(60)
    assert not machine.guard.held
    assert machine.said() == []


def test_slews_and_steps_of_seconds_are_nothing(machine: Machine) -> None:
    for n in range(40):
        machine.off += timedelta(seconds=50 if n % 2 else -49)
        machine.passes(60)
        assert not machine.guard.held
    assert machine.said() == []


def test_a_server_that_tells_no_time_is_not_heard(database_kind: str) -> None:
    outside = Outside(lambda: 0.0)
    for told in (None, "", "yesterday", "Mon, 23 Nov 2026 08:00:00"):
        outside.hear(told)
        assert outside.agrees(datetime.now(UTC)) is None


@pytest.mark.parametrize("since", ["before it began", "while it followed"])
@pytest.mark.parametrize("wrong", [timedelta(hours=2), timedelta(hours=-2), timedelta(days=1)])
def test_a_second_program_whose_machine_is_wrong_takes_over_by_the_leaders_time(
    machine: Machine, wrong: timedelta, since: str
) -> None:
    off = wrong if since == "before it began" else timedelta(0)
    clock = SteadyClock(lambda: machine.real + off, lambda: machine.passed)
    second = Guard(clock, machine.world.desk, Outside(lambda: machine.passed), GAP)
    machine.world.desk.transact(second.begin)
    for _ in range(3):
        machine.passes(60)
        machine.world.desk.transact(lambda session, now: second.follow(session))
        off = wrong
    assert abs(clock.now() - machine.real) <= timedelta(minutes=2), (
        "what it takes in meanwhile is timed by the leader's"
    )
    assert second.held
    machine.clock, machine.guard = clock, second  # the first one died
    machine.world = World(machine.world.database, machine.world.defaults, clock, machine.world.town)  # type: ignore[arg-type]
    machine.until("9:05")
    assert abs(clock.now() - machine.real) <= timedelta(minutes=2)
    assert machine.phases() == {23: "open"}
    assert len(machine.said()) == 1
    off = timedelta(0)
    machine.until("9:10")
    assert not second.held
    assert machine.phases() == {23: "open"}
    machine.until("10:20")
    assert machine.phases() == {23: "closed"}


def test_a_leader_that_rests_says_nothing_of_what_time_it_is(machine: Machine) -> None:
    """Parked or held it holds the lease and does not tick: its last tick is old, and no machine is wrong for that."""
    clock = SteadyClock(lambda: machine.real, lambda: machine.passed)
    second = Guard(clock, machine.world.desk, Outside(lambda: machine.passed), GAP)
    for _ in range(5):
        machine.passes(1800, off=True)
        machine.world.desk.transact(lambda session, now: second.follow(session))
    assert clock.now() == machine.real
    assert not second.held
