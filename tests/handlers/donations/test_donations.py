"""Collections in the chat: gifts and what they were spent on, donors as they choose, totals in the group."""

import io

import pytest
from openpyxl import load_workbook

from models.evidence import verification
from models.files.blobs import data_of
from tests.handlers.supplies.keeping import begin, does
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)

ADMIN = "周敏"


def enters(world: World, words: str, donor: str = "") -> str:
    """Let the admin type a whole entry and record it; return the toast."""
    world.says(ADMIN, f"/donations {words}")
    if donor:
        world.says(ADMIN, donor)
    return world.taps(ADMIN, "登记") or ""


def collection(world: World) -> None:
    world.says(ADMIN, "/donations new 支援武汉 12-10")


def test_a_collection_is_led_by_buttons_to_the_receipt_of_the_donor(world: World) -> None:
    world.says(ADMIN, "募捐")
    world.taps(ADMIN, "发起募捐")
    world.says(ADMIN, "支援武汉")
    world.taps(ADMIN, "14天")
    world.taps(ADMIN, "捐款")
    assert "未能识别“五百”" in world.says(ADMIN, "五百")
    world.says(ADMIN, "￥500.50")
    assert "请先输入捐赠人" in (world.taps(ADMIN, "登记") or "")
    world.says(ADMIN, "1004")
    world.taps(ADMIN, "登记")
    assert "累计捐款500.50元（1笔捐赠）" in world.last(ADMIN).text
    assert "感谢您为“支援武汉”（区局）捐赠：500.50元" in world.last("张伟").text


def test_cancel_typed_in_mid_entry_drops_it(world: World) -> None:
    collection(world)
    before = world.records()
    world.says(ADMIN, "/donations money 1 500")
    assert "未能识别" not in world.says(ADMIN, "取消")
    world.says(ADMIN, "1004")
    assert "登记" not in world.last(ADMIN).labels
    assert world.records() == before


def test_a_donor_is_shown_as_they_choose_and_hidden_from_all_but_the_ledgers_keepers(world: World) -> None:
    collection(world)
    enters(world, "money 1 500 1004")
    assert "张伟：500元" in world.says("李梅", "/donations show 1")
    world.taps("张伟", "仅姓氏")
    assert "张*：500元" in world.says("李梅", "/donations show 1")
    world.taps("张伟", "不公开")
    assert "匿名：500元" in world.says("李梅", "/donations show 1")
    world.says(ADMIN, "/donations publish 1")
    world.taps(ADMIN, "公示", world.last(ADMIN))
    world.tick()
    assert "匿名：500元" in world.last("group 区局").text
    assert "张" not in world.last("group 区局").text
    assert "张伟：500元（不公开）" in world.says(ADMIN, "/donations show 1")


def test_whoever_is_named_after_nobody_was_is_shown(world: World) -> None:
    collection(world)
    world.says(ADMIN, "/donations money 1 500")
    world.says(ADMIN, "匿名")
    enters(world, "money 1 500", "匿名")
    world.says(ADMIN, "/donations money 1 300")
    world.says(ADMIN, "匿名")
    world.says(ADMIN, "某公司")
    world.taps(ADMIN, "登记")
    shown = world.says("李梅", "/donations show 1")
    assert "某公司：300元" in shown
    assert "匿名：500元" in shown


@pytest.mark.parametrize("name", ["3M", "A1公司", "360", "7-11"])
def test_a_firm_with_digits_in_its_name_is_a_donor_and_digits_alone_are_a_staff_number(world: World, name: str) -> None:
    collection(world)
    enters(world, "money 1 500", name)
    shown = world.says("李梅", "/donations show 1")
    assert (f"{name}：500元" in shown) == (name != "360")


def test_no_more_is_spent_than_was_given_to_the_cent(world: World) -> None:
    collection(world)
    enters(world, "money 1 100.10 某公司")
    assert "结余100.10元" in enters(world, "spent 1 100.11 口罩")
    world.taps(ADMIN, "取消")
    assert enters(world, "spent 1 100.10 口罩") == ""
    assert "已支出100.10元，结余0元" in world.last(ADMIN).text
    assert "结余0元" in enters(world, "undo 1 退款"), "what was spent can't be given back"


