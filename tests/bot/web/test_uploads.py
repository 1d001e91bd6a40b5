"""A file from somebody whose chat delivers none: one link, one file, half an hour, and only theirs."""

import re
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.desk import Desk
from bot.web.uploads import Uploads
from handlers.core.context import Defaults
from handlers.core.incoming import Incoming
from models.changes import file_readings
from models.core.database import Database
from models.messaging import upload_links
from tests.support.serving import Reply, Served, serving
from tests.support.world import World

ROSTER = "staff_no,name,unit\n1030,史新,区局/一站\n".encode()
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@dataclass
class Desktop:
    """A browser somewhere else, and the chat it belongs to."""

    world: World
    served: Served

    def link(self) -> str:
        """Return the path of a new link, which 周敏, the admin, asked for."""
        return re.findall(r"https://reports\.example\.org(/upload/\S+)", self.world.says("周敏", "上传"))[0]

    def look(self, path: str) -> Reply:
        return self.served.get(path, Host="reports.example.org", Accept_Language="zh")

    def send(self, path: str, data: bytes = ROSTER) -> Reply:
        where = {"Host": "reports.example.org", "Origin": "https://reports.example.org", "Accept_Language": "zh"}
        return self.served.post(f"{path}?name=%E5%90%8D%E5%8D%95.csv", data, **where)


def _uploads(database: Database, world: World, worker: Executor) -> Uploads:

    async def read(incoming: Incoming, data: bytes) -> Incoming:
        return replace(incoming, reading=file_readings.read(incoming.file.name if incoming.file else "", data))

    return Uploads(Desk(database, world.defaults, world.clock, worker), database, world.clock.now, read=read)


@pytest.fixture
def desktop(database: Database) -> Iterator[Desktop]:
    defaults = Defaults(public_url="https://reports.example.org", fileless=frozenset({"web"}))
    world = World(database, defaults)
    world.organisation()
    with (
        ThreadPoolExecutor(1) as worker,
        serving(database, outside=[_uploads(database, world, worker).route()]) as served,
    ):
        yield Desktop(world, served)


def test_a_roster_comes_in_by_a_link_and_is_asked_about_in_the_chat(desktop: Desktop) -> None:
    link = desktop.link()
    page = desktop.look(link)
    assert page.status == 200
    assert "上传一个文件" in page.body.decode()
    assert desktop.look("/static/upload.js").status == 200
    sent = desktop.send(link)
    assert (sent.status, sent.body.decode()) == (200, "已收到。请回到聊天窗口，查看将有哪些改动。")
    desktop.world.deliver()
    assert "史新" in desktop.world.last("周敏").text
    assert "导入" in "".join(desktop.world.last("周敏").labels)


def test_a_link_takes_one_file_and_an_empty_one_does_not_spend_it(desktop: Desktop) -> None:
    link = desktop.link()
    assert desktop.send(link, b"").status == 400
    assert desktop.send(link).status == 200
    again = desktop.send(link)
    assert (again.status, desktop.look(link).status) == (404, 404)
    assert "已用过或已过期" in again.body.decode()


def test_a_link_holds_for_half_an_hour_and_a_guessed_one_never(desktop: Desktop) -> None:
    link = desktop.link()
    desktop.world.clock.at += timedelta(minutes=31)
    assert desktop.send(link).status == 404
    assert desktop.send("/upload/guessed").status == 404


def test_only_leads_and_admins_get_a_link_and_only_where_there_is_a_way_in(desktop: Desktop) -> None:
    assert "仅限负责人" in desktop.world.says("张伟", "上传")
    desktop.world.set_defaults(public_url="")
    assert "PUBLIC_URL" in desktop.world.says("周敏", "上传")


def test_where_a_chat_takes_no_files_it_says_how_to_send_one(desktop: Desktop) -> None:
    world = desktop.world
    asked = ("/form upload", "/people template", "/people", "/help")

    def told(words: str) -> bool:
        before = {bubble.id for bubble in world.chat("周敏")}
        world.says("周敏", words)
        if words == "/help":
            world.taps("周敏", "管理", world.last("周敏"))
        return any("“上传”" in bubble.text for bubble in world.chat("周敏") if bubble.id not in before)

    assert all(told(words) for words in asked)
    world.set_defaults(fileless=frozenset())
    assert not any(told(words) for words in asked)


def test_links_are_kept_as_hashes_and_forgotten(desktop: Desktop, database: Database) -> None:
    token = desktop.link().rpartition("/")[2]
    with Session(database.write) as session:
        (row,) = session.exec(select(upload_links.Upload)).all()
        assert token not in row.digest
        upload_links.forget(session, row.expires_at + timedelta(days=2))
        assert session.exec(select(upload_links.Upload)).all() == []
