"""Scenes with one program and a strict platform."""

from collections.abc import Awaitable, Callable

import pytest
from sqlmodel import select

from models.changes import roster_import
from models.core.database import Database
from models.organisation.units import Unit
from tests.support.platform import Platform, Program, play

ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what no engine has a part in


def one(
    database: Database, platform: Platform, scene: Callable[[Program], Awaitable[None]], pause: float = 1.0
) -> None:
    """Play a scene with one program, which is ended in good order."""

    async def main() -> None:
        program = Program(database, platform, pause=pause).start()
        await scene(program)
        await program.stop()

    play(main)


def unit(database: Database) -> int:
    with database.writing() as session:
        roster_import.take(
            session, roster_import.read("staff_no,name,unit,role\n1,周敏,区局,admin\n2,张伟,区局/一站,\n".encode())
        )
        return session.exec(select(Unit.id).where(Unit.name == "一站")).one()
