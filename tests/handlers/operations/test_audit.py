"""Who changed what."""

from tests.support.world import World


def test_the_audit_tells_who_changed_what(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站 今天")
    world.taps("周敏", "确认")
    said = world.says("周敏", "/audit 李梅")
    assert "周敏·调动·1005 李梅 区局/一站 → 区局/二站" in said
    assert "调动" in world.says("周敏", "留痕")
    assert "调动" in world.says("周敏", "/audit 今天")
    assert "没有记录" in world.says("周敏", "/audit 11-01")
