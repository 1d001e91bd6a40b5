"""What people type as they speak: cancel, a greeting, a label, a number, a name that is nearly right."""

import pytest

from handlers.core import did_you_mean
from models.conversations.expected_input import Purpose
from tests.support.world import World

pytestmark = pytest.mark.sqlite

# How each place that waits for words comes to wait: who, what is typed, what is then tapped.
WAITING: dict[str, tuple[str, str, tuple[str, ...]]] = {
    Purpose.INCIDENT: ("李梅", "/incident", ()),
    Purpose.COMMAND: ("周敏", "/people add", ()),
    Purpose.QUESTION: ("李梅", "/ask", ()),
    Purpose.NOTICE: ("周敏", "/notice", ()),
    Purpose.RUNBOOK: ("周敏", "/runbook new", ()),
    "own leave": ("李梅", "/leave 3d", ()),
    "leave of another": ("王建国", "准假 1005 2d", ()),
    "a form": ("李梅", "/report", ()),
    "a reason for a proxy": ("王建国", "代报 李梅 零报告", ()),
    "a question with buttons": ("周敏", "/people leave 1008", ()),
}


CANCELS = [
    (place, word)
    for place in WAITING
    for word in ("取消", "cancel", "Cancel")
    if word == "取消" or place != "a question with buttons"  # its button is called 取消 in a Chinese chat
]


@pytest.mark.parametrize(("place", "word"), CANCELS)
def test_cancel_means_cancel_everywhere(world: World, place: str, word: str) -> None:
    who, typed, taps = WAITING[place]
    before = [it for it in world.records() if "Draft(" not in it]
    world.says(who, typed)
    for label in taps:
        world.taps(who, label)
    said = world.says(who, word)
    assert "未能识别" not in said
    assert world.report("李梅").state == "due"
    world.says(who, "某些话")
    for button in ("提交", "确认", "批准"):
        assert not any(button in label for label in world.last(who).labels)
    assert [it for it in world.records() if "Draft(" not in it] == before


def test_every_purpose_of_expected_words_is_tried() -> None:
    tried_elsewhere = {Purpose.NOTE, Purpose.MORE}  # they need an alert: tests/handlers/alerts
    tried_elsewhere |= {Purpose.REPLY, Purpose.FURTHER, Purpose.PUBLISHING}  # a question: tests/handlers/questions
    tried_elsewhere |= {Purpose.WHERE}  # a roll call: tests/handlers/rollcall
    tried_elsewhere |= {Purpose.STEP_NOTE, Purpose.STEP_HAND}  # a run: tests/handlers/runbooks
    tried_elsewhere |= {Purpose.STEP_SKIP, Purpose.RUN_END}
    tried_elsewhere |= {Purpose.SUPPLY, Purpose.DONATION}  # an item, a collection: tests/handlers/supplies, donations
    tried_elsewhere |= {Purpose.DUTY_NOTE, Purpose.DUTY_PLACE}  # a shift: tests/handlers/duty
    tried_elsewhere |= {Purpose.DECISION}  # a request from another program: tests/handlers/handup
    assert set(Purpose) - {Purpose.NOTHING} - tried_elsewhere <= set(WAITING)


@pytest.mark.parametrize("word", ["help", "Help", "帮助"])
def test_help_needs_no_slash(world: World, word: str) -> None:
    world.says("李梅", word)
    assert "/zero" in world.last("李梅").text or "零报告" in world.last("李梅").text
    assert "您可以" in world.last("李梅").text


@pytest.mark.parametrize("word", ["hi", "Hello!", "start", "你好", "您好。", "开始"])
def test_a_greeting_shows_what_is_asked_today(world: World, word: str) -> None:
    world.says("李梅", word)
    assert world.last("李梅").labels == ["✅ 零报告·无情况", "📝 有情况"]
    assert "李梅，您好" in world.chat("李梅")[-2].text


def test_english_command_words_need_no_slash(world: World) -> None:
    world.says("李梅", "status")
    assert any("我的今天" in b.text for b in world.chat("李梅")[-2:])
    assert "未能识别" in world.says("李梅", "status of what") or "未能识别" in world.last("李梅").text


