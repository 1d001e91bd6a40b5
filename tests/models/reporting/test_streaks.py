"""Days in a row: timely ones count, filled like zeros; what was not expected neither counts nor breaks."""

from datetime import date, timedelta

import pytest

from models.core.database import Database
from models.organisation.people import find_person
from models.reporting import reports, revisions, streaks
from models.reporting.reports import State
from models.reporting.revisions import Filing
from tests.support.world import MONDAY, World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _streak(world: World, day: date) -> int:
    report = world.report("李梅", day=day)
    with world.database.reading() as session:
        return streaks.streak(session, world.period(session, day=day), report)


def _files(world: World, day: date, *, excused: bool = False) -> None:
    with world.database.writing() as session:
        period = world.period(session, day=day)
        mei = find_person(session, "李梅")
        report = reports.of_person(session, period, mei)
        assert report
        if excused:
            report.excused = "病假"
            session.add(report)
        else:
            revisions.file(session, period, report, Filing(State.ZERO, mei, "web", world.clock.now(), statement="无"))


def test_a_streak_with_everything_that_may_happen_in_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaks, "PAGE", 3)  # it reads as far back as it reaches, a page at a time
    world = World(database)
    world.organisation("staff_no,name,unit\n1005,李梅,区局\n", groups=False)
    world.assign(remind="", escalate="")
    days = [MONDAY + timedelta(days=n) for n in range(13)]
    expected = 0
    for n, day in enumerate(days):
        world.at("7:30", day)
        if n == 2:  # silent: begins anew
            expected = 0
        elif n == 4:  # late: begins anew
            world.at("10:30", day)
            _files(world, day)
            expected = 0
            assert _streak(world, day) == 0
        elif n == 6:  # excused: neither counts nor breaks
            _files(world, day, excused=True)
        else:
            _files(world, day)
            expected += 1
            assert _streak(world, day) == expected, day
    assert expected == 7
