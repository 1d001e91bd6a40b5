"""Delivery and chats that are lost or have moved: what is theirs is sent on, once, where it can still be read."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select

from bot.channels.base import Profile, Recipient, SendError, Sent
from bot.delivery import Delivery
from bot.lease import Lease
from handlers.words import Content
from models import people
from models.addresses import Address
from models.database import Database
from tests.world import World

LEASE = Lease("web:bot", "wecom:bot")


class Platform:
    """A channel that keeps what it was sent, by chat, and refuses what it is told to."""

    def __init__(self, name: str) -> None:
        self.profile = Profile(name, "bot")
        self.refusing: dict[str, SendError] = {}
        self.shown: dict[str, list[str]] = {}

    async def send(self, content: Content, recipients: list[Recipient], now: object) -> list[Sent]:
        chat = recipients[0].chat
        if chat in self.refusing:
            return [Sent(error=self.refusing[chat])]
        self.shown.setdefault(chat, []).append(content.text)
        return [Sent(f"{chat}:{len(self.shown[chat])}")]

    async def delete(self, recipient: Recipient, now: object) -> None: ...


@pytest.fixture
def world(database: Database) -> World:
    made = World(database)
    made.organisation()
    made.assign()
    made.deliver = lambda: None  # type: ignore[method-assign]
    return made


def _deliver(world: World, *platforms: Platform) -> None:
    async def run(work: Any, *, wake: bool = True) -> Any:
        return world.desk.transact(work)

    async def all_of_it() -> None:
        desk: Any = SimpleNamespace(run=run, house=world.house, wanted=asyncio.Event())
        channels: Any = platforms
        delivery = Delivery(desk, LEASE, channels)
        while await delivery.once():
            pass

    asyncio.run(all_of_it())


def _address(world: World, chat: str) -> Address:
    with world.database.reading() as session:
        return session.exec(select(Address).where(Address.chat == chat)).one()


def test_what_a_blocked_chat_was_to_get_is_sent_to_the_persons_other_one(world: World) -> None:
    with world.database.writing() as session:
        person = people.find_person(session, "李梅")
        earlier = world.clock.now().replace(year=2025)
        who = {"channel": "wecom", "account": "li", "chat": "li", "person_id": person.id}
        session.add(Address(**who, since=earlier, used_at=earlier))
    web, wecom = Platform("web"), Platform("wecom")
    web.refusing["1005"] = SendError("blocked", permanent=True)
    world.at("7:30")
    _deliver(world, web, wecom)
    assert [t for t in wecom.shown["li"] if "请于10:00前报送" in t] == wecom.shown["li"]
    assert len(wecom.shown["li"]) == 1
    assert _address(world, "1005").reach == "unreachable"
    world.at("9:01")
    _deliver(world, web, wecom)
    assert "还差您一份" in wecom.shown["li"][-1]
    assert "1005" not in web.shown


def test_a_group_that_moved_gets_its_post_once_under_its_new_id(world: World) -> None:
    world.says("周敏", "/bind 区局/一站", chat="-100", title="群")
    world.says("周敏", "/bind 区局/一站", chat="-100/3")
    web = Platform("web")
    web.refusing |= {chat: SendError("moved", migrated_to="-200") for chat in ("-100", "-100/3")}
    _deliver(world, web)
    assert [len(web.shown[chat]) for chat in ("-200", "-200/3")] == [1, 1]
    assert not {"-100", "-100/3"} & web.shown.keys()


def test_a_group_that_put_the_bot_out_is_told_to_the_admins(world: World) -> None:
    web = Platform("web")
    web.refusing["group 一站"] = SendError("kicked", permanent=True)
    world.at("10:10")
    _deliver(world, web)
    assert len([t for t in web.shown["1002"] if "收不到消息了" in t]) == 1
