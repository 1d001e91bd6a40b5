"""What the seal file knows of records put back, cut off or computed anew, and what is said of a spoilt file."""

import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from bot.backups.seal_file import SealFile
from models.core.database import Database
from models.cycle.periods import Period
from models.evidence import seal_lines, seals, verification
from models.evidence.seals import Seal
from models.operations.self_report import FileState
from tests.bot.backups.seal_lines import THURSDAY, differs, seal_numbers
from tests.support.world import TUESDAY, WEDNESDAY, World


def test_a_database_of_two_days_ago_is_named(databases: tuple[Database, Database], tmp_path: Path) -> None:
    now, then = databases
    path = tmp_path / "seals.txt"
    SealFile(path, now).catch_up()
    with then.reading() as session:
        assert verification.verify(session).differs == [], "nothing in it says so"
    assert differs(then, path) == [("rolled_back", "№1", "№5 (health 2026-11-25 close)")]
    assert SealFile(path, then).catch_up() == FileState("parts", "№5")
    assert seal_numbers(path) == [1, 2, 3, 4, 5], "nothing is appended to another history"


def test_a_history_that_went_on_otherwise_is_named_from_where_it_parts(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    now, then = databases
    path = tmp_path / "seals.txt"
    SealFile(path, now).catch_up()
    world = World(then)
    world.clock.at = world.local("10:06", date(2026, 11, 23))
    world.taps("李梅", "零报告") if world.chat("李梅") else world.forges(
        "李梅", f"report.zero_of.{world.report('李梅').id}"
    )
    for day in (TUESDAY, WEDNESDAY, THURSDAY):
        world.at("10:05", day)
    ((what, where, _),) = differs(then, path)
    assert (what, where) == ("rewritten", "№2")


def test_the_newest_day_taken_out_with_all_that_hangs_on_it_is_named(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    """By somebody who leaves nothing that tells: ledger, audit and seals end before it."""
    now, path = databases[0], tmp_path / "seals.txt"
    SealFile(path, now).catch_up()
    with Session(now.write) as session:
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        newest = session.exec(select(Seal).order_by(col(Seal.id).desc())).first()
        assert newest is not None
        session.execute(delete(Seal).where(col(Seal.id) == newest.id))
        session.commit()
    assert differs(now, path) == [("rolled_back", "№4", "№5 (health 2026-11-25 close)")]


def test_a_forger_who_computes_everything_anew_is_named_by_the_file_alone(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    now, path = databases[0], tmp_path / "seals.txt"
    SealFile(path, now).catch_up()
    with Session(now.write) as session:
        previous = ""
        for row in session.exec(select(Seal).order_by(col(Seal.id))).all():
            period = session.get_one(Period, row.period_id)
            row.made_at, row.previous = datetime(2026, 11, 26).astimezone(), previous
            row.body, row.rows = seals.body(session, period, row.at, seals.Boundary(row.upto, row.excuses))
            previous = row.digest = seals.chain(row)
            session.add(row)
            session.flush()
        session.commit()
        assert verification.verify(session).differs == []
    assert differs(now, path)[0][:2] == ("rewritten", "№1")


@pytest.mark.parametrize("left", ["", "\n\n"])
def test_a_file_that_was_emptied_proves_nothing_and_that_is_said(
    databases: tuple[Database, Database], tmp_path: Path, left: str
) -> None:  # fmt: skip
    path = tmp_path / "seals.txt"
    path.write_text(left)
    assert differs(databases[0], path) == [("file_empty", "", "")]


def test_what_people_read_in_a_line_is_compared_too(databases: tuple[Database, Database], tmp_path: Path) -> None:
    """With its digest left right: an auditor reads the day."""
    path = tmp_path / "seals.txt"
    SealFile(path, databases[0]).catch_up()
    lines = path.read_text().splitlines()
    path.write_text("\r\n".join([*lines[:2], lines[2].replace("2026-11-2", "2026-10-2"), *lines[3:]]))
    ((what, where, _),) = differs(databases[0], path)
    assert (what, where) == ("file_words", "3")


def test_lines_nested_without_end_are_lines_that_cannot_be_read(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    path = tmp_path / "seals.txt"
    path.write_text("[" * 200_000)
    assert differs(databases[0], path) == [("file_line", "1", "")]


def test_lines_that_are_missing_or_nonsense_in_the_file_are_named(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    now, path = databases[0], tmp_path / "seals.txt"
    SealFile(path, now).catch_up()
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], "x\n", "[]\n", "null\n", lines[3], lines[4]]))
    found = [(what, where) for what, where, _ in differs(now, path)]
    assert found == [("file_line", "2"), ("file_line", "3"), ("file_line", "4"), ("file_gap", "№1")]
    path.write_text("".join(lines[:2]))
    with now.reading() as session:
        older = seal_lines.compare(session, path.read_text().splitlines())
    assert (older.differs, older.last, older.after) == ([], 2, 3), "a copy of an earlier evening will do"


def test_the_command_names_a_database_of_two_days_ago(databases: tuple[Database, Database], tmp_path: Path) -> None:
    path = tmp_path / "seals.txt"
    SealFile(path, databases[0]).catch_up()

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / name}", "LC_ALL": "C.UTF-8", "LANG": "en"}
        command = [sys.executable, "-m", "bot", "verify", *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    sound = run("now.db", "--against", str(path))
    assert (sound.returncode, sound.stderr) == (0, "")
    assert f"Compared with {path}: 5 seals, №1 to №5." in sound.stdout
    back = run("then.db", "--against", str(path))
    assert back.returncode == 1
    assert "rolled back or cut off: the records end with seal №1, the seal file goes on to №5" in back.stderr
    missing = run("now.db", "--against", str(tmp_path / "none.txt"))
    assert missing.returncode == 2
