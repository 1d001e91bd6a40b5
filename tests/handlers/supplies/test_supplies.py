"""Supplies in the chat: movements, hand-outs confirmed by whoever got them, a round over a list, low stock."""

from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models.evidence import verification
from models.files.blobs import data_of
from models.organisation.people import Person
from models.supplies.handouts import Handing
from models.supplies.movements import Movement
from tests.handlers.supplies.keeping import ADMIN, KEEPER, LEAD, begin, does, stock
from tests.support.admins import file_of
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)


def test_a_purchase_is_led_by_buttons_from_the_bare_command_to_the_bill(world: World) -> None:
    assert "暂无库存" in world.says(KEEPER, "物资")
    world.taps(KEEPER, "采购")
    world.taps(KEEPER, "口罩")
    assert "未能识别“很多”" in world.says(KEEPER, "很多")
    world.says(KEEPER, "200个")
    said = world.says(KEEPER, "￥1,200.50")
    assert "200个，共1,200.50元" in said
    assert "尚未登记" in said
    world.says(KEEPER, "药店")
    assert "📎 票.jpg" in world.sends(KEEPER, "票.jpg")
    world.taps(KEEPER, "登记")
    assert world.last(KEEPER).text == "✅ 已登记1号：采购，口罩 · 区局仓库 +200个。现结存200个。"
    world.says(KEEPER, "/supplies log")
    world.taps(KEEPER, "1号")
    assert world.last(KEEPER).content.file is not None, "the photo of the bill"


def test_cancel_typed_in_mid_movement_drops_it(world: World) -> None:
    before = world.records()
    world.says(KEEPER, "/supplies received 口罩 2")
    assert "未能识别" not in world.says(KEEPER, "取消")
    world.says(KEEPER, "药店")
    assert "登记" not in world.last(KEEPER).labels
    assert world.records() == before


def test_more_than_there_is_cannot_be_handed_out_and_nothing_is_recorded(world: World) -> None:
    does(world, "received 口罩 2")
    before = world.records()
    assert does(world, "out 口罩 张伟 3") == "库存不足：区局仓库的口罩仅余2个，未登记。"
    world.taps(KEEPER, "取消")
    assert stock(world) == "⚠️ 口罩：2个（最低库存100个）"
    assert world.records() == before


def test_whoever_got_something_confirms_it_with_a_tap_once(world: World) -> None:
    does(world, "received 口罩 200")
    does(world, "out 口罩 张伟 3")
    asked = next(b for b in world.chat("张伟") if "向您发放：口罩3个" in b.text)
    assert world.taps("张伟", "签收", asked) == "已签收，谢谢。"
    assert "1/1 已签收" in world.last(KEEPER).text
    assert asked.labels == []


def test_the_receiver_can_say_that_it_is_not_what_they_got(world: World) -> None:
    does(world, "received 口罩 200")
    does(world, "out 口罩 张伟 3")
    world.taps("张伟", "与实际不符")
    world.says("张伟", "只有2个")
    assert "张伟：❗ 只有2个" in world.last(KEEPER).text
    does(world, "back 口罩 =1 1", note="少发一个")
    asked = next(b for b in world.chat("张伟") if "向您发放" in b.text)
    world.taps("张伟", "签收", asked)
    assert stock(world) == "口罩：198个"


def test_a_unit_confirms_by_its_lead(world: World) -> None:
    does(world, "received 口罩 200")
    does(world, "out 口罩 一站 50")
    assert "向一站发放" in world.last(LEAD).text
    world.taps(LEAD, "签收")
    assert "王建国" in world.last(LEAD).text


def test_a_round_over_a_list_names_who_has_not_collected_and_reminds_them(world: World) -> None:
    does(world, "received 口罩 200")
    world.says(KEEPER, "/supplies each 口罩 一站 3")
    assert "区局/一站4人，每人3个，共12个" in world.last(KEEPER).text
    world.taps(KEEPER, "登记")
    world.tick()
    for who in ("张伟", "王建国"):
        world.taps(who, "签收")
    card = next(b for b in reversed(world.chat(KEEPER)) if "2/4 已签收" in b.text)
    assert "Ann Lee" in card.text
    assert "张伟" not in card.text
    assert world.taps(KEEPER, "提醒", card) == "正在提醒2人。"
    world.tick()
    assert "Reminder from 李梅" in world.last("Ann Lee").text
    assert "半小时后" in (world.taps(KEEPER, "提醒", card) or "")
    world.taps(KEEPER, "收回未签收", card)
    world.says(KEEPER, "无人领取")
    world.taps(KEEPER, "登记")
    assert stock(world) == "口罩：194个"
    assert "taken back" in world.last("Ann Lee").text


