"""Rosters as clerks keep them in Excel, and the roster as a file that comes back as it went."""

import re
import time
import tracemalloc
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlmodel import select

from handlers.core.rendering import Renderer
from handlers.organisation import roster_files as rosters
from models.changes import roster_import
from models.core import characters
from models.core.database import Database
from models.core.errors import Refusal, Refusals
from models.organisation import roster_export
from models.organisation.kinds import Kind, Role
from models.organisation.people import Person
from models.spreadsheets import reader, writer
from tests.support.workbooks import damaged, workbook
from tests.support.world import MONDAY, ROSTER, World

HEAD = ["工号", "姓名", "单位"]


def said(data: bytes) -> list[str]:
    """Return the notes on a roster, in English."""
    return [Renderer("en").refusal(note) for note in roster_import.look(data).notes]


def wrong(data: bytes) -> list[str]:
    """Return what is wrong with a roster, with sheet and line."""
    with pytest.raises((Refusal, Refusals)) as refused:
        roster_import.read(data)
    error = refused.value
    found = error.refusals if isinstance(error, Refusals) else [error]
    return [f"{it.sheet or ''}:{it.line or ''}:{Renderer('en').refusal(it)}" for it in found]


def clerks_own() -> bytes:
    """Return a workbook with a merged title and a blank line above, running numbers, dates, numbers as numbers, and a
    unit over two rows."""

    def adjust(book: Workbook) -> None:
        page = book["花名册"]
        page.merge_cells("A1:G1")
        page.merge_cells("D5:D6")
        page["B5"].number_format = "00000"
        page.row_dimensions[7].hidden = True

    return workbook(
        adjust,
        说明=[["本表由办公室填报"]],
        花名册=[
            ["云溪区局2026年11月花名册"],
            [],
            ["制表：周敏", None, None, None, None, "2026-11-20"],
            ["序号", "工 号", "姓名*", "单位", "角色", "入职日期", "手机"],
            [1, 7, "王建国", "区局/一站", "负责人", date(2009, 7, 1), 13800000000],
            [2, 1001.0, "张伟", None, None, date(2015, 3, 2), "=1+1"],
            [3, "0012", " 李梅 ", "区局/二站", "", None, None],
            [4],
        ],
    )


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
        "Columns not used: 序号, 入职日期, 手机.",
        "1 hidden row left out (7). If it belongs here, unhide it and send the file again.",
    ]
    assert said("序号,工号,姓名,单位\n1,7,甲,局\n".encode()) == ["Columns not used: 序号."]


@pytest.mark.parametrize("heading", ["角", "staffno", "职务"])
def test_a_column_nobody_knows_is_left_out_but_a_slip_of_the_pen_is_not(heading: str) -> None:
    assert roster_import.read(f"工号,姓名,单位,{heading}x备\n7,甲,局,y\n".encode())
    assert wrong(b"staff_no,name,unit,reportr\n7,a,x,\n") == [
        ":1:The column “reportr” is unknown. Did you mean reporter? If not, rename or delete it."
    ]
    assert roster_import.read(b"staff_no,name,unit,reporter,reporters\n7,a,x,,z\n")  # the real one is there


def test_bad_rows_are_named_with_their_sheet_and_row() -> None:
    data = workbook(人员=[HEAD, ["1", "甲", "局"], [None, "乙", "局"], [3, "丙", "局//站"]])
    assert [it.split(":")[:2] for it in wrong(data)] == [["人员", "3"], ["人员", "4"]]


def test_headings_in_two_rows_are_explained_where_nobody_can_tell_what_they_mean() -> None:
    def adjust(book: Workbook) -> None:
        book["S"].merge_cells("A1:B1")

    apart = workbook(adjust, S=[["人员", None, "单位"], ["工号", "姓名", None], [1, "甲", "局"]])
    assert "(A1:B1). Unmerge them" in wrong(apart)[0]

    def tall(book: Workbook) -> None:
        adjust(book)
        book["S"].merge_cells("C1:C2")

    down = workbook(tall, S=[["人员", None, "单位"], ["工号", "姓名", None], [1, "甲", "局"]])
    assert [r.name for r in roster_import.read(down)] == ["甲"]  # a heading merged downwards stands in both rows

    def sub(book: Workbook) -> None:
        for cells in ("A1:A2", "B1:B2", "C1:C2", "D1:E1"):
            book["S"].merge_cells(cells)

    under = workbook(sub, S=[[*HEAD, "联系方式"], [None, None, None, "手机", "座机"], [1, "甲", "局", 1, 2]])
    assert [r.line for r in roster_import.read(under)] == [3]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["=A9", "甲", "局"], "A2 is a formula whose result was never saved"),
        ([date(2026, 1, 2), "甲", "局"], "Excel made a date of A2"),
        ([123456789012345678, "甲", "局"], "A2 is a number of more than 15 digits"),
        (["1", "#N/A", "局"], "B2 shows an error"),
        (["1", "甲", None], "The column unit is empty"),
    ],
)
def test_a_cell_that_nobody_can_read_is_explained(row: list[Any], words: str) -> None:
    assert words in wrong(workbook(S=[HEAD, row]))[0]


