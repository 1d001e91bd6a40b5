"""A message that is edited replaces the answer it gave."""

import pytest
from sqlmodel import select

from models.conversations import answered_messages
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _edits(world: World, who: str, message: str, text: str) -> None:
    world.hand_in(world.incoming(who, text=text, message=message, edited=True))


@pytest.fixture
def filling(world: World) -> World:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5", message="m1")
    return world


def test_an_edited_message_replaces_the_answer_it_gave(filling: World) -> None:
    _edits(filling, "李梅", "m1", "38.2")
    assert "接触史" in filling.last("李梅").text, "the form stays where it was"
    filling.taps("李梅", "无")
    filling.taps("李梅", "跳过")
    assert "38.2" in filling.last("李梅").text
    _edits(filling, "李梅", "m1", "36.9")
    assert "36.9" in filling.last("李梅").text
    filling.taps("李梅", "提交")
    assert filling.revisions("李梅")[-1].answers == {"temperature": 36.9, "contact": "no"}


def test_an_edit_that_is_wrong_says_so_and_keeps_the_answer(filling: World) -> None:
    _edits(filling, "李梅", "m1", "三十七")
    assert "未能识别“三十七”" in filling.last("李梅").text
    assert "36.5" in filling.last("李梅").text
    _edits(filling, "李梅", "m1", "37")
    assert "接触史" in filling.last("李梅").text


def test_a_wrong_answer_can_be_put_right_by_editing_it(world: World) -> None:
    world.taps("李梅", "有情况")
    assert "未能识别" in world.says("李梅", "三十七", message="m1")
    _edits(world, "李梅", "m1", "37")
    assert "接触史" in world.last("李梅").text


def test_an_edit_after_filing_names_the_button_that_changes_the_report(filling: World) -> None:
    filling.taps("李梅", "无")
    filling.taps("李梅", "跳过")
    filling.taps("李梅", "提交")
    before = filling.records()
    _edits(filling, "李梅", "m1", "40")
    assert filling.records() == before
    assert "请点下方“修改”" in filling.chat("李梅")[-2].text
    assert "✏️ 修改" in filling.last("李梅").labels


def test_any_other_edit_is_ignored_in_silence(filling: World) -> None:
    before, phone = filling.records(), [b.text for b in filling.chat("李梅")]
    _edits(filling, "李梅", "m0", "零报告")
    _edits(filling, "王建国", "m1", "38")
    filling.hand_in(filling.incoming("李梅", text="38", message="m1", edited=True, chat="group 一站"))
    assert (filling.records(), [b.text for b in filling.chat("李梅")]) == (before, phone)


def test_what_was_said_is_forgotten_after_days(filling: World) -> None:
    filling.clock.at += answered_messages.KEPT * 2
    filling.desk.transact(answered_messages.forget)
    with filling.database.reading() as session:
        assert not session.exec(select(answered_messages.AnsweredMessage)).all()
