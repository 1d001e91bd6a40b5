"""Topics: an admin names what people can ask about, and who answers instead of their lead."""

from datetime import timedelta

import pytest

from tests.handlers.questions.asking import answers, asked, begin, cards, said
from tests.support.world import MONDAY, World

pytestmark = pytest.mark.world(begin=begin)


def topic(world: World, words: str = "防护物资：赵强，1010") -> None:
    world.says("周敏", f"话题 设置 {words}")
    world.taps("周敏", "确认")


def asks_about(world: World, who: str, words: str) -> None:
    world.says(who, f"提问 {words}")
    world.taps(who, "话题：防护物资")
    world.taps(who, "发送问题")


def test_a_topic_is_named_confirmed_and_chosen_when_asking(world: World) -> None:
    assert world.says("周敏", "话题").startswith("可提问的话题\n暂无话题。")
    world.taps("周敏", "新建话题")
    world.says("周敏", "防护物资：赵强，1010")
    assert world.last("周敏").text == "自现在起，区局关于“防护物资”的提问由赵强、孙处答复。"
    world.taps("周敏", "确认")
    assert (
        world.says("周敏", "话题") == "可提问的话题\n防护物资 （区局）：赵强、孙处"
        or "防护物资" in world.last("周敏").text
    )
    asks_about(world, "李梅", "口罩在哪里领？")
    assert cards(world, "赵强")[0].text.startswith("❓ 【提问：防护物资】一站李梅")
    assert len(cards(world, "孙处")) == 1
    assert cards(world, "王建国") == []
    answers(world, "赵强", "在仓库。")
    assert said(world) == ["口罩在哪里领？", "在仓库。"]


@pytest.mark.sqlite
def test_unanswered_it_goes_to_the_leads_of_the_topics_unit(world: World) -> None:
    topic(world, "防护物资：赵强")
    asks_about(world, "李梅", "口罩在哪里领？")
    world.at("9:05", MONDAY + timedelta(1))
    assert len(cards(world, "陈局")) == 1
    assert cards(world, "王建国") == []


@pytest.mark.sqlite
def test_with_other_people_the_old_ones_see_it_no_longer(world: World) -> None:
    topic(world, "防护物资：赵强")
    asks_about(world, "李梅", "口罩在哪里领？")
    topic(world, "防护物资：1010")
    assert "此前由赵强答复" in "".join(b.text for b in world.chat("周敏"))
    assert "按钮" in (world.forges("赵强", f"answers.answer.{asked(world)[0].id}") or "")
    world.says("孙处", "提问")
    world.taps("孙处", "口罩在哪里领")
    answers(world, "孙处", "在仓库。")
    assert said(world)[-1] == "在仓库。"


@pytest.mark.sqlite
def test_an_ended_topic_is_not_offered_and_what_was_asked_is_still_answered(world: World) -> None:
    topic(world)
    asks_about(world, "李梅", "口罩在哪里领？")
    world.says("周敏", "话题 结束 防护物资")
    world.taps("周敏", "确认")
    world.says("张伟", "提问 几点开门？")
    assert "话题：防护物资" not in world.last("张伟").labels
    answers(world, "赵强", "在仓库。")
    assert said(world)[-1] == "在仓库。"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("防护物资 赵强", "请依次写明话题、冒号和负责答复的人员。"),
        ("：赵强", "冒号前请写话题名称，不超过20个字。"),
        (f"{'长' * 21}：赵强", "冒号前请写话题名称，不超过20个字。"),
        ("防护物资：赵无极", "赵无极"),
        ("防护物资：2001", "刘大爷没有本人账号或已离开单位，请另行指定。"),
    ],
)
def test_what_is_wrong_is_said_with_an_example(world: World, words: str, why: str) -> None:
    said_back = world.says("周敏", f"话题 设置 {words}")
    assert why in said_back
    assert "暂无话题" in world.says("周敏", "话题")


@pytest.mark.sqlite
def test_only_admins_name_topics_and_only_for_their_own_people(world: World) -> None:
    assert "管理员" in world.says("王建国", "话题 设置 防护物资：赵强")
    topic(world)
    assert "按钮" in (world.forges("王建国", "topic.end.1") or "")
    assert "没有话题" in world.says("周敏", "话题 结束 食堂")


@pytest.mark.sqlite
def test_the_director_can_ask_about_a_topic(world: World) -> None:
    topic(world, "防护物资：赵强")
    world.says("陈局", "提问 还有多少口罩？")
    assert world.last("陈局").text.startswith("【提问：防护物资】")
    world.taps("陈局", "发送问题")
    assert len(cards(world, "赵强")) == 1


@pytest.mark.sqlite
def test_whoever_answers_for_a_topic_does_not_answer_themselves(world: World) -> None:
    topic(world, "防护物资：赵强，1010")
    asks_about(world, "赵强", "口罩在哪里领？")
    assert len(cards(world, "孙处")) == 1
    assert "按钮" in (world.forges("赵强", f"answers.answer.{asked(world)[0].id}") or "")


@pytest.mark.sqlite
def test_a_question_to_a_topic_that_was_ended_meanwhile_does_not_go_to_the_lead_unasked(world: World) -> None:
    topic(world, "防护物资：赵强")
    world.says("李梅", "提问 我们的负责人不发口罩")
    world.taps("李梅", "话题：防护物资")
    world.says("周敏", "话题 结束 防护物资")
    world.taps("周敏", "确认")
    assert "该话题已结束" in (world.taps("李梅", "发送问题") or "")
    assert asked(world) == []
    assert "将发给王建国" in world.last("李梅").text
    world.taps("李梅", "发送问题")
    assert len(asked(world)) == 1
