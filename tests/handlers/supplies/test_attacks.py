"""What a store's stock withstands: numbers that mean two things, taps that come late or three times, and stores, people
and stock that change while something is entered (docs/rules.md 33.8)."""

import pytest

from models.evidence import verification
from tests.handlers.supplies.keeping import ADMIN, KEEPER, LEAD, does, stock
from tests.handlers.supplies.keeping import begin as one_store
from tests.support.world import World

OTHER = "张伟"  # who keeps the other store


def begin(world: World) -> None:
    one_store(world)
    world.says(LEAD, "/supplies store 一站药柜")
    world.says(LEAD, f"/supplies keeper {OTHER}")
    does(world, "received 口罩 200")


pytestmark = [pytest.mark.world(begin=begin), pytest.mark.sqlite]


def differences(world: World) -> object:
    with world.database.reading() as session:
        return verification.verify(session).differs


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("１２", "12个"), ("1,000", "1,000个"), ("12 个", "12个"), ("12个", "12个"), ("0.5", "0.5个"), ("٣", "3个")],
)
def test_an_amount_is_read_as_it_is_meant(world: World, typed: str, amount: str) -> None:
    world.says(KEEPER, "/supplies received 口罩")
    shown = world.says(KEEPER, typed)
    assert "【入库】" in shown and f"\n{amount}\n" in shown
    assert "📝" not in shown


@pytest.mark.parametrize("typed", ["1e3", "1 000", "-5", "0", "0.001", "½", "一百", "1万", "１ ０００", "∞", "1.2.3"])
def test_an_amount_that_is_not_certain_is_asked_for_again(world: World, typed: str) -> None:
    world.says(KEEPER, "/supplies received 口罩")
    assert "未能识别" in world.says(KEEPER, typed)
    assert "登记" not in " ".join(world.last(KEEPER).labels)
    assert "7个" in world.says(KEEPER, "7")


@pytest.mark.parametrize("typed", ["9999999999", "99999999999999999999999999", "1000000000.01"])
def test_an_amount_that_is_too_large_is_refused_and_asked_for_still(world: World, typed: str) -> None:
    world.says(KEEPER, "/supplies received 口罩")
    world.says(KEEPER, typed)
    assert "登记" not in " ".join(world.last(KEEPER).labels)
    assert "7个" in world.says(KEEPER, "7")


@pytest.mark.parametrize("typed", ["3箱", "3 箱 口罩", "3kg"])
def test_boxes_are_not_pieces(world: World, typed: str) -> None:
    world.says(KEEPER, "/supplies received 口罩")
    said = world.says(KEEPER, typed)
    if " " in typed:
        assert "📝 箱 口罩" in said, "a note"
    else:
        assert "计量单位为“个”" in said
        assert "7个" in world.says(KEEPER, "7")


def test_the_same_is_said_in_english(world: World) -> None:
    world.says(KEEPER, "/language en")
    world.says(KEEPER, "/supplies received 口罩")
    assert "口罩 is counted in 个; “3boxes” is something else" in world.says(KEEPER, "3boxes")
    assert "can’t read “1 000”" in world.says(KEEPER, "1 000")
    assert "This store was ended, or isn’t yours any more" in world.says(KEEPER, "/supplies received 口罩 @99 5")


@pytest.mark.parametrize("words", ["手套 双 1e3", "手套 1e3", "手套 双 -5", "手套 １２"])
def test_a_minimum_that_is_no_number_never_becomes_a_measure(world: World, words: str) -> None:
    before = world.records()
    assert "请输入名称、计量单位和最低库存" in world.says(ADMIN, f"/supplies item {words}")
    assert world.records() == before


def test_a_price_with_parted_thousands_is_not_guessed(world: World) -> None:
    world.says(KEEPER, "/supplies bought 口罩 10")
    assert "未能识别" in world.says(KEEPER, "1 000")
    assert "250元" in world.says(KEEPER, "250")


def test_a_tap_on_record_counts_once_however_often_it_comes(world: World) -> None:
    world.says(KEEPER, "/supplies transfer 口罩 区局仓库 一站药柜 50")
    record = world.button(KEEPER, "登记")[0].data
    for _ in range(3):
        world.forges(KEEPER, record)
    assert stock(world) == "口罩：150个"
    assert differences(world) == []


def test_what_is_counted_while_something_goes_out_is_looked_at_again(world: World) -> None:
    world.says(LEAD, "/supplies received 口罩")
    world.says(ADMIN, "/supplies count 口罩 区局仓库 200")
    does(world, "off 口罩 5", note="受潮")
    assert "情况已有变化" in (world.taps(ADMIN, "登记") or "")
    assert "+5个" in world.last(ADMIN).text
    assert stock(world) == "口罩：195个"
    world.taps(ADMIN, "登记")
    assert stock(world) == "口罩：200个"
    assert differences(world) == []


