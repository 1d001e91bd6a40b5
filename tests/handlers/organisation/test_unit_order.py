"""Units are listed as the roster names them, everywhere, until an admin moves one up."""

import pytest
from sqlmodel import Session, select

from models.changes import roster_import, tree_changes
from models.core.database import Database
from models.cycle import assignments, periods
from models.cycle.assignments import Assignment
from models.exports import report_table
from models.organisation import founding, people, roster_export, unit_order, units
from models.organisation.units import Unit
from tests.support.world import DELIVERY, MONDAY, World

# by code point 一 < 三 < 专 < 二, which is nobody's order
NAMED = """staff_no,name,unit,role
1001,陈局,区局,lead
1002,周敏,区局,admin
1003,王建国,区局/一站,lead
1007,赵强,区局/二站,lead
1009,郑三,区局/三站,lead
1010,冯静,区局/专卖科,lead
"""
ORDER = ["区局", "区局/一站", "区局/二站", "区局/三站", "区局/专卖科"]


def begin(world: World) -> None:
    world.organisation(NAMED)
    world.assign()
    world.assign(DELIVERY)


pytestmark = pytest.mark.world(begin=begin)


def _in_order(text: str, names: list[str]) -> bool:
    places = [text.index(name) for name in names]
    return places == sorted(places)


STATIONS = ["一站", "二站", "三站", "专卖科"]


def test_every_list_has_the_rosters_order(world: World) -> None:
    world.at("10:05")
    for who, said in [
        ("周敏", "/unit"),
        ("周敏", "/people"),
        ("周敏", "/invite"),
        ("周敏", "/assign"),
        ("周敏", "/bind"),
    ]:
        world.says(who, said)
        shown = world.last(who).text + " ".join(world.last(who).labels)
        named = [name for name in STATIONS if name in shown]
        assert _in_order(shown, named), (said, shown)
    world.says("周敏", "/unit")
    assert _in_order(world.last("周敏").text, STATIONS)


@pytest.mark.sqlite
def test_the_summary_the_director_and_the_escalation_have_it_too(world: World) -> None:
    world.at("11:00")
    world.says("陈局", "/summary")
    shown = [b.text for b in world.chat("陈局") if "二站" in b.text and "专卖科" in b.text]
    assert shown and all(_in_order(text, STATIONS) for text in shown)


@pytest.mark.sqlite
def test_exports_and_the_roster_given_away_have_it(world: World) -> None:
    world.at("9:00")
    with world.database.reading() as session:
        found = periods.of_day(session, MONDAY)
        for period in found:
            paths = [str(row[2]) for row in report_table.rows(session, [period])][1:]
            assert list(dict.fromkeys(paths)) == ORDER
        lines = list(roster_export.rows(session, "en", MONDAY))[1:]
        assert list(dict.fromkeys(line[2] for line in lines)) == ORDER


@pytest.mark.sqlite
def test_what_was_given_away_makes_the_same_order_and_the_same_homes_elsewhere(database: Database) -> None:
    with database.writing() as session:
        founding.begin(session, "区局", "1002", "周敏")
        said = NAMED.replace("1002,周敏,区局,admin\n", "1002,周敏,区局,admin\n1003,王建国,区局/专班,\n")
        said = said.replace("1003,王建国,区局/一站,lead\n", "") + "1003,王建国,区局/一站,lead\n"
        roster_import.take(session, roster_import.read(said.encode()))
        before = dict(_homes(session))
        given = list(roster_export.rows(session, "en", MONDAY))
        homes: dict[str, str] = {}
        for line in given[1:]:
            homes.setdefault(line[0], line[2])
        assert homes == before


def _homes(session: Session) -> list[tuple[str, str]]:
    return [(p.staff_no, people.home(session, p).path) for p in session.exec(select(people.Person)).all()]


def test_a_new_unit_stands_at_the_end_and_one_that_moves_too(world: World) -> None:
    with world.database.writing() as session:
        root = units.unit_at(session, "区局")
        tree_changes.add(session, root, "一号站")
        tree_changes.move(session, units.unit_at(session, "区局/一站"), units.unit_at(session, "区局/三站"))
        found = session.exec(select(Unit.path).order_by(Unit.rank)).all()
    assert found == ["区局", "区局/二站", "区局/三站", "区局/三站/一站", "区局/专卖科", "区局/一号站"]


def test_an_admin_moves_a_unit_up_with_all_below_it(world: World) -> None:
    with world.database.writing() as session:
        tree_changes.add(session, units.unit_at(session, "区局/专卖科"), "一组")
        tree_changes.add(session, units.unit_at(session, "区局/三站"), "甲组")
    answer = world.says("周敏", "/unit up 专卖科")
    assert "排第3位" in answer
    with world.database.reading() as session:
        found = session.exec(select(Unit.path).order_by(Unit.rank)).all()
    assert found == [
        "区局", "区局/一站", "区局/二站", "区局/专卖科", "区局/专卖科/一组", "区局/三站", "区局/三站/甲组",
    ]  # fmt: skip
    world.taps("周敏", "再上移")
    world.taps("周敏", "再上移")
    with world.database.reading() as session:
        assert session.exec(select(Unit.name).order_by(Unit.rank)).all()[:3] == ["区局", "专卖科", "一组"]
    assert "已排在" in world.says("周敏", "单位 上移 专卖科")
    assert "没有同级" in world.says("周敏", "/unit up 区局")


@pytest.mark.sqlite
def test_only_who_administers_the_unit_above_moves_one_up(database: Database) -> None:
    world = World(database)
    world.organisation(NAMED.replace("1007,赵强,区局/二站,lead", "1007,赵强,区局/二站,admin"))
    before = _ranks(world)
    assert "区局" in world.says("赵强", "/unit up 二站")
    with database.reading() as session:
        number = units.unit_at(session, "区局/二站").id
    world.forges("赵强", f"unit.move_up.{number}")
    assert _ranks(world) == before


def _ranks(world: World) -> list[str]:
    with world.database.reading() as session:
        return list(session.exec(select(Unit.path).order_by(Unit.rank)).all())


def test_the_rank_of_the_first_is_no_one_to_swap_with(database: Database) -> None:
    with database.writing() as session:
        founding.begin(session, "局", "1", "甲")
        assert unit_order.raise_(session, units.unit_at(session, "局")) is None
        assert assignments.over(session, "局") == []
        assert session.exec(select(Assignment)).all() == []
