"""Who first writes is welcomed first."""

from dataclasses import replace

import pytest

from handlers.core.incoming import Event
from tests.handlers.messaging.happenings import address_of
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WELCOME = "存什么、谁能看"


def _comes(world: World, event: Event | None, who: str = "1005", **what: object) -> None:
    incoming = world.incoming(who, event=event, vouched=who, **what)
    world.hand_in(replace(incoming, account=f"w{who}", chat=f"w{who}", private=True))


def test_whom_the_app_reaches_without_having_asked_hears_nothing_until_the_next_wave(world: World) -> None:
    _comes(world, Event.JOINED)
    assert "w1005" not in world.phones, "thousands may join in the same moment"
    assert address_of(world, "w1005").person_id and address_of(world, "w1005").unopened
    world.at("9:00")
    assert [b.kind for b in world.phones["w1005"]] == ["reminder"]
    _comes(world, Event.BACK)
    assert any(WELCOME in b.text for b in world.phones["w1005"])
    told = len(world.phones["w1005"])
    _comes(world, Event.BACK)
    assert len(world.phones["w1005"]) == told, "one is welcomed once"


def test_who_first_writes_and_was_never_welcomed_is_welcomed_first(world: World) -> None:
    _comes(world, Event.JOINED)
    _comes(world, None, text="帮助")
    _comes(world, None, text="帮助")
    assert sum(WELCOME in b.text for b in world.phones["w1005"]) == 1


def test_a_zero_as_the_first_thing_somebody_does_is_filed_below_the_welcome(world: World) -> None:
    _comes(world, Event.JOINED)
    world.at("9:00")
    _comes(world, None, data=world.button("w1005", "零报告")[0].data, message=world.last("w1005").id)
    assert world.report("李梅").state == "zero"
    assert sum(WELCOME in b.text for b in world.phones["w1005"]) == 1
