"""The tree on the page: few units in their order with those below, many the worst first, page by page."""

import pytest

from models.core.database import Database
from models.organisation.units import unit_at
from models.summaries import branches
from models.summaries.branches import MOST
from models.summaries.tree import Parts
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_few_units_stand_in_the_order_of_the_tree_with_those_below(database: Database) -> None:
    world = World(database)
    roster = "1,甲,区局,admin\n2,乙,区局/二站,\n3,丙,区局/一站,\n4,丁,区局/二站/网格,\n"
    world.organisation("staff_no,name,unit,role\n" + roster, groups=False)
    world.assign(unit="区局")
    world.at("07:40")
    with world.database.reading() as session:
        found = branches.below(Parts(session, world.period(session), unit_at(session, "区局")))
    assert [(it.unit.name, it.level, it.expected) for it in found.shown] == [
        ("二站", 0, 2), ("网格", 1, 1), ("一站", 0, 1),
    ]  # fmt: skip


def test_many_units_stand_the_worst_first_a_page_at_a_time(database: Database) -> None:
    world = World(database)
    count = MOST * 2 + 5
    rows = "".join(f"{n + 10},人{n},区局/站{n},\n" for n in range(count))
    world.organisation(f"staff_no,name,unit,role\n1,甲,区局,admin\n{rows}", groups=False)
    world.assign(unit="区局")
    world.at("07:40")
    for n in (0, 1, 2):
        world.says(f"人{n}", "零报告")
    with world.database.reading() as session:
        period, top = world.period(session), unit_at(session, "区局")
        pages = [branches.below(Parts(session, period, top), page) for page in (1, 2, 3)]
        assert branches.below(Parts(session, period, top), 99).page == 3
    assert [(len(it.shown), it.units, it.complete, it.pages) for it in pages] == [
        (MOST, count, 3, 3), (MOST, count, 3, 3), (5, count, 3, 3),
    ]  # fmt: skip
    shown = [it.unit.name for page in pages for it in page.shown]
    assert len(set(shown)) == count
    assert set(shown[-3:]) == {"站0", "站1", "站2"}
