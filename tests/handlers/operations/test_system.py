"""How the program does."""

from models.core.database import Database
from tests.support.world import World


def test_system_tells_the_waves_and_who_cannot_be_reached(database: Database) -> None:
    world = World(database)
    world.organisation(enrolled="1002 1003 1004")
    world.assign()
    world.at("7:30")
    world.set_defaults(rates={"web": 0.5})
    said = world.says("周敏", "系统")
    assert "11月24日发送计划：" in said
    assert "health 区局：07:31 · 发送10人；6秒，最后一条07:31:06；若人人立即回复则12秒" in said
    assert "人员8人（可联系3，未开通5，联系不上0）。" in said
    assert "还没有封存" in said
    world.at("10:05")
    assert "最新封存" in world.says("周敏", "/system")
