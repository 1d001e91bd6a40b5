"""Rosters as clerks keep them in Excel."""

import re
import time
import zipfile
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from handlers.core.rendering import Renderer
from models.changes import roster_import
from tests.support.workbooks import clerks_own, workbook, wrong_in

HEAD = ["工号", "姓名", "单位"]


def said(data: bytes) -> list[str]:
    """Return the notes on a roster, in English."""
    return [Renderer("en").refusal(note) for note in roster_import.look(data).notes]


def test_the_clerks_own_excel_is_read_as_it_is() -> None:
    found = [(r.line, r.staff_no, r.name, r.unit, str(r.role)) for r in roster_import.read(clerks_own())]
    assert found == [
        (5, "00007", "王建国", "区局/一站", "lead"),
        (6, "1001", "张伟", "区局/一站", "member"),  # the merged unit holds for this row too
    ]


def test_what_was_left_out_is_named() -> None:
    assert said(clerks_own()) == [
        "Sheets without people, not used: 说明.",
        "Line 1 (“云溪区局2026年11月花名册”) is not a person and was left out.",
        "Line 3 (“制表：周敏 2026-11-20”) is not a person and was left out.",
        "Columns not used: 序号, 入职日期, 座机.",
        "1 hidden row left out (7). If it belongs here, unhide it and send the file again.",
    ]
    assert said("序号,工号,姓名,单位\n1,7,甲,局\n".encode()) == ["Columns not used: 序号."]


@pytest.mark.parametrize("heading", ["角", "staffno", "职务"])
def test_a_column_nobody_knows_is_left_out_but_a_slip_of_the_pen_is_not(heading: str) -> None:
    assert roster_import.read(f"工号,姓名,单位,{heading}x备\n7,甲,局,y\n".encode())
    assert wrong_in(b"staff_no,name,unit,reportr\n7,a,x,\n") == [
        ":1:The column “reportr” is unknown. Did you mean reporter? If not, rename or delete it."
    ]
    assert roster_import.read(b"staff_no,name,unit,reporter,reporters\n7,a,x,,z\n")  # the real one is there


def test_bad_rows_are_named_with_their_sheet_and_row() -> None:
    data = workbook(人员=[HEAD, ["1", "甲", "局"], [None, "乙", "局"], [3, "丙", "局//站"]])
    assert [it.split(":")[:2] for it in wrong_in(data)] == [["人员", "3"], ["人员", "4"]]


def test_headings_in_two_rows_are_explained_where_nobody_can_tell_what_they_mean() -> None:
    def adjust(book: Workbook) -> None:
        book["S"].merge_cells("A1:B1")

    apart = workbook(adjust, S=[["人员", None, "单位"], ["工号", "姓名", None], [1, "甲", "局"]])
    assert "(A1:B1). Unmerge them" in wrong_in(apart)[0]

    def tall(book: Workbook) -> None:
        adjust(book)
        book["S"].merge_cells("C1:C2")

    down = workbook(tall, S=[["人员", None, "单位"], ["工号", "姓名", None], [1, "甲", "局"]])
    assert [r.name for r in roster_import.read(down)] == ["甲"]  # a heading merged downwards stands in both rows

    def sub(book: Workbook) -> None:
        for cells in ("A1:A2", "B1:B2", "C1:C2", "D1:E1"):
            book["S"].merge_cells(cells)

    rows = [[*HEAD, "联系方式"], [None, None, None, "手机", "座机"], [1, "甲", "局", "13800007001", 2]]
    under = workbook(sub, S=rows)
    assert [r.line for r in roster_import.read(under)] == [3]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["=A9", "甲", "局"], "A2 is a formula whose result was never saved"),
        ([date(2026, 1, 2), "甲", "局"], "Excel turned A2 into a date"),
        ([123456789012345678, "甲", "局"], "A2 is a number with more than 15 digits"),
        (["1", "#N/A", "局"], "B2 shows an error"),
        (["1", "甲", None], "The column unit is empty"),
    ],
)
def test_a_cell_that_nobody_can_read_is_explained(row: list[Any], words: str) -> None:
    assert words in wrong_in(workbook(S=[HEAD, row]))[0]


def test_a_formula_counts_with_the_value_it_was_saved_with() -> None:
    data = workbook(S=[HEAD, ["=1+1", "甲", "局"]])
    saved = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(saved, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb"<v ?/>|<v></v>", b"<v>2</v>", old.read(name)))
    assert [r.staff_no for r in roster_import.read(saved.getvalue())] == ["2"]


def test_a_stray_cell_at_the_far_end_of_the_sheet_costs_nothing() -> None:
    def adjust(book: Workbook) -> None:
        book["S"]["A1048576"].number_format = "@"

    began = time.process_time()
    assert [r.name for r in roster_import.read(workbook(adjust, S=[HEAD, [1, "甲", "局"]]))] == ["甲"]
    assert time.process_time() - began < 5
