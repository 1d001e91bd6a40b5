"""Nobody sees what is not theirs: a keeper the stores they keep, whoever leads a unit those in and below it, in every
list, question and message (docs/rules.md 33.1)."""

import io

import pytest
from openpyxl import load_workbook

from models.files.blobs import data_of
from tests.handlers.supplies.keeping import ADMIN, KEEPER, LEAD, does
from tests.handlers.supplies.keeping import begin as one_store
from tests.support.world import World

OTHER = "张伟"  # who keeps the other store


def begin(world: World) -> None:
    """200 masks in the bureau's store, 1234 in the station's; each item is kept in both."""
    one_store(world)
    world.says(ADMIN, "/supplies item 面粉 袋")
    world.says(LEAD, "/supplies store 一站药柜")
    world.says(LEAD, f"/supplies keeper {OTHER}")
    does(world, "received 口罩 200")
    does(world, "received 口罩 1234", OTHER)


pytestmark = [pytest.mark.world(begin=begin), pytest.mark.sqlite]
VERBS = ("bought", "received", "out", "each", "transfer", "back", "off", "count")


def everything(world: World, who: str) -> str:
    """Return all that stands in somebody's chat, buttons too."""
    return "\n".join(text for it in world.chat(who) for text in (it.text, *it.labels))


@pytest.mark.parametrize(
    ("who", "sees", "never"), [(KEEPER, "200个", ("1234", "1434")), (OTHER, "1234个", ("200", "1434"))]
)
def test_a_keeper_sees_in_no_list_and_no_question_what_another_store_holds(
    world: World, who: str, sees: str, never: tuple[str, ...]
) -> None:
    before = len(world.chat(who))
    for words in ("", "log", "open", *VERBS, "count 口罩 5", "transfer 口罩"):
        world.says(who, f"/supplies {words}")
    shown = "\n".join(text for it in world.chat(who)[before:] for text in (it.text, *it.labels))
    assert sees in shown.replace(",", "")
    assert not [it for it in never if it in shown.replace(",", "")]


def test_whoever_leads_the_unit_of_an_item_sees_what_all_stores_hold(world: World) -> None:
    world.says(ADMIN, "/supplies received")
    assert "口罩 · 1,434个" in everything(world, ADMIN)
    world.says(LEAD, "/supplies received")
    assert "口罩 · 1,234个" in everything(world, LEAD)
    assert "1,434" not in everything(world, LEAD)


def test_low_stock_is_told_to_a_keeper_without_what_other_stores_hold(world: World) -> None:
    world.says(ADMIN, "/supplies item 口罩 个 1400")
    does(world, "off 口罩 195", note="受潮")
    keeper = next(it.text for it in reversed(world.chat(KEEPER)) if "库存不足" in it.text)
    assert "您负责的存放点现存5个" in keeper and "1,239" not in keeper
    assert "1,239个" in next(it.text for it in reversed(world.chat("陈局")) if "库存不足" in it.text)


def test_the_file_has_the_stores_of_whoever_asks(world: World) -> None:
    world.says(KEEPER, "/supplies export")
    file = world.last(KEEPER).content.file
    assert file
    with world.database.reading() as session:
        book = load_workbook(io.BytesIO(data_of(session, file.digest)))
    cells = {str(cell.value) for page in book.worksheets for row in page.rows for cell in row}
    assert "200" in cells
    assert not cells & {"1234", "1434", "一站药柜"}


def test_who_is_a_keeper_no_more_sees_nothing_of_it(world: World) -> None:
    world.says(KEEPER, "/supplies received")
    world.says(KEEPER, "/supplies received 口罩 5")
    world.says(ADMIN, "/supplies keeper 1005")
    world.taps(ADMIN, "区局仓库")
    before = len(world.chat(KEEPER))
    world.says(KEEPER, "单据在附件")
    assert "200" not in "\n".join(it.text for it in world.chat(KEEPER)[before:])
    assert "您不是保管员" in world.says(KEEPER, "/supplies received 口罩 5")
