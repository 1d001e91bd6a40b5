"""Files that lie on the platform: fetched after the commit, tried again, handed in once, or refused in a sentence."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select

from bot.channels.base import Profile, SendError
from bot.lease import Lease
from bot.workers.downloads import Fetching
from handlers.core.incoming import Incoming, Remote
from models.changes import file_readings
from models.files.blobs import Blob
from models.files.downloads import BACKOFF, LARGEST, RemoteFile
from tests.support.world import ROSTER, World

ROWS = (ROSTER + "1050,新人,区局/二站,,,,\n").encode()
NAME = "名册.csv"


class Platform:
    """A channel of which only the files matter: each answer is bytes, or what is raised instead."""

    profile = Profile("web", "web")

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), 0

    async def fetch(self, remote: Remote) -> bytes:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, bytes)
        return answer


def begin(world: World) -> None:
    world.organisation()
    world.assign()
    world.hand_in(world.incoming("周敏", remote=Remote("ref", NAME, "text/csv", 300), update="7"))


pytestmark = pytest.mark.world(begin=begin)


def _desk(world: World, run: Any) -> Any:
    async def store(data: bytes) -> None:
        """Do nothing: these files are small."""

    of = world.desk
    return SimpleNamespace(run=run, handle=of.handle, quotas=of.quotas, context=of.context, store=store)


def _fetch(world: World, platform: Platform) -> bool:
    """Run one round; the desk works in this thread."""

    async def run(work: Any, *, wake: bool = True) -> Any:
        return world.desk.transact(work)

    lease = Lease()
    lease.leading = True

    desk = _desk(world, run)
    channels: Any = [platform]

    async def read(incoming: Incoming, data: bytes) -> Incoming:
        return replace(incoming, reading=file_readings.read(incoming.file.name if incoming.file else "", data))

    async def once() -> bool:
        fetching = Fetching(world.database, desk, lease, world.clock, channels, read)
        busy = await fetching.once()
        await fetching.settled()
        return busy

    busy = asyncio.run(once())
    world.deliver()
    return busy


def _left(world: World) -> list[RemoteFile]:
    with world.database.reading() as session:
        return list(session.exec(select(RemoteFile)).all())


def test_a_roster_that_lay_elsewhere_is_the_import_and_comes_in_once(world: World) -> None:
    platform = Platform(ROWS)
    assert _fetch(world, platform)
    assert "新人" in world.last("周敏").text and "导入" in "".join(world.last("周敏").labels)
    assert not _left(world)
    assert not _fetch(world, platform)
    world.hand_in(world.incoming("周敏", remote=Remote("ref", NAME, "text/csv", 300), update="7"))
    assert not _left(world), "delivered once more by the platform"


def test_what_fails_is_tried_again_after_a_while_and_as_long_as_the_platform_says(world: World) -> None:
    platform = Platform(SendError("cut off"), SendError("slow down", retry_after=90), OSError("a bug"), ROWS)
    for wait in (BACKOFF[0], 90, BACKOFF[1]):
        assert _fetch(world, platform)
        assert not _fetch(world, platform)
        world.clock.at += timedelta(seconds=wait + 1)
    assert _fetch(world, platform)
    assert (platform.asked, len(_left(world))) == (4, 0)
    assert "新人" in world.last("周敏").text


def test_what_will_never_be_had_is_said(world: World) -> None:
    _fetch(world, Platform(SendError("gone", permanent=True)))
    assert f"“{NAME}”未能从聊天服务器取回" in world.last("周敏").text
    assert not _left(world)


def test_what_was_tried_often_enough_is_said(world: World) -> None:
    platform = Platform(*[SendError("cut off")] * (len(BACKOFF) + 1))
    while _left(world):
        assert _fetch(world, platform)
        world.clock.at += timedelta(seconds=BACKOFF[-1] + 1)
    assert not platform.answers
    assert "请重新发送" in world.last("周敏").text


def test_a_platform_that_is_away_for_three_days_loses_no_file(world: World) -> None:
    days = [SendError("502 Bad Gateway", uncertain=True)] * (3 * 96)
    platform = Platform(*days, ROWS)
    while _left(world):
        assert _fetch(world, platform)
        world.clock.at += timedelta(seconds=BACKOFF[-1] + 1)
    assert not platform.answers
    assert "新人" in world.last("周敏").text


def test_a_file_that_turns_out_too_large_is_not_kept(world: World) -> None:
    _fetch(world, Platform(bytes(LARGEST + 1)))
    assert "超过10 MB" in world.last("周敏").text
    with world.database.reading() as session:
        assert not session.exec(select(Blob)).all()
    assert not _left(world)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_program_that_dies_while_it_fetches_loses_nothing(world: World) -> None:
    with pytest.raises(KeyboardInterrupt):
        _fetch(world, Platform(KeyboardInterrupt()))
    assert _fetch(world.beside(), Platform(ROWS))
    assert "新人" in world.last("周敏").text


def test_a_file_that_takes_long_to_read_holds_up_no_other(world: World) -> None:
    world.hand_in(world.incoming("李梅", remote=Remote("photo", "a.jpg", "image/jpeg", 3), update="8"))

    async def run(work: Any, *, wake: bool = True) -> Any:
        return world.desk.transact(work)

    async def go() -> list[str]:
        hold = asyncio.Event()

        async def read(incoming: Incoming, data: bytes) -> Incoming:
            if incoming.file and incoming.file.name == NAME:
                await hold.wait()
            return incoming

        lease = Lease()
        lease.leading = True
        desk = _desk(world, run)
        channels: Any = [Platform(ROWS, ROWS)]
        fetching = Fetching(world.database, desk, lease, world.clock, channels, read)
        await fetching.once()
        for _ in range(1000):
            await asyncio.sleep(0)
        left = [it.name for it in _left(world)]
        assert not await fetching.once(), "what is being read is not fetched again"
        hold.set()
        await fetching.settled()
        return left

    assert asyncio.run(go()) == [NAME]
    assert not _left(world)
