"""What a question offers as buttons can be typed: its number, what it says, or the name with which that begins; other
words where the question takes them, and otherwise a sentence that says so (docs/rules.md 12.3)."""

import pytest

from tests.handlers.supplies.keeping import ADMIN, begin, does
from tests.support.world import World

pytestmark = [pytest.mark.world(begin=begin), pytest.mark.sqlite]


def two_stores(world: World) -> None:
    world.says(ADMIN, "/supplies item 面粉 袋")
    world.says(ADMIN, "/supplies store 二号库")


def collection(world: World) -> None:
    world.says(ADMIN, "/donations new 支援武汉 12-10")


@pytest.mark.parametrize("typed", ["口罩", "2", "📦 口罩 → 区局仓库", "口罩 → 区局仓库"])
def test_goods_that_are_shown_can_be_typed(world: World, typed: str) -> None:
    collection(world)
    world.says(ADMIN, "/donations goods 1")
    assert "口罩：请输入数量" in world.says(ADMIN, typed)
    assert "30个 → 区局仓库" in world.says(ADMIN, "30")


def test_goods_with_their_amount_are_typed_at_once(world: World) -> None:
    collection(world)
    world.says(ADMIN, "/donations goods 1")
    assert "30个 → 区局仓库" in world.says(ADMIN, "口罩 30个")


def test_goods_of_another_kind_are_typed(world: World) -> None:
    collection(world)
    world.says(ADMIN, "/donations goods 1")
    assert "大米 50袋" in world.says(ADMIN, "大米 50袋")
    world.says(ADMIN, "某公司")
    world.taps(ADMIN, "登记")
    assert "大米 50袋" in world.says(ADMIN, "/donations show 1")


def test_goods_that_two_stores_keep_ask_which(world: World) -> None:
    two_stores(world)
    collection(world)
    world.says(ADMIN, "/donations goods 1")
    assert "口罩：入哪个存放点" in world.says(ADMIN, "口罩 5")
    assert "“匿名”不在" in world.says(ADMIN, "匿名"), "no other goods"
    assert "5个 → 二号库" in world.says(ADMIN, "二号库")


def test_the_day_on_which_a_collection_ends_is_typed(world: World) -> None:
    world.says(ADMIN, "/donations new 支援武汉")
    assert "“随便”" in world.says(ADMIN, "随便")
    assert "12月20日" in world.says(ADMIN, "12月20日")


@pytest.mark.parametrize("typed", ["口罩", "1", "口罩 · 0个"])
def test_the_item_is_typed(world: World, typed: str) -> None:
    world.says(ADMIN, "/supplies item 面粉 袋")
    world.says("李梅", "/supplies received")
    assert "口罩：请输入数量" in world.says("李梅", typed)


def test_an_item_that_is_none_of_theirs_is_said_so_and_asked_for_still(world: World) -> None:
    world.says(ADMIN, "/supplies item 面粉 袋")
    world.says("李梅", "/supplies received")
    assert "没有“大米”" in world.says("李梅", "大米")
    assert "面粉：请输入数量" in world.says("李梅", "面粉")


def test_a_part_of_an_items_name_asks_which_is_meant(world: World) -> None:
    world.says(ADMIN, "/supplies item 一次性手套 双")
    world.says("李梅", "/supplies received 手套 30")
    assert [it for it in world.last("李梅").labels if "手套" in it] == ["一次性手套 · 0双"]
    assert "30双" in world.says("李梅", "一次性手套")


def test_the_store_is_typed_and_another_word_is_said_to_be_none_of_them(world: World) -> None:
    two_stores(world)
    world.says(ADMIN, "/supplies received 口罩")
    assert "“三号库”不在" in world.says(ADMIN, "三号库")
    assert "口罩：请输入数量" in world.says(ADMIN, "二号库")


@pytest.mark.parametrize(("typed", "whom"), [("二站", "区局/二站"), ("张伟", "张伟"), ("1008", "钱丽")])
def test_who_gets_something_is_typed(world: World, typed: str, whom: str) -> None:
    does(world, "received 口罩 50")
    world.says("李梅", "/supplies out 口罩")
    world.says("李梅", typed)
    assert f"→ {whom}" in world.says("李梅", "5")


def test_from_whom_something_comes_back_and_to_which_store_it_goes_is_typed(world: World) -> None:
    two_stores(world)
    does(world, "received 口罩 50")
    does(world, "out 口罩 张伟 5")
    world.says("李梅", "/supplies back 口罩")
    assert "口罩：请输入退回数量" in world.says("李梅", "张伟")
    world.says("李梅", "/supplies transfer 口罩")
    assert "口罩" in world.says("李梅", "二号库")
    assert "→ 二号库" in world.says("李梅", "7")


@pytest.mark.parametrize(("typed", "recorded"), [("登记", True), ("取消", False), ("单据见附件", None)])
def test_the_buttons_of_what_is_about_to_be_recorded_are_typed_and_other_words_are_its_note(
    world: World, typed: str, recorded: bool | None
) -> None:
    world.says("李梅", "/supplies received 口罩 50")
    said = world.says("李梅", typed)
    assert ("已登记1号" in said) is (recorded is True)
    assert (f"📝 {typed}" in said) is (recorded is None)
    assert ("+50" in world.says("李梅", "/supplies log")) is (recorded is True)


def test_how_a_donor_is_shown_is_typed(world: World) -> None:
    collection(world)
    world.says(ADMIN, "/donations money 1 500")
    world.says(ADMIN, "张三")
    assert "捐赠人：张三" in world.says(ADMIN, "仅姓氏")
    assert "张*" in world.last(ADMIN).text
    world.says(ADMIN, "登记")
    assert "张三：500元" in world.says(ADMIN, "/donations show 1")


def test_in_english_too(world: World) -> None:
    collection(world)
    world.says(ADMIN, "/language en")
    assert "which goods were given" in world.says(ADMIN, "/donations goods 1")
    assert "how many" in world.says(ADMIN, "口罩")
    world.says(ADMIN, "12")
    world.says(ADMIN, "anonymous")
    assert "No. 1 recorded: Goods" in world.says(ADMIN, "record")
    two_stores(world)
    world.says(ADMIN, "/supplies received 口罩")
    assert "“no such store” is none of these" in world.says(ADMIN, "no such store")


def test_an_option_that_had_no_room_can_be_typed(world: World) -> None:
    for n in range(30):
        world.says(ADMIN, f"/supplies item 物品{n:02} 个")
    world.says("李梅", "/supplies received")
    assert not any("物品29" in label for label in world.last("李梅").labels)
    assert "物品29：请输入数量" in world.says("李梅", "物品29")


def test_words_for_an_earlier_question_do_not_answer_the_one_that_a_tap_answered(world: World) -> None:
    world.says(ADMIN, "/people leave")
    assert "请确认是否为以下之一" in world.says(ADMIN, "李眉")
    world.taps(ADMIN, "李梅")
    assert "未能识别" in world.says(ADMIN, "王建国")


def test_a_question_that_was_left_is_over(world: World) -> None:
    two_stores(world)
    world.says(ADMIN, "/supplies received 口罩")
    world.says(ADMIN, "取消")
    assert "未能识别" in world.says(ADMIN, "二号库")


def test_the_number_of_an_option_is_no_answer_to_the_form_above_it(world: World) -> None:
    two_stores(world)
    world.assign()
    world.at("9:30")
    world.says(ADMIN, "/form")
    world.taps(ADMIN, "有情况")
    world.says(ADMIN, "/supplies received 口罩")
    assert "口罩：请输入数量" in world.says(ADMIN, "2")
