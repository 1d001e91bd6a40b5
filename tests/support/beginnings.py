"""Play each beginning once, and copy it for every test that begins with it: a database, and everybody's phone
(docs/decisions/0168-fast-tests.md)."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.engine import make_url

from models.core.database import Database
from tests.support.world import Bubble, TestClock, Town, World

_copies = count()
Beginning: TypeAlias = Callable[[World], None]


def monday(world: World) -> None:
    """Open the day and ask everybody who is to be asked."""
    world.organisation()
    world.assign()
    world.at("7:30")


def without_groups(world: World) -> None:
    """Do the same where no unit has a group."""
    world.organisation(groups=False)
    world.assign()
    world.at("7:30")


@dataclass(frozen=True)
class Begun:
    """A world that stands still: the address of its database, to which nobody is connected, and the rest of it."""

    url: str
    at: datetime
    phones: dict[str, list[Bubble]]
    updates: int
    messages: int

    @staticmethod
    def of(url: str, world: World) -> "Begun":
        """Return this world as it is now; it can be played on no further."""
        town = world.town
        return Begun(url, world.clock.at, town.phones, next(town.updates), next(town.messages))

    def world(self, database: Database) -> World:
        """Return the same world on a copy of its database."""
        phones = {chat: [replace(bubble) for bubble in phone] for chat, phone in self.phones.items()}
        town = Town(phones, count(self.updates), count(self.messages))
        return World(database, clock=TestClock(self.at), town=town)

    @property
    def path(self) -> Path:
        """Return where its database is, an SQLite file."""
        return Path(make_url(self.url).database or "")

    def file(self, folder: Path) -> Path:
        """Return a copy of that file, for tests that begin again and again."""
        return Path(shutil.copy(self.path, folder / f"{next(_copies)}.db"))
