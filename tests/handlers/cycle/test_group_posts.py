"""What groups are told about a day, and when."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.core.database import Database
from models.messaging.cards import Card
from tests.handlers.cycle.days import ON_SQLITE, begin
from tests.support.world import TUESDAY, ZONE, World

pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.sqlite
def test_a_group_post_changes_at_most_once_a_minute(world: World) -> None:
    world.at("10:05")
    group = world.last("group 一站")
    edits = group.edits
    world.until(world.local("10:07"))
    start = group.edits
    for who in ("王建国", "张伟", "李梅"):
        world.taps(who, "零报告")
        world.tick()
    assert group.edits - start <= 1
    world.until(world.clock.at + timedelta(seconds=61))
    assert "截至10:00 → 现在" in group.text
    assert group.edits - start <= 2
    assert start >= edits


@ON_SQLITE
def test_names_of_the_silent_stand_in_the_group_only_if_the_assignment_says_so(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(name_silent=True)
    world.at("7:30")
    world.taps("李梅", "零报告")
    world.at("10:05")
    post = world.last("group 一站").text
    assert "未报（5人）：王建国、张伟、Ann Lee、刘大爷、孙阿姨" in post
    assert "李梅" not in post


@ON_SQLITE
def test_the_final_post_of_a_locked_day_keeps_off_midnight_like_every_wave(world: World) -> None:
    """Where nothing can be edited it is a new message, in every group of the organisation at once."""
    world.set_defaults(off=60)
    world.at("10:30")
    with world.database.reading() as session:
        before = {card.id: card.wanted_id for card in session.exec(select(Card).where(Card.kind == "group")).all()}
    world.until(world.local("0:00", TUESDAY))
    world.until(world.clock.at + timedelta(seconds=20))
    with world.database.reading() as session:
        cards = session.exec(select(Card).where(Card.kind == "group")).all()
        locked = [card for card in cards if card.wanted_id != before[card.id]]
        assert locked
        for card in locked:
            assert card.pending
            assert card.not_before.astimezone(ZONE).strftime("%H:%M") == "00:01"
    world.at("0:02", TUESDAY)
    with world.database.reading() as session:
        assert not any(card.pending for card in session.exec(select(Card).where(Card.kind == "group")).all())
