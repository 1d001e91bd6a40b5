"""What was not delivered is told by channel and reason."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.messaging import cards, contents, delivery_queue
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_what_was_not_delivered_is_told_by_channel_and_reason_and_not_for_ever(world: World) -> None:
    world.set_defaults(undelivered_after=30)
    with world.database.writing() as session:
        now = world.clock.now()
        lost = session.exec(select(Address).where(Address.chat == "1005")).one()
        other = Address(channel="telegram", account="9", chat="9", since=now, used_at=now, person_id=lost.person_id)
        session.add(other)
        session.flush()
        for n in range(2):
            made = cards.want(session, Slot.of(Subject.REPLY, other, n), Kind.NOTICE, contents.Content(f"{n}"), now)
            delivery_queue.set_aside(session, made, "403 blocked")
        cards.want(session, Slot.of(Subject.REPLY, other, 3), Kind.NOTICE, contents.Content("3"), now)
    assert "消息全部送达" in world.says("周敏", "/system")
    world.at("8:30")
    said_ = world.says("周敏", "/system")
    assert "2 × Telegram：403 blocked" in said_ and "1 × Telegram：" in said_
    world.at("20:01")
    assert "未送达：2（Telegram，403 blocked）" in next(b.text for b in world.chat("周敏")[::-1] if "未送达" in b.text)
    world.at("20:01", world.clock.now().date() + timedelta(days=1))
    assert "403" not in world.says("周敏", "/system"), "what was given up was told once"
