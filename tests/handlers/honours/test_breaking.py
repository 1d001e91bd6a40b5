"""What breaks a streak after its day was locked, where people count who move units, and a program that dies while it
locks. The day is locked in the evening, so that there is time for an incident after it."""

from collections import Counter
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import Session, col, select

from handlers import sweep
from handlers.core.events import AlertChanged
from handlers.honours import breaking
from models.alerts import alerts
from models.alerts.alerts import Alert
from models.honours import streaks
from models.honours.honours import Honour
from models.honours.streaks import ZeroDay, ZeroStreak
from models.organisation.people import Person
from models.organisation.units import Unit, unit_at
from models.reporting import tallies
from models.reporting.reports import Report, State
from models.timeline.entries import TimelineEntry
from tests.support.records import MONDAY
from tests.support.world import ROSTER, TUESDAY, World

ADMIN, STATION, SECOND = "周敏", "区局/一站", "区局/二站"
ALL = ("陈局", "周敏", "王建国", "张伟", "李梅", "Ann Lee", "赵强", "钱丽", "吴一", "吴二")
MORE = "1009,吴一,区局/二站,,,,\n1010,吴二,区局/二站,,,,\n"


def begin(world: World) -> None:
    world.organisation(ROSTER + MORE)
    world.assign(lock="20:00")


pytestmark = pytest.mark.world(begin=begin)


def zeros(world: World, day: date, *, but: tuple[str, ...] = ()) -> None:
    """Let everybody report zero, and the wards' reporter that all are well."""
    world.at("7:31", day)
    for name in ALL:
        if name not in but:
            world.taps(name, "Zero report" if name == "Ann Lee" else "零报告")
    world.taps("张伟", "全部正常", next(b for b in reversed(world.chat("张伟")) if b.kind == "wards"))
    world.taps("张伟", "是，全部正常")
    world.tick()


def found(session: Session, path: str = STATION) -> ZeroStreak:
    query = select(ZeroStreak).join(Unit, col(Unit.id) == col(ZeroStreak.unit_id))
    return session.exec(query.where(Unit.path == path)).one()


def streak(world: World, path: str = STATION) -> int:
    with world.database.reading() as session:
        return found(session, path).days


def tells(world: World, who: str = "李梅") -> None:
    world.says(who, "/incident 仓库进水")
    world.taps(who, "立即上报")


def everybody_on_leave(world: World, day: date) -> None:
    """Excuse all of the station, wards too, so that the day is neither a zero day nor one that breaks."""
    world.at("7:31", day)
    with world.database.writing() as session:
        for it in session.exec(select(Report).where(Report.state == State.DUE)).all():
            it.excused = "就医"
            session.add(it)


def test_an_incident_after_the_lock_of_a_day_that_was_no_zero_day_breaks_the_streak(world: World) -> None:
    zeros(world, MONDAY)
    everybody_on_leave(world, TUESDAY)
    world.at("20:05", TUESDAY)
    assert streak(world) == 1, "a day on which all are on leave keeps it"
    tells(world)
    assert streak(world) == 0


@pytest.mark.parametrize(
    ("what", "days"), [("raised", 0), ("reopened", 0), ("taken", 1), ("closed", 1), ("corrected", 1)]
)
def test_an_incident_breaks_when_it_is_raised_or_reopened_and_by_nothing_else(
    world: World, what: str, days: int
) -> None:  # fmt: skip
    zeros(world, MONDAY)
    world.at("20:05", MONDAY)
    tells(world)
    with world.database.writing() as session:
        it = found(session)
        it.base, it.broken_on = 0, None  # as if it had not been broken
        session.add(it)
        session.flush()
        context, alert = world.desk.context(session, world.clock.now()), session.exec(select(Alert)).one()
        if what == "reopened":
            alerts.reopen(alert, session.get_one(Person, alert.by), context.now)
        breaking.told(context, AlertChanged(alert, unit_at(session, STATION), what))
        session.refresh(it)
        assert it.days == days


def test_who_moves_after_being_asked_counts_for_the_unit_through_which_they_were_asked(world: World) -> None:
    zeros(world, MONDAY)
    zeros(world, TUESDAY, but=("李梅",))
    world.says(ADMIN, f"/people move 1005 {SECOND} 今天")
    world.taps(ADMIN, "确认")
    world.at("20:05", TUESDAY)
    assert streak(world, STATION) == 0, "she said nothing there"
    assert streak(world, SECOND) == 2


def test_who_moved_counts_for_the_new_unit_from_the_next_day_on(world: World) -> None:
    zeros(world, MONDAY)
    world.says(ADMIN, f"/people move 1005 {SECOND}")
    world.taps(ADMIN, "确认")
    zeros(world, TUESDAY, but=("李梅",))
    world.at("20:05", TUESDAY)
    assert streak(world, STATION) == 2
    assert streak(world, SECOND) == 0, "she said nothing there"


def test_a_lock_whose_every_commit_fails_once_neither_loses_nor_doubles_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(streaks, "CHUNK", 1)
    monkeypatch.setattr(streaks, "PLACES", 1)
    world.set_defaults(milestones=(1,))
    zeros(world, MONDAY)
    world.at("19:58", MONDAY)
    world.clock.at = world.local("20:00", MONDAY)
    died = 0
    while True:
        with pytest.raises(KeyboardInterrupt), world.database.writing() as session:
            sweep.work(world.desk.context(session, world.clock.now()))
            raise KeyboardInterrupt
        died += 1
        if not world.desk.transact(world._work):
            break
    world.deliver()
    assert died > 6, "each unit and each ward has a chunk"
    with world.database.reading() as session:
        every = session.exec(select(ZeroStreak)).all()
        days = Counter(session.exec(select(ZeroDay.streak_id)).all())
        assert len(every) > 3
        assert {it.id: it.total for it in every} == dict(days)
        assert {it.total for it in every} == {1}
        made = session.exec(select(Honour.unit_id)).all()
        assert sorted(made) == sorted(it.unit_id for it in every if it.unit_id), "one milestone for each unit"
        told = session.exec(select(TimelineEntry.unit_id).where(TimelineEntry.source == "honour")).all()
        assert sorted(told) == sorted(made)


def test_a_chunk_of_the_lock_reads_so_many_places_from_the_first_one_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(streaks, "PLACES", 1)
    zeros(world, MONDAY)
    world.at("19:58", MONDAY)
    seen: list[set[str]] = []

    def by_path(session: Session, *which: Any) -> dict[str, tallies.Tally]:
        rows = tallies.by_path(session, *which)
        seen.append(set(rows))
        return rows

    monkeypatch.setattr(streaks, "tallies", SimpleNamespace(by_path=by_path))
    world.clock.at = world.local("20:00", MONDAY)
    world.tick()
    read = [path for rows in seen for path in rows]
    assert all(len(rows) <= 1 for rows in seen), "no chunk reads more, not that of the bureau either"
    assert len(read) == len(set(read)) > 2, "each place is read once"
    assert SECOND in read
    with world.database.reading() as session:
        root = session.exec(
            select(ZeroStreak).join(Unit, col(Unit.id) == col(ZeroStreak.unit_id)).where(Unit.path == "区局")
        ).one()
        assert root.total == 1, "the bureau has the zeros of all below"
