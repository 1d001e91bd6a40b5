"""The calendar by slash command."""

from models.core.database import Database
from models.cycle import assignments
from tests.support.world import TUESDAY, WEDNESDAY, World


def test_a_working_day_becomes_a_day_of_rest_and_back(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(calendar="workdays")
    world.at("7:30")
    assert "2026年11月" in world.says("周敏", "日历")
    said = world.says("周敏", "/calendar 11-24 rest")
    assert "11月24日（周二）改为休息。" in said
    assert "涉及health，共10人。" in said
    world.taps("周敏", "确认")
    assert "撤销：/calendar 2026-11-24 work" in world.last("周敏").text
    with database.reading() as session:
        assert assignments.by_code(session, "health").next_day == WEDNESDAY
    assert "24-" in world.says("周敏", "日历").replace(" ", "")
    world.taps("周敏", "24")
    world.taps("周敏", "确认")
    with database.reading() as session:
        assert assignments.by_code(session, "health").next_day == TUESDAY
    world.taps("周敏", "▶")
    assert "2026年12月" in world.last("周敏").text
