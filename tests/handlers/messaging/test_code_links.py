"""Codes come with a link and a picture where a channel has one."""

import pytest

from models.core.database import Database
from models.files.blobs import data_of
from models.messaging import enrolment_links
from models.organisation import people
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
LINK = "https://t.me/zero_bot?start={code}"


@pytest.fixture
def linked(database: Database) -> World:
    made = World(database)
    with database.writing() as session:
        enrolment_links.put(session, "telegram", LINK)
    made.organisation(enrolled="1002 1003")
    return made


def _data(world: World, who: str) -> tuple[str, bytes]:
    file = world.last(who).content.file
    assert file
    with world.database.reading() as session:
        return file.mime, data_of(session, file.digest)


def test_one_persons_code_comes_with_its_link_and_a_picture(linked: World) -> None:
    linked.says("王建国", "/invite 李梅")
    text = linked.chat("王建国")[-2].text
    code = linked.chat("王建国")[-2].content.text.split("<code>")[1].split("<")[0]
    assert f"https://t.me/zero_bot?start={code}" in text
    assert "有效" in text
    mime, data = _data(linked, "王建国")
    assert mime == "image/png"
    assert data.startswith(b"\x89PNG")


def test_several_peoples_codes_come_with_a_sheet_to_print(linked: World) -> None:
    with linked.database.writing() as session:
        people.find_person(session, "李梅").name = "<b>李梅"
    linked.says("王建国", "/invite 1005 1006")
    mime, data = _data(linked, "王建国")
    page = data.decode()
    assert mime == "text/html"
    assert page.count("<svg") == 2
    assert page.count("https://t.me/zero_bot?start=") == 2
    assert "&lt;b&gt;李梅" in page and "<b>李梅" not in page


def test_without_a_link_there_is_the_code_alone(world: World) -> None:
    world.says("王建国", "/invite 李梅")
    assert world.last("王建国").content.file is None
    assert "http" not in world.last("王建国").text
