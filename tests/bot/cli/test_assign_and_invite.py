"""Forms assigned and codes printed from the terminal."""

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import assign, organisation
from models.changes import credentials
from models.core.database import connect
from tests.models.forms.corpus import CASES
from tests.support.program import Office, code_in
from tests.support.world import ROSTER

FORM_YAML = (Path(__file__).parents[3] / "templates" / "forms" / "health.yaml").read_text("utf-8")
BAD_FORM = """code: x
title: {zh: 甲}
about: persons
statement: {zh: 无}
questions:
  - {name: a, type: txt, label: {zh: 甲}}
  - {name: b, type: text, label: {zh: 乙}, relevant: c == 1}
"""


def test_a_shipped_form_is_assigned_by_name_and_an_own_one_by_path(office: Office) -> None:
    office("import", office.write("r.csv", ROSTER))
    said = office("assign", "health", "--unit", "区局").stdout
    assert "Task “health” created for 区局" in said
    assert "10 people" in said
    assert "changed" in office("assign", "health", "--unit", "区局", "--due", "11:00").stdout
    own = office.write("own.yaml", FORM_YAML.replace("code: health", "code: own"))
    assert "Task “own” created for 区局/一站" in office("assign", own, "--unit", "区局/一站").stdout
    other = office.write("own.yaml", FORM_YAML.replace("code: health", "code: own") + "# two\n")
    assert (
        "also use the new version of the form: own."
        in office("assign", other, "--unit", "区局/二站", "--code", "own2").stdout
    )
    assert "also asked" not in office("assign", other, "--unit", "区局/二站").stdout, "nothing is new for them"
    units = office("assign", "delivery", "--unit", "区局", "--calendar", "workdays")
    assert "4 units" in units.stdout
    assert "holidays" in units.stderr


def test_a_clerks_form_is_assigned_and_what_is_not_used_is_listed(office: Office) -> None:
    office("init", "区局", "周敏", "--staff-no", "1002")
    cases = {it.name: it for it in CASES}
    done = office("assign", office.write("每日健康", cases["any sheet name.xlsx"].data), "--unit", "区局")
    assert "Task “health” created" in done.stdout
    assert "Sheets skipped: Sheet2" in done.stderr
    wrong = office("assign", office.write("f.xlsx", cases["all at once.xlsx"].data), "--unit", "区局", code=2).stderr
    assert "f.xlsx, sheet survey, row 3, column E" in wrong
    doubtful = office.write("f.yaml", cases["big5.yaml"].data)
    assert "--encoding" in office("assign", doubtful, "--unit", "区局", code=2).stderr
    assert "changed" in office("assign", doubtful, "--unit", "区局", "--encoding", "big5").stdout


def test_at_a_terminal_a_form_of_which_something_is_not_used_asks_before_it_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(assign, "at_terminal", lambda: True)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'zr.db'}")
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.xlsx").write_bytes(next(it for it in CASES if it.name == "any sheet name.xlsx").data)
    CliRunner().invoke(organisation.init, ["区局", "周敏", "--staff-no", "1002"])
    typed = [CliRunner().invoke(assign.assign, ["f.xlsx", "--unit", "区局"], input=it) for it in ("n\n", "y\n")]
    assert "Use the form like this?" in typed[0].output and typed[0].exit_code == 1
    assert "created" in typed[1].output


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
        (["--about", "cats"], "persons, units"),
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


def test_an_invitation_before_the_first_run_says_why_there_is_no_link(archive: Office) -> None:
    assert "once “zeroreport run” has reached the bot" in archive("invite", "1003").stderr
