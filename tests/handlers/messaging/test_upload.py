"""Files that are sent to the program by whom it does not take them from."""

from tests.support.admins import send_file
from tests.support.world import ROSTER, World


def test_a_file_by_anybody_else_or_in_a_group_is_no_import(world: World) -> None:
    before = world.records()
    for who in ("李梅", "王建国", "陈局"):
        assert "单独的文件不作为报告" in send_file(world, who, "名册.csv", ROSTER.replace("张伟", "章伟")), who
    assert "单独的文件不作为报告" in send_file(world, "周敏", "photo.jpg", "x")
    send_file(world, "周敏", "名册.csv", ROSTER.replace("张伟", "章伟"), chat="group 一站")
    assert not any("导入" in label for b in world.chat("周敏") for label in b.labels)
    assert world.records() == before
