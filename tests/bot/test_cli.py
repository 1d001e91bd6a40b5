"""The command line as scripts and operators meet it: the real program, its words, its exit codes."""

import csv
import importlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.group import COMMANDS, Later, cli
from models.alerts import incidents
from models.changes import credentials
from models.core.database import connect
from models.organisation.people import find_person
from tests.support.program import Office, code_in, running, until
from tests.support.world import DELIVERY, HEALTH, ROSTER, World

AFTER = ("proxy_reason", "checked_by", "checked_at")
COLUMNS = "day,assignment,unit,staff_no,name,state,late,proxy,excused,submitted_at,submitted_by,receipt,form_version"
COLUMNS += ",statement"
FIGURES = (
    "expected", "received", "zero", "filled", "excused", "due", "missing", "late", "proxy",
    "completeness", "timeliness",
)  # fmt: skip
FORM_YAML = (Path(__file__).parents[2] / "templates" / "forms" / "health.yaml").read_text("utf-8")
BAD_FORM = """code: x
title: {zh: 甲}
about: persons
statement: {zh: 无}
questions:
  - {name: a, type: txt, label: {zh: 甲}}
  - {name: b, type: text, label: {zh: 乙}, relevant: c == 1}
"""
DAY = "2026-11-23"


def test_the_help_tells_what_each_command_tells_of_itself() -> None:
    for module, commands in COMMANDS.items():
        importlib.import_module(f"bot.cli.{module}")
        for name, sentence in commands.items():
            assert Later(name, module, sentence).get_short_help_str(1000) == cli.commands[name].get_short_help_str(1000)
    assert {name for commands in COMMANDS.values() for name in commands} == {*cli.commands}


def test_the_help_loads_no_command() -> None:
    told = """import sys; from bot.cli.main import main; sys.argv[1:] = ['--help']
try: main()
finally: print(*sys.modules)"""
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert "Check every record against its seal" in done.stdout
    loaded = {name.partition(".")[0] for name in done.stdout.rpartition("\nsys ")[2].split()}
    assert {"bot", "click"} <= loaded
    assert not loaded & {"sqlalchemy", "pydantic", "jinja2", "asyncio", "models", "handlers"}


