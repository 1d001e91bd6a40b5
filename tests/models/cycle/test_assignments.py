"""A form asked of a subtree: codes, first days, and what a second word for the same changes."""

from datetime import date

import pytest
from sqlmodel import Session

from models.core.errors import Refusal
from models.cycle import assignment_changes, assignments, openings
from models.cycle.assignments import Assignment
from models.forms import versions
from models.organisation.units import unit_at
from models.time.times import Times
from tests.support.world import DELIVERY, HEALTH, World, utc


def begin(world: World) -> None:
    world.organisation(groups=False)


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


def _assign(session: Session, form: str, unit: str, wall: str, **more: object) -> tuple[Assignment, bool]:
    at = utc(wall)
    version, _ = versions.store(session, form, at)
    settings: dict[str, object] = {"calendar": "daily", "times": Times.make(), "timezone": "Asia/Shanghai"} | more
    return assignment_changes.assign(session, version, unit_at(session, unit), at, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(("wall", "calendar", "first"), [
    ("2026-11-23 06:00", "daily", 23), ("2026-11-23 09:59", "daily", 23), ("2026-11-23 10:00", "daily", 24),
    ("2026-11-23 06:00", "weekly:tue", 24), ("2026-11-23 06:00", "once:2026-11-26", 26),
    ("2026-11-28 06:00", "workdays", 30),
])  # fmt: skip
def test_a_new_task_opens_first_on_the_next_day_of_its_calendar(
    world: World, wall: str, calendar: str, first: int
) -> None:
    with world.database.writing() as session:
        made, fresh = _assign(session, HEALTH, "区局", wall, calendar=calendar)
        assert (fresh, made.next_day) == (True, date(2026, 11, first))


def test_a_day_that_is_past_never_opens(world: World) -> None:
    with world.database.writing() as session:
        made, _ = _assign(session, HEALTH, "区局", "2026-11-23 06:00", calendar="once:2026-11-20")
        assert made.next_at is None
        assert openings.due(session, utc("2027-11-23 06:00")) is None


def test_codes_are_told_apart_and_a_chosen_one_is_not_given_twice(world: World) -> None:
    with world.database.writing() as session:
        assert _assign(session, HEALTH, "区局", "2026-11-23 06:00")[0].code == "health"
        assert _assign(session, HEALTH, "区局/一站", "2026-11-23 06:00")[0].code == "health-2"
        again, fresh = _assign(session, HEALTH, "区局", "2026-11-23 06:00", times=Times.make(due="11:00"))
        assert (again.code, fresh, str(again.schedule.due)) == ("health", False, "11:00")
        with pytest.raises(Refusal) as refused:
            _assign(session, DELIVERY, "区局", "2026-11-23 06:00", code="health")
        assert refused.value.key == "assignments.code_taken"
        with pytest.raises(Refusal) as refused:
            assignments.by_code(session, "nothing")
        assert refused.value.values["known"] == ["health", "health-2"]


def test_said_again_on_a_day_that_is_open_it_begins_tomorrow(world: World) -> None:
    world.assign()
    world.at("7:30")
    with world.database.writing() as session:
        made, _ = _assign(session, HEALTH, "区局", "2026-11-23 08:00", times=Times.make(due="11:00"))
        assert made.next_day == date(2026, 11, 24)


def test_how_many_it_asks(world: World) -> None:
    with world.database.writing() as session:
        people, _ = _assign(session, HEALTH, "区局", "2026-11-23 06:00")
        units, _ = _assign(session, DELIVERY, "区局", "2026-11-23 06:00")
        force, _ = _assign(session, HEALTH, "区局/防疫专班", "2026-11-23 06:00")
        assert [assignments.reach(session, a, date(2026, 11, 23)) for a in (people, units, force)] == [10, 4, 3]


def test_a_rehearsal_before_today_opens_what_was_never_opened(database):
    world = World(database)
    world.organisation()
    world.assign()
    with database.writing() as session:
        openings.rehearse(session, utc("2020-02-13 07:29"))
        assert assignments.by_code(session, "health").next_day == date(2020, 2, 13)
