"""What one person may send in a day: counted, said when it is met, and over at midnight."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import func, select

from bot.bounds import Bounds, Day
from bot.channels.webchat.channel import OverQuota, WebChat
from bot.desk import Desk
from bot.quotas import Quotas
from handlers.core.incoming import Answer, Event, Incoming, Location, Remote
from handlers.core.turn import File
from models.channels import webchat
from models.channels.webchat import Message
from models.core.database import Database
from models.core.updates import ProcessedUpdate
from models.files.blobs import Blob
from tests.support.serving import NOW, populate, serving
from tests.support.world import World

MOST = Day(texts=3, taps=4, files=2, megabytes=1)


def begin(world: World) -> None:
    world.organisation()


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


def take(world: World, *batch: Incoming, most: Day = MOST) -> list[Answer | None]:
    async def go() -> list[Answer | None]:
        with ThreadPoolExecutor(1) as worker:
            return await Desk(world.database, world.defaults, world.clock, worker, Bounds(day=most)).take(batch)

    found = asyncio.run(go())
    world.deliver()
    return found


def seen(world: World) -> int:
    with world.database.reading() as session:
        return session.exec(select(func.count()).select_from(ProcessedUpdate)).one()


def test_texts_beyond_a_days_worth_are_not_taken_and_that_is_said_once(world: World) -> None:
    take(world, *(world.incoming("李梅", text="/status") for _ in range(500)))
    assert seen(world) == MOST.texts
    told = [b.text for b in world.chat("李梅") if "零点以前" in b.text]
    assert told == ["您今天已发3条消息，零点以前不再接收。"]


def test_a_tap_beyond_a_days_worth_is_told_each_time_and_leaves_nothing(world: World) -> None:
    answers = take(world, *(world.incoming("李梅", data="report.keep.1") for _ in range(6)))
    assert ["零点以前" in (it.text if it else "") for it in answers] == [False] * 4 + [True] * 2
    assert seen(world) == MOST.taps


def test_one_persons_bound_is_no_others(world: World) -> None:
    take(world, *(world.incoming(who, text="/status") for who in ("李梅",) * 10 + ("张伟",)))
    assert world.chat("张伟")


def test_files_are_counted_and_weighed_also_those_that_lie_elsewhere(world: World) -> None:
    quotas = Quotas(MOST, lambda: date(2026, 11, 23))
    one = world.incoming("李梅", file=File("d", "a", "image/png", 600_000))
    assert [quotas.spend(one), quotas.spend(one)] == [None, "megabytes"]
    small = replace(one, file=None, remote=Remote("r", "a", "image/png"))
    assert [quotas.spend(small), quotas.spend(small)] == [None, "files"]
    quotas = Quotas(MOST, lambda: date(2026, 11, 23))
    assert quotas.spend(small) is None
    quotas.weigh(small, 2_000_000)
    assert quotas.spend(small) == "megabytes"


def test_corrections_and_places_are_texts_and_what_becomes_of_a_chat_is_none(world: World) -> None:
    quotas = Quotas(MOST, lambda: date(2026, 11, 23))
    it = world.incoming("李梅", text="x")
    for one in (it, replace(it, edited=True), replace(it, text=None, location=Location(1, 2))):
        assert quotas.spend(one) is None
    assert quotas.spend(it) == "texts"
    assert quotas.spend(replace(it, text=None, event=Event.BLOCKED)) is None


def test_at_midnight_all_begins_anew_and_nothing_is_remembered(world: World) -> None:
    day = [date(2026, 11, 23)]
    quotas = Quotas(MOST, lambda: day[0])
    it = world.incoming("李梅", text="x")
    assert [quotas.spend(it) for _ in range(4)][-1] == "texts"
    day[0] += timedelta(days=1)
    assert quotas.spend(it) is None
    assert len(quotas._spent) == 1


def test_the_browser_keeps_nothing_of_what_is_over_the_bound(database: Database) -> None:
    """One member stored twelve files of 10 MB in a second and a half."""
    populate(database)
    with serving(database) as served:
        quotas = Quotas(Day(texts=1, files=3, megabytes=25), NOW.date)

        class Counting:
            async def take(self, batch: Any) -> list[None]:
                assert not any(quotas.spend(it) for it in batch)
                return [None for _ in batch]

        served.chat.met = quotas.met
        served.chat._desk = Counting()
        sent = [
            served.post(f"/chat/file?account=p1&chat=p1&name={n}.bin", bytes([n]) * 10_000_000, Content_Type="a/b")
            for n in range(12)
        ]
        assert [it.status for it in sent] == [200, 200] + [429] * 10
        assert "midnight" in sent[-1].json["error"]
        said = [served.post("/chat/say", {"account": "p1", "chat": "p1", "text": "x"}).status for _ in range(2)]
        assert said == [200, 429]
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Blob)).one() == 2
        assert session.exec(select(func.count()).select_from(Message)).one() == 3


def test_a_place_is_over_the_bound_as_well(database: Database) -> None:
    with ThreadPoolExecutor(1) as worker:
        chat = WebChat(database, lambda: NOW, worker)
        chat.met = lambda incoming: "texts"
        with pytest.raises(OverQuota):
            asyncio.run(chat.share("a", "a", Location(1, 2)))


def test_the_browser_chats_old_messages_go_and_the_numbers_of_changes_go_on(database: Database) -> None:
    words: dict[str, Any] = {"text": "x", "buttons": [], "file": None}
    with database.writing() as session:
        for days in (100, 99, 98):
            webchat.post(session, ["p1"] * 3, words, NOW - timedelta(days=days), None)
        edited = session.exec(select(Message).limit(1)).one()
        webchat.edit(session, [edited], words | {"text": "y"}, NOW)
        kept = edited.id
    with database.writing() as session:
        before = webchat.latest(session)
        assert webchat.forget(session, NOW - timedelta(days=90), 5)
        assert not webchat.forget(session, NOW - timedelta(days=90), 5)
        assert webchat.latest(session) == before
        assert session.exec(select(Message.id)).all() == [kept]