def test_a_formula_counts_with_the_value_it_was_saved_with() -> None:
    data = workbook(S=[HEAD, ["=1+1", "甲", "局"]])
    saved = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(saved, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb"<v ?/>", b"<v>2</v>", old.read(name)))
    assert [r.staff_no for r in roster_import.read(saved.getvalue())] == ["2"]


def test_files_that_would_take_all_memory_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 1_000_000)
    assert "unpacks to far more" in wrong(bomb.getvalue())[0]
    entity = BytesIO()
    with zipfile.ZipFile(entity, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert "unpacks to far more" in wrong(entity.getvalue())[0]
    assert "larger than 10 MB" in wrong(b"x" * (reader.LARGEST + 1))[0]
    assert "an old Excel (.xls)" in wrong(b"\xd0\xcf\x11\xe0" + b"x" * 600)[0]
    monkeypatch.setattr(reader, "MOST_ROWS", 2)
    assert "more than 2 rows" in wrong(workbook(S=[HEAD, [1, "a", "x"], [2, "b", "x"]]))[0]
    assert "more than 2 rows" in wrong(b"staff_no,name,unit\n1,a,x\n2,b,x\n")[0]


SAMPLE = clerks_own()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=8), st.binary(max_size=200))
def test_no_bytes_whatsoever_make_reading_fail_otherwise_than_by_a_refusal(
    changes: list[tuple[int, int]], tail: bytes
) -> None:
    changed = bytearray(SAMPLE)
    for place, byte in changes:
        changed[place] = byte
    for data in (bytes(changed), SAMPLE[: len(tail) * 30] + tail, tail, b"PK\x03\x04" + tail):
        try:
            roster_import.look(data)
        except (Refusal, Refusals):
            pass


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_xml_inside_makes_reading_fail_otherwise_than_by_a_refusal(data: st.DataObject) -> None:
    broken = damaged(data, SAMPLE, [b"", b"-1", b"<", b"x", b'r="Z9"', b"9999999"])
    try:
        roster_import.look(broken)
    except (Refusal, Refusals):
        pass


# the roster as a file to give away


def _file(world: World, kind: str, locale: str) -> bytes:
    with world.database.reading() as session:
        return rosters.file(session, Renderer(locale), kind, MONDAY)


def _numbers(name: str) -> bool:
    """Say whether a staff number may be written so."""
    return characters.is_number(name) and characters.number(name) == name


NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=12
) | st.sampled_from(["=1+1", "'=x", "-5", "@a", "+86", "''", "_x0041_", "007", "1e5", "TRUE", '<b>&"', "a,b", "无"])


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(NAMES.map(characters.name).filter(characters.is_name), min_size=1, max_size=6),
    locale=st.sampled_from(["zh_CN", "en"]),
)
def test_the_exported_roster_changes_nothing_when_it_comes_back(
    database: Database, names: list[str], locale: str
) -> None:
    world = World(database)
    with database.writing() as session:
        roster_import.take(session, [
            roster_import.Row(1, name if at % 2 and _numbers(name) else f"n{at}", name,
                       "区局/一站" if at % 3 else "区局", Role.LEAD if at == 1 else Role.MEMBER, Kind.STAFF, None,
                       [None, "zh_CN", "en"][at % 3], "Asia/Urumqi" if at == 2 else None,
                       [None, "", "sat,sun", "wed"][at % 4])
            for at, name in enumerate(dict.fromkeys(names))
        ])  # fmt: skip
    for kind in ("csv", "xlsx"):
        rows = roster_import.read(_file(world, kind, locale))
        with database.writing() as session:
            assert roster_import.take(session, rows) == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("days", [None, "", "wed", "sat,sun"])
