"""Questions in exports, in `/system` and in the evening report, and what was said of them erased."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.alerts.tellings import Telling
from models.evidence import erasures, verification
from models.organisation import people
from tests.handlers.questions.asking import answers, asked, asks, begin, cards
from tests.support.admins import file_of
from tests.support.world import MONDAY, World

pytestmark = pytest.mark.world(begin=begin)


def table(world: World, who: str) -> list[list[str]]:
    world.says(who, "导出 提问")
    return file_of(world, who)


def test_an_export_holds_what_one_may_answer_and_nothing_else(world: World) -> None:
    asks(world, "李梅", "=口罩在哪里领？")
    answers(world, "王建国", "在仓库。")
    asks(world, "赵强", "几点开会？")
    heading, line = table(world, "王建国")
    assert heading[:3] == ["回执", "提问时间", "工号"]
    assert line[2:5] == ["1005", "李梅", "区局/物流部/一站"]
    assert line[6:9] == ["=口罩在哪里领？", "王建国: 在仓库。", "王建国"]
    assert len(table(world, "孙处")) == 1
    assert [it[6] for it in table(world, "陈局")[1:]] == ["几点开会？"]


@pytest.mark.sqlite
def test_open_questions_are_counted_in_system_and_in_the_evening(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    assert "未办结提问：1" in world.says("周敏", "系统")
    world.at("20:00", MONDAY + timedelta(1))
    assert "❓ 未办结提问：1，其中超过一天未答复：1" in "".join(b.text for b in world.chat("周敏"))
    assert "几点开门" not in "".join(b.text for b in world.chat("周敏"))


def test_what_was_asked_is_erased_with_its_files_and_the_chain_holds(world: World) -> None:
    world.says("李梅", "提问 我的身份证号是123")
    world.sends("李梅", "证件.jpg")
    world.taps("李梅", "发送问题")
    receipt = asked(world)[0].receipt
    with world.database.writing() as session:
        person = people.find_person(session, "1005")
        for it in erasures.written(session, person, receipt, None):
            erasures.erase(session, it, "cli", "本人要求", world.clock.now())
    with world.database.reading() as session:
        assert [(it.words, it.files) for it in session.exec(select(Telling)).all()] == [("", [])]
        assert verification.verify(session).differs == []
    world.taps("王建国", "答复")
    assert "身份证" not in cards(world, "王建国")[-1].text
