"""Who is who: units by path or name, people by number or name, and who answers for whom."""

from datetime import date

import pytest
from sqlmodel import select

from models.authority import permissions, responsibility
from models.core.errors import Refusal
from models.organisation import people, units
from models.organisation.people import Person
from models.organisation.units import Unit
from tests.support.world import MONDAY, ROSTER, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def begin(world: World) -> None:
    world.organisation(ROSTER + "1020,王建国,区局/二站/网格,,,,\n1021,无名,区局/三站/二站,,,,\n", groups=False)


pytestmark = pytest.mark.world(begin=begin)


@ON_SQLITE
def test_units_are_found_by_path_or_by_a_clear_name(world: World) -> None:
    with world.database.reading() as session:
        assert units.find_unit(session, "一站").path == "区局/一站"
        assert units.find_unit(session, "区局/二站").path == "区局/二站"
        for words, key in (("二站", "people.many_units"), ("九站", "people.no_unit")):
            with pytest.raises(Refusal) as refused:
                units.find_unit(session, words)
            assert refused.value.key == key


@ON_SQLITE
def test_people_are_found_by_number_or_by_a_clear_name(world: World) -> None:
    with world.database.reading() as session:
        assert people.find_person(session, "李梅").staff_no == "1005"
        assert people.find_person(session, "1020").name == "王建国"
        for words, key in (("王建国", "people.many_persons"), ("某某", "people.no_person")):
            with pytest.raises(Refusal) as refused:
                people.find_person(session, words)
            assert refused.value.key == key


@pytest.mark.sqlite
def test_a_unit_without_a_lead_is_answered_for_from_above(world: World) -> None:
    with world.database.reading() as session:

        def names(path: str) -> tuple[str, list[str]]:
            unit, leads = responsibility.responsible(session, units.unit_at(session, path), MONDAY)
            return unit.path, [p.name for p in leads]

        assert names("区局/一站") == ("区局/一站", ["王建国"])
        assert names("区局/二站/网格") == ("区局/二站", ["赵强"])
        assert names("区局/三站/二站") == ("区局", ["陈局"])
        above = responsibility.lead_above(session, units.unit_at(session, "区局/二站/网格"), MONDAY)
        assert above and (above[0].path, [p.name for p in above[1]]) == ("区局", ["陈局"])
        assert responsibility.lead_above(session, units.unit_at(session, "区局"), MONDAY) is None


@ON_SQLITE
def test_a_leader_who_left_answers_for_nothing(world: World) -> None:
    with world.database.writing() as session:
        lead = people.find_person(session, "1003")
        lead.left_on = date(2026, 11, 24)
        session.add(lead)
    with world.database.reading() as session:
        unit = units.unit_at(session, "区局/一站")
        assert [p.name for p in responsibility.responsible(session, unit, MONDAY)[1]] == ["王建国"]
        assert [p.name for p in responsibility.responsible(session, unit, date(2026, 11, 24))[1]] == ["陈局"]


@ON_SQLITE
def test_roles_reach_down_and_never_sideways_or_up(world: World) -> None:
    with world.database.reading() as session:

        def may(who: str, path: str) -> bool:
            return permissions.may_lead(session, people.find_person(session, who), path, MONDAY)

        assert may("1003", "区局/一站") and may("1007", "区局/二站/网格") and may("1002", "区局/三站/二站")
        assert not may("1003", "区局/二站") and not may("1003", "区局") and not may("1005", "区局/一站")
        assert not may("1003", "区局/一站二")  # a name that only begins alike
        assert [u.path for u in permissions.leads(session, people.find_person(session, "1001"), MONDAY)] == ["区局"]


@ON_SQLITE
def test_who_directs_leads_a_whole_that_has_units(world: World) -> None:
    with world.database.reading() as session:
        directors = [p.name for p in session.exec(select(Person)).all() if permissions.directs(session, p)]
    assert directors == ["陈局"]


def test_the_units_below_do_not_include_one_that_begins_alike(world: World) -> None:
    with world.database.writing() as session:
        session.add(Unit(name="一站_", path="区局/一站_"))
        session.add(Unit(name="一", path="区局/一站/%"))
        session.flush()
        found = session.exec(select(Unit.path).where(units.below("区局/一站")).order_by(Unit.path)).all()
        assert found == ["区局/一站", "区局/一站/%"]