@pytest.mark.sqlite
def test_the_exported_roster_keeps_the_rest_days(database: Database, kind: str, locale: str, days: str | None) -> None:
    world = World(database)
    with database.writing() as session:
        roster_import.take(
            session, [roster_import.Row(1, "1", "甲", "局", Role.LEAD, Kind.STAFF, None, None, None, days)]
        )
    assert [row.rest_days for row in roster_import.read(_file(world, kind, locale))] == [days]


@pytest.mark.sqlite
def test_the_exported_roster_makes_the_same_organisation_elsewhere(database: Database) -> None:
    world = World(database)
    world.organisation(groups=False)
    for kind, locale in (("csv", "zh_CN"), ("xlsx", "en")):
        again = [
            (r.staff_no, r.name, r.unit, r.role, r.kind, r.reporter, r.locale)
            for r in roster_import.read(_file(world, kind, locale))
        ]
        before = [
            (r.staff_no, r.name, r.unit, r.role, r.kind, r.reporter, r.locale)
            for r in roster_import.read(ROSTER.encode())
        ]
        assert sorted(again, key=repr) == sorted(before, key=repr)
        homes = dict(reversed([(number, unit) for number, _, unit, *_ in again]))
        assert homes["1004"] == "区局/一站"
        assert homes["1008"] == "区局/二站"


@pytest.mark.sqlite
def test_who_has_left_is_not_in_the_roster(database: Database) -> None:
    world = World(database)
    world.organisation(groups=False)
    with database.writing() as session:
        person = session.exec(select(Person).where(Person.staff_no == "1005")).one()
        person.left_on = date(2026, 11, 23)
        session.add(person)
    assert "李梅" not in _file(world, "csv", "zh_CN").decode()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_template_is_filled_in_and_imported_and_its_example_is_nobody(locale: str) -> None:
    data = rosters.template(Renderer(locale))
    assert "There are no people in this file." in wrong(data)[0]
    book = load_workbook(BytesIO(data))
    page, told = book.worksheets
    assert [c.value for c in page[1]] == roster_export.headings(locale) == [row[0].value for row in told.iter_rows()]
    assert all(row[1].value for row in told.iter_rows())
    lists = {str(rule.sqref): rule.formula1 for rule in page.data_validations.dataValidation}
    assert lists["D2:D1001"] == ('"成员,负责人,管理员"' if locale == "zh_CN" else '"member,lead,admin"')
    for at, value in enumerate(["007", "甲", "局", lists["D2:D1001"].strip('"').split(",")[1]], 1):
        page.cell(3, at).value = value
    out = BytesIO()
    book.save(out)
    (row,) = roster_import.read(out.getvalue())
    assert (row.line, row.staff_no, row.role) == (3, "007", "lead")


def test_text_stays_text_in_excel_whatever_it_looks_like() -> None:
    cells = [
        "=1+1",
        "+1",
        "007",
        "_x0041_",
        "a\x00b",
        " x ",
        "<&>",
        "\u20ac\U0001f637",
        True,
        ["a", "b"],
        None,
        36.5,
        12,
        10**6 + 0.25,
    ]
    out = BytesIO()
    writer.write_xlsx([["a"] * len(cells), cells], out, "年/月[1]")
    page = load_workbook(BytesIO(out.getvalue())).worksheets[0]
    assert page.title == "年 月 1"
    read = [(c.value, c.data_type) for c in page[2]]
    assert read[:3] == [("=1+1", "s"), ("+1", "s"), ("007", "s")]
    assert read[3][0] == "_x005F_x0041_"  # which Excel shows as _x0041_
    assert [it[0] for it in read[4:]] == [
        "a\ufffdb", " x ", "<&>", "\u20ac\U0001f637", "true", "a b", None, 36.5, 12, 1000000.25,
    ]  # fmt: skip
    out = BytesIO()
    writer.write_csv([["a", "b"]], out)
    assert out.getvalue() == b"\xef\xbb\xbfa,b\n"
    assert writer.plain(1234567.25) == "1234567.25"


def test_a_long_table_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        with (tmp_path / "x.xlsx").open("wb") as out:
            writer.write_xlsx((["甲", n, f"{n:06}"] for n in range(count)), out, "x")
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(20_000) < peak(200) + 200_000


def test_a_stray_cell_at_the_far_end_of_the_sheet_costs_nothing() -> None:
    def adjust(book: Workbook) -> None:
        book["S"]["A1048576"].number_format = "@"

    began = time.process_time()
    assert [r.name for r in roster_import.read(workbook(adjust, S=[HEAD, [1, "甲", "局"]]))] == ["甲"]
    assert time.process_time() - began < 5
