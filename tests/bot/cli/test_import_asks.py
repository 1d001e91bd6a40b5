"""`import` asks at a terminal what the chat asks with buttons, takes options from scripts, and remembers answers."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import file_questions, namesakes, organisation, rosters
from tests.bot.cli.records import people
from tests.models.organisation.corpus import BIG5, PLAIN_HEAD
from tests.support.program import Office
from tests.support.workbooks import workbook
from tests.support.world import ROSTER

POSTED = "工号,姓名,派驻点\n3001,新人,区局/一站\n"
TWO = "工号,姓名,单位,科室\n3001,新人,区局,一站\n"
ACCOUNTS = "工号,姓名,单位,账号\n3001,新人,区局,xin\n"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Type an import at a terminal and answer what it asks."""
    monkeypatch.setattr(file_questions, "at_terminal", lambda: True)
    for module in (rosters, namesakes, organisation):
        monkeypatch.setattr(module, "at_terminal", lambda: True)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'zr.db'}")
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.chdir(tmp_path)

    def type_(answers: str, data: str | bytes, *options: str, name: str = "r.csv") -> Any:
        (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return CliRunner().invoke(rosters.import_, [name, *options], input=answers)

    return type_


def test_whoever_sits_at_the_terminal_is_asked_once_and_the_answer_is_remembered(typed: Any) -> None:
    first = typed("1\n", POSTED)
    assert "Which column holds the unit?" in first.output
    assert "1. 派驻点" in first.output
    assert "new person 3001 新人" in first.output
    again = typed("", POSTED.replace("3001,新人", "3002,又一"))
    assert "“派驻点” is read as the unit, as you said" in again.output
    assert "new person 3002 又一" in again.output


def test_the_last_number_cancels_and_nothing_is_imported_or_remembered(typed: Any) -> None:
    assert typed("2\n", POSTED).exit_code == 1
    assert "Which column holds the unit?" in typed("2\n", POSTED).output


def test_a_dry_run_asks_and_remembers_nothing(typed: Any) -> None:
    assert "not made" in typed("1\n", POSTED, "--dry-run").output
    assert "Which column holds the unit?" in typed("1\n", POSTED).output


@pytest.mark.parametrize(("data", "words", "number", "gives"), [
    (TWO, "Several columns may be the unit", "3", "区局/一站"),
    (ACCOUNTS, "Is the column “账号” the WeCom account?", "2", "区局"),
    ("工号,姓名,单位\n3001,新人,区局/一站;区局/二站\n", "One unit or several?", "1", "区局/二站"),
    ("工号,姓名,单位\n3001,新人,区局-一站\n3002,又一,区局-二站\n", "separate levels", "1", "区局/二站"),
    ((PLAIN_HEAD + BIG5.partition("\n")[2]).encode("big5"), "Which line looks right?", "2", "區局/二站"),
])  # fmt: skip
def test_every_question_of_the_chat_is_asked(
    typed: Any, data: str | bytes, words: str, number: str, gives: str
) -> None:
    said = typed(f"{number}\n", data).output
    assert words in said
    assert gives in said


@pytest.mark.parametrize(("data", "hint", "options", "gives"), [
    (POSTED, "--column unit=HEADING", ["--column", "unit=派驻点"], "区局/一站"),
    (TWO, "--column unit=HEADING", ["--column", "单位=科室", "--column", "unit=单位"], "区局/一站"),
    (ACCOUNTS, "--column wecom_id=", ["--column", "wecom_id="], "区局"),
    (ACCOUNTS, "--column wecom_id=HEADING", ["--column", "wecom_id=账号"], "区局"),
    ("工号,姓名,单位\n3001,新人,区局/一站;区局/二站\n", "--several yes", ["--several", "yes"], "区局/二站"),
    ("工号,姓名,单位\n3001,新,区局-一站\n3002,又,区局-二站\n", "--levels yes", ["--levels", "yes"], "区局/二站"),
    ((PLAIN_HEAD + BIG5.partition("\n")[2]).encode("big5"), "--encoding", ["--encoding", "big5"], "區局/二站"),
])  # fmt: skip
def test_where_nobody_sits_the_refusal_names_the_option_and_the_option_does_it(
    office: Office, data: str | bytes, hint: str, options: list[str], gives: str
) -> None:
    file = office.write("r.csv", data)
    refused = office("import", file, code=2).stderr
    assert hint in refused
    assert people(office) == 0
    assert gives in office("import", file, *options).stdout


def test_an_option_counts_more_than_what_was_said_before(office: Office) -> None:
    office("import", office.write("a.csv", POSTED), "--column", "unit=派驻点")
    both = "工号,姓名,派驻点,驻地\n3002,又一,区局/二站,区局/三站\n"
    assert "区局/三站" in office("import", office.write("b.csv", both), "--column", "unit=驻地").stdout


@pytest.mark.parametrize(("options", "words"), [
    (["--column", "unit=分部"], "no heading “分部”"),
    (["--column", "nonsense"], "Write COLUMN=HEADING"),
    (["--encoding", "utf-8"], "isn’t utf-8"),
])  # fmt: skip
def test_an_option_that_does_not_fit_the_file_is_refused(office: Office, options: list[str], words: str) -> None:
    office("init", "区局", "周敏", "--staff-no", "1002")
    assert words in office("import", office.write("r.csv", ROSTER.encode("gb18030")), *options, code=2).stderr
    assert people(office) == 1


def test_a_named_encoding_is_taken_at_its_word(office: Office) -> None:
    file = office.write("r.csv", "工号,姓名,单位\n3001,张喆,区局\n".encode("gb18030"))
    assert "张喆" in office("import", file, "--encoding", "gb18030").stdout


def test_an_import_says_how_it_is_undone_and_is(office: Office) -> None:
    office("import", office.write("r.csv", ROSTER))
    said = office(
        "import", office.write("m.xlsx", workbook(S=[["工号", "姓名", "单位"], ["3001", "新人", "区局/四站"]]))
    )
    assert "zeroreport undo-import" in said.stdout
    assert people(office) == 11
    assert "--yes" in office("undo-import", code=2).stderr
    said = office("undo-import", "--yes")
    assert "The import of m.xlsx is undone.\nAs before: people 1 of 1 · new units 1 of 1" in said.stdout
    assert people(office) == 10
    assert "within an hour, once" in office("undo-import", "--yes", code=2).stderr
    assert "OK" in office("verify").stdout


def test_undoing_asks_at_a_terminal(typed: Any) -> None:
    typed("", ROSTER)
    assert CliRunner().invoke(rosters.undo_import, [], input="n\n").exit_code == 1
    said = CliRunner().invoke(rosters.undo_import, [], input="y\n")
    assert "Undo the import of r.csv?" in said.output


PHANTOM = "工号,姓名,单位\n1001,Anna,区局\n1002,李梅,区局/一站\n"


def test_the_founder_in_the_clerks_file_is_asked_about_and_is_one_person(typed: Any, tmp_path: Path) -> None:
    CliRunner().invoke(organisation.init, ["区局", "Anna"], input="\n")
    said = typed("1\n", PHANTOM).output
    assert "Anna (1001, 区局) has the name of someone who is already here" in said
    assert "1. The same: admin → 1001" in said
    assert "staff number admin → 1001, the same person" in said
    with sqlite3.connect(tmp_path / "zr.db") as connection:
        assert connection.execute("SELECT staff_no FROM person ORDER BY 1").fetchall() == [("1001",), ("1002",)]


def test_where_nobody_sits_namesakes_are_listed_and_options_decide(office: Office) -> None:
    office("init", "区局", "Anna", "--staff-no", "admin")
    file = office.write("r.csv", PHANTOM)
    refused = office("import", file, code=2).stderr
    assert "line 2: Anna (1001) has the name of someone who is already here: admin 区局" in refused
    assert "--same NEW=OLD" in refused
    assert people(office) == 1
    assert "new person 1001 Anna" in office("import", file, "--others", "--dry-run").stdout
    assert "has no staff number 9" in office("import", file, "--same", "9=admin", code=2).stderr
    assert "NEW=OLD" in office("import", file, "--same", "9", code=2).stderr
    office("import", file, "--same", "1001=admin")
    assert people(office) == 2
    office("undo-import", "--yes")
    assert people(office) == 1
    assert "admin" in office("invite", "admin").stdout
    assert "OK" in office("verify").stdout
