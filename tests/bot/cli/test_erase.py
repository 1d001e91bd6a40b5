"""Erasing from the terminal: what is asked first, and what is left alone."""

import sqlite3
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from bot.cli.group import cli
from models.alerts import incidents
from models.core.database import connect
from models.organisation.people import find_person
from tests.support.program import Office


@pytest.fixture
def receipt(archive: Office) -> str:
    """Return the receipt of what Qian Li filled in, 38.2 among it."""
    with sqlite3.connect(archive.folder / "zr.db") as connection:
        (found,) = connection.execute("SELECT receipt FROM report WHERE state = 'filled'").fetchone()
    connection.close()
    return str(found)


def test_what_was_erased_is_gone_from_the_file_and_on_record(archive: Office, receipt: str) -> None:
    done = archive("erase", "1008", receipt.lower(), "--reason", "asked for it", "--yes")
    assert "1 version erased. The erasure is on record." in done.stdout
    verified = archive("verify").stdout
    assert "OK: " in verified
    assert "Erased on record: 1." in verified
    with sqlite3.connect(archive.folder / "zr.db") as connection:
        assert not connection.execute("SELECT * FROM revision WHERE answers LIKE '%38.2%'").fetchall()
        (why,) = connection.execute("SELECT detail FROM audit_entry WHERE what = 'erase'").fetchone()
    connection.close()
    assert "asked for it" in why
    assert "already been erased" in archive("erase", "1008", receipt, "--reason", "x", "--yes", code=2).stderr


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
    assert "Erased on record: 1." in archive("verify").stdout


def test_an_incident_is_erased_with_all_that_was_added_to_it(archive: Office) -> None:
    database = connect(archive.url)
    with database.writing() as session:
        person = find_person(session, "1004")
        made = incidents.file(session, person, "safety", "仓库起火", "web", datetime.now(UTC))
        incidents.add(session, made, "张三受伤", datetime.now(UTC))
        receipt = made.receipt
    database.close()
    assert "2 versions erased" in archive("erase", "1004", receipt, "--reason", "x", "--yes").stdout
    assert "OK: " in archive("verify").stdout
    connection = sqlite3.connect(archive.folder / "zr.db")
    told = connection.execute(
        "SELECT words FROM telling UNION ALL SELECT content FROM ledger_entry WHERE kind = 'telling'"
    )
    assert not [it for (it,) in told if "火" in str(it) or "\\u706b" in str(it) or "受伤" in str(it)]
    connection.close()
