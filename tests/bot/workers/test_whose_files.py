"""Whose files are opened, how many at once, and what the desk does with them."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from bot.bounds import Bounds
from bot.workers import file_reader
from bot.workers.file_reader import Reader
from handlers.core.incoming import Incoming
from handlers.core.turn import File
from models.changes.file_readings import Reading
from models.files import blobs
from models.organisation import people
from models.organisation.people import Membership, Role
from tests.bot.workers.test_file_process import ROWS, wrong
from tests.support import files_read
from tests.support.world import World


def begin(world: World) -> None:
    world.organisation()


pytestmark = pytest.mark.world(begin=begin)


class _Desk:
    """Runs at once, in this thread."""

    def __init__(self, world: World) -> None:
        self.context, self.run_ = world.desk.context, world.desk.transact

    async def run(self, work: Any, *, wake: bool = True) -> Any:
        return self.run_(work)


def sent(world: World, who: str, name: str, data: bytes, **what: Any) -> Incoming:
    with world.database.writing() as session:
        file = blobs.keep(session, name, "text/plain", data)
    return world.incoming(who, file=File(file.digest, name, "text/plain", file.size), **what)


def made_reader(world: World, **bounds: int) -> Reader:
    return Reader(world.database, _Desk(world), world.clock, Bounds(**bounds))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "name", "group"),
    [
        ("李梅", "a.xlsx", False), ("王建国", "a.yaml", False), ("王建国", "a.docx", False), ("周敏", "a.pdf", False),
        ("周敏", "a.xlsx", True), ("王建国", "a.xlsx", True),
    ],
)  # fmt: skip
def test_only_an_admins_roster_and_a_leads_table_in_their_own_chat_are_opened(
    world: World, who: str, name: str, group: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "look", None)
    incoming = replace(sent(world, who, name, ROWS.encode()), private=not group)
    assert asyncio.run(made_reader(world).read(incoming, ROWS.encode())) == incoming


def test_an_admins_roster_is_read_and_the_desk_takes_it_without_opening_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming = asyncio.run(made_reader(world).read(sent(world, "周敏", "a.csv", ROWS.encode()), ROWS.encode()))
    assert incoming.reading
    for name in ("organisation.roster_reader.look", "organisation.roster_reader.read", "changes.roster_import.look",
                 "changes.roster_import.read", "spreadsheets.reader.read", "forms.xlsform.source"):  # fmt: skip
        monkeypatch.setattr(f"models.{name}", None)
    world.hand_in(incoming)
    assert "新人" in world.last("周敏").text
    world.taps("周敏", "导入")
    assert world.number("新人") == "3001"


def test_an_admin_of_a_part_cannot_have_the_desk_compare_more_rows_than_it_does_at_once(world: World) -> None:
    with world.database.writing() as session:
        li = people.find_person(session, "1005")
        session.exec(select(Membership).where(Membership.person_id == li.id)).one().role = Role.ADMIN
    data = ("工号,姓名,单位\n" + "".join(f"5{n:03},人{n},区局/一站\n" for n in range(11))).encode()
    found = {
        who: asyncio.run(made_reader(world, part_rows=10).read(sent(world, who, "a.csv", data), data))
        for who in ("李梅", "周敏")
    }
    world.hand_in(found["李梅"])
    assert "这个文件有11行" in world.last("李梅").text
    assert "10行" in world.last("李梅").text
    world.hand_in(found["周敏"])
    assert "新人员11" in world.last("周敏").text


def test_a_person_has_one_file_read_at_a_time_and_the_rest_of_the_house_a_few(world: World) -> None:
    async def go() -> list[Incoming]:
        begun, hold = asyncio.Event(), asyncio.Event()

        async def slow(self: Reader, name: str, data: bytes, *more: object) -> Reading:
            begun.set()
            await hold.wait()
            return Reading()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Reader, "look", slow)
            patch.setattr(file_reader, "SAID_AFTER", 0)
            made = made_reader(world, files=1)
            incoming = sent(world, "周敏", "a.csv", b"x")
            first = asyncio.ensure_future(made.read(incoming, b"x"))
            await asyncio.wait_for(begun.wait(), 60)
            second = await made.read(incoming, b"x")
            await asyncio.sleep(0)
            hold.set()
            return [await first, second]

    first, second = asyncio.run(go())
    assert first.reading == Reading()
    assert second.reading
    assert wrong(second.reading) == "files.one_at_a_time"
    world.hand_in(second)
    assert "上一个文件" in world.last("周敏").text


def test_what_was_not_read_is_asked_for_once_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_read, "read", lambda database, incoming: incoming)
    world.hand_in(sent(world, "周敏", "a.csv", ROWS.encode()))
    assert "再发一次" in world.last("周敏").text


def test_who_waits_for_a_file_is_told_that_it_is_being_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told = asyncio.Event()

    async def slow(self: Reader, name: str, data: bytes, *more: object) -> Reading:
        await asyncio.wait_for(told.wait(), 60)
        return Reading()

    class Telling(_Desk):
        async def run(self, work: Any, *, wake: bool = True) -> Any:
            await super().run(work)
            told.set()

    monkeypatch.setattr(Reader, "look", slow)
    monkeypatch.setattr(file_reader, "SAID_AFTER", 0)
    made = Reader(world.database, Telling(world), world.clock, Bounds())  # type: ignore[arg-type]
    asyncio.run(made.read(sent(world, "周敏", "名单.csv", b"x"), b"x"))
    world.deliver()
    assert "正在读取“名单.csv”" in world.last("周敏").text