def test_one_tap_takes_back_from_a_whole_list_and_whoever_confirms_meanwhile_keeps_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.supplies.rest.AT_ONCE", 1)
    does(world, "received 口罩 200")
    does(world, "each 口罩 一站 3")
    world.tick()
    world.forges(KEEPER, "supplies.rest.1")
    assert "12个" in world.last(KEEPER).text
    world.says(KEEPER, "无人领取")
    world.taps(KEEPER, "登记")
    assert stock(world) == "口罩：191个", "the first is back, the others are left to the clock"
    assert world.forges(KEEPER, "supplies.rest.1") == "正在收回，请稍候。"
    world.taps("张伟", "签收", next(b for b in world.chat("张伟") if "向您发放" in b.text))
    world.tick()
    assert stock(world) == "口罩：197个"
    assert (
        "1/4 已签收"
        in next(b for b in reversed(world.chat(KEEPER)) if "【已发放】" in b.text or "【发放】" in b.text).text
    )
    with world.database.reading() as session:
        assert all(it.note == "无人领取" for it in session.exec(select(Movement).where(Movement.kind == "returned")))
        assert verification.verify(session).differs == []


def test_a_reminder_names_who_sent_it(world: World) -> None:
    does(world, "received 口罩 200")
    does(world, "each 口罩 一站 3")
    world.tick()
    world.says(ADMIN, "/supplies open")
    world.forges(ADMIN, "supplies.urge.1")
    world.tick()
    assert "Reminder from 周敏" in world.last("Ann Lee").text


def test_a_store_is_not_ended_while_something_handed_out_of_it_may_come_back(world: World) -> None:
    does(world, "received 口罩 3")
    does(world, "out 口罩 张伟 3")
    assert "尚未全部签收" in world.says(ADMIN, "/supplies end @1")
    world.taps("张伟", "签收")
    assert "已停用" in world.says(ADMIN, "/supplies end @1")


def test_the_keeper_is_told_once_after_a_day_who_has_not_confirmed(world: World) -> None:
    does(world, "received 口罩 200")
    does(world, "out 口罩 张伟 3")
    shown = len([b for b in world.phones["1005"] if "未签收（1）" in b.text])
    world.until(world.clock.at + timedelta(hours=23))
    assert len([b for b in world.phones["1005"] if "未签收（1）" in b.text]) == shown
    world.until(world.clock.at + timedelta(hours=3))
    late = [b for b in world.chat(KEEPER) if "已超过一天仍未签收" in b.text]
    assert len(late) == 1
    world.until(world.clock.at + timedelta(days=2))
    assert [b for b in world.chat(KEEPER) if "已超过一天仍未签收" in b.text] == late


def test_low_stock_is_told_once_for_each_fall(world: World) -> None:
    def told(who: str) -> int:
        return len([b for b in world.chat(who) if "口罩库存不足" in b.text])

    does(world, "received 口罩 20")
    assert (told(KEEPER), told("陈局")) == (0, 0), "it has not fallen, it has never been above"
    does(world, "received 口罩 100")
    does(world, "off 口罩 30", note="受潮")
    does(world, "off 口罩 10", note="受潮")
    assert (told(KEEPER), told("陈局")) == (1, 1)
    does(world, "received 口罩 100")
    does(world, "off 口罩 100", note="受潮")
    assert told(KEEPER) == 2


def test_a_movement_is_reversed_by_another_with_a_reason_and_once(world: World) -> None:
    does(world, "received 口罩 20")
    world.says(KEEPER, "/supplies undo 1")
    assert "请先输入事由" in (world.taps(KEEPER, "登记") or "")
    world.says(KEEPER, "录入有误")
    world.taps(KEEPER, "登记")
    assert "冲销，口罩 · 区局仓库 −20个" in world.last(KEEPER).text
    assert "此笔已冲销" in world.says(KEEPER, "/supplies undo 1 再来")


def test_nothing_goes_into_a_store_that_was_ended_while_it_was_entered(world: World) -> None:
    world.says(KEEPER, "/supplies received 口罩 20")
    card = world.last(KEEPER)
    world.says(ADMIN, "/supplies end @1")
    assert "区局仓库已停用" in (world.taps(KEEPER, "登记", card) or world.last(KEEPER).text)
    with world.database.reading() as session:
        assert session.exec(select(Movement)).all() == []


def test_a_count_enters_the_difference(world: World) -> None:
    does(world, "received 口罩 20")
    world.says(KEEPER, "/supplies count 口罩 18")
    assert "实盘18个，账面20个，差额−2个" in world.last(KEEPER).text
    world.taps(KEEPER, "登记")
    assert stock(world) == "⚠️ 口罩：18个（最低库存100个）"


def test_who_keeps_no_store_moves_nothing_and_sees_no_stock(world: World) -> None:
    does(world, "received 口罩 20")
    assert "您没有待签收的物资" in world.says("张伟", "/supplies")
    for words in ("out 口罩 张伟 3", "log", "export", "bought 口罩 3 1"):
        assert "您不是保管员" in world.says("张伟", f"/supplies {words}")
    assert "仅限负责人和管理员" in world.says("张伟", "/supplies item 手套 双")
    assert "您的存放点没有这个单号" in world.says("赵强", "/supplies undo 1")


def test_the_file_has_numbers_and_what_was_typed_is_no_formula(world: World) -> None:
    does(world, "bought 口罩 200 1200.50", note="=1+1")
    world.says(KEEPER, "/supplies export")
    rows = file_of(world, KEEPER)
    assert rows[0][:4] == ["品目", "计量单位", "存放点", "单位"]
    assert rows[1][:5] == ["口罩", "个", "区局仓库", "区局", "200"]


