"""A backup and a terminal beside it, and databases of one history, three days long."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from models.core.database import Database, beside, connect
from tests.bot.backups.restored import wants
from tests.support.program import Office
from tests.support.world import TUESDAY, WEDNESDAY, World


@pytest.fixture(scope="session")
def made(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a backup of the organisation 新 and its manifest, and old.db of the organisation 旧, killed
    while its newest change was in the -wal alone."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copy(sqlite_template, folder / "new.db")
    new = Office(folder, f"sqlite:///{folder / 'new.db'}")
    new("init", "新")
    wants(new.url)
    new("backup", "b.db")
    shutil.copy(sqlite_template, folder / "was.db")
    with closing(sqlite3.connect(folder / "was.db", isolation_level=None)) as raw:
        raw.execute("SELECT count(*) FROM unit").fetchone()  # who has it open keeps the -wal from being taken in
        Office(folder, f"sqlite:///{folder / 'was.db'}")("init", "旧")
        for it in (folder / "was.db", *beside(folder / "was.db", "-wal")):
            shutil.copy(it, folder / it.name.replace("was", "old"))
    return folder


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Office:
    for it in made.glob("b.db*"):
        shutil.copy(it, tmp_path)
    return Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")


@pytest.fixture(scope="session")
def three_days(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
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
    return folder


def _copy(database: Database, target: Path) -> None:
    with closing(sqlite3.connect(str(database.read.url.database))) as source:
        source.execute("VACUUM INTO ?", (str(target),))


@pytest.fixture
def databases(three_days: Path, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Return the database of three days, and the one of two days before."""
    for name in ("now.db", "then.db"):
        shutil.copy(three_days / name, tmp_path / name)
    pair = connect(f"sqlite:///{tmp_path / 'now.db'}"), connect(f"sqlite:///{tmp_path / 'then.db'}")
    yield pair
    for database in pair:
        database.close()
