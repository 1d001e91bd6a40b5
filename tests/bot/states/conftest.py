"""A terminal beside a database in which a morning was played."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.core.database import connect
from tests.support.program import Office
from tests.support.world import ROSTER, World


@pytest.fixture(scope="session")
def lived(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lived") / "zr.db"
    shutil.copy(sqlite_template, path)
    database = connect(f"sqlite:///{path}")
    world = World(database)
    world.organisation()
    world.assign()
    world.at("8:00")
    database.close()
    return path


@pytest.fixture
def office(lived: Path, tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "there"
    folder.mkdir()
    shutil.copy(lived, folder / "zr.db")
    office = Office(folder, f"sqlite:///{folder / 'zr.db'}?timeout=0.05")
    office.write("r.csv", ROSTER)
    yield office
    if folder.exists():
        folder.chmod(0o755)