def test_given_goods_enter_the_stock_and_leave_it_when_the_gift_is_reversed(world: World) -> None:
    collection(world)
    enters(world, "goods 1 #1 @1 50", "某公司")
    assert "口罩：50个" in world.says("李梅", "/supplies")
    assert "某公司：口罩 50个" in world.says("李梅", "/donations show 1")
    enters(world, "undo 1 重复登记")
    assert "口罩：0个" in world.says("李梅", "/supplies")
    assert "0笔捐赠" in world.says("李梅", "/donations show 1")


def test_the_photo_sent_with_a_reversal_is_kept_with_it(world: World) -> None:
    collection(world)
    enters(world, "money 1 100 某公司")
    world.says(ADMIN, "/donations undo 1 退款")
    world.sends(ADMIN, "退款凭证.jpg")
    world.taps(ADMIN, "登记")
    world.forges(ADMIN, "donations.entry.2")
    assert world.last(ADMIN).content.file is not None


def test_a_collection_that_is_over_takes_no_gifts_and_still_what_it_is_spent_on(world: World) -> None:
    collection(world)
    enters(world, "money 1 100 某公司")
    world.says(ADMIN, "/donations close 1")
    world.taps(ADMIN, "🏁 结束")
    assert "已结束，不再接受捐赠" in world.says(ADMIN, "/donations money 1 5")
    assert enters(world, "spent 1 20 口罩") == ""


def test_whoever_does_not_keep_the_ledger_sees_totals_and_enters_nothing(world: World) -> None:
    collection(world)
    enters(world, "money 1 100 某公司")
    world.says("李梅", "/donations show 1")
    assert world.last("李梅").labels == []
    for words in ("money 1 5", "spent 1 5 x", "export 1", "publish 1", "close 1", "undo 1 x"):
        assert "您无权查看或登记" in world.says("李梅", f"/donations {words}")
    assert "仅限负责人和管理员" in world.says("李梅", "/donations new 互助 12-20")


def test_the_ledgers_running_totals_add_up_again_as_numbers(world: World) -> None:
    collection(world)
    for words in ("money 1 16000.10 某公司", "money 1 550.45 =SUM(A:A)", "spent 1 3000.05 口罩", "undo 2 重复"):
        enters(world, words)
    world.says(ADMIN, "/donations export 1")
    file = world.last(ADMIN).content.file
    assert file
    with world.database.reading() as session:
        book = load_workbook(io.BytesIO(data_of(session, file.digest)))
    page = book["募捐"]
    rows = [row for row in page.iter_rows(min_row=2, values_only=True) if row[0] and not isinstance(row[0], str)]
    given = spent = 0
    for row in rows:
        given, spent = given + round(row[3] * 100), spent + round(row[4] * 100)
        assert (round(row[5] * 100), round(row[6] * 100), round(row[7] * 100)) == (given, spent, given - spent)
    assert (given, spent) == (1600010, 300005)
    typed = [
        cell for row in page.iter_rows(min_row=2, max_row=len(rows) + 1) for cell in row if cell.value == "=SUM(A:A)"
    ]
    assert [cell.data_type for cell in typed] in (["s"], ["inlineStr"])


def test_goods_that_left_the_store_keep_their_entry_when_its_reversal_is_refused(world: World) -> None:
    collection(world)
    enters(world, "goods 1 #1 @1 50", "某公司")
    does(world, "off 口罩 20", ADMIN, note="破损")
    before = world.records()
    world.says(ADMIN, "/donations undo 1 退还")
    assert "库存不足" in (world.taps(ADMIN, "登记") or "")
    world.taps(ADMIN, "取消")
    assert world.records() == before
    assert "某公司" in world.says(ADMIN, "/donations show 1")
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def test_a_sum_that_is_too_large_is_said_at_once(world: World) -> None:
    collection(world)
    before = world.records()
    for words in ("money 1 10000000000.01 某公司", "spent 1 99999999999999 口罩"):
        assert "数值超过10,000,000,000" in world.says(ADMIN, f"/donations {words}")
    assert world.records() == before


def test_a_purpose_is_called_on_its_button_as_it_was_typed(world: World) -> None:
    world.says(ADMIN, "/donations new A&amp;B<i>&lt; 12-10")
    world.says(ADMIN, "/donations")
    assert "A&amp;B<i>&lt;" in world.last(ADMIN).labels
