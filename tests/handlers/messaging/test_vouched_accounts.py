"""Accounts that a channel vouches for are enrolled; strangers get a polite line once an hour."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from handlers.core.incoming import Event
from models.changes import roster_import
from models.messaging import addresses, cards, contents
from models.messaging.addresses import Address
from models.organisation import people
from tests.support.admins import invite
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _opens(world: World, account: str, text: str = "你好", channel: str = "wecom") -> list[str]:
    """Somebody whom the platform vouches for writes; what they are then told."""
    made = world.incoming("stranger", text=text)
    world.hand_in(replace(made, channel=channel, account=account, chat=account, private=True, vouched=account))
    return _wanted(world, account, channel)


def _wanted(world: World, chat: str, *channels: str) -> list[str]:
    """Return what a chat is told, on the channels where nobody delivers in these tests."""
    with world.database.reading() as session:
        query = (
            select(contents.StoredContent)
            .join(cards.Card, col(cards.Card.wanted_id) == col(contents.StoredContent.id))
            .join(Address)
            .where(Address.chat == chat, col(Address.channel).in_(channels))
        )
        found = session.exec(query.order_by(col(cards.Card.id))).all()
    return [w.content.text for w in found]


def test_a_vouched_account_is_enrolled_by_its_staff_number_and_asked_at_once(world: World) -> None:
    welcome, prompt = _opens(world, "1005")
    assert "李梅" in welcome and "您的回答和电话仅负责人和管理员可见" in welcome
    assert "请于10:00前报送" in prompt
    assert len(_opens(world, "1005", "帮助")) == 3, "the second time they are known"


def test_who_opens_the_app_is_enrolled_before_they_say_anything(world: World) -> None:
    for account in ("1005", "nobody"):
        made = replace(world.incoming(account, event=Event.BACK), channel="wecom", vouched=account)
        for n in range(2):
            world.hand_in(replace(made, update=f"{account} {n}"))
    assert "李梅" in _wanted(world, "1005", "wecom")[0]
    assert len(_wanted(world, "1005", "wecom")) == 2, "who only comes back is told nothing"
    assert len(_wanted(world, "nobody", "wecom")) == 1


def test_the_rosters_account_goes_before_the_staff_number_in_any_case(world: World) -> None:
    roster = "工号,姓名,单位,企业微信账号\n1008,钱丽,区局/二站,LiMei\n1005,李梅,区局/一站,qian\n"
    with world.database.writing() as session:
        roster_import.take(session, roster_import.read(roster.encode()))
    assert "钱丽" in _opens(world, "limei")[0]
    assert "花名册中尚无您的信息" in _opens(world, "1005")[0], "the roster says that 1005 is called otherwise there"


def test_whom_nobody_knows_who_left_and_wards_get_the_polite_line_once_an_hour(world: World) -> None:
    with world.database.writing() as session:
        person = people.find_person(session, "李梅")
        person.left_on = world.clock.now().date()
        session.add(person)
    for account in ("nobody", "1005", "2001"):
        for _ in range(2):
            told = _opens(world, account)
        assert [t for t in told if "花名册中尚无您的信息" in t] == told
        assert len(told) == 1, account


def test_a_stranger_is_told_once_an_hour_on_each_channel(world: World) -> None:
    for channel in ("web", "telegram"):
        for _ in range(2):
            world.hand_in(replace(world.incoming("stranger", text="你好"), channel=channel))
    assert len(_wanted(world, "stranger", "web", "telegram")) == 2


def test_five_wrong_codes_lock_an_account_of_one_channel_for_an_hour(world: World) -> None:
    def tries(channel: str, code: str) -> str:
        world.hand_in(replace(world.incoming("stranger", text=f"/start {code}"), channel=channel))
        return _wanted(world, "stranger", channel)[-1]

    code = invite(world, "李梅")
    for n in range(5):
        tries("telegram", f"WRONG{n}")
    assert tries("telegram", code) == tries("telegram", "WRONG"), "locked, whatever the code"
    with world.database.reading() as session:
        assert addresses.who(session, "telegram", "stranger") is None
    assert "李梅" in "".join(_after(world, "web", code))


def _after(world: World, channel: str, code: str) -> list[str]:
    world.hand_in(replace(world.incoming("stranger", text=f"/start {code}"), channel=channel))
    return _wanted(world, "stranger", channel)