def test_leave_is_asked_for_in_chinese_numbers(world: World) -> None:
    assert "3天" in world.says("李梅", "请假 三天 探亲")


def test_a_date_as_the_bot_writes_it_is_understood(world: World) -> None:
    world.says("Ann Lee", "/leave 26 Nov 28 Nov family")
    assert "26 Nov to 28 Nov (3 days)" in world.last("Ann Lee").text


def test_what_is_shown_on_a_button_can_be_typed(world: World) -> None:
    world.says("周敏", "/people leave 1008")
    world.says("周敏", "取消")
    assert "已取消，未作任何改动" in "".join(b.text for b in world.chat("周敏")[-2:])
    world.says("李梅", "语言")
    world.says("李梅", "english")
    assert world.says("李梅", "帮助").startswith("What you can do here")


def test_numbers_pick_answers_and_never_leave_a_form(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5")
    question = world.last("李梅").text
    assert "接触史" in question
    for number in ("3", "4", "5"):
        assert "接触史" in world.says("李梅", number)
        assert "1到2" in world.last("李梅").text or "1 到 2" in world.last("李梅").text
    world.says("李梅", "2")
    assert "接触史" not in world.last("李梅").text.splitlines()[0]


def test_the_answered_question_stays_as_a_line_above_its_answer(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "38.6")
    above, below = world.chat("李梅")[-2:]
    assert "体温" in above.text
    assert above.text.endswith("38.6")
    assert above.labels == []
    assert "接触史" in below.text


def test_a_cancelled_change_of_a_zero_says_that_it_stands(world: World) -> None:
    world.says("李梅", "零报告")
    world.says("李梅", "/report")
    assert "零报告仍然有效" in (world.taps("李梅", "取消") or "")


@pytest.mark.parametrize(("typed", "meant"), [("一占", "区局/一站"), ("YZ", "区局/一站"), ("防疫", "区局/防疫专班")])
def test_a_unit_that_is_nearly_right_is_offered(world: World, typed: str, meant: str) -> None:
    world.says("周敏", f"/people move 1008 {typed}")
    world.taps("周敏", meant)
    assert f"区局/二站 → {meant}" in world.last("周敏").text


@pytest.mark.parametrize(("typed", "meant"), [("李玫", "李梅"), ("lm", "李梅"), ("ann", "Ann Lee"), ("limei", "李梅")])
def test_a_person_who_is_nearly_right_is_offered(world: World, typed: str, meant: str) -> None:
    world.says("周敏", f"/people move {typed} 二站")
    world.taps("周敏", meant)
    assert "→ 区局/二站" in world.last("周敏").text


def test_among_very_many_people_only_names_that_hold_what_was_typed_are_compared(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(did_you_mean, "MANY", 3)
    assert "lm" in world.says("周敏", "/people move lm 二站")
    assert not any("李梅" in label for label in world.last("周敏").labels)
    world.says("周敏", "/people move 梅 二站")
    world.taps("周敏", "李梅")
    assert "→ 区局/二站" in world.last("周敏").text


def test_case_and_width_do_not_matter_for_units(world: World) -> None:
    world.says("周敏", "/unit add 区局/Station 1")
    world.taps("周敏", "确认")
    world.says("周敏", "/people add 9055 Smith station 1")
    assert "区局/Station 1" in world.last("周敏").text
    assert "Smith（9055）" in world.last("周敏").text


def test_only_ones_own_people_are_offered(world: World) -> None:
    assert "赵强" not in str(world.last("王建国").labels)
    world.says("王建国", "/excuse 钱立 2d")
    assert not any("钱丽" in label for label in world.last("王建国").labels)


def test_a_command_in_a_group_says_where_it_was_answered(world: World) -> None:
    world.hand_in(world.incoming("王建国", text="/summary", chat="group 一站"))
    assert "已私信回复" in world.last("group 一站").text
    world.hand_in(world.incoming("王建国", text="/team", chat="group 一站"))
    assert sum("已私信回复" in b.text for b in world.chat("group 一站")) == 1
    world.hand_in(world.incoming("王建国", text="大家好", chat="group 一站"))
    assert len(world.chat("group 一站")) == 1
