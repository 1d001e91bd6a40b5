"""A command's word without a slash, while something is asked: a question that takes words keeps them, any other lets
the command run and stays open (docs/rules.md 12.4)."""

import pytest

from tests.support.world import World

pytestmark = pytest.mark.sqlite

OPENS = (
    ("李梅", "荣誉", "荣誉"), ("李梅", "时间树", "时间树"), ("李梅", "帮助", "可以使用的功能"),
    ("李梅", "菜单", "可以使用的功能"),
    ("Ann Lee", "honours", "Honours"), ("Ann Lee", "timeline", "Timeline"), ("Ann Lee", "help", "What you can do"),
    ("Ann Lee", "help me", "What you can do"), ("王建国", "进度 一站", "未报"),
)  # fmt: skip
HAS = {"Ann Lee": "Something to report"}
NEXT = {"Ann Lee": "Contact"}


@pytest.mark.parametrize(("who", "words", "answer"), OPENS)
def test_a_number_question_lets_the_command_run_and_stays_open(world: World, who: str, words: str, answer: str) -> None:
    world.taps(who, HAS.get(who, "有情况"))
    assert answer in world.says(who, words)
    assert NEXT.get(who, "接触史") in world.says(who, "36.5")


@pytest.mark.parametrize(("who", "words", "answer"), OPENS)
def test_a_question_with_choices_and_the_review_page_do_so_too(world: World, who: str, words: str, answer: str) -> None:
    english = who == "Ann Lee"
    world.taps(who, HAS.get(who, "有情况"))
    world.says(who, "36.5")
    assert answer in world.says(who, words)
    world.says(who, "No" if english else "无")
    world.says(who, "none today")
    assert answer in world.says(who, words)
    assert world.report(who).state == "due"
    world.taps(who, "Submit" if english else "提交")
    assert world.revisions(who)[-1].answers == {"temperature": 36.5, "contact": "no", "remark": "none today"}


@pytest.mark.parametrize(
    ("who", "words"), [("李梅", "荣誉"), ("李梅", "帮助"), ("Ann Lee", "timeline"), ("Ann Lee", "?")]
)
def test_a_question_that_takes_words_keeps_them(world: World, who: str, words: str) -> None:
    english = who == "Ann Lee"
    world.taps(who, HAS.get(who, "有情况"))
    world.says(who, "36.5")
    world.says(who, "No" if english else "无")
    world.says(who, words)
    world.taps(who, "Submit" if english else "提交")
    assert world.revisions(who)[-1].answers["remark"] == words


@pytest.mark.parametrize("words", ["零报告", "zero", "Zero!"])
def test_a_zero_typed_under_a_question_is_never_one(world: World, words: str) -> None:
    world.taps("李梅", "有情况")
    assert "未能识别" in world.says("李梅", words)
    world.says("李梅", "36.5")
    assert f"没有“{words}”这一项" in world.says("李梅", words)
    assert world.report("李梅").state == "due"


def test_a_command_of_leads_under_a_question_of_a_member_is_refused_as_ever(world: World) -> None:
    world.taps("李梅", "有情况")
    assert "负责人" in world.says("李梅", "进度")
    assert "接触史" in world.says("李梅", "36.5")


@pytest.mark.parametrize("asks", ["/people move", "/invite"])
@pytest.mark.parametrize(("word", "answer"), [("荣誉", "荣誉"), ("timeline", "时间树")])
def test_a_name_that_is_asked_for_gives_way_to_a_command_and_is_still_asked_for(
    world: World, asks: str, word: str, answer: str
) -> None:
    world.says("周敏", asks)
    assert answer in world.says("周敏", word)
    assert not [it for it in world.chat("周敏") if "⚠️" in it.text]
    assert "李梅" in world.says("周敏", "李梅")


def test_a_step_of_a_notice_that_wants_a_name_gives_way_too(world: World) -> None:
    world.says("王建国", "/notice")
    world.says("王建国", "明天停水")
    assert "荣誉" in world.says("王建国", "荣誉")
    assert "没有" not in world.says("王建国", "一站")


@pytest.mark.parametrize("word", ["荣誉", "timeline", "帮助"])
def test_an_incidents_words_are_kept_whatever_they_are(world: World, word: str) -> None:
    world.says("李梅", "突发")
    told = world.says("李梅", word)
    assert f"【突发】\n{word}\n" in told
    assert "🚨 立即上报" in world.last("李梅").labels
