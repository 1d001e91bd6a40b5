"""A question that is answered in words takes no photo, and offers it to no report either (docs/rules.md 12.10)."""

import pytest

from tests.support.world import World

pytestmark = pytest.mark.sqlite
REASON = "事由请用文字说明，文件未保存"
WORDS = "此处请用文字回答，文件未保存"


def offered(world: World, who: str) -> bool:
    return any("附到" in it.text or "要附" in it.text for it in world.chat(who))


def test_a_photo_is_no_reason_for_leave_and_the_reason_is_still_awaited(world: World) -> None:
    world.says("李梅", "请假 1d")
    assert REASON in world.sends("李梅", "病历.jpg")
    assert not offered(world, "李梅")
    assert "就医" in world.says("李梅", "就医")


def test_a_photo_is_no_reason_for_a_report_by_proxy(world: World) -> None:
    world.at("7:30")
    world.says("王建国", "代报 1005 zero")
    assert REASON in world.sends("王建国", "记录.jpg")
    assert not offered(world, "王建国")
    world.says("王建国", "电话确认")
    assert "电话确认" in world.last("王建国").text


def test_a_photo_completes_no_command_and_its_words_are_still_awaited(world: World) -> None:
    world.says("周敏", "话题 设置")
    assert WORDS in world.sends("周敏", "名单.jpg")
    assert not offered(world, "周敏")
    assert "防护物资" in world.says("周敏", "防护物资：赵强")


def test_without_such_a_question_it_is_offered_to_a_report(world: World) -> None:
    world.says("李梅", "请假 1d")
    world.taps("李梅", "取消")
    world.at("7:30")
    assert "附" in world.sends("李梅", "现场.jpg")


def test_the_refusal_is_in_the_readers_language(world: World) -> None:
    world.says("Ann Lee", "/leave 1d")
    told = world.sends("Ann Lee", "note.jpg")
    assert told.startswith("Please give the reason in words; the file wasn’t kept.")
