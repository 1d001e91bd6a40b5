"""A request (请示) goes to the level above and is decided there with one tap."""

import pytest
from sqlmodel import select

from models.core.audit import AuditEntry
from tests.handlers.questions.asking import asked, cards
from tests.support.world import World


def begin(world: World) -> None:
    world.organisation()
    world.at("9:00")


pytestmark = pytest.mark.world(begin=begin)


def requests(world: World) -> None:
    world.says("王建国", "请示 拟购口罩300只")
    assert "陈局" in world.last("王建国").text
    world.taps("王建国", "发送请示")


@pytest.mark.parametrize(
    ("tap", "decision", "said"), [("✅ 同意", "approved", "已同意"), ("❌ 不同意", "refused", "未同意")]
)
def test_the_level_above_decides_with_one_tap_and_the_asker_is_told(
    world: World, tap: str, decision: str, said: str
) -> None:
    requests(world)
    assert "【请示】" in cards(world, "陈局")[-1].text
    world.taps("陈局", tap)
    assert asked(world)[0].decision == decision
    assert said in cards(world, "王建国")[-1].text
    with world.database.reading() as session:
        noted = session.exec(select(AuditEntry.what).where(AuditEntry.what == f"question {decision}")).all()
    assert len(noted) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_first_decision_counts_and_nobody_decides_their_own(world: World) -> None:
    requests(world)
    number = asked(world)[0].id
    world.forges("王建国", f"answers.decide.{number}.approved")
    world.forges("赵强", f"answers.decide.{number}.approved")
    assert asked(world)[0].decision is None
    world.taps("陈局", "❌ 不同意")
    world.forges("陈局", f"answers.decide.{number}.approved")
    assert asked(world)[0].decision == "refused"
    assert "发布到答疑" not in str(cards(world, "陈局")[-1].labels)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_asking_further_has_it_decided_again(world: World) -> None:
    requests(world)
    world.taps("陈局", "❌ 不同意")
    world.taps("王建国", "追问")
    world.says("王建国", "改为100只")
    world.taps("陈局", "✅ 同意")
    assert asked(world)[0].decision == "approved"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_question_has_no_decision(world: World) -> None:
    world.says("李梅", "提问 口罩在哪里领")
    world.taps("李梅", "发送问题")
    world.forges("王建国", f"answers.decide.{asked(world)[0].id}.approved")
    assert asked(world)[0].decision is None


@pytest.mark.sqlite
@pytest.mark.parametrize("reader", ["王建国", "陈局"])
def test_what_was_decided_is_said_once_also_when_words_are_added(world: World, reader: str) -> None:
    requests(world)
    world.taps("陈局", "✅ 同意")
    assert cards(world, reader)[-1].text.count("同意") == 1
    world.taps("陈局", "答复")
    world.says("陈局", "请附发票")
    told = cards(world, reader)[-1].text
    assert told.count("同意") == 1
    assert "请附发票" in told


@pytest.mark.sqlite
def test_a_decision_that_was_questioned_stays_in_what_was_said(world: World) -> None:
    requests(world)
    world.taps("陈局", "❌ 不同意")
    world.taps("王建国", "追问")
    world.says("王建国", "改为100只")
    assert "陈局，09:00：不同意。" in cards(world, "王建国")[-1].text
    world.taps("陈局", "✅ 同意")
    told = cards(world, "王建国")[-1].text
    assert "陈局，09:00：不同意。" in told
    assert told.count("同意") == 2
