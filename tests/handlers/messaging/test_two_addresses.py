"""A person with two addresses: what stands in which, and what goes on in the other when one is lost."""

from dataclasses import replace

import pytest

from handlers.core.incoming import Incoming
from models.messaging.addresses import Address
from models.organisation import people
from tests.handlers.messaging.happenings import lose, undelivered
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _second(world: World, who: str, chat: str) -> None:
    """Another address of the same person on another channel, which the town delivers to as well."""
    with world.database.writing() as session:
        person = people.find_person(session, who)
        now = world.clock.now()
        session.add(Address(channel="web", account=chat, chat=chat, person_id=person.id, since=now, used_at=now))


def test_a_person_with_two_addresses_is_asked_where_they_were_last(world: World) -> None:
    _second(world, "李梅", "li-2")
    world.hand_in(replace(world.incoming("李梅", text="帮助"), account="li-2", chat="li-2"))
    world.at("9:02")
    assert "尚未报送" in world.phones["li-2"][-1].text
    assert not any("尚未报送" in b.text for b in world.chat("李梅"))


def test_a_receipt_reaches_the_address_that_was_used_and_the_other_prompt_is_no_longer_open(world: World) -> None:
    _second(world, "李梅", "li-2")
    world.hand_in(replace(world.incoming("李梅", text="零报告"), account="li-2", chat="li-2"))
    assert "已收到零报告" in world.phones["li-2"][-1].text
    assert "已收到零报告" in world.last("李梅").text
    assert len(world.chat("李梅")) == 1, "an edit, which rings nobody"


def _from(world: World, chat: str, label: str) -> Incoming:
    """Let their person tap this button, on the newest message in this chat that has it."""
    bubble = next(b for b in reversed(world.phones[chat]) if any(label in shown for shown in b.labels))
    button = next(b for row in bubble.content.buttons for b in row if label in b.label)
    made = world.incoming("王建国", data=button.data, message=bubble.id)
    return replace(made, account=chat, chat=chat, private=True)


@pytest.mark.parametrize("end", ["approved", "withdrawn"])
def test_a_leave_request_that_was_handed_over_to_the_other_chat_is_one_message_to_its_end(
    world: World, end: str
) -> None:
    _second(world, "王建国", "wang-2")
    world.says("王建国", "帮助")
    with undelivered(world):
        world.says("李梅", "/leave 3d 就医")
    lose(world, "1003")
    request = world.phones["wang-2"][-1]
    assert request.labels == ["✅ 同意", "❌ 不同意"]
    if end == "approved":
        world.hand_in(_from(world, "wang-2", "同意"))
    else:
        world.taps("李梅", "撤回")
    about = [b for b in world.phones["wang-2"] if "李梅" in b.text and "请假" in b.text]
    assert about == [request], "no second message"
    assert not {"✅ 同意", "❌ 不同意"} & set(request.labels), "nothing is left to decide"


def test_an_incident_that_is_being_told_goes_on_in_the_other_chat(world: World) -> None:
    _second(world, "王建国", "wang-2")
    world.says("王建国", "帮助")
    with undelivered(world):
        world.says("王建国", "/incident 仓库起火")
    lose(world, "1003")
    world.hand_in(_from(world, "wang-2", "立即上报"))
    assert not any("立即上报" in label for b in world.phones["wang-2"] if not b.gone for label in b.labels)


def test_what_is_due_goes_to_the_other_address_when_one_is_lost(world: World) -> None:
    _second(world, "李梅", "li-2")
    world.hand_in(replace(world.incoming("李梅", text="帮助"), account="1005", chat="1005"))
    lose(world, "1005")
    assert "请于10:00前报送" in world.phones["li-2"][-1].text
    assert "联系不上" not in world.says("王建国", "进度")
    lose(world, "li-2")
    assert "联系不上（1人）：李梅" in world.says("王建国", "进度")


def test_an_undelivered_alert_goes_to_the_other_address_and_can_be_taken_there(world: World) -> None:
    _second(world, "王建国", "wang-2")
    world.hand_in(world.incoming("王建国", text="帮助"))
    world.says("李梅", "/incident 仓库起火")
    with undelivered(world):
        world.taps("李梅", "立即上报")
    lose(world, "1003")
    alert = world.phones["wang-2"][-1]
    assert "仓库起火" in alert.text
    assert not any("仓库起火" in b.text for b in world.chat("王建国"))
    take = next(b for row in alert.content.buttons for b in row)
    world.hand_in(replace(world.incoming("王建国", data=take.data, message=alert.id), account="wang-2", chat="wang-2"))
    assert "王建国" in world.phones["wang-2"][-1].text
