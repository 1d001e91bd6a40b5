"""A duty table that a lead sends as a file becomes the template week: read, shown, confirmed, undone."""

from datetime import date, time
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models.core.audit import AuditEntry
from models.duty import rotas
from models.files import blobs
from models.organisation.people import Person
from models.organisation.units import find_unit
from tests.handlers.duty.test_duty import plan, writes
from tests.support.admins import send_file
from tests.support.duty_tables import book
from tests.support.world import World

XLSX = "值班表.xlsx"
GRID = [
    ["一站12月值班表"],
    ["日期", "星期", "白班", "夜班", "备注"],
    [None, None, "8:00-20:00", "20:00-8:00"],
    [date(2026, 11, 24), "周二", "张伟", "李梅 1005", "大风"],
    [date(2026, 11, 25), "周三", "李梅（1005）", "张伟"],
    [date(2026, 11, 26), "周四", "张 伟", "Ann Lee"],
]


def test_a_table_of_days_and_shifts_is_shown_confirmed_and_makes_the_shifts_it_says(world: World) -> None:
    said = send_file(world, "王建国", XLSX, book(GRID))
    assert said.startswith("值班表.xlsx将形成以下周表：")
    assert "区局/一站，共5行" in said
    assert "➕ 夜班，周二20:00–08:00（次日），每班1人：李梅" in said
    assert "工作表“Sheet1”：未采用或未填人员的列：备注。" in said
    assert "一站12月值班表" in said
    assert plan(world) == []
    world.taps("王建国", "明天起")
    world.tick()
    assert plan(world)[:6] == [
        ("11-24", "白班", ["张伟"]), ("11-24", "夜班", ["李梅"]), ("11-25", "白班", ["李梅"]),
        ("11-25", "夜班", ["张伟"]), ("11-26", "白班", ["张伟"]), ("11-26", "夜班", ["Ann Lee"]),
    ]  # fmt: skip
    assert plan(world)[6][0] == "12-01"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "rows",
    [
        [["日期", "班次", "开始", "结束", "姓名"], [date(2026, 11, 24), "白班", time(8), time(20), "张伟"]],
        [["班次", "11月24日", "11月25日", "11月26日"], ["白班 8:00-20:00", "张伟", None, None]],
        [["姓名", "工号", "11月24日", "11月25日", "11月26日"], ["张伟", "1004", "白班 8:00-20:00", "休", "-"]],
        [["2026年11月"], ["日期", "白班(08:00—20:00)"], [24, "张伟"]],
        [["星期", "班次", "时间", "值班人员"], ["周二", "白班", "8:00-20:00", "1004"]],
        [["星期", "班次", "时间", "值班人员"], ["二", "白班", "8:00-20:00", "1004"]],
        [["星期", "白班 8:00-20:00"], ["一", None], ["二", "张伟"]],
        [["Weekday", "Shift", "From", "Until", "Staff No.", "Name"], ["Tue", "白班", "08:00", "20:00", "1004", "张伟"]],
        [["单位", "日期", "班次", "值班时间", "姓名"], ["一站", "2026/11/24（周二）", "白班", "8:00-20:00", "张伟"]],
    ],
)  # fmt: skip
def test_every_layout_that_clerks_use_says_the_same(world: World, rows: list[list[object]]) -> None:
    send_file(world, "王建国", XLSX, book(rows))
    world.taps("王建国", "明天起")
    world.tick()
    assert plan(world)[0] == ("11-24", "白班", ["张伟"])
    assert {day for day, _, _ in plan(world)} == {"11-24", "12-01"}


@pytest.mark.sqlite
def test_a_date_in_merged_cells_stands_for_all_its_rows(world: World) -> None:
    rows = [
        ["日期", "班次", "时间", "姓名"],
        [date(2026, 11, 24), "白班", "8:00-20:00", "张伟"],
        [None, "夜班", "20:00-8:00", "李梅"],
    ]
    send_file(world, "王建国", XLSX, book(rows, merged=["A2:A3"]))
    world.taps("王建国", "明天起")
    world.tick()
    assert plan(world)[:2] == [("11-24", "白班", ["张伟"]), ("11-24", "夜班", ["李梅"])]


