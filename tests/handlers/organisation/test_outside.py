"""People outside (外部对象): in the roster, belonging to a unit, asked and counted nowhere but in surveys."""

import pytest
from sqlmodel import select

from models.cycle import assignments
from models.messaging import enrolment
from models.organisation import people, people_search
from models.organisation.people import Kind, Person
from models.organisation.units import Unit
from models.reporting.reports import Report
from tests.support.world import MONDAY, TUESDAY, World

SHOPS = """S01,"Lucky, Fruit & Veg",区局/一站,,outside,,,,,,13900000001
S02,红星便利店,区局/一站,,外部对象,,,,,,
S03,老街面馆,区局/二站,,外部,,,,,,
"""
pytestmark = pytest.mark.sqlite


def with_shops(world: World) -> None:
    """Bring shops into the small organisation, as an admin's file does."""
    heading = "staff_no,name,unit,role,kind,reporter,locale,timezone,rest_days,wecom_id,phone\n"
    world.sends("周敏", "shops.csv", mime="text/csv", data=(heading + SHOPS).encode())
    world.taps("周敏", "导入")


def person(world: World, number: str) -> Person:
    with world.database.reading() as session:
        return session.exec(select(Person).where(Person.staff_no == number)).one()


def test_a_roster_brings_shops_and_nobody_asks_or_counts_them(world: World) -> None:
    with world.database.reading() as session:
        root = session.exec(select(Unit).where(Unit.path == "区局")).one()
        before = assignments.count(session, [("people", root)], MONDAY)
    with_shops(world)
    assert {person(world, it).kind for it in ("S01", "S02", "S03")} == {Kind.OUTSIDE}
    world.at("7:30", TUESDAY)
    world.at("12:00")
    with world.database.reading() as session:
        asked = select(Report.id).join(Person, Person.id == Report.person_id)  # type: ignore[arg-type]
        assert session.exec(asked.where(Person.kind == Kind.OUTSIDE)).all() == []
        root = session.exec(select(Unit).where(Unit.path == "区局")).one()
        assert assignments.count(session, [("people", root)], TUESDAY) == before
        own, n = people_search.search(session, [root], "", TUESDAY, unit=None, page=1, size=99)
        shops, m = people_search.search(session, [root], "", TUESDAY, unit=None, page=1, size=99, outside=True)
        assert {it.staff_no for it, _ in shops} == {"S01", "S02", "S03"} and m == 3
        assert n == len(own) and not {it.kind for it, _ in own} & {Kind.OUTSIDE}
    assert "S01" not in world.says("周敏", "/invite 区局") + world.last("周敏").text
    assert "便利店" not in world.says("周敏", "/status")
    assert "面馆" not in world.says("周敏", "/team")


def test_one_shop_is_added_and_removed_by_command(world: World) -> None:
    said = world.says("周敏", "/people add S09 幸福超市 区局/一站 外部")
    assert "外部对象" in said
    world.taps("周敏", "今天")
    assert person(world, "S09").kind == Kind.OUTSIDE
    shown = world.says("周敏", "/people find S09")
    assert "外部" in shown
    assert not any("角色" in label or "邀请" in label for label in world.last("周敏").labels)
    world.says("周敏", "/people leave S09")
    assert "今天" in " ".join(world.last("周敏").labels)
    world.taps("周敏", "今天")
    assert world.last("周敏").text.endswith("outside"), "the way back adds somebody outside again"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("/people role S01 lead", "外部"),
        ("/people reporter 2001 S01", "外部"),
        ("/people add S08 某店 区局/一站 外部 1005", "1005"),
    ],
)
def test_a_shop_is_neither_lead_nor_reporter(world: World, words: str, why: str) -> None:
    with_shops(world)
    said = world.says("周敏", words)
    assert why in said
    assert not any("确认" in label for label in world.last("周敏").labels)


@pytest.mark.parametrize(
    "line",
    [
        "S04,某店,区局/一站,lead,outside,,,,,,",
        "S04,某店,区局/一站,,outside,1005,,,,,",
        "S04,某店,区局/一站,,outside,,,,,shop4,",
        "1005,李梅,区局/一站,,outside,,,,,,",
        "2009,某人,区局/一站,,ward,S01,,,,,",
    ],
)
def test_a_roster_with_a_shop_that_is_more_than_a_shop_is_refused(world: World, line: str) -> None:
    with_shops(world)
    heading = "staff_no,name,unit,role,kind,reporter,locale,timezone,rest_days,wecom_id,phone\n"
    world.sends("周敏", "more.csv", mime="text/csv", data=(heading + line + "\n").encode())
    assert "外部" in world.last("周敏").text
    with world.database.reading() as session:
        assert session.exec(select(Person).where(Person.staff_no == "S04")).first() is None
        assert people.find_person(session, "1005").kind == Kind.STAFF


def test_an_account_called_like_a_shop_is_nobody(world: World) -> None:

    with_shops(world)
    with world.database.reading() as session:
        assert enrolment.vouched_for(session, "s01", MONDAY) is None
