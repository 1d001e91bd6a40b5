"""The browser chat of a small bureau, over a real socket."""

from collections.abc import Iterator

import pytest

from models.core.database import Database
from tests.support.serving import Served, populate, serving


@pytest.fixture
def demo(database: Database) -> Iterator[Served]:
    populate(database)
    with serving(database) as served:
        yield served