@pytest.mark.sqlite
def test_everything_that_is_wrong_is_said_at_once_with_row_and_column(world: World) -> None:
    rows = [
        ["日期", "星期", "白班 8:00-20:00", "夜班 20:00-8:00", "带班领导"],
        [date(2026, 11, 24), "周三", "张伟", None, None],
        [date(2026, 11, 25), "周三", "某人", "钱丽", None],
        ["下周五", None, "李梅", None, None],
        [date(2026, 11, 26), "周四", "张伟、张伟", "李梅 1004", "王建国"],
    ]
    said = send_file(world, "王建国", XLSX, book(rows))
    assert "“2026-11-24 周三”：没有这一天，或与星期不符" in said
    assert "第2行C列" in said
    assert "没有名为“某人”" in said
    assert "“钱丽”不属于区局/一站" in said
    assert "“下周五”不是日期" in said
    assert "张伟在这一班次中出现两次" in said
    assert "工号1004与姓名李梅不符" in said
    assert "“带班领导”的起止时间不明" in said
    assert "第5行E列" in said
    world.tick()
    assert plan(world) == []


@pytest.mark.sqlite
def test_a_name_misspelt_on_every_day_hides_no_other_fault_and_an_empty_shift_is_named(world: World) -> None:
    days = [date(2026, 11, n) for n in range(24, 31)] + [date(2026, 12, n) for n in range(1, 8)]
    rows = [["日期", "白班 8:00-20:00", "夜班 20:00-8:00"], *([day, "张卫", None] for day in days)]
    rows[-1][1] = "赵强"
    said = send_file(world, "王建国", XLSX, book(rows))
    assert said.index("没有名为“张卫”") < said.index("“赵强”不属于区局/一站")
    assert "还有4" in said or "另有4" in said
    said = send_file(
        world, "王建国", XLSX, book([[*row[:1], "张伟", None] if n else row for n, row in enumerate(rows)])
    )
    assert "未采用或未填人员的列：夜班 20:00-8:00。" in said


@pytest.mark.sqlite
def test_what_a_file_is_called_and_says_is_shown_as_it_is(world: World) -> None:
    rows = [["日期", "<b>白班</b> 8:00-20:00", "<i>"], [date(2026, 11, 24), "张伟", "<u>x"]]
    said = send_file(world, "王建国", "<b>表.xlsx", book([["<s>标题"], *rows]))
    assert "“<i>”的起止时间不明" in said and "没有名为“<u>x”" in said
    assert "<u>" not in world.last("王建国").content.text.replace("&lt;u&gt;", "")
    send_file(world, "王建国", "<b>表.xlsx", book([["<s>标题"], *([row[:2] for row in rows])]))
    assert "&lt;b&gt;表.xlsx" in world.last("王建国").content.text
    assert "&lt;s&gt;标题" in world.last("王建国").content.text


@pytest.mark.sqlite
def test_nobody_is_put_on_duty_twice_at_once(world: World) -> None:
    rows = [["日期", "白班 8:00-20:00", "总值班 19:00-21:00"], [date(2026, 11, 24), "张伟", "张伟"]]
    said = send_file(world, "王建国", XLSX, book(rows))
    assert "张伟将同时值两个班：此处的“总值班”与第2行的“白班”" in said


@pytest.mark.sqlite
def test_two_people_of_one_name_are_told_apart_by_the_number_in_the_file_and_in_the_chat(world: World) -> None:
    with world.database.writing() as session:
        session.exec(select(Person).where(Person.staff_no == "1006")).one().name = "李梅"
    rows = [["日期", "白班 8:00-20:00"], [date(2026, 11, 24), "李梅"]]
    why = "此处有多人名为李梅：李梅 1005、李梅 1006。请照此同时写明姓名和工号"
    assert why in send_file(world, "王建国", XLSX, book(rows))
    assert why in world.says("王建国", "值班 新增 一站 每天 8:00-20:00：李梅")
    rows[1][1] = "李梅 1006"
    assert "将形成以下周表" in send_file(world, "王建国", XLSX, book(rows))
    assert "一站周表新增" in world.says("王建国", "值班 新增 一站 每天 8:00-20:00：李梅 1006")


