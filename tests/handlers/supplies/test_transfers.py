"""What goes from one store to another is on the way until somebody who keeps the other one confirms it."""

from datetime import timedelta

import pytest

from models.evidence import verification
from tests.handlers.supplies.keeping import ADMIN, KEEPER, LEAD, does, stock
from tests.handlers.supplies.keeping import begin as one_store
from tests.support.admins import file_of
from tests.support.world import Bubble, World

SENT = "transfer 口罩 区局仓库 一站药柜 50"
OTHER = "张伟"  # who keeps the other store


def begin(world: World) -> None:
    one_store(world)
    world.says(LEAD, "/supplies store 一站药柜")
    world.says(LEAD, f"/supplies keeper {OTHER}")
    does(world, "received 口罩 200")


pytestmark = pytest.mark.world(begin=begin)


def asked(world: World, who: str = OTHER) -> Bubble:
    return next(it for it in reversed(world.chat(who)) if "调拨：口罩50个" in it.text)


def sending(world: World) -> str:
    """Return what whoever sent it is shown of it."""
    return next(it.text for it in reversed(world.chat(KEEPER)) if "【调拨】" in it.text)


def differences(world: World) -> object:
    with world.database.reading() as session:
        return verification.verify(session).differs


def test_a_transfer_is_led_by_buttons_and_is_on_the_way_until_it_is_confirmed(world: World) -> None:
    world.says(KEEPER, "/supplies")
    world.taps(KEEPER, "调拨")
    world.taps(KEEPER, "口罩")
    assert "从区局仓库调往哪个存放点" in world.last(KEEPER).text
    world.taps(KEEPER, "一站药柜")
    world.says(KEEPER, "50")
    assert "50个 → 一站药柜" in world.last(KEEPER).text
    world.taps(KEEPER, "登记")
    assert "【调拨】" in world.last(KEEPER).text
    assert "🚚 口罩：50个 · 区局仓库 → 一站药柜" in world.says(KEEPER, "/supplies")
    assert stock(world) == "口罩：150个"
    assert stock(world, OTHER) == "口罩：0个，在途50个"
    assert sending(world).endswith("🚚 在途")
    assert world.taps(OTHER, "签收入库", asked(world)) == "已签收，谢谢。"
    assert stock(world, OTHER) == "口罩：50个"
    assert "在途" not in world.says(KEEPER, "/supplies")
    assert "张伟于11月23日 09:00签收" in sending(world)
    assert differences(world) == []


@pytest.mark.sqlite
def test_it_arrives_once_however_often_and_by_whomever_it_is_tapped(world: World) -> None:
    does(world, SENT)
    card = asked(world)
    assert world.taps(OTHER, "签收入库", card) == "已签收，谢谢。"
    for who in (OTHER, LEAD):  # who leads the unit may move its stock too
        assert world.forges(who, "handing.got.1") == "此前已签收。"
    assert stock(world, OTHER) == "口罩：50个"
    assert differences(world) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("who", [KEEPER, "赵强", "Ann Lee"])
def test_nobody_else_confirms_it_or_refuses_it(world: World, who: str) -> None:
    does(world, SENT)
    before = world.records()
    for button in ("handing.got.1", "handing.refuse.1", "handing.wrong.1"):
        assert any(
            it in (world.forges(who, button) or "") for it in ("该按钮不是发给您的", "This button isn’t for you")
        )
    for words in ("refuse 1 不要", "wrong 1 少了", "for 1"):
        world.says(who, f"/supplies {words}")
    assert world.records() == before


@pytest.mark.sqlite
def test_who_sent_it_does_not_confirm_it_for_a_store_without_a_chat(world: World) -> None:
    does(world, SENT)
    assert "为无法联系的人员" not in " ".join(world.last(KEEPER).labels)
    before = world.records()
    world.says(KEEPER, "/supplies for 1")
    assert world.records() == before


def test_refused_it_comes_back_with_the_reason(world: World) -> None:
    does(world, SENT)
    world.taps(OTHER, "拒收并退回", asked(world))
    world.says(OTHER, "规格不对")
    assert "已拒收" in world.last(OTHER).text
    assert "规格不对" in world.last(KEEPER).text
    assert stock(world) == "口罩：200个"
    assert stock(world, OTHER) == "口罩：0个"
    assert "已退回" in asked(world).text and not asked(world).labels
    assert "收回" in world.says(OTHER, "/supplies refuse 1 再来一次")
    assert stock(world) == "口罩：200个"
    assert differences(world) == []


@pytest.mark.sqlite
def test_who_sent_it_takes_it_back_while_it_is_on_the_way_and_not_once_it_arrived(world: World) -> None:
    does(world, SENT)
    world.says(KEEPER, "/supplies undo 2 发错了")
    world.says(KEEPER, "发错了")
    world.taps(KEEPER, "登记")
    assert stock(world) == "口罩：200个"
    does(world, SENT)
    world.taps(OTHER, "签收入库", asked(world))
    assert "已调入一站药柜" in world.says(KEEPER, "/supplies undo 4 发错了")
    assert stock(world) == "口罩：150个"
    assert differences(world) == []


