"""A notice's life on Telegram: read, changed, withdrawn, over, urgent at night; people come and go meanwhile."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.fakes.telegram import BotApi, Person
from tests.fakes.telegram.state import Message
from tests.support.telegrams import Town

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def sends(
    town: Town, sender: Person, text: str, unit: str = "区局", due: str = "18:00", how: Sequence[str] = ("📨 发送",)
) -> None:  # fmt: skip
    """Write a notice by taps and words, and send it; the words are until when."""
    sender.say(f"/notice {text}")
    for tap in (unit, "全体人员", "确认已阅"):
        town.answered(sender, tap)
    sender.say(due)
    for tap in how:
        town.answered(sender, tap)
    town.until(town.clock.at + timedelta(minutes=3))


def saying(person: Person, words: str) -> list[Message]:
    return [m for m in person.seen if words in m.text]


def test_a_changed_notice_says_in_the_old_place_that_it_was_replaced_and_asks_once_more_below(
    town: Town, api: BotApi
) -> None:
    zhou, li = town.people("周敏 李梅")
    with town.running():
        town.at("9:05")
        sends(town, zhou, "九点停水")
        old = town.shows(li, "九点停水")
        button = next(iter(old.buttons.values()))
        assert "已阅" in town.answered(li, "已阅")
        town.shows(li, "您已于")
        zhou.say("/notice 1")
        town.answered(zhou, "修改")
        zhou.say("改为十点停水")
        town.answered(zhou, "📨 发送")
        town.until(town.clock.at + timedelta(minutes=3))
        town.shows(li, "改为十点停水")
        api.until(lambda: "“九点停水”已更改" in old.text and not old.buttons)
        query = api.call(lambda: li.press(old, button))
        api.until(lambda: query.answer)
        assert "已更改" in (query.answer or "")
        assert "已阅" in town.answered(li, "已阅")
        zhou.say("/notice 1")
        town.shows(zhou, "1/7")
    assert len(saying(li, "十点停水")) == 1
    assert not api.refused, api.refused


def test_a_withdrawn_notice_changes_where_it_stands_rings_nobody_and_never_reaches_who_enrols_later(
    town: Town, api: BotApi
) -> None:
    zhou, li = town.people("周敏 李梅")
    with town.running():
        town.at("9:05")
        sends(town, zhou, "九点停水")
        standing = town.shows(li, "九点停水")
        button = next(iter(standing.buttons.values()))
        zhou.say("/notice 1")
        town.answered(zhou, "撤回")
        town.shows(zhou, "撤回")
        town.answered(zhou, "撤回")
        town.until(town.clock.at + timedelta(minutes=1))
        api.until(lambda: "通知已撤回" in standing.text and not standing.buttons)
        (qian,) = town.people("钱丽")
        town.until(town.clock.at + timedelta(hours=2))
        query = api.call(lambda: li.press(standing, button))
        api.until(lambda: query.answer)
        assert "已撤回" in (query.answer or "")
    assert len(li.seen) == 1
    assert qian.seen == []
    assert not api.refused, api.refused


def test_an_urgent_notice_rings_at_night_and_another_waits_for_the_morning(town: Town, api: BotApi) -> None:
    zhou, li = town.people("周敏 李梅")
    with town.running():
        town.at("22:35")
        sends(town, zhou, "例行通告", due="明天18:00")
        sends(town, zhou, "立即撤离", due="明天18:00", how=("🚨 紧急发送",))
        town.shows(zhou, "夜间同样提醒")
        town.answered(zhou, "🚨 紧急发送")
        town.until(town.clock.at + timedelta(minutes=1))
        town.shows(li, "立即撤离")
        assert saying(li, "例行通告") == []
        town.at("7:05", town.clock.now().date() + timedelta(days=1))
        town.shows(li, "例行通告")
    assert len(li.seen) == 2


def test_after_a_week_a_receipt_is_taken_no_more(town: Town, api: BotApi) -> None:
    zhou, li = town.people("周敏 李梅")
    with town.running():
        town.at("9:05")
        sends(town, zhou, "九点停水")
        town.shows(li, "九点停水")
        town.at("18:05", town.clock.now().date() + timedelta(days=7))
        assert "已结束" in town.answered(li, "已阅")


def test_people_who_come_move_go_on_leave_and_leave_meanwhile(town: Town, api: BotApi) -> None:
    zhou, wang, li, ann, qian = town.people("周敏 王建国 李梅 Ann_Lee 钱丽")
    with town.running():
        town.at("9:05")
        sends(town, wang, "九点停水", "一站")
        for person in (li, ann):
            town.shows(person, "九点停水")
        for words, name in (("/people move 1008 区局/一站", "钱丽"), ("/people leave 1006", "Ann Lee")):
            zhou.say(words)
            town.shows(zhou, name)
            town.answered(zhou, "今天起生效")
        zhou.say("/excuse 1005 2d 就医")
        town.shows(zhou, "就医")
        town.until(town.clock.at + timedelta(minutes=70))
        town.shows(qian, "九点停水")
        wang.say("/notice 1")
        said = town.shows(wang, "0/2").text
    assert "钱丽" in said
    assert "李梅" not in said
    assert "Ann Lee" not in said
    assert [len(saying(it, "九点停水")) for it in (li, ann, qian)] == [1, 1, 1]
