"""Files in and out of the command line: a clerk's Excel, forms in Excel, exports over days, the roster."""

import csv
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.models.forms.test_xlsform import form
from tests.support.databases import Beginnings
from tests.support.filling import fill_health
from tests.support.program import Office, environment
from tests.support.workbooks import clerks_own, workbook
from tests.support.world import DELIVERY, HEALTH, MONDAY, ROSTER, World

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Return a terminal in English on a database that is not there yet."""
    return Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")


def two_days(world: World) -> None:
    world.organisation()
    world.assign(HEALTH)
    world.assign(DELIVERY)
    for day in (MONDAY, TUESDAY):
        world.at("8:00", day)
        world.taps("张伟", "零报告")
        fill_health(world, "钱丽", "38.2", remark="=cmd()")
    world.at("0:30", TUESDAY + timedelta(days=1))


@pytest.fixture
def archive(beginnings: Beginnings, tmp_path: Path) -> Iterator[Office]:
    """Return a terminal in English on a database in which two days were played."""
    shutil.copy(beginnings.played("sqlite", two_days).path, tmp_path / "zr.db")
    return Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_clerks_own_excel_is_imported_and_what_was_left_out_is_said(office: Office) -> None:
    done = office("import", office.write("花名册.xlsx", clerks_own()))
    assert "new person 00007 王建国" in done.stdout
    assert "1001 joins 区局/一站 member" in done.stdout
    assert "Columns not used: 序号, 入职日期, 座机." in done.stderr
    assert "Nothing to change" in office("import", "花名册.xlsx").stdout


def test_a_wrong_row_of_an_excel_file_is_named_with_its_sheet(office: Office) -> None:
    data = workbook(人员=[["工号", "姓名", "单位"], [1, "甲", "局"], [2, None, "局"]])
    said = office("import", office.write("r.xlsx", data), code=2).stderr
    assert "r.xlsx, sheet 人员, row 3, column B: The column name is empty. Fill it in." in said
    chinese = Office(office.folder, office.url, "zh_CN.UTF-8")
    assert "r.xlsx，工作表“人员”第3行B列：" in chinese("import", "r.xlsx", code=2).stderr


def test_the_template_is_written_and_comes_back_filled_in(office: Office) -> None:
    chinese = Office(office.folder, office.url, "zh_CN.UTF-8")
    assert "空表.xlsx" in chinese("import", "--template", "空表.xlsx").stdout
    path = office.folder / "空表.xlsx"
    book = load_workbook(path)
    for at, value in enumerate(["007", "甲", "局", "负责人"], 1):
        book["人员"].cell(3, at).value = value
    book.save(path)
    assert "007 joins 局 lead" in office("import", "空表.xlsx").stdout
    assert "nowhere/x.xlsx" in office("import", "--template", "nowhere/x.xlsx", code=2).stderr


def test_a_form_made_in_excel_is_assigned(archive: Office) -> None:
    done = archive(
        "assign",
        archive.write("visits.xlsx", form(settings=[["form_title", "form_id", "statement"], ["走访", "visits", "无"]])),
        "--unit",
        "区局",
    )
    assert "Task “visits” created for 区局" in done.stdout
    assert "Columns of the sheet survey not used: appearance." in done.stderr
    bad = archive.write("bad.xlsx", form([["type", "name", "label"], ["begin repeat", "r", "R"], ["texx", "a", "A"]]))
    said = archive("assign", bad, "--unit", "区局", code=2).stderr
    assert re.findall(r"^bad\.xlsx, sheet survey, row (\d), column A: The type", said, re.MULTILINE) == ["2", "3"]


@pytest.mark.parametrize("name", ["market", "inspection", "duty"])
def test_more_forms_come_with_the_program(archive: Office, name: str) -> None:
    assert f"Task “{name}” created for 区局" in archive("assign", name, "--unit", "区局").stdout


def test_an_export_goes_over_days(archive: Office) -> None:
    one = {day: table(archive("export", "--day", day.isoformat()).stdout) for day in (MONDAY, TUESDAY)}
    both = table(archive("export", "--from", "2026-11-23", "--to", "2026-11-24").stdout)
    assert both == [*one[MONDAY], *one[TUESDAY]]
    health = table(
        archive(
            "export", "--from", "2026-11-01", "--to", "2026-12-01", "--task", "health", "--unit", "区局/二站"
        ).stdout
    )
    assert [(row["day"], row["name"]) for row in health] == [
        (day, name) for day in ("2026-11-23", "2026-11-24") for name in ("赵强", "钱丽")
    ]


def test_an_export_in_excel_says_the_same_and_holds_no_formula(archive: Office) -> None:
    rows = list(csv.reader(io.StringIO(archive("export", "--day", "2026-11-23").stdout)))
    archive("export", "--day", "2026-11-23", "--format", "xlsx", "--codes", "--output", "day.xlsx")
    (page,) = load_workbook(archive.folder / "day.xlsx").worksheets
    read = [["" if c.value is None else str(c.value) for c in row] for row in page.iter_rows()]
    assert read == [[cell.removeprefix("'") for cell in row] for row in rows]
    kinds = {c.value: c.data_type for row in page.iter_rows() for c in row}
    assert (kinds["=cmd()"], kinds["1008"], kinds[38.2]) == ("s", "s", "n")
    archive("export", "--day", "2026-11-23", "--output", "day.csv")
    assert (archive.folder / "day.csv").read_bytes().startswith(b"\xef\xbb\xbfday,")
    assert not list(archive.folder.glob("*.part"))


@pytest.mark.parametrize(("language", "sheets", "head", "zero", "wrote"), [
    ("C", ["About this file", "Daily health", "Delivery"], ["Day", "Task", "Unit"], "Zero report", "Created by"),
    ("zh_CN.UTF-8", ["文件说明", "每日健康", "配送"], ["日期", "任务", "单位"], "零报告", "生成人"),
])  # fmt: skip
def test_an_excel_file_is_for_people_and_says_what_it_is(
    archive: Office, language: str, sheets: list[str], head: list[str], zero: str, wrote: str
) -> None:
    told = Office(archive.folder, archive.url, language)
    told("export", "--from", "2026-11-23", "--to", "2026-11-24", "--format", "xlsx", "--output", "days.xlsx")
    about, page, units = load_workbook(archive.folder / "days.xlsx").worksheets
    assert [about.title, page.title, units.title] == sheets
    assert [c.value for c in page[1]][:3] == head
    assert zero in {c.value for c in page["F"]}
    assert (page["A2"].is_date, page.freeze_panes, page.auto_filter.ref) == (True, "A2", page.dimensions)
    said = {a.value: b.value for a, b in about.iter_rows(max_col=2)}
    assert "zeroreport export" in said[wrote]
    assert page.max_row - 1 + units.max_row - 2 in said.values(), "but for the line of totals"
    sealed = {row[3].value for row in about.iter_rows() if row[1].value and row[0].is_date}
    shown = {it["seal"] for it in json.loads(archive("summary", "--day", "2026-11-23", "--unit", "区局").stdout)}
    assert shown <= sealed


def test_csv_has_words_and_excel_has_codes_for_those_who_ask(archive: Office) -> None:
    chinese = Office(archive.folder, archive.url, "zh_CN.UTF-8")
    rows = table(chinese("export", "--day", "2026-11-23", "--task", "health", "--labels").stdout)
    assert {row["状态"] for row in rows} == {"零报告", "有情况", "漏报"}
    assert {row["日期"] for row in rows} == {"2026-11-23"}
    assert "'=cmd()" in {row["备注"] for row in rows}
    coded = chinese("export", "--day", "2026-11-23").stdout
    assert coded.startswith("day,assignment,unit,staff_no,"), "what scripts read does not depend on the language"
    assert chinese("export", "--roster").stdout.startswith("staff_no,name,unit,role,")
    assert chinese("export", "--roster", "--labels").stdout.startswith("工号,姓名,单位,角色,")
    assert archive("export", "--roster", "--labels").stdout.startswith("Staff number,Name,Unit,Role,")


def test_the_zip_for_people_has_a_readable_table(archive: Office) -> None:
    archive("export", "--day", "2026-11-23", "--format", "xlsx", "--files", "day.zip")
    with zipfile.ZipFile(archive.folder / "day.zip") as made:
        assert made.namelist() == ["Reports 2026-11-23.xlsx"]


def test_several_forms_in_words_are_a_zip_of_one_csv_each(archive: Office) -> None:
    said = archive("export", "--day", "2026-11-23", "--labels", code=2).stderr
    assert "choose one with --task, or write a zip of one CSV file per form with --output FILE.zip" in said
    archive("export", "--day", "2026-11-23", "--labels", "--output", "day.zip")
    with zipfile.ZipFile(archive.folder / "day.zip") as made:
        assert made.namelist() == ["Daily health 2026-11-23.csv", "Delivery 2026-11-23.csv"]


def test_somebody_at_a_terminal_sees_how_far_the_file_is(archive: Office) -> None:
    ours, theirs = pty.openpty()
    words = ["export", "--day", "2026-11-23", "--format", "xlsx", "--output", "day.xlsx"]
    known = environment(DATABASE_URL=archive.url)
    subprocess.run(
        [Path(sys.executable).with_name("zeroreport"), *words], cwd=archive.folder, env=known, stderr=theirs, check=True
    )
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "1 of 14 reports written" in shown
    assert shown.endswith("\r\x1b[K"), "the line is gone at the end"
    assert "written" not in archive("export", "--day", "2026-11-23", "--output", "day.csv").stderr


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["C", "zh_CN.UTF-8"])
def test_the_roster_is_exported_and_changes_nothing_when_it_comes_back(
    archive: Office, kind: str, language: str
) -> None:
    told = Office(archive.folder, archive.url, language)
    for how in ("--codes", "--labels"):
        told("export", "--roster", "--format", kind, how, "--output", f"r.{kind}")
        assert "Nothing to change" in archive("import", f"r.{kind}").stdout
    fresh = Office(archive.folder, f"sqlite:///{archive.folder / 'fresh.db'}")
    fresh("import", f"r.{kind}")
    assert "Nothing to change" in fresh("import", fresh.write("before.csv", ROSTER)).stdout


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("export --from 2026-11-23", "--to"),
        ("export --day 2026-11-23 --from 2026-11-23", "--day"),
        ("export --roster --day 2026-11-23", "--roster"),
        ("export --roster --unit 区局", "--roster"),
        ("export --from 2026-11-24 --to 2026-11-23", "later"),
        ("export --day 2026-11-23 --output nowhere/x.csv", "nowhere/x.csv"),
        ("import", "ROSTER.csv"),
    ],
)
def test_what_is_not_clear_is_refused(archive: Office, command: str, words: str) -> None:
    assert words in archive(*command.split(), code=2).stderr