def test_what_only_some_need_is_not_loaded_with_the_program() -> None:
    told = "import sys, bot.app, bot.cli.operate, bot.cli.failures; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert {"starlette", "sqlmodel"} <= loaded
    assert not loaded & {"alembic", "psycopg", "openpyxl", "segno", "telegram", "aiohttp", "httpx"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A terminal in English on a database that is not there yet."""
    return Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")


@pytest.fixture(scope="module")
def played(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which Monday was played to its lock: zero, a late one with an incident, silence, deliveries."""
    path = tmp_path_factory.mktemp("played") / "zr.db"
    shutil.copy(sqlite_template, path)
    database = connect(f"sqlite:///{path}")
    world = World(database)
    world.organisation(ROSTER.replace("1008,钱丽,", "1008,=钱丽,"))
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("8:00")
    assert world.taps("1004", "零报告")
    world.at("10:30")
    world.taps("1008", "有情况")
    world.says("1008", "38.2")
    world.taps("1008", "无")
    world.says("1008", "=1+1")
    world.taps("1008", "提交")
    world.at("23:59").at("0:05", datetime(2026, 11, 24, tzinfo=UTC).date())
    database.close()
    return path


@pytest.fixture
def archive(played: Path, tmp_path: Path) -> Office:
    """A copy of that database to ask, and to tamper with."""
    shutil.copy(played, tmp_path / "zr.db")
    return Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")


def tamper(office: Office, statement: str) -> None:
    with sqlite3.connect(office.folder / "zr.db") as connection:
        assert connection.execute(statement).rowcount > 0
    connection.close()


def people(office: Office) -> int:
    with sqlite3.connect(office.folder / "zr.db") as connection:
        (count,) = connection.execute("SELECT count(*) FROM person").fetchone()
    connection.close()
    return int(count)


# init, run


def test_init_works_bare_and_says_what_to_do_next(office: Office) -> None:
    said = office("init").stdout
    assert code_in(said)
    assert "zeroreport run" in said
    assert "/assign new" in said


def test_init_takes_names_and_speaks_the_language_of_the_terminal(office: Office) -> None:
    chinese = Office(office.folder, office.url, "zh_CN.UTF-8")
    said = chinese("init", "云溪区局", "周敏", "--staff-no", "0007").stdout
    assert "云溪区局" in said
    assert "周敏（0007）" in said
    assert code_in(said.replace("0007", ""))
    again = chinese("init", "云溪区局", "周敏", code=2)
    assert "已" in again.stderr
    assert again.stdout == ""


@pytest.mark.parametrize("names", [("a/b",), ("  ", "x"), ("a", " ")])
def test_init_refuses_names_that_are_none(office: Office, names: tuple[str, ...]) -> None:
    assert "name" in office("init", *names, code=2).stderr
    office("init", "After all")


def test_run_on_an_empty_database_says_what_to_do(office: Office) -> None:
    with running(office, "run") as program:
        until(lambda: "zeroreport init" in program.output)
        assert program.get("/healthz").status == 200
        assert program.stop() < 3
        assert program.process.returncode == 0


@pytest.mark.parametrize(
    "command",
    ["export --day 2026-11-23", "summary --day 2026-11-23 --unit X", "verify", "invite 1"],
)
def test_questions_to_a_database_without_tables_say_what_to_do(office: Office, command: str) -> None:
    assert "zeroreport init" in office(*command.split(), code=2).stderr


# import


def test_a_roster_is_taken_over_once(office: Office) -> None:
    file = office.write("roster.csv", ROSTER)
    assert "not made" in office("import", file, "--dry-run").stdout
    assert people(office) == 0
    assert "new person 2001 刘大爷" in office("import", file).stdout
    assert people(office) == 10
    assert "Nothing to change" in office("import", file).stdout
    before, after = "2001,刘大爷,区局/一站,,ward,1004", "2001,刘伯,区局/一站,,ward,1005"
    said = office("import", office.write("roster.csv", ROSTER.replace(before, after))).stdout
    assert "刘大爷 → 刘伯" in said
    assert "1004 → 1005" in said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_roster_comes_as_excel_writes_it(office: Office, encoding: str) -> None:
    text = "工号,姓名,单位,角色\r\n007,王建国,区局/一站,负责人\r\n008,囍龘,区局,\r\n"
    office("import", office.write("r.csv", text.encode(encoding)))
    said = office("invite", "007", "008").stdout.splitlines()
    assert [line.split()[:2] for line in said] == [["007", "王建国"], ["008", "囍龘"]]


def test_every_bad_line_is_named_and_nothing_is_imported(office: Office) -> None:
    office("init", "区局")
    lines = ["staff_no,name,unit,role,kind,reporter,timezone", "1,甲,区局,,,,", ",乙,区局,,,,", "3,丙,区局,boss,,,",
             "4,丁,区局,,ward,,", "5,戊,区局,,ward,99,", "6,己,区局//一站,,,,", "7,庚,区局,,,,Mars/Here"]  # fmt: skip
    done = office("import", office.write("bad roster.csv", "\n".join(lines)), code=2)
    named = [int(n) for n in re.findall(r"^bad roster\.csv, line (\d+): ", done.stderr, re.MULTILINE)]
    assert named == [3, 4, 5, 7, 8]
    assert people(office) == 1
    alone = office("import", office.write("r.csv", "\n".join([*lines[:2], lines[5]])), code=2)
    assert "line 3" in alone.stderr
    assert "99" in alone.stderr
    assert people(office) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no people"),
        (b"staff_no,name\n1,a\n", "unit"),
        (b'staff_no,name,unit\n1,"a,X\n', "CSV"),
        (b"staff_no,name,unit\n1,\xff\xff\xff,X\n", "UTF-8"),
    ],
)
def test_what_is_no_roster_is_refused(office: Office, content: bytes, words: str) -> None:
    assert words in office("import", office.write("r.csv", content), code=2).stderr


def test_a_file_that_is_not_there_or_a_folder_is_named(office: Office) -> None:
    assert "nowhere.csv" in office("import", "nowhere.csv", code=2).stderr
    assert str(office.folder) in office("import", str(office.folder), code=2).stderr


# assign, invite


def test_a_shipped_form_is_assigned_by_name_and_an_own_one_by_path(office: Office) -> None:
    office("import", office.write("r.csv", ROSTER))
    said = office("assign", "health", "--unit", "区局").stdout
    assert "“health” is asked of 区局" in said
    assert "10 people" in said
    assert "changed" in office("assign", "health", "--unit", "区局", "--due", "11:00").stdout
    own = office.write("own.yaml", FORM_YAML.replace("code: health", "code: own"))
    assert "“own” is asked of 区局/一站" in office("assign", own, "--unit", "区局/一站").stdout
    other = office.write("own.yaml", FORM_YAML.replace("code: health", "code: own") + "# two\n")
    assert "also asked by: own." in office("assign", other, "--unit", "区局/二站", "--code", "own2").stdout
    assert "also asked" not in office("assign", other, "--unit", "区局/二站").stdout, "nothing is new for them"
    units = office("assign", "delivery", "--unit", "区局", "--calendar", "workdays")
    assert "4 units" in units.stdout
    assert "holidays" in units.stderr


