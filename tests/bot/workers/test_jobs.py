"""Long files are written in a process of their own, which can be stopped at any moment."""

import asyncio
import io
import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pytest
from openpyxl import load_workbook
from sqlmodel import Session, select

from bot.lease import Lease
from bot.workers import child, jobs
from bot.workers.job_kinds import FILES
from bot.workers.jobs import Jobs
from handlers.exports import export_job, long_files
from models.files.blobs import data_of
from models.operations.job_files import JobPart
from models.operations.jobs import Job
from tests.support.world import World

LEADING = Lease()
LEADING.leading = True


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Let an admin ask for a file that is long."""
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    world.taps("李梅", "零报告")
    world.says("周敏", "/export 11-23 health")
    return world


def work(world: World) -> None:
    asyncio.run(Jobs(world.database, world.desk, LEADING).once())
    world.deliver()


def test_a_file_is_written_in_a_process_of_its_own(asked: World) -> None:
    work(asked)
    file = asked.last("周敏").content.file
    assert file
    with asked.database.reading() as session:
        pages = load_workbook(io.BytesIO(data_of(session, file.digest))).worksheets
    assert [it.title for it in pages] == ["文件说明", "每日健康"]
    assert pages[1].max_row == 11


def test_its_progress_is_shown_while_it_is_written(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(FILES, "progress", lambda _, job, said: told.append(said["rows"]))

    async def slowly(
        kind: str, order: Mapping[str, Any], out: IO[bytes], said: Callable[[child.Said], None],
        goes_on: Callable[[], Awaitable[bool]],
    ) -> dict[str, Any] | None:  # fmt: skip
        found = await runner._in_a_process(kind, order, out, said, goes_on)
        for _ in range(jobs.TOLD_EVERY):  # of a file of ten rows the process ends before anybody looks
            assert await goes_on()
        return found

    runner = Jobs(asked.database, asked.desk, LEADING, slowly)
    asyncio.run(runner.once())
    assert told and set(told) == {10}


@pytest.mark.sqlite
def test_a_file_that_is_cancelled_ends_its_process_at_once(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LOOKED_EVERY", 0.02)
    started: list[asyncio.subprocess.Process] = []
    begin = asyncio.create_subprocess_exec

    async def noted(*words: str, **how: object) -> asyncio.subprocess.Process:
        process = await begin(*words, **how)  # type: ignore[arg-type]
        started.append(process)
        asked.taps("周敏", "取消")
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    work(asked)
    (process,) = started
    assert process.returncode == -9
    assert "已取消" in asked.last("周敏").text
    with asked.database.reading() as session:
        assert not session.exec(select(JobPart)).all()


@pytest.mark.sqlite
def test_a_file_that_takes_too_long_is_given_up_after_three_tries(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "LONGEST", 0.01)
    for _ in range(3):
        work(asked)
    assert "出错" in asked.last("周敏").text


@pytest.mark.sqlite
def test_a_database_that_becomes_full_while_a_file_is_kept_is_said(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_files, "MOST_BYTES", 100)
    asked.set_defaults(public_url="https://reports.example.org")

    def full(_: Session, __: datetime, **___: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs, "_keep_part", full)
    work(asked)
    assert "磁盘已满" in asked.last("周敏").text
    with asked.database.reading() as session:
        assert session.exec(select(Job)).one().result == {"end": "no_room"}


@pytest.mark.sqlite
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_a_disk_that_is_full_while_a_file_is_written_is_told_apart_from_a_fault(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: Path("/dev/full").open("r+b", buffering=0))  # noqa: SIM115
    work(asked)
    assert "磁盘已满" in asked.last("周敏").text


@pytest.mark.sqlite
def test_nothing_of_a_file_stands_on_the_disk_under_a_name(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[IO[bytes]] = []
    end = Jobs._end

    async def look(self: Jobs, kind: object, job: Job, found: object, out: IO[bytes]) -> None:
        seen.append(out)
        assert os.fstat(out.fileno()).st_nlink == 0, "a killed program leaves nothing"
        await end(self, kind, job, found, out)  # type: ignore[arg-type]

    monkeypatch.setattr(Jobs, "_end", look)
    work(asked)
    assert seen[0].closed
