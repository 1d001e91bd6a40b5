"""A backup, and a terminal beside it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from models.core.database import beside
from tests.bot.backups.restored import wants
from tests.support.program import Office


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
