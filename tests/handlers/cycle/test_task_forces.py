"""A task force in a day: a view of others' people, or asked itself."""

import pytest

from models.core.database import Database
from tests.handlers.cycle.days import ON_SQLITE, begin
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.sqlite
def test_a_task_force_is_a_view_and_never_added_to_the_sum(world: World) -> None:
    world.at("7:30")
    world.taps("张伟", "零报告")
    force, whole = world.figures("区局/防疫专班"), world.figures("区局")
    assert (force.expected, force.received) == (3, 1)
    assert (whole.expected, whole.received) == (10, 1)
    world.at("10:25")
    assert "1/3 · 未报2" in world.last("group 防疫专班").text
    assert "1/10 · 未报9" in world.last("group 区局").text
    assert "防疫专班" not in world.last("陈局").text
    world.taps("钱丽", "零报告")
    world.at("10:30")
    assert "1 → 2/3" in world.last("group 防疫专班").text


@ON_SQLITE
def test_an_assignment_to_a_task_force_asks_its_members(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(unit="区局/防疫专班")
    world.at("7:30")
    assert world.figures("区局/防疫专班").expected == 3
    assert world.chat("李梅") == []
    assert "每日健康" in world.last("钱丽").text
    world.taps("钱丽", "零报告")
    world.at("10:25")
    assert "1/3 · 未报2" in world.last("group 防疫专班").text
    assert world.chat("group 二站") == []
