"""Workbooks as they are written: text, numbers, dates and times, headings that stay in sight, filters and widths."""

import re
import tracemalloc
import zipfile
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from models.spreadsheets import workbook, writer
from models.spreadsheets.workbook import Bold, Formats, Page, Share


def made(*pages: Page, formats: Formats = workbook.ISO) -> list[Worksheet]:
    out = BytesIO()
    workbook.write(pages, out, formats)
    return list(load_workbook(BytesIO(out.getvalue())).worksheets)


day = datetime.fromisoformat  # as openpyxl reads a date


def test_text_stays_text_in_excel_whatever_it_looks_like() -> None:
    cells = ["=1+1", "+1", "007", "_x0041_", "a\x00b", " x ", "<&>", "\u20ac\U0001f637", "90%", True, ["a", "b"], None]
    (page,) = made(Page("年/月[1]", [["=a"] * len(cells), cells]))
    assert page.title == "年 月 1"
    assert {c.data_type for c in page[1]} == {"s"}, "a heading that somebody typed is no formula either"
    read = [(c.value, c.data_type) for c in page[2]]
    assert read[:3] == [("=1+1", "s"), ("+1", "s"), ("007", "s")]
    assert read[3][0] == "_x005F_x0041_"  # which Excel shows as _x0041_
    assert [it[0] for it in read[4:]] == [
        "a\ufffdb", " x ", "<&>", "\u20ac\U0001f637", "90%", "true", "a b", None,
    ]  # fmt: skip


@pytest.mark.parametrize(("value", "read", "kind"), [
    (12, 12, "n"), (36.5, 36.5, "n"), (-0.25, -0.25, "n"),
    (10**6 + 0.25, 1000000.25, "n"), (10**15 - 1, 10**15 - 1, "n"),
    (10**15, "1000000000000000", "s"),  # Excel would round the last digits
    (date(2026, 11, 23), day("2026-11-23"), "d"), (date(1900, 2, 28), "1900-02-28", "s"),
    (time(7, 30), time(7, 30), "d"),
    (datetime(2026, 11, 23, 8, 0, 12, tzinfo=ZoneInfo("Asia/Urumqi")), day("2026-11-23 08:00:12"), "d"),
])  # fmt: skip
def test_numbers_dates_and_times_are_what_excel_calculates_with(value: object, read: object, kind: str) -> None:
    (page,) = made(Page("x", [["a"], [value]]))
    assert (page["A2"].value, page["A2"].data_type) == (read, kind)


def test_a_long_number_is_shown_with_all_its_digits() -> None:
    """Excel would show 1.23457E+14 however wide the column."""
    (page,) = made(Page("x", [["a"] * 5, [123456789012345, -(10**11), 2.0e12, 99_999_999_999, 10**10 + 0.5]]))
    assert [c.number_format for c in page[2]] == ["0", "0", "0", "General", "General"]


def test_dates_are_shown_as_a_language_shows_them() -> None:
    formats = Formats('yyyy"年"m"月"d"日"', "[$-409]d mmm yyyy hh:mm")
    (page,) = made(Page("x", [["a", "b"], [date(2026, 11, 23), day("2026-11-23 08:00")]]), formats=formats)
    assert [c.number_format for c in page[2]] == [*formats]
    assert [c.value for c in page[2]] == [day("2026-11-23"), day("2026-11-23 08:00")]


def test_a_table_has_a_heading_that_stays_filters_and_columns_as_wide_as_what_they_hold() -> None:
    rows = [["a", "工号", "long"], ["1", "张" * 10, "x" * 500], ["2", "", None]]
    about, table = made(Page("About", [[Bold("unit"), "区局"]], (24, 44)), Page("R", rows))
    assert (table.auto_filter.ref, table.freeze_panes) == ("A1:C3", "A2")
    assert [table.column_dimensions[it].width for it in "ABC"] == [11, 23, 51]
    assert all(c.font.b and c.alignment.wrap_text for c in table[1])
    assert (about.auto_filter.ref, about.freeze_panes, about.column_dimensions["B"].width) == (None, None, 44)
    assert (about["A1"].font.b, about["B1"].font.b, about["B1"].alignment.wrap_text) == (True, False, True)