@pytest.mark.sqlite
def test_fewer_than_were_sent_are_said_taken_back_and_the_rest_arrives(world: World) -> None:
    does(world, SENT)
    world.taps(OTHER, "与实际不符", asked(world))
    world.says(OTHER, "只有48个")
    assert "❗ 只有48个" in world.last(KEEPER).text
    does(world, "back 口罩 区局仓库 =1 2", note="少发两个")
    world.taps(OTHER, "签收入库", asked(world))
    assert stock(world, OTHER) == "口罩：48个"
    assert stock(world) == "口罩：152个"
    assert differences(world) == []


def test_what_arrived_is_reversed_there_with_a_reason_and_is_back_where_it_was(world: World) -> None:
    does(world, SENT)
    world.taps(OTHER, "签收入库", asked(world))
    assert "没有这个单号" in world.says(KEEPER, "/supplies undo 3 错了"), "it is in another store"
    does(world, "off 口罩 20", OTHER, note="破损")
    assert "库存不足" in does(world, "undo 3", OTHER, note="调错了"), "what is gone can not go back"
    world.taps(OTHER, "取消")
    does(world, "undo 4", OTHER, note="没有破损")
    does(world, "undo 3", OTHER, note="调错了")
    assert stock(world) == "口罩：200个"
    assert stock(world, OTHER) == "口罩：0个"
    assert "调入已冲销" in asked(world).text and not asked(world).labels
    assert "已退回原存放点。调错了" in next(it for it in reversed(world.chat(KEEPER)) if "【调拨】" in it.text).text
    assert "此笔已冲销" in world.says(OTHER, "/supplies undo 3 再来")
    assert differences(world) == []


def test_who_sent_it_is_told_after_a_day_that_nobody_confirmed_it(world: World) -> None:
    does(world, SENT)
    world.until(world.clock.at + timedelta(hours=26))
    late = [it for it in world.chat(KEEPER) if "【调拨】" in it.text and "已超过一天仍未签收" in it.text]
    assert len(late) == 1
    assert world.taps(KEEPER, "提醒", late[0]) == "正在提醒1人。"


@pytest.mark.sqlite
def test_what_is_on_the_way_is_no_fall_below_the_minimum(world: World) -> None:
    does(world, "off 口罩 100", note="受潮")
    does(world, SENT)
    world.taps(OTHER, "签收入库", asked(world))
    assert not [it for who in (KEEPER, OTHER) for it in world.chat(who) if "口罩库存不足" in it.text]


@pytest.mark.sqlite
def test_nobody_sends_more_than_there_is_nor_to_the_same_store_nor_to_one_that_may_not_hold_it(world: World) -> None:
    before = world.records()
    assert "库存不足" in does(world, "transfer 口罩 区局仓库 一站药柜 201")
    world.taps(KEEPER, "取消")
    assert "没有可存放口罩的其他存放点" in world.says(KEEPER, "/supplies transfer 口罩 区局仓库 区局仓库 5")
    assert "没有可存放口罩的其他存放点" in world.says(KEEPER, "/supplies transfer 口罩 区局仓库 三站 5")
    for typed in ("999999999999999", "1000000000.01"):
        assert "数值超过1,000,000,000" in world.says(KEEPER, f"/supplies transfer 口罩 区局仓库 一站药柜 {typed}")
    for typed in ("0", "-5", "1.234", "1e3", "½", "很多"):
        assert "未能识别" in world.says(KEEPER, f"/supplies transfer 口罩 区局仓库 一站药柜 {typed}")
    assert world.records() == before


@pytest.mark.sqlite
def test_a_store_is_not_ended_while_something_is_on_the_way_to_it(world: World) -> None:
    does(world, SENT)
    assert "尚未全部签收" in world.says(ADMIN, "/supplies end @2")
    world.taps(OTHER, "签收入库", asked(world))
    does(world, "off 口罩 50", OTHER, note="破损")
    assert "已停用" in world.says(ADMIN, "/supplies end @2")


@pytest.mark.sqlite
def test_where_no_keeper_is_reached_the_lead_of_the_unit_is_asked(world: World) -> None:
    world.says(LEAD, f"/supplies keeper {OTHER}")  # nobody keeps it any more
    does(world, SENT)
    assert world.taps(LEAD, "签收入库", asked(world, LEAD)) == "已签收，谢谢。"


def test_the_file_the_timeline_and_the_counts_have_it(world: World) -> None:
    does(world, SENT)
    assert "在途1笔" in world.says(ADMIN, "/system")
    world.says(OTHER, "/supplies export")
    assert file_of(world, OTHER)[1][:6] == ["口罩", "个", "一站药柜", "区局/一站", "0", "50"]
    world.taps(OTHER, "签收入库", asked(world))
    assert "口罩：本月由区局仓库调拨50个至一站药柜" in world.says(ADMIN, "/timeline")
    assert "在途" not in world.says(ADMIN, "/system")


@pytest.mark.sqlite
def test_two_stores_of_one_name_are_asked_about_and_never_guessed(world: World) -> None:
    world.says(ADMIN, "/supplies store =u2 区局仓库")
    said = world.says(ADMIN, "/supplies received 口罩 区局仓库 5")
    assert "哪个存放点" in said
    assert len([it for it in world.last(ADMIN).labels if "区局仓库" in it]) == 2


@pytest.mark.sqlite
def test_whoever_looks_rings_nobody_else(world: World) -> None:
    does(world, SENT)
    before = len(world.chat(OTHER))
    world.says(LEAD, "/supplies")
    assert len(world.chat(OTHER)) == before
