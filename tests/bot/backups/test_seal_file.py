"""The seal file: a line for each seal, none missing, none twice, and what is told where it cannot be written."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot import checks
from bot.backups.seal_file import Publisher, SealFile
from bot.settings import Settings
from models.core.database import Database
from models.evidence import seals
from models.operations import audit_log, self_report
from models.operations.self_report import FileState
from tests.bot.backups.seal_lines import THURSDAY, differs, seal_numbers
from tests.support.world import WEDNESDAY, World


def test_every_seal_is_a_line_that_nobody_else_may_read(databases: tuple[Database, Database], tmp_path: Path) -> None:
    now, path = databases[0], tmp_path / "seals.txt"
    assert SealFile(path, now).catch_up() == FileState("begun", "№5")
    assert seal_numbers(path) == [1, 2, 3, 4, 5]
    assert path.stat().st_mode & 0o777 == 0o600
    assert differs(now, path) == []
    first = json.loads(path.read_text().splitlines()[0])
    assert (first["task"], first["day"], first["occasion"]) == ("health", "2026-11-23", "close")


def test_what_a_crash_left_of_a_line_is_written_whole_and_none_is_there_twice(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    now, path = databases[0], tmp_path / "seals.txt"
    SealFile(path, now).catch_up()
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        SealFile(path, now).catch_up()
        assert path.read_bytes() == whole, end


def test_two_programs_write_each_seal_once(databases: tuple[Database, Database], tmp_path: Path) -> None:
    now, path = databases[0], tmp_path / "seals.txt"
    code = (
        "import sys; from pathlib import Path; from bot.backups.seal_file import SealFile;"
        "from models.core.database import connect;"
        "SealFile(Path(sys.argv[2]), connect(sys.argv[1])).catch_up()"
    )
    url = f"sqlite:///{tmp_path / 'now.db'}"
    running = [subprocess.Popen([sys.executable, "-c", code, url, str(path)]) for _ in range(3)]
    assert [it.wait(60) for it in running] == [0, 0, 0]
    assert seal_numbers(path) == [1, 2, 3, 4, 5]
    assert differs(now, path) == []


def test_a_file_that_is_lost_is_begun_anew_and_that_is_told(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    path = tmp_path / "seals.txt"
    file = SealFile(path, databases[0])
    file.catch_up()
    assert file.catch_up() is None
    path.unlink()
    assert file.catch_up() == FileState("begun", "№5")
    assert seal_numbers(path) == [1, 2, 3, 4, 5]


def test_a_file_that_is_no_seal_file_is_left_alone(databases: tuple[Database, Database], tmp_path: Path) -> None:
    path = tmp_path / "passwd"
    for said in ("root:x:0", "root:x:0\n", '{"seal": 1}\n', '{"seal": 1, "digest": "x"}\n'):
        path.write_text(said)
        state = SealFile(path, databases[0]).catch_up()
        assert (state and state.id, path.read_text()) == ("unwritable", said)


@pytest.mark.parametrize("where", ["missing/seals.txt", "."])
def test_a_file_that_cannot_be_written_is_told_and_nothing_else_happens(
    databases: tuple[Database, Database], tmp_path: Path, where: str
) -> None:  # fmt: skip
    state = SealFile(tmp_path / where, databases[0]).catch_up()
    assert state
    assert (state.id, state.fine) == ("unwritable", False)


def test_check_says_what_the_file_is_like(databases: tuple[Database, Database], tmp_path: Path) -> None:
    path = tmp_path / "seals.txt"
    settings = Settings(seal_file=str(path), database_url=f"sqlite:///{tmp_path / 'now.db'}")  # type: ignore[arg-type]

    def found(database: Database) -> dict[str, bool]:
        return {it.id: it.fine for it in checks.run(settings, database) if it.id.startswith("seal")}

    assert found(databases[0]) == {"seal_file": False}
    SealFile(path, databases[0]).catch_up()
    assert found(databases[0]) == {"seal_file": True}
    assert found(databases[1]) == {"seal_file_differs": False}


def test_the_evening_report_tells_the_running_head_and_what_became_of_the_file(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    world, path = World(databases[0]), tmp_path / "seals.txt"
    world.clock.at = world.local("19:00", WEDNESDAY)

    def tells(state: FileState) -> None:
        with world.database.writing() as session:
            self_report.note_seal_file(session, world.clock.now(), str(path), state)

    tells(FileState("unwritable", "No space left on device"))
    tells(FileState("unwritable", "No space left on device"))
    world.at("20:00", WEDNESDAY)
    with world.database.reading() as session:
        head = seals.last(session)
        assert head is not None
        assert len([c for c in audit_log.entries(session, None, "") if c.what == self_report.SEAL_FILE]) == 1
        said = world.last("周敏").text
        assert f"封存链（截至第{head.id}次封存）：{head.long}。" in said
        assert "封存文件无法写入（No space left on device）" in said
        assert seals.with_prefix(session, head.long) == [head]
    assert f"封存链（截至第{head.id}次封存）：{head.long}。" in world.says("周敏", "/system")
    tells(FileState("fine", "№5"))
    world.at("20:00", THURSDAY)
    assert "封存文件" not in world.last("周敏").text


def test_the_program_goes_on_where_the_file_cannot_be_written_and_notes_it_once(
    databases: tuple[Database, Database], tmp_path: Path
) -> None:  # fmt: skip
    world = World(databases[0])
    path = tmp_path / "folder" / "seals.txt"

    class Desk:
        async def run(self, work: object, wake: bool = True) -> None:
            with world.database.writing() as session:
                work(session, world.clock.now())  # type: ignore[operator]

    publisher = Publisher(SealFile(path, world.database), Desk())  # type: ignore[arg-type]

    async def look() -> None:
        for _ in range(3):
            await publisher.once()
        path.parent.mkdir()
        await publisher.once()

    asyncio.run(look())
    with world.database.reading() as session:
        noted = [
            c.detail["state"]
            for c in audit_log.entries(session, None, "")
            if c.what == self_report.SEAL_FILE and c.detail
        ]
    assert noted == ["begun", "unwritable"]
