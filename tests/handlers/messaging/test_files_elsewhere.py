"""Files that lie on the platform are noted with their message and fetched later."""

import pytest
from sqlmodel import select

from handlers.core.incoming import Remote
from models.files import downloads
from models.files.downloads import RemoteFile
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _rows(world: World) -> list[RemoteFile]:
    with world.database.reading() as session:
        return list(session.exec(select(RemoteFile)).all())


def test_a_file_that_lies_elsewhere_is_noted_with_its_message(world: World) -> None:
    remote = Remote("ref", "名册.csv", "text/csv", 100)
    world.hand_in(world.incoming("周敏", remote=remote, text="caption", update="77"))
    world.hand_in(world.incoming("周敏", remote=remote, text="caption", update="77"))
    (row,) = _rows(world)
    assert (row.reference, row.name, row.text, row.account, row.update) == ("ref", "名册.csv", "caption", "1002", "77")
    assert "ref" not in repr(row)


def test_files_of_strangers_in_groups_and_too_large_ones_are_not_fetched(world: World) -> None:
    world.hand_in(world.incoming("stranger", remote=Remote("a", "a.csv", "text/csv")))
    world.hand_in(world.incoming("周敏", remote=Remote("a", "a.csv", "text/csv"), chat="group 一站"))
    world.hand_in(world.incoming("周敏", remote=Remote("a", "大.zip", "application/zip", downloads.LARGEST + 1)))
    assert not _rows(world)
    assert "“大.zip”超过10 MB" in world.last("周敏").text
