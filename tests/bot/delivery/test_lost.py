"""Delivery and chats that are lost or have moved: what is theirs is sent on, once, where it can still be read."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select

from bot.channels.base import Profile, Recipient, SendError, Sent
from bot.delivery.delivery import Delivery
from bot.lease import Lease
from handlers.core.rendering import Content
from handlers.messaging import reachability
from models.core.database import Database
from models.messaging import addresses, cards, contents
from models.messaging.addresses import Address
from models.messaging.slots import Slot, Subject
from models.organisation import people
from tests.support.beginnings import Begun
from tests.support.world import DELIVERY, MONDAY, World

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


def begin(world: World) -> None:
    world.organisation()
    world.assign()


pytestmark = pytest.mark.world(begin=begin)


@pytest.fixture
def world(database: Database, begun: Begun) -> World:
    made = begun.world(database)
    made.deliver = lambda: None  # type: ignore[method-assign]
    return made


def _deliver(world: World, *platforms: Platform) -> None:
    async def run(work: Any, *, wake: bool = True) -> Any:
        return world.desk.transact(work)

    async def all_of_it() -> None:
        desk: Any = SimpleNamespace(run=run, context=world.desk.context, wanted=asyncio.Event())
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
    assert "尚未报送" in wecom.shown["li"][-1]
    assert "1005" not in web.shown


def test_a_group_that_moved_gets_its_post_once_under_its_new_id(world: World) -> None:
    world.says("周敏", "/bind 区局/一站", chat="-100", title="群")
    world.says("周敏", "/bind 区局/一站", chat="-100/3")
    web = Platform("web")
    web.refusing |= {chat: SendError("moved", migrated_to="-200") for chat in ("-100", "-100/3")}
    _deliver(world, web)
    assert [len(web.shown[chat]) for chat in ("-200", "-200/3")] == [1, 1]
    assert not {"-100", "-100/3"} & web.shown.keys()


PASSING = {
    "Bad Request: not enough rights to send text messages to the chat": "群权限",
    "Forbidden: bot was kicked from the supergroup chat": "机器人不在群里",
    "Bad Request: TOPIC_CLOSED": "话题",
    "Bad Request: chat not found": "重新绑定",
    "WeCom 93000": "群机器人",
}


@pytest.mark.parametrize(
    ("database_kind", "reason"),
    [*(("sqlite", reason) for reason in PASSING), ("postgresql", next(iter(PASSING)))],
    indirect=["database_kind"],
)
def test_a_group_that_refused_once_is_tried_at_the_next_post_and_named_each_night_until_it_takes_one(
    world: World, reason: str
) -> None:
    web, group = Platform("web"), "group 一站"
    web.refusing[group] = SendError(reason, permanent=True)
    for day in range(2):
        world.at("10:10", MONDAY + timedelta(days=day))
        _deliver(world, web)
        world.at("20:01", MONDAY + timedelta(days=day))
        _deliver(world, web)
        assert "区局/一站的群" in web.shown["1002"][-1]
        assert PASSING[reason] in web.shown["1002"][-1]
    told = [t for t in web.shown["1002"] if "未能收到一条消息" in t]
    assert len(told) == 1, "the admins hear once; then each night"
    assert PASSING[reason] in told[0]
    del web.refusing[group]
    world.at("10:10", MONDAY + timedelta(days=2))
    _deliver(world, web)
    assert "11月25日" in web.shown[group][-1]
    assert not any("11月23日" in t for t in web.shown[group]), "nothing of days ago"
    assert (_address(world, group).reach, _address(world, group).trouble) == ("reachable", None)
    world.at("20:01", MONDAY + timedelta(days=2))
    _deliver(world, web)
    assert "区局/一站" not in web.shown["1002"][-1]


def test_a_post_that_was_refused_arrives_with_the_next_of_the_same_day(world: World) -> None:
    world.assign(DELIVERY)
    web, group = Platform("web"), "group 一站"
    web.refusing[group] = SendError("not enough rights", permanent=True)
    world.at("10:07")
    _deliver(world, web)
    del web.refusing[group]
    with world.database.writing() as session:
        address = session.exec(select(Address).where(Address.chat == group)).one()
        slot, again = Slot.of(Subject.GROUP_LINE, address, "later"), contents.Content("再来一条")
        cards.want(session, slot, cards.Kind.GROUP, again, world.clock.now())
    _deliver(world, web)
    _deliver(world, web)
    assert web.shown[group][0] == "再来一条"
    assert len([t for t in web.shown[group] if "一站" in t]) == 2


def test_a_group_whose_post_was_given_up_is_named_at_night_although_it_is_not_lost(world: World) -> None:
    web = Platform("web")
    web.refusing["group 一站"] = SendError("WeCom 86006", hopeless=True)
    world.at("10:10")
    _deliver(world, web)
    world.at("20:01")
    _deliver(world, web)
    assert "区局/一站的群" in web.shown["1002"][-1]
    assert "应用群聊需要2至2000名" in web.shown["1002"][-1]


def test_a_post_sent_before_the_group_was_lost_says_nothing_about_it_after(world: World) -> None:
    group = _address(world, "group 一站")
    sent = world.clock.now()
    world.clock.at += timedelta(seconds=1)
    with world.database.writing() as session:
        reachability.lost(world.desk.context(session, world.clock.now()), session.merge(group))
    with world.database.reading() as session:
        assert addresses.lost_before(session, {group.id: sent}) == []
        assert [it.id for it in addresses.lost_before(session, {group.id: sent + timedelta(seconds=2)})] == [group.id]