def test_wrapped_words_have_the_room_they_need_where_a_program_gives_none_by_itself() -> None:
    told = "封存涵盖该任务当日全部报告在封存时刻的内容。核验方法：运行 zeroreport verify --seal，后接封存码。"
    about, table = made(
        Page("说明", [["封存", told], ["日期", "28"]], widths=(24, 44)),
        Page("表", [["一个很长很长很长很长很长很长的标题", "短"], ["1", "2"]]),
    )
    assert about.row_dimensions[1].height >= 45
    assert about.row_dimensions[2].height is None
    assert table.row_dimensions[1].height == 30


def test_a_table_prints_on_paper_with_its_heading_on_every_page_and_columns_that_can_be_read() -> None:
    narrow, wide = made(Page("a", [["日期", "单位"], ["1", "2"]]), Page("b", [["字" * 20] * 30, ["字" * 30] * 30]))
    for sheet in (narrow, wide):
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0
    assert narrow.page_setup.fitToWidth == 1
    assert wide.page_setup.fitToWidth == 10


def test_what_does_not_fit_onto_a_sheet_goes_on_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    pages = made(Page("R", [["a"], *([n] for n in range(5))]))
    assert [[c.value for (c,) in page.iter_rows()] for page in pages] == [["a", 0, 1], ["a", 2, 3], ["a", 4]]
    assert [page.title for page in pages] == ["R", "R 2", "R 3"]
    assert [page.auto_filter.ref for page in pages] == ["A1:A3", "A1:A3", "A1:A2"]


def test_a_share_is_a_number_that_is_shown_in_per_cent() -> None:
    (page,) = made(Page("R", [["share"], [Share(0.3333)]]))
    assert (page["A2"].value, page["A2"].number_format) == (0.3333, "0.00%")


def test_two_sheets_never_have_one_name() -> None:
    assert [it.title for it in made(*(Page("说明", [["a"]]) for _ in range(3)))] == ["说明", "说明 2", "说明 3"]


def test_the_parts_of_a_workbook_name_each_other() -> None:
    """Excel repairs, or refuses, a file in which a part is missing that another one names."""
    out = BytesIO()
    workbook.write([Page("a & b", [["x"], [1]]), Page("c", [["y"]], (10,))], out)
    with zipfile.ZipFile(BytesIO(out.getvalue())) as archive:
        names = set(archive.namelist())
        told = re.findall(r'PartName="/([^"]+)"', archive.read("[Content_Types].xml").decode())
        targets = re.findall(r'Target="([^"]+)"', archive.read("xl/_rels/workbook.xml.rels").decode())
        styles = archive.read("xl/styles.xml").decode()
        count = int(re.search(r'cellXfs count="(\d+)"', styles)[1])  # type: ignore[index]
        used = {int(n) for n in re.findall(r' s="(\d+)"', archive.read("xl/worksheets/sheet1.xml").decode())}
    assert {*told} | {f"xl/{it}" for it in targets} <= names
    assert styles.count("<xf xfId") == count > max(used)


def test_csv_is_marked_for_excel_and_holds_no_formula() -> None:
    out = BytesIO()
    writer.write_csv([["=a", "b"], [date(2026, 11, 23), day("2026-11-23 08:00:12")], [time(7, 30), -5]], out)
    assert out.getvalue() == b"\xef\xbb\xbf'=a,b\n2026-11-23,2026-11-23 08:00:12\n07:30,-5\n"


@pytest.mark.parametrize(("value", "cell"), [
    (None, ""), (True, "true"), (False, "false"), (["a", "b"], "a b"), (36.5, "36.5"), ("=1+1", "'=1+1"),
    ("+86 138", "'+86 138"), (1234567.25, "1234567.25"),
    ("-5", "-5"), ("+5", "+5"), ("@cmd", "'@cmd"), ("-x", "'-x"), ("\tx", "'\tx"), ("\n=1", "'\n=1"),
    ("\uff1d1+1", "'\uff1d1+1"), ("\uff20SUM(1)", "'\uff20SUM(1)"), ("无", "无"),
])  # fmt: skip
def test_no_cell_of_csv_is_taken_for_a_formula(value: object, cell: str) -> None:
    assert writer.plain(value) == cell


def test_a_long_table_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        with (tmp_path / "x.xlsx").open("wb") as out:
            workbook.write([Page("x", (["甲", n, f"{n:06}", date(2026, 11, 23)] for n in range(count)))], out)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(20_000) < peak(400) + 200_000