def test_a_round_whose_people_changed_is_looked_at_again(world: World) -> None:
    world.says(KEEPER, "/supplies each 口罩 一站 5")
    assert "4" in world.last(KEEPER).text or "3" in world.last(KEEPER).text
    world.says(ADMIN, "/people leave 1006")
    world.taps(ADMIN, "今天")
    assert "情况已有变化" in (world.taps(KEEPER, "登记") or "")
    assert stock(world) == "口罩：200个"
    world.taps(KEEPER, "登记")
    assert stock(world) == "口罩：185个"


def test_nothing_is_handed_out_to_somebody_who_left_meanwhile(world: World) -> None:
    world.says(KEEPER, "/supplies out 口罩 1006 5")
    world.says(ADMIN, "/people leave 1006")
    world.taps(ADMIN, "今天")
    assert "没有" in (world.taps(KEEPER, "登记") or "")
    assert stock(world) == "口罩：200个"


def test_a_button_of_a_store_that_was_ended_leads_to_no_other_store(world: World) -> None:
    world.says(ADMIN, "/supplies store 三号库")
    world.says(ADMIN, "/supplies received 口罩")
    world.says(ADMIN, "/supplies end @3")
    assert "已停用" in (world.taps(ADMIN, "三号库") or "")
    world.says(LEAD, "/supplies received 口罩 @1 5")
    assert "已停用" in world.last(LEAD).text, "the store of another unit"
    assert "登记" not in " ".join(world.last(LEAD).labels)


def test_nothing_is_sent_to_a_store_that_was_ended_meanwhile(world: World) -> None:
    world.says(KEEPER, "/supplies transfer 口罩 区局仓库 一站药柜 50")
    world.says(LEAD, "/supplies end @2")
    before = world.records()
    assert "一站药柜已停用" in (world.taps(KEEPER, "登记") or "")
    assert stock(world) == "口罩：200个"
    assert world.records() == before
    assert differences(world) == []


def test_nothing_arrives_in_a_store_from_one_that_lost_its_item(world: World) -> None:
    does(world, "transfer 口罩 区局仓库 一站药柜 200")
    assert "尚有结存" in world.says(ADMIN, "/supplies end #1")
    assert "签收" in world.says(ADMIN, "/supplies end @1")
    card = next(it for it in reversed(world.chat(OTHER)) if "签收入库" in " ".join(it.labels))
    world.taps(OTHER, "签收入库", card)
    assert stock(world, OTHER) == "口罩：200个"


def test_two_who_confirm_and_one_who_refuses_at_the_same_moment_make_one_arrival(world: World) -> None:
    does(world, "transfer 口罩 区局仓库 一站药柜 50")
    world.says(LEAD, "/supplies")
    world.tap_together(OTHER, LEAD, button="签收入库")
    assert "已签收" in world.says(LEAD, "/supplies refuse 1 不要")
    assert stock(world, OTHER) == "口罩：50个"
    assert differences(world) == []


def test_a_round_is_taken_back_once_by_two_who_began_it(world: World) -> None:
    does(world, "each 口罩 一站 5")
    left = stock(world)
    for who in (KEEPER, ADMIN):
        world.says(who, "/supplies undo 2")
        world.says(who, "发错了")
    world.taps(KEEPER, "登记")
    assert stock(world) == "口罩：200个" != left
    assert "已全部签收或退回" in (world.taps(ADMIN, "登记") or "")
    for _ in range(2):
        world.does_errands()
    assert stock(world) == "口罩：200个"
    assert differences(world) == []


def test_a_gift_and_its_movement_are_reversed_together_or_not_at_all(world: World) -> None:
    world.says(ADMIN, "/donations new 支援武汉 12-10")
    world.says(ADMIN, "/donations goods 1 口罩 30")
    world.taps(ADMIN, "区局仓库")
    world.says(ADMIN, "匿名")
    world.taps(ADMIN, "登记")
    assert stock(world) == "口罩：230个"
    assert "随捐赠1号登记" in world.says(KEEPER, "/supplies undo 2 没有收到")
    does(world, "off 口罩 210", note="受潮")
    world.says(ADMIN, "/donations undo 1 没有收到")
    assert "库存不足" in (world.taps(ADMIN, "登记") or "")
    assert "口罩：20个" in stock(world)
    does(world, "received 口罩 100")
    world.says(ADMIN, "/donations undo 1 没有收到")
    for _ in range(3):
        world.forges(ADMIN, world.button(ADMIN, "登记")[0].data)
    assert "口罩：90个" in stock(world)
    assert differences(world) == []


def test_goods_given_to_a_store_that_was_ended_meanwhile_leave_no_entry(world: World) -> None:
    world.says(ADMIN, "/donations new 支援武汉 12-10")
    world.says(ADMIN, "/donations goods 1 口罩 30")
    world.taps(ADMIN, "一站药柜")
    world.says(ADMIN, "匿名")
    world.says(LEAD, "/supplies end @2")
    assert "一站药柜已停用" in (world.taps(ADMIN, "登记") or "")
    assert "口罩 30" not in world.says(ADMIN, "/donations show 1")
    assert differences(world) == []