@pytest.mark.sqlite
def test_a_table_that_begins_later_leaves_the_week_until_then(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班：李梅")
    rows = [["日期", "白班"], *([date(2026, 12, n), "张伟"] for n in range(1, 8))]
    said = send_file(world, "王建国", XLSX, book(rows))
    assert "➖ 白班，每天08:00–20:00，每班1人：李梅" in said
    assert "今天起" not in str(world.last("王建国").labels)
    world.taps("王建国", "自12月1日起")
    world.says("王建国", "值班 位置 开")  # begins with the week, not before it
    world.tick()
    found = {day: who for day, _, who in plan(world)}
    assert (found["11-30"], found["12-01"]) == (["李梅"], ["张伟"])


@pytest.mark.sqlite
def test_days_that_are_over_are_left_out_and_too_far_a_beginning_is_refused(world: World) -> None:
    rows = [["日期", "白班 8:00-20:00"], [date(2026, 11, 2), "张伟"], [date(2026, 11, 24), "张伟"]]
    assert "已过日期的1格未采用" in send_file(world, "王建国", XLSX, book(rows))
    assert "日期均已过去" in send_file(world, "王建国", XLSX, book(rows[:2]))
    rows[2][0] = date(2026, 12, 24)
    assert "请自12月10日起发送" in send_file(world, "王建国", XLSX, book([rows[0], rows[2]]))


@pytest.mark.sqlite
def test_it_is_undone_as_a_whole_within_the_hour_and_not_once_somebody_changed_the_week(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班：李梅")
    before = plan(world)
    send_file(world, "王建国", XLSX, book(GRID))
    world.taps("王建国", "明天起")
    world.tick()
    assert plan(world) != before
    world.taps("王建国", "撤销")
    world.tick()
    assert world.last("王建国").text.startswith("↩️ 已撤销值班表.xlsx，自今天起恢复原周表：区局/一站")
    assert [it for it in plan(world) if it in before] == before
    assert "不能再撤销" in (world.taps("王建国", "撤销") or world.last("王建国").text)
    send_file(world, "王建国", XLSX, book(GRID))
    world.taps("王建国", "明天起")
    world.says("王建国", "值班 删除 1")
    world.taps("王建国", "明天起")
    world.taps("王建国", "撤销")
    assert "其后已有更改，未予撤销" in world.last("王建国").text


@pytest.mark.sqlite
@pytest.mark.parametrize("language", ["中文", "English"])
def test_the_file_that_the_program_writes_is_read_again_as_it_is(world: World, language: str) -> None:
    writes(world, "一站 每天 8:00-20:00 白班 1人：张伟、李梅、Ann Lee")
    writes(world, "一站 周一、周三 20:00-8:00 夜班 2人：张伟、李梅")
    world.says("王建国", f"语言 {language}")
    world.says("王建国", "值班 导出")
    kept = _file(world)
    said = send_file(world, "王建国", "a.xlsx", kept)
    assert "一致，未作任何更改" in said or "matches the current template week. Nothing was changed" in said
    made = load_workbook(BytesIO(kept))
    page = made.worksheets[2]
    page["G2"] = "李梅 1005、张伟 1004"
    out = BytesIO()
    made.save(out)
    send_file(world, "王建国", "a.xlsx", out.getvalue())
    world.taps("王建国", "✅")
    with world.database.reading() as session:
        line = rotas.current(session, find_unit(session, "一站")).week[0]
        assert [session.get_one(Person, it).name for it in line.persons] == ["李梅", "张伟"]
        assert (line.name, line.need, len(line.days)) == ("白班", 1, 7)


def _file(world: World) -> bytes:
    file = world.last("王建国").content.file
    with world.database.reading() as session:
        return blobs.data_of(session, file.digest)


@pytest.mark.sqlite
def test_only_the_sheet_of_shifts_is_read_too(world: World) -> None:
    writes(world, "一站 每天 8:00-20:00 白班 1人：张伟、李梅")
    world.says("王建国", "值班 导出")
    made = load_workbook(BytesIO(_file(world)))
    del made[made.sheetnames[2]]
    made.save(out := BytesIO())
    before = plan(world)
    assert "与现行周表一致" in send_file(world, "王建国", "a.xlsx", out.getvalue())
    assert plan(world) == before


@pytest.mark.sqlite
def test_whose_table_it_is_is_asked_and_nobody_elses_unit_is_taken(world: World) -> None:
    rows = [["日期", "白班 8:00-20:00"], [date(2026, 11, 24), "张伟"]]
    assert "是哪个单位的值班表" in send_file(world, "周敏", XLSX, book(rows))
    world.forges("王建国", "rota.unit.1.1")
    world.taps("周敏", "区局/一站")
    assert "区局/一站，共1行" in world.last("周敏").text
    world.taps("周敏", "明天起")
    world.tick()
    assert plan(world)[0] == ("11-24", "白班", ["张伟"])
    rows = [["单位", "日期", "班次", "时间", "姓名"], ["二站", date(2026, 11, 24), "白班", "8:00-20:00", "钱丽"]]
    assert "“二站”不在您负责的单位之列" in send_file(world, "王建国", XLSX, book(rows))
    assert "周表" not in send_file(world, "李梅", XLSX, book(rows))


@pytest.mark.sqlite
def test_a_table_of_several_units_is_one_confirmation_and_notes_each_in_the_audit(world: World) -> None:
    head = ["单位", "星期", "班次", "时间", "姓名"]
    rows = [head, ["一站", "每天", "白班", "8:00-20:00", "张伟"], ["二站", "每天", "白班", "8:00-20:00", "钱丽"]]
    send_file(world, "周敏", XLSX, book(rows))
    world.taps("周敏", "今天起")
    world.tick()
    assert {str(who) for _, _, who in plan(world)} == {"['张伟']", "['钱丽']"}
    with world.database.reading() as session:
        assert len(session.exec(select(AuditEntry).where(AuditEntry.what == "duty week")).all()) == 2


@pytest.mark.sqlite
def test_what_is_wrong_in_each_of_several_units_is_said_at_once(world: World) -> None:
    rows = [
        ["单位", "星期", "班次", "时间", "姓名"],
        ["一站", "每天", "白班", "8:00-20:00", "没有此人"],
        ["二站", "每天", "白班", "8:00-20:00", "钱丽"],
        ["二站", "每天", "夜班", "19:00-8:00", "钱丽"],
    ]
    said = send_file(world, "周敏", XLSX, book(rows))
    assert "没有名为“没有此人”的人员" in said and "钱丽将同时值两个班" in said


@pytest.mark.sqlite
def test_a_week_changed_between_preview_and_confirmation_is_not_overwritten(world: World) -> None:
    send_file(world, "王建国", XLSX, book(GRID))
    preview = world.last("王建国")
    writes(world, "每天 8:00-20:00 白班：李梅")
    before = plan(world)
    world.taps("王建国", "明天起", preview)
    world.tick()
    assert plan(world) == before


@pytest.mark.sqlite
def test_a_roster_stays_a_roster_and_a_csv_table_is_read_in_its_own_encoding(world: World) -> None:
    roster = "工号,姓名,单位,入职日期\n1004,张伟,区局/一站,2026-11-24\n"
    assert "没有需要改动" in send_file(world, "周敏", "r.csv", roster)
    said = send_file(world, "王建国", "d.csv", "日期,白班 8:00-20:00\n2026-11-24,张伟\n".encode("gbk"))
    assert "将形成以下周表" in said


@pytest.mark.sqlite
def test_a_lead_hears_why_a_file_is_no_duty_table(world: World) -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600
    assert ".xlsx" in send_file(world, "王建国", "值班表.xls", old)
    assert "也不是值班表" in send_file(world, "王建国", "r.csv", "工号,姓名,单位\n1004,张伟,一站\n")
    assert "值班表：" not in send_file(world, "李梅", "值班表.xls", old)
