"""A terminal beside a database in which a morning was played."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import Beginnings
from tests.support.program import Office
from tests.support.world import ROSTER, World


def morning(world: World) -> None:
    world.organisation()
    world.assign()
    world.at("8:00")


@pytest.fixture
def office(beginnings: Beginnings, tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "there"
    folder.mkdir()
    shutil.copy(beginnings.played("sqlite", morning).path, folder / "zr.db")
    office = Office(folder, f"sqlite:///{folder / 'zr.db'}?timeout=0.05")
    office.write("r.csv", ROSTER)
    yield office
    if folder.exists():
        folder.chmod(0o755)
