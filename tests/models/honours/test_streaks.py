"""Zero-case streaks against a slow reference: whatever the days say, and whatever is contradicted later."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, delete, select

from models.core.database import Database
from models.cycle.assignments import Assignment
from models.forms.versions import FormVersion
from models.honours import honours, streaks
from models.honours.honours import Honour, Lost
from models.honours.streaks import ZeroDay, ZeroStreak, verdict
from models.organisation.units import Unit, unit_at
from models.timeline.entries import TimelineEntry
from tests.support.records import MONDAY
from tests.support.world import World

DAYS = st.lists(st.sampled_from([True, True, True, None, False]), min_size=1, max_size=25)


def begin(world: World) -> None:
    world.organisation()
    world.assign()


pytestmark = pytest.mark.world(begin=begin)


def counted(session: Session, unit: Unit, days: list[bool | None], world: World) -> ZeroStreak | None:
    for table in (ZeroDay, ZeroStreak, Honour, TimelineEntry):
        session.connection().execute(delete(table))
    session.expire_all()
    task, version = session.exec(select(Assignment)).one(), session.exec(select(FormVersion.id)).one()
    for number, day in enumerate(days):
        period = SimpleNamespace(
            assignment_id=task.id, day=MONDAY + timedelta(number), timezone=task.timezone, version_id=version
        )  # fmt: skip
        grown = streaks._count(session, period, "unit_id", {unit.id: day})  # type: ignore[arg-type]
        honours.reach(session, period, grown, (3, 7), world.clock.now())  # type: ignore[arg-type]
    return next(iter(streaks.of_units(session, task.id, [unit.id])), None)


def slow(days: list[bool | None], broken: set[int]) -> int:
    """Count from the newest day back: as far as no day breaks it."""
    found = 0
    for number, day in reversed(list(enumerate(days))):
        if day is False or number in broken:
            break
        found += day is True
    return found


def slow_milestones(days: list[bool | None], broken: set[int]) -> list[tuple[int, int]]:
    """Return the milestones that hold, as their day and length: none of the days of their run is contradicted."""
    found, run = [], list[int]()
    for number, day in enumerate(days):
        run = [] if day is False else [*run, number] if day else run
        if day and len(run) in (3, 7) and not any(run[0] <= it <= number for it in broken):
            found.append((number, len(run)))
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example begins anew
@given(days=DAYS, said=st.lists(st.integers(0, 24), max_size=3))
def test_a_streak_is_what_counting_back_day_by_day_gives(
    world: World, days: list[bool | None], said: list[int]
) -> None:  # fmt: skip
    broken = {it for it in said if it < len(days)}
    with world.database.writing() as session:
        unit = unit_at(session, "区局/一站")
        it = counted(session, unit, days, world)
        for number in said if it else []:
            if number in broken:
                day = MONDAY + timedelta(number)
                honours.contradict(session, it, day, Lost.REPORT, world.clock.now())  # type: ignore[arg-type]
        assert (it.days if it else 0) == slow(days, broken if it else set())
        holds = select(Honour).where(Honour.withdrawn_at == None)  # noqa: E711
        kept = [((h.day - MONDAY).days, h.days) for h in session.exec(holds.order_by(Honour.id)).all()]  # type: ignore[arg-type]
        assert kept == slow_milestones(days, broken)
        again = honours.newest(session, 100)
        assert len(again) == len(slow_milestones(days, set())), "what was withdrawn stays on record"


def test_a_day_that_is_counted_twice_counts_once(world: World, database: Database) -> None:
    with world.database.writing() as session:
        unit = unit_at(session, "区局/一站")
        it = counted(session, unit, [True], world)
        assert it is not None
        period = SimpleNamespace(assignment_id=it.assignment_id, day=MONDAY, timezone="Asia/Shanghai")
        assert streaks._count(session, period, "unit_id", {unit.id: True}) == []  # type: ignore[arg-type]
        assert it.days == 1


# zero, filled, owed, excused; late zeros, late filled; by proxy, uncontacted
@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("tally", "day"),
    [
        ((5, 0, 0, 0, 0, 0, 0, 0), True), ((3, 0, 0, 2, 0, 0, 0, 0), True), ((2, 0, 0, 1, 0, 0, 0, 0), None),
        ((1, 0, 0, 2, 0, 0, 0, 0), None), ((5, 0, 0, 0, 0, 0, 5, 0), True),
        ((5, 0, 1, 0, 0, 0, 0, 0), False), ((5, 0, 0, 0, 1, 0, 0, 0), False), ((5, 1, 0, 0, 0, 0, 0, 0), False),
        ((5, 0, 0, 0, 0, 0, 0, 1), False), ((0, 0, 0, 5, 0, 0, 0, 0), None), ((2, 0, 0, 0, 0, 0, 0, 0), None),
        ((1, 1, 0, 0, 0, 0, 0, 0), False),
    ],
)  # fmt: skip
def test_what_a_day_is_for_a_unit(tally: tuple[int, ...], day: bool | None) -> None:
    assert verdict(tally) is day
