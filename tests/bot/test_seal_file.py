"""The seal file: a line for each seal, none missing, none twice, and what it knows when the records were put back."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from bot import checks
from bot.backups.seal_file import Publisher, SealFile
from bot.settings import Settings
from models.core.database import Database, connect
from models.cycle.periods import Period
from models.evidence import seal_lines, seals, verification
from models.evidence.seals import Seal
from models.operations import audit_log, self_report
from models.operations.self_report import FileState
from tests.support.world import World

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Path]:
    """Return a folder with databases of one history: after one day, and after three; two seals a day."""
    folder = tmp_path_factory.mktemp("seals")
    shutil.copy(sqlite_template, folder / "now.db")
    database = connect(f"sqlite:///{folder / 'now.db'}")
    world = World(database)
    world.organisation(groups=False)
    world.assign()
    world.at("10:05")
    _copy(database, folder / "then.db")
    world.at("10:05", TUESDAY)
    world.at("10:05", WEDNESDAY)
    database.close()
    yield folder


def _copy(database: Database, target: Path) -> None:
    with closing(sqlite3.connect(str(database.read.url.database))) as source:
        source.execute("VACUUM INTO ?", (str(target),))


@pytest.fixture
def databases(lived: Path, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Return the database of three days, and the one of two days before."""
    for name in ("now.db", "then.db"):
        shutil.copy(lived / name, tmp_path / name)
    pair = connect(f"sqlite:///{tmp_path / 'now.db'}"), connect(f"sqlite:///{tmp_path / 'then.db'}")
    yield pair
    for database in pair:
        database.close()


def _lines(path: Path) -> list[int]:
    return [json.loads(line)["seal"] for line in path.read_text().splitlines()]


def _differs(database: Database, path: Path) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        return seal_lines.compare(session, path.read_text().splitlines()).differs


def test_every_seal_is_a_line_that_nobody_else_may_read(databases: tuple[Database, Database], tmp_path: Path) -> None:
    now, path = databases[0], tmp_path / "seals.txt"
    assert SealFile(path, now).catch_up() == FileState("begun", "№5")
    assert _lines(path) == [1, 2, 3, 4, 5]
    assert path.stat().st_mode & 0o777 == 0o600
    assert _differs(now, path) == []
    first = json.loads(path.read_text().splitlines()[0])
    assert (first["task"], first["day"], first["occasion"]) == ("health", "2026-11-23", "close")


def test_what_a_crash_left_of_a_line_is_written_whole_and_none_is_there_twice(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    now, path = databases[0], tmp_path / "seals.txt"
    SealFile(path, now).catch_up()
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        SealFile(path, now).catch_up()
        assert path.read_bytes() == whole, end


def test_two_programs_write_each_seal_once(databases: tuple[Database, Database], tmp_path: Path) -> None:
    now, path = databases[0], tmp_path / "seals.txt"
    code = (
        "import sys; from pathlib import Path; from bot.backups.seal_file import SealFile;"
        "from models.core.database import connect;"
        "SealFile(Path(sys.argv[2]), connect(sys.argv[1])).catch_up()"
    )
    url = f"sqlite:///{tmp_path / 'now.db'}"
    running = [subprocess.Popen([sys.executable, "-c", code, url, str(path)]) for _ in range(3)]
    assert [it.wait(60) for it in running] == [0, 0, 0]
    assert _lines(path) == [1, 2, 3, 4, 5]
    assert _differs(now, path) == []


def test_a_file_that_is_lost_is_begun_anew_and_that_is_told(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    path = tmp_path / "seals.txt"
    file = SealFile(path, databases[0])
    file.catch_up()
    assert file.catch_up() is None
    path.unlink()
    assert file.catch_up() == FileState("begun", "№5")
    assert _lines(path) == [1, 2, 3, 4, 5]


def test_a_file_that_is_no_seal_file_is_left_alone(databases: tuple[Database, Database], tmp_path: Path) -> None:
    path = tmp_path / "passwd"
    for said in ("root:x:0", "root:x:0\n", '{"seal": 1}\n', '{"seal": 1, "digest": "x"}\n'):
        path.write_text(said)
        state = SealFile(path, databases[0]).catch_up()
        assert (state and state.id, path.read_text()) == ("unwritable", said)


@pytest.mark.parametrize("where", ["missing/seals.txt", "."])
def test_a_file_that_cannot_be_written_is_told_and_nothing_else_happens(
    databases: tuple[Database, Database], tmp_path: Path, where: str
) -> None:  # fmt: skip
    state = SealFile(tmp_path / where, databases[0]).catch_up()
    assert state
    assert (state.id, state.fine) == ("unwritable", False)


def test_a_database_of_two_days_ago_is_named(databases: tuple[Database, Database], tmp_path: Path) -> None:
    now, then = databases
    path = tmp_path / "seals.txt"
    SealFile(path, now).catch_up()
    with then.reading() as session:
        assert verification.verify(session).differs == [], "nothing in it says so"
    assert _differs(then, path) == [("rolled_back", "№1", "№5 (health 2026-11-25 close)")]
    assert SealFile(path, then).catch_up() == FileState("parts", "№5")
    assert _lines(path) == [1, 2, 3, 4, 5], "nothing is appended to another history"


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
    ((what, where, _),) = _differs(then, path)
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
    assert _differs(now, path) == [("rolled_back", "№4", "№5 (health 2026-11-25 close)")]


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
    assert _differs(now, path)[0][:2] == ("rewritten", "№1")


@pytest.mark.parametrize("left", ["", "\n\n"])
def test_a_file_that_was_emptied_proves_nothing_and_that_is_said(
    databases: tuple[Database, Database], tmp_path: Path, left: str
) -> None:  # fmt: skip
    path = tmp_path / "seals.txt"
    path.write_text(left)
    assert _differs(databases[0], path) == [("file_empty", "", "")]


def test_what_people_read_in_a_line_is_compared_too(databases: tuple[Database, Database], tmp_path: Path) -> None:
    """With its digest left right: an auditor reads the day."""
    path = tmp_path / "seals.txt"
    SealFile(path, databases[0]).catch_up()
    lines = path.read_text().splitlines()
    path.write_text("\r\n".join([*lines[:2], lines[2].replace("2026-11-2", "2026-10-2"), *lines[3:]]))
    ((what, where, _),) = _differs(databases[0], path)
    assert (what, where) == ("file_words", "3")


def test_lines_nested_without_end_are_lines_that_cannot_be_read(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    path = tmp_path / "seals.txt"
    path.write_text("[" * 200_000)
    assert _differs(databases[0], path) == [("file_line", "1", "")]


def test_lines_that_are_missing_or_nonsense_in_the_file_are_named(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    now, path = databases[0], tmp_path / "seals.txt"
    SealFile(path, now).catch_up()
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], "x\n", "[]\n", "null\n", lines[3], lines[4]]))
    found = [(what, where) for what, where, _ in _differs(now, path)]
    assert found == [("file_line", "2"), ("file_line", "3"), ("file_line", "4"), ("file_gap", "№1")]
    path.write_text("".join(lines[:2]))
    with now.reading() as session:
        older = seal_lines.compare(session, path.read_text().splitlines())
    assert (older.differs, older.last, older.after) == ([], 2, 3), "a copy of an earlier evening will do"