def test_a_wrong_form_is_refused_with_its_lines(office: Office) -> None:
    office("init", "区局")
    stderr = office("assign", "--unit", "区局", office.write("bad.yaml", BAD_FORM), code=2).stderr
    assert re.findall(r"^bad\.yaml, line (\d+): ", stderr, re.MULTILINE) == ["6", "7"]
    assert "txt" in stderr
    assert "nothing was changed" in stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--due", "25:00"], "25:00"),
        (["--due", "10:00", "--opens", "11:00"], "11:00"),
        (["--lock", "09:00"], "09:00"),
        (["--remind", "23:00"], "23:00"),
        (["--calendar", "sometimes"], "sometimes"),
        (["--timezone", "Mars/Olympus"], "Mars/Olympus"),
        (["--unit", "区局/九站"], "区局/九站"),
        (["--about", "cats"], "cats"),
    ],
    ids=str,
)
def test_an_assignment_that_makes_no_sense_is_refused(archive: Office, options: list[str], words: str) -> None:
    given = options if "--unit" in options else [*options, "--unit", "区局"]
    assert words in archive("assign", "delivery", *given, code=2).stderr


def test_without_an_organisation_nothing_is_assigned(office: Office) -> None:
    assert "zeroreport init" in office("assign", "health", "--unit", "X", code=2).stderr
    assert "nowhere" in office("assign", "nowhere", "--unit", "X", code=2).stderr


def test_a_code_is_printed_for_each_and_the_one_before_ends(archive: Office) -> None:
    first, second = archive("invite", "1003", "1006").stdout.splitlines()
    assert first.split()[0] == "1003"
    assert second.split()[:3] == ["1006", "Ann", "Lee"]
    newer = code_in(archive("invite", "1003").stdout)
    database = connect(archive.url)
    with database.writing() as session:
        now = datetime.now(UTC)
        assert credentials.redeem(session, code_in(first), now.date(), now) is None
        assert credentials.redeem(session, newer, now.date(), now) is not None
    database.close()


def test_codes_are_also_written_as_a_sheet_to_print(archive: Office) -> None:
    said = archive("invite", "1003", "1006", "--sheet", "codes.html").stdout
    page = (archive.folder / "codes.html").read_text("utf-8")
    assert said.endswith("Written: codes.html\n")
    assert all(line.split("  ")[2] in page for line in said.splitlines()[:2])


def test_nobody_is_invited_unless_all_can_be(archive: Office) -> None:
    assert "9999" in archive("invite", "1003", "9999", code=2).stderr
    refused = archive("invite", "1003", "2001", code=2)
    assert "刘大爷" in refused.stderr
    assert refused.stdout == ""
    with sqlite3.connect(archive.folder / "zr.db") as connection:
        assert connection.execute("SELECT count(*) FROM invite").fetchone() == (0,)
    connection.close()


# export, summary


def test_the_export_with_the_files_is_a_zip(archive: Office) -> None:
    archive("export", "--day", DAY, "--assignment", "health", "--files", "out.zip")
    with zipfile.ZipFile(archive.folder / "out.zip") as made:
        assert made.namelist() == ["reports.csv"]
        rows = list(csv.reader(made.read("reports.csv").decode("utf-8-sig").splitlines()))
    assert rows[0][-5:] == [*AFTER, "after_lock", "attachments"]
    assert len(rows) == 11
    assert "--roster" in archive("export", "--day", DAY, "--files", "b.zip", "--output", "c.csv", code=2).stderr


def test_the_export_has_the_columns_of_the_contract(archive: Office) -> None:
    rows = list(csv.reader(archive("export", "--day", DAY, "--assignment", "health").stdout.splitlines()))
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
    figures = json.loads(office("summary", "--day", DAY, "--assignment", "health", "--unit", "区局").stdout)
    assert (figures["due"], figures["missing"], figures["as_at_close"], figures["seal"]) == (10, 0, None, None)


