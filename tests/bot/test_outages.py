"""The database goes away for a while, or hangs, or is damaged: nothing ends, nothing is lost, and it is said."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InternalError, OperationalError
from sqlmodel import func, select

from bot.opening import free
from models.core import postgresql
from models.core.database import away, connect
from models.reporting.revisions import Revision
from tests.support.cable import Cable
from tests.support.crowd import me, prompts, staff
from tests.support.program import SOON, Office, running, until
from tests.support.tomorrow import NEXT, clock

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def cable(database_url: str) -> Iterator[Cable]:
    made = Cable(database_url)
    yield made
    made.cut()


@ON_POSTGRESQL
def test_a_database_that_is_away_for_long_ends_nothing_and_loses_nothing(
    database_url: str, cable: Cable, tmp_path: Path
) -> None:
    office, database = Office(tmp_path, cable.url), connect(database_url)
    one, other = staff(database, 2)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    with running(office, "run", *clock("07:29:45", 60)) as program:
        asked = prompts(database, 2)
        one.port = other.port = program.port
        cable.cut()
        sick = until(lambda: reply if (reply := program.get("/healthz")).status == 503 else None)
        assert b"database" in sick.body
        assert not re.search(rb"postgres|127|Error", sick.body)
        assert one.tap(me(one), asked[me(one)]).status == 503
        assert one.ask("GET", "/chat/state").status == 503
        time.sleep(3)  # longer than every retry of one transaction
        assert program.process.poll() is None
        cable.mend()
        until(lambda: program.get("/healthz").status == 200)
        assert one.tap(me(one), asked[me(one)]).status == 200
        assert other.tap(me(other), asked[me(other)]).status == 200
        assert program.stop() < SOON
        assert program.process.returncode == 0
        said = program.output
    assert said.count("cannot be used") == said.count("can be used again") == 1
    assert "Traceback" not in said
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == 2
    database.close()


@ON_POSTGRESQL
def test_a_server_that_hangs_is_given_up_after_a_time(cable: Cable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "SILENCE", {"write": 1, "read": 1})
    monkeypatch.setattr(postgresql, "SOONER", 0.5)
    monkeypatch.setattr(postgresql, "OPTIONS", {"connect_timeout": 2})
    database = connect(cable.url)
    with database.writing() as session:
        session.execute(text("SELECT 1"))
    cable.fall_silent()
    for engine in (database.writing, database.reading):
        with pytest.raises(OperationalError) as error, engine() as session:
            session.execute(text("SELECT 1"))
        assert away(error.value)
    cable.mend()
    with database.writing() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
    database.close()


@ON_POSTGRESQL
def test_a_program_stopped_in_the_middle_of_a_transaction_does_not_hold_the_others_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SILENCE", {"write": 2, "read": 2})
    monkeypatch.setattr(postgresql, "SOONER", 1)
    stopped, other = connect(database_url), connect(database_url)
    with pytest.raises(InternalError) as error, stopped.writing() as session:
        session.execute(text("SELECT 1"))
        for _ in range(10):
            with suppress(OperationalError), other.writing() as second:
                second.execute(text("SELECT 1"))
                break
        else:
            pytest.fail("the writers' lock was never free")
        session.execute(text("SELECT 1"))
    assert away(error.value)
    stopped.close()
    other.close()


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("statement", "gone"),
    [("SELECT 1/0", False), ("SELECT nothing FROM nowhere", False), ("SET TRANSACTION READ ONLY", True)],
)
def test_what_is_wrong_with_a_statement_is_not_taken_for_the_database(
    database: Any, statement: str, gone: bool
) -> None:
    with pytest.raises(Exception) as error, database.writing() as session:
        session.execute(text(statement))
        session.execute(text("CREATE TABLE anything (it INTEGER)"))
    assert away(error.value) is gone


@ON_SQLITE
def test_a_poisoned_statement_is_no_outage_on_sqlite_either(database: Any) -> None:
    for statement in ("SELECT nothing FROM nowhere", f"SELECT {'(' * 2000}1{')' * 2000}"):
        with pytest.raises(OperationalError) as error, database.writing() as session:
            session.execute(text(statement))
        assert not away(error.value)


@ON_SQLITE
def test_a_malformed_database_is_not_healthy(database_url: str, tmp_path: Path) -> None:
    office, database = Office(tmp_path, database_url), connect(database_url)
    staff(database, 300)
    database.close()
    with running(office, "run") as program:
        until(lambda: program.get("/healthz").status == 200)
        program.kill()
    file = Path(make_url(database_url).database or "")
    whole = file.read_bytes()
    (tmp_path / f"{file.name}-wal").unlink(missing_ok=True)
    file.write_bytes(whole[: len(whole) // 2] + b"\xff" * 16384 + whole[len(whole) // 2 + 16384 :])
    with running(office, "run") as program:
        sick = until(lambda: reply if (reply := program.get("/healthz")).status == 503 else None)
        assert b"integrity" in sick.body or b"database" in sick.body


@ON_SQLITE
def test_too_little_room_on_the_disk_is_not_healthy(database_url: str, tmp_path: Path) -> None:
    with running(Office(tmp_path, database_url), "run", DISK_LEAST_MB="1000000") as program:
        assert program.get("/healthz").body == b"not well: disk"


def test_where_no_file_can_be_made_or_the_folder_is_gone_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, gone = (make_url(f"sqlite:///{it / 'zr.db'}") for it in (tmp_path, tmp_path / "gone"))
    assert free(there) > 0
    assert free(gone) == 0
    whole = list(os.statvfs(tmp_path))
    whole[7] = 0  # f_favail
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(whole))
    assert free(there) == 0


@ON_SQLITE
def test_a_database_that_is_moved_away_under_the_program_takes_nothing_until_it_is_back(
    database_url: str, tmp_path: Path
) -> None:
    """SQLite itself goes on in the file that has no name any more, and all of it is gone with the program."""
    office, database = Office(tmp_path, database_url), connect(database_url)
    staff(database, 1)
    database.close()
    file = Path(make_url(database_url).database or "")
    with running(office, "run") as program:
        until(lambda: program.get("/healthz").status == 200)
        file.rename(file.with_suffix(".aside"))
        sick = until(lambda: reply if (reply := program.get("/healthz")).status == 503 else None)
        assert b"database" in sick.body
        until(lambda: "SQLITE_READONLY_DBMOVED" in program.output)
        assert not file.exists(), "no empty database was made instead"
        file.with_suffix(".aside").rename(file)
        until(lambda: program.get("/healthz").status == 200)
