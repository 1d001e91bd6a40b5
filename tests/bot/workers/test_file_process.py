"""A file that somebody sends is read in a process of its own, which is bounded and ended."""

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from bot.bounds import Bounds
from bot.workers import file_reader
from bot.workers.file_reader import Reader
from models.changes import file_readings
from models.changes.file_readings import Reading
from models.spreadsheets import package
from models.spreadsheets import reader as workbooks

ROWS = "工号,姓名,单位\n3001,新人,区局/一站\n"
FORM = "code: x\ntitle: {zh: 一}\nstatement: {zh: 无}\nquestions: [{name: a, type: text, label: {zh: 问}}]\n"


def workbook(sheets_: int = 1, rows: int = 1, *, formulas: bool = False) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for number in range(sheets_):
        page = book.create_sheet(f"s{number}")
        page.append(["工号", "姓名", "单位"])
        for row in range(rows):
            page.append([f"{number}-{row}", "某某", "区局/一站"])
        if formulas:
            page["E1"] = "=1+1"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def look(name: str, data: bytes, **bounds: int) -> Reading:
    made = Reader(None, None, None, Bounds(**bounds))  # type: ignore[arg-type]
    return asyncio.run(made.look(name, data))


def wrong(reading: Reading) -> str:
    return reading.wrong[0].key


def test_a_roster_and_a_form_come_back_as_plain_data() -> None:
    rows = look("a.xlsx", workbook(rows=3))
    assert [row.staff_no for row in rows.rows] == ["0-0", "0-1", "0-2"]
    assert rows == file_readings.read("a.xlsx", workbook(rows=3)), "as this process reads it"
    form = look("a.yaml", FORM.encode())
    assert form.is_form
    assert form.form == FORM


def test_what_is_wrong_comes_back_with_its_lines() -> None:
    read = look("a.csv", "工号,姓名,单位\n".encode() + b",,\n" + b"1,,\n" * 100)
    assert (wrong(read), read.wrong[0].line, read.as_a_whole) == ("roster.blank", 3, False)
    assert (len(read.wrong), read.more) == (file_readings.TOLD, 150), "the name and the unit of each line"


@pytest.mark.parametrize("formulas", [False, True])
def test_a_workbook_of_420_sheets_is_refused_before_one_is_read(formulas: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbooks._Book, "sheet", None)
        read = file_readings.read("a.xlsx", workbook(420, formulas=formulas))
    assert wrong(read) == "sheets.too_many_sheets"


def test_formulas_are_opened_once_for_all_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bool] = []
    really = workbooks._opened

    def counted(data: bytes, *, data_only: bool = False) -> Any:
        opened.append(data_only)
        return really(data, data_only=data_only)

    monkeypatch.setattr(workbooks, "_opened", counted)
    list(workbooks.read(workbook(20, formulas=True)))
    assert sorted(opened) == [False, True]


@pytest.mark.parametrize(
    ("limit", "most", "key"),
    [
        ("MOST_CELLS", 20, "sheets.too_many_cells"),
        ("MOST_STRINGS", 5, "sheets.bomb"),
        ("LONGEST", 3, "sheets.too_long"),
    ],
)
def test_cells_strings_and_characters_have_their_limits(
    limit: str, most: int, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package if limit == "MOST_STRINGS" else workbooks, limit, most)
    out = io.BytesIO(workbook(rows=20))
    with zipfile.ZipFile(out, "a") as archive:  # as Excel writes it; openpyxl puts its words into the cells
        archive.writestr("xl/sharedStrings.xml", f"<sst>{'<si><t>x</t></si>' * 20}</sst>")
    assert wrong(file_readings.read("a.xlsx", out.getvalue())) == key


def test_a_file_that_takes_too_long_is_stopped_and_the_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    child = tmp_path / "child.py"
    child.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(file_reader, "CHILD", child)
    read = look("a.xlsx", b"x", file_seconds=1)
    assert (wrong(read), read.wrong[0].values) == ("files.too_long", {"seconds": 1})


def test_a_file_that_takes_its_process_all_its_time_is_stopped_by_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        f"import sys; sys.path.insert(0, {str(file_reader.CHILD.parents[2])!r})\n"
        "from bot.workers.process_limits import bound\nbound(1, 512)\nwhile True: pass\n"
    )
    monkeypatch.setattr(file_reader, "CHILD", child)
    assert wrong(look("a.xlsx", b"x", file_seconds=50)) == "files.too_long"


