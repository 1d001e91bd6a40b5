"""Quizzes on both databases: counts by unit, right answers, who passed, and who is not asked."""

import pytest
from sqlmodel import select

from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.forms import passes
from models.organisation.people import Person
from models.organisation.units import root, unit_at
from models.reporting import excuses
from models.rounds import attempts, counts, surveys
from models.rounds.rounds import Round
from tests.handlers.rounds.test_quiz import send, take
from tests.support.world import World


def begin(world: World) -> None:
    world.organisation()
    world.assign(due="10:00", opens="7:00")
    with world.database.writing() as session:
        it = session.exec(select(Assignment)).one()
        it.requires = "training"
        session.add(it)
    world.at("7:30")


pytestmark = [pytest.mark.world(begin=begin)]


def test_who_passed_is_counted_by_unit_and_asked_and_the_others_are_not(world: World) -> None:
    send(world)
    take(world, "李梅")
    take(world, "张伟", right=False)
    with world.database.reading() as session:
        it, top, period = session.exec(select(Round)).one(), root(session), session.exec(select(Period)).one()
        assert top is not None
        by_unit = {unit.name: count for unit, count in counts.by_unit(session, it, period.day, [top])}
        assert (by_unit["区局"].answers, by_unit["区局"].silent) == ({attempts.PASSED: 1, attempts.FAILED: 1}, 6)
        assert by_unit["二站"].answers == {}
        assert [one.right for one in surveys.results(session, it, [top]).each] == [1, 1, 2, 2, 2]
        assert attempts.counted(session, it) == dict.fromkeys(attempts.counted(session, it), 1)
        people = {person.name: person for person in session.exec(select(Person)).all()}
        ids = [person.id for person in people.values()]
        assert passes.have_passed(session, ids, "training") == {people["李梅"].id}
        assert people["刘大爷"].id not in passes.lacking(session, ids, "training")  # a ward
        station = unit_at(session, "区局/一站")
        assert excuses.untrained(session, period, station) == 3
        assert excuses.untrained_names(session, period, station, 9) == ["王建国", "张伟", "Ann Lee"]
        assert attempts.open_for(session, people["张伟"], "training", world.clock.now()) is not None
        assert attempts.open_for(session, people["张伟"], "health", world.clock.now()) is None
