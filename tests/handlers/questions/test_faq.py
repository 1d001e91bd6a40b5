"""The FAQ: a good answer is published without the asker's name, found, offered before a question is sent, withdrawn."""

import pytest
from sqlmodel import select

from models.core import ledger
from models.questions.faq import FaqEntry, FaqTerm
from tests.handlers.questions.asking import answers, asks, begin, cards
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)


def published(world: World, asked: str = "口罩在哪里领？", answer: str = "每周一上午在仓库领取口罩。") -> None:
    asks(world, "李梅", asked)
    answers(world, "王建国", answer)
    world.taps("王建国", "发布到答疑")
    world.taps("王建国", "📢 发布")


def entries(world: World) -> list[tuple[str, bool]]:
    with world.database.reading() as session:
        return [(it.asked, it.withdrawn_at is None) for it in session.exec(select(FaqEntry)).all()]


def test_a_good_answer_is_shown_as_everybody_would_read_it_and_then_published(world: World) -> None:
    asks(world, "李梅", "口罩在哪里领？")
    answers(world, "王建国", "每周一上午在仓库领取口罩。")
    world.taps("王建国", "发布到答疑")
    assert world.last("王建国").text == (
        "预览：发布后大家看到的内容\n\n💡 口罩在哪里领？\n\n每周一上午在仓库领取口罩。\n\n"
        "一站全体人员均可查到，不显示提问人。"
    )
    assert entries(world) == []
    world.taps("王建国", "📢 发布")
    assert entries(world) == [("口罩在哪里领？", True)]
    assert "该答复已发布到答疑，不含您的姓名。" in cards(world, "李梅")[-1].text
    assert world.says("张伟", "答疑") == (
        "【答疑】共1条解答。点按查看；如需查找，请发送“答疑 关键词”。\n1. 口罩在哪里领？"
    )
    world.taps("张伟", "口罩在哪里领")
    assert world.last("张伟").text == "💡 口罩在哪里领？\n\n每周一上午在仓库领取口罩。\n\n一站，11月23日"
    assert world.last("张伟").labels == []
    assert "李梅" not in "".join(b.text for b in world.chat("张伟"))


def test_it_is_found_by_words_of_the_question_and_of_the_answer(world: World) -> None:
    published(world)
    published(world, "几点开门？", "周一到周五七点。")
    assert "1. 口罩在哪里领？" in world.says("张伟", "答疑 口罩")
    assert "1. 口罩在哪里领？" in world.says("张伟", "/faq 仓库")
    assert "1. 几点开门？" in world.says("张伟", "答疑 周五几点")
    assert world.says("张伟", "答疑 消毒液") == "答疑中没有与“消毒液”有关的内容。请发送“提问”加问题内容。"


def test_before_a_question_is_sent_the_answers_to_its_like_are_offered(world: World) -> None:
    published(world)
    shown = world.says("张伟", "提问 请问口罩在哪领取")
    assert "是否属于以下问题？点按查看解答：" in shown
    world.taps("张伟", "💡 口罩在哪里领")
    assert "每周一上午在仓库领取口罩。" in world.last("张伟").text
    world.taps("张伟", "发送问题")
    assert cards(world, "王建国")[-1].text.endswith("请答复。24小时内无人答复，将转上一级。")
    assert "是否属于" not in world.says("张伟", "提问 车辆什么时候年检")


@pytest.mark.sqlite
def test_it_is_for_the_publishers_own_units_only(world: World) -> None:
    published(world)
    assert world.says("赵强", "答疑").startswith("尚未发布解答")
    assert "是否属于" not in world.says("赵强", "提问 口罩在哪里领？")
    assert "该按钮" in (world.forges("赵强", "faq.open.1") or "")


@pytest.mark.sqlite
def test_a_text_that_names_the_asker_is_reworded_first(world: World) -> None:
    asks(world, "李梅", "我是李梅，口罩在哪里领？")
    answers(world, "王建国", "李梅你好，在仓库。")
    world.taps("王建国", "发布到答疑")
    assert "文中出现提问人（李梅），请先修改。" in world.last("王建国").text
    assert "📢 发布" not in world.last("王建国").labels
    assert "请先点“修改问题”" in world.says("王建国", "口罩在哪里领？")
    world.taps("王建国", "修改问题")
    world.says("王建国", "口罩在哪里领？")
    world.taps("王建国", "修改答复")
    world.says("王建国", "在仓库。")
    world.taps("王建国", "📢 发布")
    assert entries(world) == [("口罩在哪里领？", True)]


@pytest.mark.sqlite
def test_cancelled_nothing_is_published(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    answers(world, "王建国", "七点。")
    world.taps("王建国", "发布到答疑")
    keep, bubble = world.button("王建国", "📢 发布")
    assert world.says("王建国", "取消") == "已取消，没有发布。"
    assert world.forges("王建国", keep.data, message=bubble.id) == "这一步已经完成或已取消。"
    world.taps("王建国", "发布到答疑")
    world.taps("王建国", "取消")
    assert entries(world) == []


@pytest.mark.sqlite
def test_withdrawn_it_is_found_no_more_and_stays_on_record(world: World) -> None:
    published(world)
    world.says("王建国", "答疑")
    world.taps("王建国", "口罩在哪里领")
    world.taps("王建国", "撤下")
    assert "确定从答疑撤下" in world.last("王建国").text
    world.taps("王建国", "确认")
    assert entries(world) == [("口罩在哪里领？", False)]
    assert world.says("张伟", "答疑 口罩").startswith("答疑中没有")
    assert world.forges("张伟", "faq.open.1") == "该解答已撤下。"
    with world.database.reading() as session:
        assert session.exec(select(FaqTerm)).all() == []
        kept = select(ledger.LedgerEntry).where(ledger.LedgerEntry.kind == "faq_entry")
        assert len(session.exec(kept).all()) == 2


@pytest.mark.sqlite
def test_who_leads_nothing_neither_publishes_nor_withdraws(world: World) -> None:
    published(world)
    for who in ("张伟", "赵强"):
        for data in ("faq.publish.1", "faq.withdraw.1"):
            assert "按钮" in (world.forges(who, data) or "")
    assert entries(world) == [("口罩在哪里领？", True)]


@pytest.mark.sqlite
def test_what_was_never_answered_in_words_cannot_be_published(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    world.taps("王建国", "答复")
    assert "尚无文字答复" in (world.forges("王建国", "faq.publish.1") or "")


@pytest.mark.sqlite
def test_published_anew_it_replaces_the_earlier_one(world: World) -> None:
    published(world)
    world.taps("李梅", "追问")
    world.says("李梅", "周二可以吗？")
    answers(world, "王建国", "周二也可以领。")
    assert world.forges("王建国", "faq.publish.1") is None
    world.taps("王建国", "📢 发布")
    assert entries(world) == [("口罩在哪里领？", False), ("口罩在哪里领？", True)]


@pytest.mark.parametrize("words", ["李 梅问口罩哪里领", "１００５问口罩哪里领"])
def test_a_name_written_in_another_way_is_refused_as_well(world: World, words: str) -> None:
    asks(world, "李梅", words)
    answers(world, "王建国", "每周一上午在仓库领取口罩。")
    world.taps("王建国", "发布到答疑")
    assert not any("📢" in label for label in world.last("王建国").labels)
    assert "faq.keep" not in str(world.last("王建国").content.buttons)
    assert entries(world) == []
