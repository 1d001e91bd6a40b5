"""What a collection's ledger withstands: sums that mean two things, the same tap three times, two at once, and a
collection that is closed while something is entered (docs/rules.md 34.2)."""

import pytest

from models.evidence import verification
from tests.handlers.supplies.keeping import begin as one_store
from tests.support.world import World

ADMIN, SECOND = "周敏", "陈局"  # who both keep the bureau's ledgers


def begin(world: World) -> None:
    one_store(world)
    world.says(ADMIN, "/donations new 支援武汉 12-10")


pytestmark = [pytest.mark.world(begin=begin), pytest.mark.sqlite]


def differences(world: World) -> object:
    with world.database.reading() as session:
        return verification.verify(session).differs


@pytest.mark.parametrize(
    ("typed", "sum_"), [("１２", "12元"), ("1,000", "1,000元"), ("1000元", "1,000元"), ("￥0.5", "0.50元")]
)
def test_a_sum_is_read_as_it_is_meant(world: World, typed: str, sum_: str) -> None:
    world.says(ADMIN, "/donations money 1")
    assert sum_ in world.says(ADMIN, typed)


@pytest.mark.parametrize("typed", ["1e3", "-5", "0", "0.001", "$5", "½", "五百", "1 000"])
def test_a_sum_that_is_not_certain_enters_nothing(world: World, typed: str) -> None:
    before = world.says(ADMIN, "/donations show 1")
    world.says(ADMIN, "/donations money 1")
    world.says(ADMIN, typed)
    assert "登记" not in " ".join(world.last(ADMIN).labels)
    world.says(ADMIN, "取消")
    assert world.says(ADMIN, "/donations show 1") == before


def test_a_gift_is_entered_once_however_often_record_is_tapped_and_by_whom(world: World) -> None:
    world.says(ADMIN, "/donations money 1 500")
    world.says(ADMIN, "匿名")
    record = world.button(ADMIN, "登记")[0].data
    for who in (ADMIN, ADMIN, ADMIN, SECOND):
        world.forges(who, record)
    assert "500元（1笔捐赠）" in world.says(ADMIN, "/donations show 1")
    assert differences(world) == []


def test_of_two_who_spend_the_last_of_it_one_is_refused(world: World) -> None:
    world.says(ADMIN, "/donations money 1 500 匿名")
    world.taps(ADMIN, "登记")
    for who in (ADMIN, SECOND):
        world.says(who, "/donations spent 1 400 口罩")
    assert "结余100元" in " ".join(it or "" for it in world.tap_together(ADMIN, SECOND, button="登记"))
    assert differences(world) == []


def test_of_two_who_reverse_a_gift_at_once_one_does(world: World) -> None:
    world.says(ADMIN, "/donations goods 1 口罩 30")
    world.says(ADMIN, "匿名")
    world.taps(ADMIN, "登记")
    for who in (ADMIN, SECOND):
        world.says(who, "/donations undo 1 没有收到")
    assert "已冲销" in " ".join(it or "" for it in world.tap_together(ADMIN, SECOND, button="登记"))
    assert "口罩：0个" in world.says(ADMIN, "/supplies")
    assert differences(world) == []


def test_a_collection_that_is_closed_meanwhile_takes_no_gift(world: World) -> None:
    world.says(ADMIN, "/donations goods 1 口罩 30")
    world.says(ADMIN, "匿名")
    world.says(SECOND, "/donations close 1")
    world.taps(SECOND, "结束", world.last(SECOND))
    before = world.records()
    assert "不再接受捐赠" in (world.taps(ADMIN, "登记") or "")
    assert world.records() == before
    assert "暂无库存" in world.says(ADMIN, "/supplies")
