"""Play the days once that the tests of the evidence forge."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from models.core.database import connect
from tests.support import evidenced
from tests.support.world import World


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Connection]:
    """Connect to the sample days without foreign keys; what a test does is rolled back."""
    path = tmp_path_factory.mktemp("evidence") / "zeroreport.db"
    shutil.copy(sqlite_template, path)
    database = connect(f"sqlite:///{path}")
    evidenced.play(World(database))
    with database.write.connect() as connection:
        assert connection.connection.dbapi_connection is not None
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
        yield connection
    database.close()
