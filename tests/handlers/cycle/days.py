"""A day as the clock plays it, and what was sent in it."""

from datetime import date

import pytest

from tests.support.world import MONDAY, ZONE, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def begin(world: World) -> None:
    world.organisation()
    world.assign()


def message_count(world: World) -> int:
    return sum(len(phone) for phone in world.phones.values())


def due(world: World, code: str = "health", day: date = MONDAY) -> str:
    with world.database.reading() as session:
        return world.period(session, code, day).due_at.astimezone(ZONE).strftime("%H:%M")
