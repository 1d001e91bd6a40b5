"""Groups that come, move and go."""

import pytest

from handlers.core.incoming import Event
from models.messaging import groups
from models.organisation import units
from tests.handlers.messaging.happenings import GROUP, added, address_of, happens, known_groups, lose, undelivered
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_an_admin_who_adds_the_bot_is_asked_for_the_unit_in_private(world: World) -> None:
    added(world, "周敏")
    assert "一站工作群" in world.last("周敏").text
    assert GROUP not in world.phones, "nothing is said in the group"
    world.taps("周敏", "区局/一站")
    assert world.last(GROUP).text == "本群从现在起接收区局/一站的汇总。"
    assert "/bind 区局/一站 off" in world.last("周敏").text
    world.at("10:10")
    assert world.last(GROUP).text.startswith("【一站")
    assert world.chat("group 一站")[-1].text == world.last(GROUP).text, "a unit may own several groups"


def test_a_member_who_adds_the_bot_makes_the_group_known_and_hears_nothing(world: World) -> None:
    before = len(world.chat("李梅"))
    added(world, "李梅")
    assert len(world.chat("李梅")) == before
    assert [g.title for g in known_groups(world)] == ["一站工作群"]


def test_a_group_that_puts_the_bot_out_stays_bound_and_the_admins_hear_once(world: World) -> None:
    added(world, "周敏")
    world.taps("周敏", "区局/一站")
    for _ in range(2):
        happens(world, Event.REMOVED, "somebody", chat=GROUP)
    told = [b.text for b in world.chat("周敏") if "未能收到一条消息" in b.text]
    assert len(told) == 1
    assert "区局/一站" in told[0]
    assert "机器人不在群里" in told[0]


@pytest.mark.parametrize("who", ["周敏", "somebody"])
def test_a_group_that_lets_the_bot_in_again_gets_what_it_missed_whoever_did_so(world: World, who: str) -> None:
    added(world, "周敏")
    world.taps("周敏", "区局/一站")
    world.says("周敏", "/bind 区局/二站", chat=f"{GROUP}/7")
    happens(world, Event.REMOVED, "somebody", chat=GROUP)
    asked = len(world.chat("周敏"))
    happens(world, Event.ADDED, who, chat=GROUP, title="一站工作群")
    assert len(world.chat("周敏")) == asked, "nobody is asked again to which unit it belongs"
    assert address_of(world, GROUP).trouble is None
    world.at("10:10")
    assert world.last(GROUP).text.startswith("【一站")
    assert world.last(f"{GROUP}/7").text.startswith("【二站")


def test_a_group_that_takes_no_messages_is_told_to_the_admins_once(world: World) -> None:
    lose(world, "group 一站")
    lose(world, "group 一站")
    assert len([b for b in world.chat("周敏") if "未能收到一条消息" in b.text]) == 1


def test_a_group_that_moves_keeps_its_unit_with_all_its_topics(world: World) -> None:
    added(world, "周敏")
    world.says("周敏", "/bind 区局/一站", chat=GROUP)
    world.says("周敏", "/bind 区局/二站", chat=f"{GROUP}/7")
    for _ in range(2):
        happens(world, Event.MIGRATED, "somebody", chat=GROUP, moved_to="-200")
    with world.database.reading() as session:
        found = {
            a.chat: session.get_one(units.Unit, a.unit_id).path for a in groups.with_topics(session, "web", "-200")
        }
        assert found == {"-200": "区局/一站", "-200/7": "区局/二站"}
        assert not groups.with_topics(session, "web", GROUP)
    world.at("10:10")
    assert world.last("-200").text.startswith("【一站")
    assert world.last("-200/7").text.startswith("【二站")


def test_a_group_heard_of_under_its_new_id_first_takes_over_the_binding_and_what_waits(world: World) -> None:
    added(world, "周敏")
    with undelivered(world):
        world.says("周敏", "/bind 区局/一站", chat=GROUP)
    with world.database.writing() as session:
        groups.meet(session, "web", "-200", None, world.clock.now())
        groups.move(session, "web", GROUP, "-200")
    world.deliver()
    assert "本群从现在起" in world.last("-200").text
    assert GROUP not in world.phones
