"""A command with the number of something that there is, and words it does not understand, begins nothing new
(docs/rules.md 12.10)."""

import pytest
from sqlmodel import func, select

from models.conversations.confirmations import Confirmation
from models.questions.questions import Question
from models.rounds.rounds import Round
from tests.handlers.questions.asking import asked, asks, cards
from tests.handlers.questions.asking import begin as begin_questions
from tests.handlers.rollcall.test_rollcall import calls
from tests.handlers.rounds.test_notice import send
from tests.handlers.runbooks import books
from tests.support.world import World

pytestmark = pytest.mark.sqlite


def begin(world: World) -> None:
    world.organisation()
    world.at("7:30")


def begun(world: World) -> int:
    """Return how much is there, or waits for an answer."""
    with world.database.reading() as session:
        return sum(session.exec(select(func.count()).select_from(it)).one() for it in (Round, Confirmation, Question))


@pytest.mark.world(begin=begin)
def test_somebody_whom_a_notice_did_not_ask_is_said_and_no_notice_is_begun(world: World) -> None:
    send(world, "周敏", "明天停水", "区局", "全体人员", "确认已阅", "18:00")
    before = begun(world)
    for name in ("某人", "1号楼明天停水", "周敏"):
        told = world.says("周敏", f"/notice 1 {name}")
        assert told.startswith(f"“{name}”不在通知1的发送对象中")
    assert begun(world) == before
    world.says("周敏", "/language en")
    assert "wasn’t asked by notice 1" in world.says("周敏", "/notice 1 Somebody")
    assert "李梅" in world.says("周敏", "/notice 1 李梅")


@pytest.mark.world(begin=begin)
def test_words_that_begin_with_another_number_are_a_notice(world: World) -> None:
    before = begun(world)
    assert "不在通知" not in world.says("周敏", "/notice 50 人明天上午核酸检测")
    assert begun(world) == before + 1


@pytest.mark.world(begin=begin)
def test_the_number_of_a_notice_of_others_tells_nothing_about_it(world: World) -> None:
    send(world, "赵强", "明天停水", "二站", "全体人员", "确认已阅", "18:00")
    told = world.says("王建国", "/notice 1 某人")
    assert "不在通知" not in told
    assert told == world.says("王建国", "/notice 7 某人").replace("7 某人", "1 某人")


@pytest.mark.world(begin=begin)
def test_a_roll_call_is_shown_by_its_number_and_words_behind_it_begin_none(world: World) -> None:
    calls(world)
    number = begun(world)
    assert "区局" in world.says("陈局", "点名 1")
    assert world.says("陈局", "点名 1 某人").startswith("点名1之后不能再加文字，未发起点名")
    assert "没有" in world.says("陈局", "点名 77")
    assert begun(world) == number


@pytest.mark.world(begin=books.begin)
def test_a_run_is_shown_by_its_number(world: World) -> None:
    books.writes(world)
    run = books.starts(world)
    world.says("周敏", "系统")
    assert books.TITLE in world.says("周敏", f"预案 {run.id}")
    before = len(books.every(world))
    world.says("周敏", f"预案 {run.id} 某人")
    assert len(books.every(world)) == before


@pytest.mark.world(begin=begin_questions)
def test_a_question_is_shown_by_its_number_and_words_behind_it_ask_nothing(world: World) -> None:
    asks(world, "李梅", "口罩在哪里领？")
    number = asked(world)[0].receipt
    before = begun(world)
    assert "口罩在哪里领" in world.says("李梅", f"提问 {number.lower()}")
    assert world.says("李梅", f"提问 {number} 几点？").startswith(f"未提交提问：{number}是已有的提问")
    assert "口罩在哪里领" in world.says("王建国", f"提问 {number}")
    assert begun(world) == before
    assert len(cards(world, "王建国")) >= 1
    assert "口罩" not in world.says("赵强", f"提问 {number}"), "somebody else’s question is not shown"
