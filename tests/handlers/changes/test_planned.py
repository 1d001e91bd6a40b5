"""What was planned is judged again when it takes effect: who planned it, whom it is about, what it reaches by then."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import Session, select

from models.authority import permissions
from models.changes import performing, planned, staff_changes, tree_changes
from models.changes.planned import Planned
from models.cycle.assignments import Assignment
from models.forms import versions
from models.organisation import people, units
from models.organisation.people import Membership, Role
from tests.handlers.changes.part_admins import ABOVE, AUTHOR, OWN, begin
from tests.support.admins import send_file
from tests.support.world import HEALTH, World

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


pytestmark = pytest.mark.world(begin=begin)

PLANS = {
    "people.add": "/people add 1050 新人 区局/一站/甲组",
    "people.move": "/people move 1005 区局/一站/甲组",
    "people.role": "/people role 1005 lead",
    "people.reporter": "/people reporter 2001 1005",
    "people.leave": "/people leave 1005",
    "assign.new": "/assign new fresh 区局/一站/甲组",
    "assign.times": "/assign times own due=11:00",
    "assign.pause": "/assign pause own",
    "assign.resume": "/assign resume halted",
    "assign.end": "/assign end own",
    "form.store": OWN.replace("体温, en", "今日体温, en"),
    "form.give": "/form give own 区局/一站/甲组 11-24",
}


def _plan(world: World, author: str = AUTHOR) -> None:
    """Plan everything that can be planned, by conversation."""
    for what, words in PLANS.items():
        said = send_file(world, author, "own.yaml", words) if what == "form.store" else world.says(author, words)
        assert any("确认" in label for label in world.last(author).labels), (what, said)
        world.taps(author, "确认")
    with world.database.reading() as session:
        assert [p.what for p in planned.waiting(session)] == list(PLANS)


def _lost_role(session: Session) -> None:
    held = session.exec(select(Membership).where(Membership.person_id == people.find_person(session, AUTHOR).id)).one()
    held.role = Role.MEMBER


def _left(session: Session) -> None:
    people.find_person(session, AUTHOR).left_on = MONDAY


def _out_of_reach(session: Session) -> None:
    """Give the group to the neighbours, and the people with it."""
    other = units.unit_at(session, "区局/二站")
    for number in ("1005", "2001"):
        staff_changes.move(session, people.find_person(session, number), other)
    tree_changes.move(session, units.unit_at(session, "区局/一站/甲组"), other)


def _rose(session: Session) -> None:
    staff_changes.set_role(session, people.find_person(session, "1005"), units.unit_at(session, "区局"), Role.ADMIN)


def _grew(session: Session) -> None:
    """Make the person lead of a task force, and ask the form of a neighbour."""
    force, other = units.unit_at(session, "区局/防疫专班"), units.unit_at(session, "区局/二站")
    staff_changes.set_role(session, people.find_person(session, "1005"), force, Role.LEAD)
    asked = session.exec(select(Assignment).where(Assignment.code == "own")).one()
    asked.unit_id = other.id


TASKS = {"assign.new", "assign.times", "assign.pause", "assign.resume", "assign.end"}
# what happens meanwhile, and the kinds to which it cannot happen, or which it leaves the author's
MEANWHILE: dict[str, tuple[Callable[[Session], None], set[str]]] = {
    "the author lost the role": (_lost_role, set()),
    "the author left": (_left, set()),
    "it is out of reach": (_out_of_reach, set()),
    "the person rose above": (_rose, {"people.add", "form.store", "form.give", *TASKS}),
    "it reaches more": (_grew, {"people.add", "assign.new", "assign.resume"}),
}


def test_every_kind_of_change_is_in_the_walk() -> None:
    assert set(PLANS) == set(performing.PERFORMED)


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_planned_change_is_judged_again_when_it_takes_effect(world: World, meanwhile: str) -> None:
    _plan(world)
    happens, spared = MEANWHILE[meanwhile]
    with world.database.writing() as session:
        happens(session)
    world.at("0:30", TUESDAY)
    with world.database.reading() as session:
        outcomes = {p.what: p.outcome for p in session.exec(select(Planned)).all()}
    refused = {what for what, outcome in outcomes.items() if outcome == "refused"}
    assert refused >= set(PLANS) - spared, outcomes
    heard = [b.text for b in world.chat(ABOVE) if "预定的改动没有做成" in b.text and AUTHOR in b.text]
    assert heard or meanwhile == "it is out of reach", "who decides there hears of it"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_lost_the_role_makes_nobody_admin_tomorrow(world: World) -> None:
    """As the finding did."""
    world.says(AUTHOR, "/people role 1005 admin")
    world.taps(AUTHOR, "确认")
    world.says(ABOVE, "/people role 1012 member 今天")
    world.taps(ABOVE, "确认")
    world.at("7:30", TUESDAY)
    with world.database.reading() as session:
        assert permissions.administers(session, people.find_person(session, "1005")) == []
    assert any("不在您" in b.text for b in world.chat(AUTHOR)), "the author is told why"
    assert any("冯静（1012）预定的改动没有做成" in b.text for b in world.chat(ABOVE))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_nobody_takes_back_or_replaces_what_was_planned_above_them(world: World) -> None:
    world.says(ABOVE, "/people role 1012 member 区局/一站 11-25")
    world.taps(ABOVE, "确认")
    assert "在区局也有角色" in world.says(AUTHOR, "/people undo 1")
    world.says(AUTHOR, "/people role 1012 lead 区局/一站 12-25")
    yes, bubble = world.button(AUTHOR, "确认")
    assert "在区局也有角色" in (world.forges(AUTHOR, yes.data, message=bubble.id) or "")
    world.at("7:30", date(2026, 11, 25))
    with world.database.reading() as session:
        assert permissions.administers(session, people.find_person(session, AUTHOR)) == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_admin_takes_back_what_an_equal_planned(world: World) -> None:
    world.says(ABOVE, "/people role 1005 admin 区局/一站 今天")
    world.taps(ABOVE, "确认")
    world.says(AUTHOR, "/people leave 1020")
    world.taps(AUTHOR, "确认")
    with world.database.reading() as session:
        number = planned.waiting(session)[0].id
    assert "已撤销" in world.says("李梅", f"/people undo {number}")


ABOUT = {
    "leave": "/people leave 1005 今天",
    "move": "/people move 1005 区局/一站/甲组 今天",
    "role": "/people role 1005 lead",
    "reporter": "/people reporter 2001 1005",
}


@pytest.mark.parametrize("what", ABOUT)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_stands_in_elsewhere_is_not_a_parts_admins_alone(world: World, what: str) -> None:
    world.says("赵强", "/deputy 李梅 11-23 11-25")
    assert "李梅在区局/二站也有角色" in world.says(AUTHOR, ABOUT[what])
    assert not world.last(AUTHOR).labels


@pytest.mark.parametrize("what", ABOUT)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_holds_a_role_above_is_not_a_parts_admins(world: World, what: str) -> None:
    with world.database.writing() as session:
        _rose(session)
    assert "李梅在区局也有角色" in world.says(AUTHOR, ABOUT[what])
    assert not world.last(AUTHOR).labels


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_planned_it_hears_that_it_touches_more_by_now(world: World) -> None:
    send_file(world, ABOVE, "health.yaml", HEALTH.replace("体温, en", "今日体温, en"))
    world.taps(ABOVE, "确认")
    world.says(ABOVE, "/people add 1070 新来 区局/二站 今天")
    world.taps(ABOVE, "确认")
    world.at("0:30", TUESDAY)
    assert any("比预定时多" in b.text for b in world.chat(ABOVE))
    with world.database.reading() as session:
        latest = versions.latest(session, "health")
    assert latest and latest.number == 2


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_unit_is_taken_away_only_by_who_administers_where_it_is(world: World) -> None:
    with world.database.writing() as session:
        who, there = people.find_person(session, AUTHOR), units.unit_at(session, "区局/二站")
        staff_changes.set_role(session, who, there, Role.ADMIN)
    assert "“区局”不在您" in world.says(AUTHOR, "/unit move 区局/一站 区局/二站")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_code_is_a_staff_number_whose_audit_it_would_show(world: World) -> None:
    assert world.says(AUTHOR, "/assign new fresh 区局/一站 code=n1") and world.last(AUTHOR).labels
    for code in ("1008", "区局/二站", "=a"):
        assert "⚠️" in world.says(AUTHOR, f"/assign new fresh 区局/一站 code={code}"), code
    assert "health" in world.says(AUTHOR, "/people add health 新人 区局/一站")
    assert not world.last(AUTHOR).labels


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_lead_gives_nobody_the_office_that_somebody_holds_elsewhere(world: World) -> None:
    with world.database.writing() as session:
        force = units.unit_at(session, "区局/防疫专班")
        staff_changes.set_role(session, people.find_person(session, "1005"), force, Role.LEAD)
    assert "“区局/防疫专班”不在您" in world.says("王建国", "/deputy 1006 1005 11-24 11-25")
    with world.database.reading() as session:
        assert force.id not in {u.id for u in permissions.leads(session, people.find_person(session, "1006"), TUESDAY)}
