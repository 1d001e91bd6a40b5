"""A large file is stored a part at a time: no transaction holds the writer for all of it, wherever it comes from."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot import large_files
from bot.lease import Lease
from bot.workers.jobs import Jobs
from handlers.exports import export_job
from models.core.database import Database
from models.files import blobs
from tests.support.world import World

BOT = Path(large_files.__file__).parent


@contextmanager
def parts_written(database: Database) -> Iterator[list[int]]:
    """Note how many parts of files each transaction of the block writes, if it writes any."""
    found, now = list[int](), [0]

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        now[0] += statement.startswith("INSERT INTO blob_part")

    def end(_: Any) -> None:
        if now[0]:
            found.append(now[0])
        now[0] = 0

    event.listen(database.write, "before_cursor_execute", note)
    event.listen(database.write, "commit", end)
    try:
        yield found
    finally:
        event.remove(database.write, "before_cursor_execute", note)
        event.remove(database.write, "commit", end)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "PART", 2000)


@pytest.mark.sqlite
def test_a_long_export_is_stored_a_part_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    world.says("周敏", "/export 11-23 health")
    lease = Lease()
    lease.leading = True
    with parts_written(world.database) as written:
        asyncio.run(Jobs(world.database, world.desk, lease).once())
    world.deliver()
    file = world.last("周敏").content.file
    assert file is not None and file.size > 4000
    assert written == [1] * -(-file.size // 2000)
    with world.database.reading() as session:
        assert blobs.sound(session, {"digest": file.digest, "size": file.size})


@pytest.mark.sqlite
def test_what_was_stored_before_a_crash_is_not_stored_again(world: World) -> None:
    data = bytes(9000)
    file = blobs.described("a.bin", "b/c", data)
    world.desk.transact(lambda session, _: blobs.keep_part(session, file, 1, data))
    with parts_written(world.database) as written:
        asyncio.run(world.desk.store(data))
        world.desk.transact(lambda session, _: blobs.keep(session, "a.bin", "b/c", data))
    assert written == [1, 1, 1, 1]


def test_whoever_keeps_a_file_stores_its_parts_first() -> None:
    """Of all modules that take or make files; a rehearsal copies into a database that nobody else uses."""
    keeping = {path for path in BOT.rglob("*.py") if re.search(r"\bblobs\.keep\(", path.read_text("utf-8"))}
    keeping |= {path for path in BOT.rglob("*.py") if re.search(r"\bdocuments\.finish\(", path.read_text("utf-8"))}
    assert len(keeping) > 5
    missing = {it.name for it in keeping if not re.search(r"\bstore\(", it.read_text("utf-8"))}
    assert missing == {"rehearsal_copy.py"}
