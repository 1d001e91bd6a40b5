"""The database's file is deleted, replaced or loses its -wal under a running program: nothing more is taken for
written, and nothing of another file is touched."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from models.core.database import Database, away, connect

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _delete(path: Path) -> None:
    path.unlink()


def _move(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def _replace(path: Path) -> None:
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    copy.replace(path)


def _lose_the_wal(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def _renew_the_wal(path: Path) -> None:
    wal = path.with_name(path.name + "-wal")
    shutil.copy(wal, wal.with_suffix(".copy"))
    wal.with_suffix(".copy").replace(wal)


def _write(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS note (words)"))
        session.execute(text("INSERT INTO note VALUES ('x')"))


def _read(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM note")).scalar_one())


@pytest.mark.parametrize("happens", [_delete, _move, _replace, _lose_the_wal, _renew_the_wal])
def test_what_is_written_into_a_file_that_is_gone_is_not_taken_for_written(
    tmp_path: Path, database_kind: str, happens: Callable[[Path], None]
) -> None:
    path = tmp_path / "zr.db"
    database = connect(f"sqlite:///{path}")
    for _ in range(3):
        _write(database)
        assert _read(database)
    happens(path)
    after = {it.name: it.read_bytes() for it in tmp_path.iterdir()}
    for work in (_write, _read) * 3:
        with pytest.raises(OperationalError) as error:
            work(database)
        assert away(error.value)
    assert {it.name: it.read_bytes() for it in tmp_path.iterdir()} == after, "no file of anybody's was made or touched"
    database.close()


def test_a_file_that_is_put_back_is_gone_on_with(tmp_path: Path, database_kind: str) -> None:
    path, aside = tmp_path / "zr.db", tmp_path / "aside.db"
    database = connect(f"sqlite:///{path}")
    _write(database)
    path.rename(aside)
    with pytest.raises(OperationalError):
        _write(database)
    aside.rename(path)
    _write(database)
    assert _read(database) == 2
    database.close()


def test_a_program_whose_last_connection_ended_opens_a_new_wal(tmp_path: Path, database_kind: str) -> None:
    """SQLite takes a -wal away with the last connection: that is nobody's doing."""
    database = connect(f"sqlite:///{tmp_path / 'zr.db'}")
    for _ in range(3):
        _write(database)
        assert _read(database)
    database.close()
    for _ in range(3):
        _write(database)
    assert _read(database) == 6
    database.close()