def test_a_summary_has_the_keys_of_the_contract(archive: Office) -> None:
    told = archive("summary", "--day", DAY, "--assignment", "health", "--unit", "区局", "--format", "json").stdout
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
    figures = json.loads(archive("summary", "--day", DAY, "--assignment", "health", "--unit", "区局/三站").stdout)
    assert (figures["expected"], figures["completeness"], figures["timeliness"]) == (0, None, None)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("export --day yesterday", "yesterday"),
        ("export --day 2026-11-23 --unit 区局/九站", "区局/九站"),
        ("export --day 2026-11-23 --assignment nothing", "delivery"),
        ("export --day 2026-11-23 --format xml", "xml"),
        ("export", "--day"),
        ("summary --day 2026-11-23", "--unit"),
        ("summary --day 2020-01-01 --assignment health --unit 区局", "1 Jan"),
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


# verify


def test_sound_records_are_exit_code_0_and_a_published_seal_is_found(archive: Office) -> None:
    assert "Sound: 4 seals" in archive("verify").stdout
    seal = json.loads(archive("summary", "--day", DAY, "--assignment", "health", "--unit", "区局").stdout)["seal"]
    assert f"Seal {seal}: health, 2026-11-23" in archive("verify", "--seal", seal[:6].lower()).stdout
    assert "zzzz" in archive("verify", "--seal", "zzzz", code=1).stderr


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE revision SET statement = '无' WHERE kind = 'zero'", "changed content: health 2026-11-23 区局/一站"),
        ("UPDATE revision SET at = '2026-11-23 01:00:00' WHERE kind = 'filled'", "changed author, time or kind"),
        ("UPDATE report SET state = 'zero' WHERE state = 'filled'", "does not stand as its newest revision says"),
        ("UPDATE report SET excused = 'ill' WHERE id = (SELECT max(id) FROM report)", "differ"),
        ("DELETE FROM report WHERE head_id IS NULL AND person_id IS NOT NULL", "differ"),
        ("UPDATE period SET due_at = '2026-11-23 03:00:00'", "differ from the seal"),
        ("DELETE FROM seal WHERE id = 1", "chain of seals is broken"),
    ],
)
def test_tampering_is_exit_code_1_and_named(archive: Office, statement: str, words: str) -> None:
    tamper(archive, statement)
    assert words in archive("verify", code=1).stderr


# what goes wrong


@pytest.mark.parametrize("command", ["run", "init", "verify"])
@pytest.mark.parametrize(
    "url",
    [
        "nonsense-secret-word",
        "postgresql://u:secret-word@127.0.0.1:1/x",
        "postgresql://u:secret-word@127.0.0.1:1/x?connect_timeout=5&password=secret-word",
        "mysql://u:secret-word@127.0.0.1/x",
        "sqlite:////nowhere/at/all.db",
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(office: Office, command: str, url: str) -> None:
    may_come_back = "nowhere" in url or ("127.0.0.1:1" in url and "mysql" not in url)
    again = command == "run" and may_come_back  # a supervisor is to start it again
    done = office(command, code=1 if again else 2, DATABASE_URL=url)
    assert "DATABASE_URL" in done.stderr
    assert "secret-word" not in done.stdout + done.stderr


def test_a_file_that_is_no_database_is_named(office: Office) -> None:
    office.write("zr.db", b"not a database at all, but a letter of some length" * 50)
    for command in (["run"], ["init"], ["verify"], ["demo", "--keep", "zr.db"]):
        assert "zr.db" in office(*command, code=2).stderr


def test_a_secret_may_come_from_a_file(office: Office) -> None:
    office.write("url", office.url + "\n")
    office("init", DATABASE_URL="", DATABASE_URL_FILE="url")
    assert people(office) == 1
    assert "DATABASE_URL_FILE" in office("verify", code=2, DATABASE_URL_FILE="nowhere").stderr


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"HOST": "0.0.0.0"}, "HOST=0.0.0.0"),
        ({"HOST": "192.168.1.2"}, "this machine only"),
        ({"PORT": "http"}, "PORT"),
        ({"DEFAULT_TIMEZONE": "Mars"}, "DEFAULT_TIMEZONE"),
        ({"DEFAULT_LOCALE": "fr", "LANG": "zh_CN.UTF-8"}, "设置"),
    ],
    ids=str,
)
def test_a_wrong_setting_stops_the_program(office: Office, environment: dict[str, str], words: str) -> None:
    assert words in office("run", code=2, **environment).stderr


