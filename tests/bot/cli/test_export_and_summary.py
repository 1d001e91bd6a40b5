"""Exports and summaries as scripts read them: columns, keys, exit codes."""

import csv
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from models.core.database import connect
from tests.bot.cli.records import DAY
from tests.support.program import Office
from tests.support.world import HEALTH, World

AFTER = ("proxy_reason", "checked_by", "checked_at")
COLUMNS = "day,assignment,unit,staff_no,name,state,late,proxy,excused,submitted_at,submitted_by,receipt,form_version"
COLUMNS += ",statement"
FIGURES = (
    "expected", "received", "zero", "filled", "excused", "due", "missing", "late", "proxy",
    "completeness", "timeliness",
)  # fmt: skip


def test_the_export_with_the_files_is_a_zip(archive: Office) -> None:
    archive("export", "--day", DAY, "--task", "health", "--files", "out.zip")
    with zipfile.ZipFile(archive.folder / "out.zip") as made:
        assert made.namelist() == ["reports.csv"]
        rows = list(csv.reader(made.read("reports.csv").decode("utf-8-sig").splitlines()))
    assert rows[0][-5:] == [*AFTER, "after_lock", "attachments"]
    assert len(rows) == 11
    assert "--roster" in archive("export", "--day", DAY, "--files", "b.zip", "--output", "c.csv", code=2).stderr


def test_the_export_has_the_columns_of_the_contract(archive: Office) -> None:
    rows = list(csv.reader(archive("export", "--day", DAY, "--task", "health").stdout.splitlines()))
    assert rows[0] == [*COLUMNS.split(","), "temperature", "contact", "place", "remark", *AFTER]
    by_number = {row[3]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert len(rows) - 1 == len(by_number) == 10
    zero, filled, silent = by_number["1004"], by_number["1008"], by_number["1005"]
    assert (zero["day"], zero["assignment"], zero["unit"], zero["state"]) == (DAY, "health", "区局/一站", "zero")
    assert zero["statement"] == "本人及同住家人无发热、无接触史。"
    assert (zero["submitted_by"], zero["form_version"], len(zero["receipt"])) == ("1004", "health@1", 4)
    assert re.fullmatch(r"2026-11-23T08:00:\d\d\+08:00", zero["submitted_at"])
    assert (filled["state"], filled["late"]) == ("filled", "true")
    assert (filled["temperature"], filled["contact"]) == ("38.2", "no")
    assert (filled["name"], filled["remark"]) == ("'=钱丽", "'=1+1")  # no spreadsheet takes it for a formula
    assert (silent["state"], silent["submitted_at"], silent["receipt"]) == ("missing", "", "")


def test_an_export_of_all_shows_every_forms_fields_and_a_unit_only_its_own(archive: Office) -> None:
    rows = list(csv.DictReader(archive("export", "--day", DAY, "--format", "csv").stdout.splitlines()))
    assert list(rows[0])[14:] == ["temperature", "contact", "place", "remark", "ordered", "delivered", *AFTER]
    assert {row["assignment"] for row in rows} == {"health", "delivery"}
    part = list(csv.DictReader(archive("export", "--day", DAY, "--unit", "区局/二站").stdout.splitlines()))
    assert {row["unit"] for row in part} == {"区局/二站"}
    empty = archive("export", "--day", "2020-01-01").stdout
    assert empty.strip().split(",") == [*COLUMNS.split(","), *AFTER]


def test_while_a_day_is_open_its_silent_rows_are_due(played: Path, sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "zr.db")
    office = Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")
    database = connect(office.url)
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.at("8:00")
    database.close()
    rows = list(csv.DictReader(office("export", "--day", DAY).stdout.splitlines()))
    assert {row["state"] for row in rows} == {"due"}
    figures = json.loads(office("summary", "--day", DAY, "--task", "health", "--unit", "区局").stdout)
    assert (figures["due"], figures["missing"], figures["as_at_close"], figures["seal"]) == (10, 0, None, None)


def test_a_summary_has_the_keys_of_the_contract(archive: Office) -> None:
    told = archive("summary", "--day", DAY, "--task", "health", "--unit", "区局", "--format", "json").stdout
    figures = json.loads(told)
    assert set(figures) >= {*FIGURES, "as_at_close", "seal"}
    assert set(figures["as_at_close"]) == set(figures) - {
        "as_at_close",
        "seal",
        "day",
        "assignment",
        "unit",
        "alerts_open",
    }
    assert [figures[name] for name in FIGURES] == [10, 2, 1, 1, 0, 0, 8, 1, 0, 0.2, 0.1]
    assert [figures["as_at_close"][n] for n in ("expected", "received", "due", "missing")] == [10, 1, 9, 0]
    assert re.fullmatch("[0-9A-F]{8}", figures["seal"])


def test_without_an_assignment_a_summary_is_a_list(archive: Office) -> None:
    both = json.loads(archive("summary", "--day", DAY, "--unit", "区局/二站").stdout)
    assert [it["assignment"] for it in both] == ["health", "delivery"]
    assert json.loads(archive("summary", "--day", "2020-01-01", "--unit", "区局").stdout) == []


def test_where_nobody_is_expected_a_rate_is_null(archive: Office) -> None:
    archive("import", archive.write("r.csv", "staff_no,name,unit\n3001,新人,区局/三站\n"))
    figures = json.loads(archive("summary", "--day", DAY, "--task", "health", "--unit", "区局/三站").stdout)
    assert (figures["expected"], figures["completeness"], figures["timeliness"]) == (0, None, None)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("export --day yesterday", "yesterday"),
        ("export --day 2026-11-23 --unit 区局/九站", "区局/九站"),
        ("export --day 2026-11-23 --task nothing", "delivery"),
        ("export --day 2026-11-23 --format xml", "csv, xlsx"),
        ("export", "--day"),
        ("summary --day 2026-11-23", "--unit"),
        ("summary --day 2020-01-01 --task health --unit 区局", "1 Jan"),
        ("invite", "STAFF_NO"),
        ("import", "ROSTER.csv"),
        ("nonsense", "nonsense"),
        ("verify --loudly", "--loudly"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_says_what_was_wrong(archive: Office, command: str, words: str) -> None:
    done = archive(*command.split(), code=2)
    assert words in done.stderr
    assert done.stdout == ""