@pytest.mark.parametrize("ends", ["bytearray(10**9)", "os.kill(os.getpid(), 11)", "print('{')", "print('[]')", "pass"])
def test_a_process_that_dies_or_talks_nonsense_is_a_file_that_was_too_much(
    ends: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        f"import os, sys; sys.path.insert(0, {str(file_reader.CHILD.parents[2])!r})\n"
        f"from bot.workers.process_limits import bound\nbound(5, 512)\n{ends}\n"
    )
    monkeypatch.setattr(file_reader, "CHILD", child)
    assert wrong(look("a.xlsx", b"x")) == "files.too_much"


def test_a_dense_workbook_meets_the_limit_of_memory() -> None:
    """A few KB that unpack to eight MB of cells."""
    cells = "".join(f'<c t="inlineStr"><is><t>{n}</t></is></c>' for n in range(90))
    sheet = f"<worksheet><sheetData>{f'<row>{cells}</row>' * 2_000}</sheetData></worksheet>"
    out, plain = io.BytesIO(), workbook()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, zipfile.ZipFile(io.BytesIO(plain)) as whole:
        for part in whole.namelist():
            archive.writestr(part, sheet if part.endswith("sheet1.xml") else whole.read(part))
    assert wrong(look("a.xlsx", out.getvalue(), file_memory=60)) == "files.too_much"


def test_the_process_sees_none_of_our_secrets_and_may_write_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "1:secret")
    child = tmp_path / "child.py"
    child.write_text(
        f"import os, sys, json; sys.path.insert(0, {str(file_reader.CHILD.parents[2])!r})\n"
        "from bot.workers.process_limits import bound\nbound(5, 512)\n"
        f"try:\n    os.write(os.open({str(tmp_path / 'x')!r}, os.O_CREAT | os.O_WRONLY), b'x' * 10)\n    wrote = True\n"
        "except OSError:\n    wrote = False\n"
        "print(json.dumps({'form': str(wrote) + str(sorted(os.environ)), 'is_form': True, 'more': 0, 'notes': [], "
        "'wrong': [], 'as_a_whole': False, 'seen': [], 'question': None, 'unanswered': None}))\n"
    )
    monkeypatch.setattr(file_reader, "CHILD", child)
    said = look("x.yaml", b"x").form or ""
    assert said.startswith("False")
    assert "TELEGRAM_TOKEN" not in said


def test_a_reading_written_and_restored_is_the_same() -> None:
    for name, data in (("a.csv", ROWS.encode()), ("a.yaml", FORM.encode()), ("a.csv", b"nothing"), ("a.yaml", b"x")):
        read = file_readings.read(name, data)
        again = file_readings.restored(b"".join(file_readings.written(read)).split(b"\n"))
        assert [(it.key, it.line, it.sheet) for it in again.wrong] == [(it.key, it.line, it.sheet) for it in read.wrong]
        assert (again.rows, again.form, again.notes) == (read.rows, read.form, read.notes)


def test_a_sentence_of_what_is_wrong_is_never_endless() -> None:
    read = file_readings.read("a.csv", "工号,姓名,单位\n".encode() + b"a b" * 500_000 + b",x,y\n")
    assert len(json.dumps([it.values for it in file_readings.restored(list(file_readings.written(read))).wrong])) < 1000


def test_what_reads_files_knows_no_database() -> None:
    """A process that reads a file is started anew each time: a second of it would be spent on loading one."""
    loaded = "[m for m in ('sqlmodel', 'sqlalchemy', 'openpyxl') if m in sys.modules]"
    asked = [sys.executable, "-c", f"import sys; from models.changes import file_readings; print({loaded})"]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=file_reader.CHILD.parents[2], check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", ["a\0.csv", "a\ud800.csv", "-c.CSV", "x" * 100_000 + ".csv"])
def test_nothing_of_a_files_name_reaches_the_process_but_its_kind(name: str) -> None:
    assert [row.name for row in look(name, ROWS.encode()).rows] == ["新人"]


def test_where_no_process_can_be_had_the_file_is_asked_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(*_: Any, **__: Any) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", none)
    assert wrong(look("a.csv", ROWS.encode())) == "files.busy"


def test_the_least_memory_that_may_be_set_is_enough_for_an_ordinary_roster() -> None:
    assert len(look("a.xlsx", workbook(rows=60), file_memory=128).rows) == 60


def test_what_people_said_about_files_may_be_more_than_a_command_line_holds() -> None:
    answers = {f"heading:{n}": "x" * 1000 for n in range(500)} | {"heading:派驻点": "unit"}
    made = Reader(None, None, None, Bounds())  # type: ignore[arg-type]
    read = asyncio.run(made.look("a.csv", "工号,姓名,派驻点\n3001,新人,区局/一站\n".encode(), answers))
    assert [row.unit for row in read.rows] == ["区局/一站"]