@pytest.mark.parametrize("clock", ["", "yesterday", "2026-11-23T07:29", "2026-11-23T07:29×0", "2026-13-23T07:29×600",
                                   "2026-11-23T07:29×99999"])  # fmt: skip
def test_a_clock_that_is_none_is_refused(office: Office, clock: str) -> None:
    assert "START×SPEED" in office("run", "--clock", clock, code=2).stderr


@pytest.fixture
def taken(office: Office) -> Iterator[int]:
    with running(office, "run") as program:
        yield program.port


def test_a_port_that_is_taken_is_named(office: Office, taken: int) -> None:
    assert f"Port {taken}" in office("run", code=2, PORT=str(taken)).stderr


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_everything_goes_the_same_way_on_postgresql(empty_database_url: str, tmp_path: Path) -> None:
    office = Office(tmp_path, empty_database_url)
    assert "zeroreport init" in office("verify", code=2).stderr
    office("init", "区局", "周敏")
    assert "Nothing to change" not in office("import", office.write("r.csv", ROSTER)).stdout
    assert "Nothing to change" in office("import", "r.csv").stdout
    assert "11 people" in office("assign", "health", "--unit", "区局").stdout  # and the admin
    assert "Sound: 0 seals" in office("verify").stdout


# erase


@pytest.fixture
def receipt(archive: Office) -> str:
    """Of what Qian Li filled in, 38.2 among it."""
    with sqlite3.connect(archive.folder / "zr.db") as connection:
        (found,) = connection.execute("SELECT receipt FROM report WHERE state = 'filled'").fetchone()
    connection.close()
    return str(found)


def test_what_was_erased_is_gone_from_the_file_and_on_record(archive: Office, receipt: str) -> None:
    done = archive("erase", "1008", receipt.lower(), "--reason", "asked for it", "--yes")
    assert "1 version erased, and that is on record." in done.stdout
    verified = archive("verify").stdout
    assert "Sound" in verified
    assert "Erased under a record: 1." in verified
    with sqlite3.connect(archive.folder / "zr.db") as connection:
        assert not connection.execute("SELECT * FROM revision WHERE answers LIKE '%38.2%'").fetchall()
        (why,) = connection.execute("SELECT detail FROM audit_entry WHERE what = 'erase'").fetchone()
    connection.close()
    assert "asked for it" in why
    assert "erased already" in archive("erase", "1008", receipt, "--reason", "x", "--yes", code=2).stderr


@pytest.mark.parametrize(
    "wrong", [("1004", None, "x"), ("1008", "ZZZZZZ", "x"), ("9999", None, "x"), ("1008", None, " ")]
)
def test_nothing_is_erased_that_is_anothers_or_without_a_reason(
    archive: Office, receipt: str, wrong: tuple[str, str | None, str]
) -> None:  # fmt: skip
    number, other, reason = wrong
    done = archive("erase", number, other or receipt, "--reason", reason, "--yes", code=2)
    assert done.stderr
    assert "Something went wrong" not in done.stderr
    assert "Erased" not in archive("verify").stdout


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_erasing_asks_for_the_receipt_number_again(
    archive: Office, receipt: str, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", archive.url)
    monkeypatch.setenv("LC_ALL", language)
    asked = ["erase", "1008", receipt, "--reason", "x"]
    left = CliRunner().invoke(cli, asked, input="y\n")
    assert (left.exit_code, {"en": "Nothing was erased.", "zh_CN": "未删除任何内容"}[language] in left.output) == (
        1,
        True,
    )
    assert CliRunner().invoke(cli, asked, input=f"{receipt}\n").exit_code == 0
    assert "Erased under a record: 1." in archive("verify").stdout


def test_an_incident_is_erased_with_all_that_was_added_to_it(archive: Office) -> None:
    database = connect(archive.url)
    with database.writing() as session:
        person = find_person(session, "1004")
        made = incidents.file(session, person, "safety", "仓库起火", "web", datetime.now(UTC))
        incidents.add(session, made, "张三受伤", datetime.now(UTC))
        receipt = made.receipt
    database.close()
    assert "2 versions erased" in archive("erase", "1004", receipt, "--reason", "x", "--yes").stdout
    assert "Sound" in archive("verify").stdout
    connection = sqlite3.connect(archive.folder / "zr.db")
    told = connection.execute(
        "SELECT words FROM telling UNION ALL SELECT content FROM ledger_entry WHERE kind = 'telling'"
    )
    assert not [it for (it,) in told if "火" in str(it) or "\\u706b" in str(it) or "受伤" in str(it)]
    connection.close()
