import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.core.database import connect
from tests.support.handing_up import ADDRESS, CITY, Pair
from tests.support.world import World


@pytest.fixture
def pair(world: World, sqlite_template: Path, tmp_path: Path) -> Iterator[Pair]:
    """Return two organisations that do not know each other yet."""
    file = tmp_path / "city.db"
    shutil.copy(sqlite_template, file)
    database = connect(f"sqlite:///{file}")
    above = World(database)
    above.clock.at = world.clock.at
    above.set_defaults(public_url=ADDRESS)
    above.organisation(CITY)
    try:
        yield Pair(above, world)
    finally:
        database.close()
