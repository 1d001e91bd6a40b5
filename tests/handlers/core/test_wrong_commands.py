"""A command that is written wrongly is answered with why, and with how to write it."""

import pytest

from tests.support.world import World


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("/people move 某某 二站", "没有名为“某某”的人员"),
        ("/people move 1005 九站", "没有单位“九站”"),
        ("/people move 1005 二站 11-01", "已过"),
        ("/people move 1005 二站 哪天", "不是日期"),
        ("/people move 1005 一站", "已经在区局/一站"),
        ("/people role 1005 司机", "不是角色"),
        ("/people role 1005 成员", "已是这个角色"),
        ("/people add 1005 某某 一站", "已是李梅"),
        ("/people reporter 1005 1006", "自行报送"),
        ("/people reporter 2001 2002", "是代报对象或外部对象"),
        ("/unit add 四站", "命令不完整"),
        ("/unit add 区局/一站", "已有单位"),
        ("/unit rename 区局/一站 甲/乙", "不能含 /"),
        ("/unit move 区局 区局/一站", "最上级"),
        ("/unit 什么", "命令不完整"),
        ("/form show nothing", "没有表单“nothing”"),
        ("/form back health", "命令不完整"),
        ("/form back health 1", "无需改动"),
        ("/assign times nothing due=9:00", "nothing"),
        ("/assign times health colour=red", "不能设置"),
        ("/assign times health due=25:00", "25:00"),
        ("/assign times health due=10:00", "已是"),
        ("/assign new nothing 区局", "没有表单"),
        ("/assign new health 区局", "已有这张表单"),
        ("/assign resume health", "正在进行"),
        ("/calendar 哪天 work", "不是日期"),
        ("/calendar 12-01 maybe", "既不是上班"),
        ("/calendar 11-01 work", "已过"),
        ("/calendar 12-01 work", "已是"),
        ("/reopen 1005", "命令不完整"),
        ("/reopen 1005 11-23 误报", "没有已锁定"),
        ("/export 11-23..11-01", "早的在前"),
        ("/export 01-01", "没有填报任务"),
        ("/export 哪天 health", "没有填报任务“哪天”"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_error_says_why_and_how_to_write_it(world: World, words: str, why: str) -> None:
    before = world.records()
    said = world.says("周敏", words)
    assert why in said
    assert "写法：" in said
    assert "例如：" in said
    assert world.records() == before


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("/timeline hide 99999 误", "没有该单位或该编号的记录"),
        ("/timeline words 99999 误", "没有该单位或该编号的记录"),
        ("/timeline show 99999", "没有该单位或该编号的记录"),
        ("/notice 99999", "没有该通知或问卷"),
        ("/survey 99999", "没有该通知或问卷"),
        ("/honours 99999", "该荣誉不存在"),
        ("/honours undo 99999 误", "该荣誉不存在"),
        ("/donations show 99999", "没有该编号的募捐或记录"),
        ("/donations money 99999 5", "没有该编号的募捐或记录"),
        ("/donations undo 99999", "没有该编号的募捐或记录"),
        ("/supplies undo 99999 误", "没有这个单号"),
        ("/supplies wrong 99999 误", "没有该编号的发放记录"),
        ("/supplies end #99999", "没有“#99999”"),
        ("/people undo 99999", "没有编号99999的预定改动"),
        ("/form back health 99", "没有第99版，最新为第1版"),
        ("/form show health 九", "没有第九版"),
        ("/why ABCD", "没有找到回执ABCD"),
    ],
)
def test_an_admin_is_told_that_there_is_no_such_number_not_that_it_is_somebody_elses(
    world: World, words: str, why: str
) -> None:
    before = world.records()
    assert why in world.says("周敏", words)
    assert world.records() == before
