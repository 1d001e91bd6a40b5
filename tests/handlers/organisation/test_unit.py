"""Units by slash command."""

import pytest

from models.evidence import verification
from tests.support.world import TUESDAY, WEDNESDAY, World


def test_a_unit_is_added_renamed_and_moved_and_history_stays(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:30")
    kept = world.at_close("区局/一站")
    world.says("周敏", "/unit rename 区局/一站 北站")
    assert "把区局/一站改名为区局/北站" in world.last("周敏").text
    assert "涉及6人" in world.last("周敏").text
    world.taps("周敏", "确认")
    assert "撤销：/unit rename 区局/北站 一站" in world.last("周敏").text
    assert world.at_close("区局/北站") == kept
    assert world.figures("区局/北站").received == 1
    world.says("周敏", "/unit add 区局/一站")
    world.taps("周敏", "确认")
    assert world.figures("区局/一站").expected == 0, "a new unit under the old name has no part in the old day"
    world.taps("张伟", "零报告")
    assert world.figures("区局/北站").received == 2
    world.at("7:30", TUESDAY)
    assert world.figures("区局/北站", day=TUESDAY).expected == 6
    assert "/6 · " in world.says("王建国", "汇总 昨天")
    world.says("周敏", "/unit add 区局/物流部")
    world.taps("周敏", "确认")
    world.says("周敏", "/unit move 北站 物流部")
    world.taps("周敏", "确认")
    assert "区局/北站 → 区局/物流部/北站" in world.last("周敏").text
    world.at("7:30", WEDNESDAY)
    assert world.figures("区局/物流部", day=WEDNESDAY).expected == 6
    assert world.figures("区局/物流部", day=TUESDAY).expected == 0
    assert world.figures("区局/物流部/北站", day=TUESDAY).expected == 6
    world.says("周敏", "/unit rename 物流部 运输部")
    world.taps("周敏", "确认")
    assert world.figures("区局/运输部", day=WEDNESDAY).expected == 6, "an inner unit keeps its old days too"
    assert "▫️ 运输部 0/6" in world.says("周敏", "进度 区局")
    assert "▫️ 北站 0/6" in world.says("周敏", "进度 运输部")
    assert "不能移到那里" in world.says("周敏", "/unit move 运输部 北站")
    assert "北站" in world.says("周敏", "单位")
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def test_in_the_browser_chat_every_unit_has_its_group_and_others_can_be_bound(world: World) -> None:
    assert "✅ 网页聊天" in world.says("周敏", "/bind 区局/一站")
    assert "在群里发送 /bind 区局/一站" in world.last("周敏").text


@pytest.mark.sqlite
def test_the_longest_name_counts_where_one_begins_another(world: World) -> None:
    for unit in ("区局/Team", "区局/Team B"):
        world.says("周敏", f"/unit add {unit}")
        world.taps("周敏", "确认")
    assert "把区局/Team B改名为区局/Team C" in world.says("周敏", "/unit rename 区局/Team B Team C")
    world.says("周敏", "/assign new delivery")
    world.taps("周敏", "区局/Team B")
    world.taps("周敏", "工作日，14:30–17:00")
    assert "区局/Team B" in world.last("周敏").text