def test_check_says_what_the_file_is_like(databases: tuple[Database, Database], tmp_path: Path) -> None:
    path = tmp_path / "seals.txt"
    settings = Settings(seal_file=str(path), database_url=f"sqlite:///{tmp_path / 'now.db'}")  # type: ignore[arg-type]

    def found(database: Database) -> dict[str, bool]:
        return {it.id: it.fine for it in checks.run(settings, database) if it.id.startswith("seal")}

    assert found(databases[0]) == {"seal_file": False}
    SealFile(path, databases[0]).catch_up()
    assert found(databases[0]) == {"seal_file": True}
    assert found(databases[1]) == {"seal_file_differs": False}


def test_the_evening_report_tells_the_running_head_and_what_became_of_the_file(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    world, path = World(databases[0]), tmp_path / "seals.txt"
    world.clock.at = world.local("19:00", WEDNESDAY)

    def tells(state: FileState) -> None:
        with world.database.writing() as session:
            self_report.note_seal_file(session, world.clock.now(), str(path), state)

    tells(FileState("unwritable", "No space left on device"))
    tells(FileState("unwritable", "No space left on device"))
    world.at("20:00", WEDNESDAY)
    with world.database.reading() as session:
        head = seals.last(session)
        assert head is not None
        assert len([c for c in audit_log.about(session, None, "") if c.what == self_report.SEAL_FILE]) == 1
        said = world.last("周敏").text
        assert f"封存链（截至第{head.id}次封存）：{head.long}。" in said
        assert "封存文件无法写入（No space left on device）" in said
        assert seals.with_prefix(session, head.long) == [head]
    assert f"封存链（截至第{head.id}次封存）：{head.long}。" in world.says("周敏", "/system")
    tells(FileState("fine", "№5"))
    world.at("20:00", THURSDAY)
    assert "封存文件" not in world.last("周敏").text


def test_the_program_goes_on_where_the_file_cannot_be_written_and_notes_it_once(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    world = World(databases[0])
    path = tmp_path / "folder" / "seals.txt"

    class Desk:
        async def run(self, work: object, wake: bool = True) -> None:
            with world.database.writing() as session:
                work(session, world.clock.now())  # type: ignore[operator]

    publisher = Publisher(SealFile(path, world.database), Desk())  # type: ignore[arg-type]

    async def look() -> None:
        for _ in range(3):
            await publisher.once()
        path.parent.mkdir()
        await publisher.once()

    asyncio.run(look())
    with world.database.reading() as session:
        noted = [
            c.detail["state"]
            for c in audit_log.about(session, None, "")
            if c.what == self_report.SEAL_FILE and c.detail
        ]
    assert noted == ["begun", "unwritable"]


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
