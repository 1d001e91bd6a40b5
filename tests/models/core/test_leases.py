"""Who leads, whatever the clocks of the machines say."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from bot.lease import CLOCK, Lease
from models.core import leases
from models.core.database import Database

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
pytestmark = ON_SQLITE


class Machine:
    """A program on a machine whose wall clock is `off` by so much; the monotonic clock of all is the same."""

    passed = 0.0

    def __init__(self, database: Database, off: timedelta = timedelta(0)) -> None:
        self.off, self._database = off, database
        self.lease = Lease("web:web", wall=lambda: START + self.off + timedelta(seconds=Machine.passed), monotonic=now)

    def look(self) -> int | None:
        with self._database.writing() as session:
            return self.lease.held(session)

    @property
    def sends(self) -> bool:
        return any(self.lease.sure("web:web", epoch) for epoch in range(20))


def now() -> float:
    return Machine.passed


def leave_behind(database: Database, until: datetime) -> None:
    with database.writing() as session:
        for name in (CLOCK, "web:web"):
            session.add(leases.Lease(name=name, holder="dead", epoch=3, until=until))


@pytest.mark.parametrize("ahead", [timedelta(hours=8), timedelta(minutes=2), timedelta(days=4000)])
def test_a_lease_left_in_the_future_is_void(database: Database, ahead: timedelta) -> None:
    leave_behind(database, START + timedelta(seconds=Machine.passed) + ahead)
    assert Machine(database).look() == 4


def test_a_lease_that_stands_still_is_void_after_its_length_whatever_the_clocks_say(database: Database) -> None:
    leave_behind(database, START + timedelta(seconds=Machine.passed + 20))
    machine = Machine(database)
    waited = 0
    while machine.look() is None:
        Machine.passed += 1
        waited += 1
    assert 6 <= waited <= 8


@pytest.mark.parametrize("seconds", [-25, -7, -3, 3, 7, 25])
def test_two_programs_whose_clocks_are_seconds_apart_have_one_leader(database: Database, seconds: int) -> None:
    first, second = Machine(database), Machine(database, timedelta(seconds=seconds))
    for _ in range(30):
        epochs = [first.look(), second.look()]
        assert epochs == [1, None]
        assert [first.sends, second.sends] == [True, False]
        Machine.passed += 1
    while second.look() is None:  # the first is dead
        Machine.passed += 1
    assert not first.sends
    assert first.look() is None


@pytest.mark.parametrize("jump", [timedelta(hours=-8), timedelta(days=1), timedelta(minutes=-3)])
def test_a_leader_whose_clock_is_set_goes_on_leading_and_is_not_robbed(database: Database, jump: timedelta) -> None:
    first, second = Machine(database), Machine(database)
    for turn in range(40):
        if turn == 10:
            first.off += jump
        assert [first.look(), second.look()] == [1, None]
        Machine.passed += 1
    Machine.passed += 7  # stopped, as by SIGSTOP: it may not rely on a lease that a clock has made hours long
    assert not first.sends


def test_a_leader_that_was_stopped_and_wakes_sends_nothing_under_its_old_epoch(database: Database) -> None:
    first, second = Machine(database), Machine(database)
    assert (first.look(), second.look()) == (1, None)
    while second.look() is None:
        Machine.passed += 1
    assert not first.lease.sure("web:web", 1)
    assert first.look() is None
    assert (first.lease.leading, second.lease.leading) == (False, True)


def test_another_bots_lease_left_in_the_future_refuses_nobody(database: Database) -> None:
    leave_behind(database, START + timedelta(hours=8))
    with database.reading() as session:
        assert _rivals(session) == {}


def _rivals(session: Session) -> dict[str, datetime]:
    return leases.rivals(session, ["clock", "web:other"], START)
