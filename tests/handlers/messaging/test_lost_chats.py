"""Chats that are blocked, and what is shown when they are back."""

import pytest

from handlers.core.incoming import Event
from models.messaging import enrolment
from models.organisation import people
from tests.handlers.messaging.happenings import GROUP, address_of, happens, known_groups, lose, undelivered
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_who_blocks_the_bot_is_unreachable_at_once_and_is_reminded_no_more(world: World) -> None:
    happens(world, Event.BLOCKED, "李梅")
    before = len(world.phones["1005"])
    world.at("9:35")
    assert len(world.phones["1005"]) == before
    assert "联系不上（1人）：李梅" in world.says("王建国", "进度")


def test_who_lets_the_bot_in_again_is_shown_what_is_still_due(world: World) -> None:
    happens(world, Event.BLOCKED, "李梅")
    happens(world, Event.BACK, "李梅")
    assert "请于10:00前报送" in world.last("李梅").text
    shown = len(world.chat("李梅"))
    happens(world, Event.BACK, "李梅")
    assert len(world.chat("李梅")) == shown, "who was never lost is told nothing"
    world.taps("李梅", "零报告")
    happens(world, Event.BLOCKED, "李梅")
    happens(world, Event.BACK, "李梅")
    assert "已收到零报告" in world.last("李梅").text


def test_start_without_a_code_heals_a_lost_chat_and_asks_again(world: World) -> None:
    lose(world, "1005")
    world.says("李梅", "/start")
    assert address_of(world, "1005").reach == "reachable"
    assert "请于10:00前报送" in world.last("李梅").text


def test_an_alert_that_did_not_arrive_is_shown_when_the_chat_is_back(world: World) -> None:
    world.says("李梅", "/incident 仓库起火")
    with undelivered(world):
        world.taps("李梅", "立即上报")
    lose(world, "1003")
    assert not any("仓库起火" in b.text for b in world.chat("王建国"))
    world.says("王建国", "/start")
    assert any("仓库起火" in b.text for b in world.chat("王建国"))


def test_events_of_strangers_change_nothing_and_say_nothing(world: World) -> None:
    before = world.records()
    for event in Event:
        happens(world, event, "stranger", title="老群", moved_to="-200")
        happens(world, event, "stranger", chat=GROUP, title="老群", moved_to="-200")
    assert world.records() == before
    assert "stranger" not in world.phones and GROUP not in world.phones
    assert not known_groups(world)


def test_a_retired_account_that_blocks_the_bot_stays_retired(world: World) -> None:
    with world.database.writing() as session:
        enrolment.enrol(session, people.find_person(session, "李梅"), "web", "new", "new", world.clock.now())
    lose(world, "1005")
    assert address_of(world, "1005").reach == "retired"