def test_the_evening_report_and_the_system_say_how_supplies_stand(world: World) -> None:
    does(world, "received 口罩 20")
    does(world, "out 口罩 张伟 3")
    assert "📦 物资：当日出入库2笔、低于最低库存1项、待签收1项" in world.says(ADMIN, "/system")
    world.at("20:01")
    assert any("📦 物资：当日出入库2笔" in b.text for b in world.chat(ADMIN))


def test_all_of_it_stands_up_to_verify(world: World) -> None:
    for words in ("received 口罩 200", "out 口罩 张伟 3", "each 口罩 一站 5", "count 口罩 170", "out 口罩 二站 9"):
        does(world, words)
    world.tick()
    world.taps("张伟", "签收")
    does(world, "back 口罩 =1 1")
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def test_what_all_came_back_leaves_the_timeline_and_verify_knows_why(world: World) -> None:
    does(world, "received 口罩 200")
    does(world, "out 口罩 张伟 3")
    assert "口罩：本月发放3个" in world.says(ADMIN, "/timeline")
    does(world, "back 口罩 =1 3")
    assert "口罩" not in world.says(ADMIN, "/timeline")
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def test_what_waits_to_be_confirmed_is_shown_in_the_language_that_is_chosen(world: World) -> None:
    does(world, "received 口罩 200")
    does(world, "out 口罩 张伟 3")
    asked = next(b for b in world.chat("张伟") if "向您发放" in b.text)
    world.says("张伟", "/language en")
    assert "handed out to you: 口罩, 3个" in asked.text


def test_a_new_minimum_shows_at_once_and_rings_nobody(world: World) -> None:
    does(world, "received 口罩 120")
    world.says(ADMIN, "/supplies item 口罩 个 150")
    assert stock(world) == "⚠️ 口罩：120个（最低库存150个）"
    assert not [b for b in world.chat(KEEPER) if "口罩库存不足" in b.text]


def test_a_refused_first_hand_out_leaves_nothing_that_verify_would_miss(world: World) -> None:
    before = world.records()
    assert "库存不足" in does(world, "out 口罩 张伟 3")
    world.taps(KEEPER, "取消")
    assert world.records() == before
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def test_a_number_that_is_too_large_is_said_at_once_and_asked_for_again(world: World) -> None:
    world.says(KEEPER, "/supplies received 口罩")
    assert "数值超过1,000,000,000" in world.says(KEEPER, "999999999999")
    assert "２０个" not in world.says(KEEPER, "２０")
    assert "20个" in world.last(KEEPER).text


def test_an_item_counted_in_a_number_is_asked_for_its_measure(world: World) -> None:
    assert "单位" in world.says(ADMIN, "/supplies item 手套 200")
    assert "手套" not in world.says(ADMIN, "/supplies received")


def test_nobody_is_reminded_once_all_have_confirmed(world: World) -> None:
    does(world, "received 口罩 200")
    does(world, "out 口罩 张伟 3")
    world.taps("张伟", "签收")
    assert "已全部签收" in (world.forges(KEEPER, "supplies.urge.1") or "")


def test_who_leaves_in_mid_round_confirms_no_more_and_what_they_had_is_taken_back(world: World) -> None:
    does(world, "received 口罩 200")
    does(world, "each 口罩 一站 3")
    world.tick()
    world.says(ADMIN, "/people leave 1006 今天")
    world.taps(ADMIN, "确认")
    with world.database.reading() as session:
        person = session.exec(select(Person).where(Person.staff_no == "1006")).one()
        number = session.exec(select(Handing.id).where(Handing.person_id == person.id)).one()
    before = world.records()
    world.forges("Ann Lee", f"handing.got.{number}")
    assert world.records() == before
    world.says(KEEPER, "/supplies open")
    world.forges(KEEPER, "supplies.handout.1")
    assert "联系不上：Ann Lee" in world.last(KEEPER).text
    world.says(KEEPER, "/supplies undo 2 人员变动")
    world.says(KEEPER, "人员变动")
    world.taps(KEEPER, "登记")
    world.tick()
    assert stock(world) == "口罩：200个"


def test_no_name_or_note_becomes_a_formula_in_the_file(world: World) -> None:
    for words in ("item =1+1 个", "store -2+3"):
        world.says(ADMIN, f"/supplies {words}")
    world.says(ADMIN, "/supplies received =1+1 @2 5 =HYPERLINK(1)")
    world.taps(ADMIN, "登记")
    world.says(ADMIN, "/supplies export")
    file = world.last(ADMIN).content.file
    assert file is not None
    with world.database.reading() as session:
        book = load_workbook(BytesIO(data_of(session, file.digest)))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert "=HYPERLINK(1)" in {it.value for it in cells} and "=1+1" in {it.value for it in cells}
    own = [it.value for it in cells if it.data_type == "f"]
    assert [it[:13] for it in own] == ["=SUBTOTAL(109"], "the program's own total, and nothing that was typed"
