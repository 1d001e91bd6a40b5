"""A restore killed at any instant leaves the old database, or all of the new one, on hold."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.core.database import beside
from tests.bot.backups.restored import KILLED, beheaded, clear, damaged, lines, moments, put, stands
from tests.support.program import Office


def _nothing(_: Office, __: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("begin", "before", "how_many"),
    [(_nothing, "nothing", 12), (put, ("旧", 0), 22), (damaged, "damaged", 8), (beheaded, "damaged", 8)],
    ids=["nothing there", "a dead program's database", "a damaged one", "one without its head"],
)
def test_killed_at_any_moment_the_old_or_all_of_the_new_is_there_and_the_next_try_succeeds(
    office: Office, made: Path, begin: Callable[[Office, Path], None], before: object, how_many: int
) -> None:
    """What one killed try left is what the next one finds; every second is left to its end."""
    command = ("restore", "--replace", "b.db")
    begin(office, made)
    total, cut = lines(office, *command), set()
    for number, moment in enumerate(moments(total, how_many)):
        if stands(office.folder) in (("新", 1), "nothing"):
            clear(office.folder)
            begin(office, made)
        assert office.typed(command, killed_at=moment).code in (KILLED, 0), moment  # a line more or less each time
        found = stands(office.folder)
        cut.add(found)
        assert found in (before, ("新", 1)), (moment, found)
        if number % 2 or list(office.folder.glob("*.ready")):
            office(*command)
            assert stands(office.folder) == ("新", 1), moment
            assert not [it for it in beside(office.folder / "zr.db") if it.exists()]
            assert not list(office.folder.glob("*.restoring*"))
    assert before in cut
