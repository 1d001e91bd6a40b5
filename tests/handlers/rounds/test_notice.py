"""A notice: written step by step, seen on one's own phone, sent; read, answered and counted by unit."""

import pytest
from sqlmodel import select

from models.rounds.replies import Reply
from models.rounds.rounds import Round
from tests.support.world import ROSTER, TUESDAY, World


def begin(world: World) -> None:
    world.organisation()
    world.at("7:30")


pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]


def send(world: World, who: str, text: str, *taps: str) -> None:
    """Write a notice by taps and words, and send it: what begins with a > is typed."""
    world.says(who, f"/notice {text}")
    for tap in taps:
        if tap.startswith(">"):
            world.says(who, tap[1:])
        else:
            world.taps(who, tap, world.last(who))
    world.taps(who, "发送", world.last(who))
    world.at("8:00")


def test_a_receipt_is_asked_of_everybody_and_counted_by_unit(world: World) -> None:
    send(world, "周敏", "明天上午停水", "区局", "全体人员", "确认已阅", "18:00")
    assert "明天上午停水" in world.last("李梅").text
    assert "已阅" in (world.taps("李梅", "已阅") or "")
    assert "您已于" in world.last("李梅").text
    world.says("周敏", "/notice 1")
    said = world.last("周敏").text
    assert "1/7" in said
    assert "一站 1/4" in said
    assert "张伟" in said
    assert "李梅" not in said


def test_what_is_seen_before_sending_is_what_people_get_and_its_buttons_do_nothing(world: World) -> None:
    world.says("周敏", "/notice 明天上午停水")
    for tap in ("一站", "仅负责人", "无需回复"):
        world.taps("周敏", tap, world.last("周敏"))
    preview, step = world.chat("周敏")[-2:]
    assert "接收人1人" in step.text
    assert not any("明天上午停水" in b.text for b in world.chat("王建国"))
    world.taps("周敏", "发送", step)
    world.at("8:00")
    assert world.last("王建国").text == preview.text
    assert not any("明天上午停水" in b.text for b in world.chat("李梅"))


def test_buttons_of_a_preview_say_that_it_is_one(world: World) -> None:
    world.says("周敏", "/notice 明天上午停水")
    for tap in ("区局", "全体人员", "确认已阅", "18:00"):
        world.taps("周敏", tap, world.last("周敏"))
    assert "预览" in (world.taps("周敏", "已阅", world.chat("周敏")[-2]) or "")
    with world.database.reading() as session:
        assert session.exec(select(Round)).all() == []


def test_a_meeting_is_answered_changed_and_put_into_the_calendar(world: World) -> None:
    send(world, "王建国", "防汛会商", "一站", "全体人员", "会议报名", ">明天14:30 三楼会议室", "18:00")
    assert "11月24日 14:30" in world.last("李梅").text
    assert "三楼会议室" in world.last("李梅").text
    world.taps("李梅", "请假")
    world.taps("李梅", "线上参会")
    world.taps("张伟", "参会")
    world.taps("李梅", "加入日历")
    file = world.last("李梅").content.file
    assert file
    assert file.name.endswith(".ics")
    world.says("王建国", "通知 1")
    assert "参会 1、线上参会 1" in world.last("王建国").text
    before = len(world.chat("钱丽"))
    world.at("14:05", TUESDAY)
    assert "14:30开始" in world.last("张伟").text
    assert "三楼会议室" in world.last("张伟").text
    assert not any("14:30开始" in b.text for b in world.chat("钱丽")[before:])


def test_who_declined_is_not_reminded_of_the_start(world: World) -> None:
    send(world, "王建国", "防汛会商", "一站", "全体人员", "会议报名", ">明天14:30", "18:00")
    world.taps("李梅", "请假")
    world.at("14:05", TUESDAY)
    assert not any("14:30开始" in b.text for b in world.chat("李梅"))


def test_choices_of_ones_own_are_typed(world: World) -> None:
    send(world, "王建国", "何时体检", "一站", "全体人员", ">周一／周二", "18:00")
    world.taps("张伟", "周二")
    world.says("王建国", "/notice 1")
    assert "周二 1" in world.last("王建国").text


def test_people_are_named_and_others_get_nothing(world: World) -> None:
    send(world, "周敏", "请来办公室", ">李梅、1008", "确认已阅", "18:00")
    assert "请来办公室" in world.last("李梅").text
    assert "请来办公室" in world.last("钱丽").text
    assert not any("请来办公室" in b.text for who in ("张伟", "王建国", "赵强") for b in world.chat(who))


def test_a_lead_reaches_only_their_own(world: World) -> None:
    world.says("王建国", "/notice 开会")
    assert "钱丽" in world.says("王建国", "钱丽")
    assert "发给" not in world.last("王建国").text
    assert not any("二站" in label for b in world.chat("王建国") for label in b.labels)
    assert "仅限" in world.says("李梅", "/notice 开会")


@pytest.mark.parametrize(
    ("typed", "told"),
    [("昨天 10:00", "已经过去"), ("某时", "未能识别时间"), ("2028-01-01 10:00", "超过一年")],
)
def test_a_deadline_that_makes_no_sense_is_refused_and_asked_again(world: World, typed: str, told: str) -> None:
    world.says("周敏", "/notice 停水")
    for tap in ("区局", "全体人员", "确认已阅"):
        world.taps("周敏", tap, world.last("周敏"))
    assert told in world.says("周敏", typed)
    assert "11月24日 09:30" in world.says("周敏", "明天 9:30")


def test_a_number_or_the_words_of_a_button_choose_it(world: World) -> None:
    world.says("周敏", "/notice 停水")
    world.says("周敏", "1")
    world.says("周敏", "仅负责人")
    world.says("周敏", "无需回复")
    assert "接收人" in world.last("周敏").text


def test_what_is_read_once_stays_read_once(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "确认已阅", "18:00")
    standing = world.last("李梅")
    button = next(b for row in standing.content.buttons for b in row)
    world.forges("李梅", button.data)
    world.at("9:00")
    assert "08:00确认" in (world.forges("李梅", button.data) or "")
    with world.database.reading() as session:
        assert [it.number for it in session.exec(select(Reply).where(Reply.number > 0)).all()] == [1]


def test_a_changed_notice_asks_again_and_an_old_button_shows_the_new_one(world: World) -> None:
    send(world, "周敏", "九点停水", "区局", "全体人员", "确认已阅", "18:00")
    old = next(b for row in world.last("李梅").content.buttons for b in row)
    world.taps("李梅", "已阅")
    world.says("周敏", "/notice 1")
    world.taps("周敏", "修改", world.last("周敏"))
    world.says("周敏", "改为十点停水")
    world.taps("周敏", "发送", world.last("周敏"))
    world.at("9:02")
    assert "改为十点停水" in world.last("李梅").text
    assert not any(b.text == "九点停水" for b in world.chat("李梅"))
    assert any("“九点停水”已更改" in b.text for b in world.chat("李梅"))
    assert "已更改" in (world.forges("李梅", old.data) or "")
    world.says("周敏", "/notice 1")
    assert "0/7" in world.last("周敏").text
    world.taps("李梅", "已阅")
    world.says("周敏", "/notice 1")
    assert "1/7" in world.last("周敏").text


def test_a_withdrawn_notice_says_so_where_it_stands_and_takes_no_reply(world: World) -> None:
    send(world, "周敏", "九点停水", "区局", "全体人员", "确认已阅", "18:00")
    old = next(b for row in world.last("李梅").content.buttons for b in row)
    rung = len(world.phones[world.number("李梅")])
    world.says("周敏", "/notice 1")
    world.taps("周敏", "撤回", world.last("周敏"))
    world.taps("周敏", "撤回", world.last("周敏"))
    world.at("8:05")
    assert "通知已撤回" in world.last("李梅").text
    assert len(world.phones[world.number("李梅")]) == rung
    assert "已撤回" in (world.forges("李梅", old.data) or "")


def test_whoever_has_not_read_is_named_to_the_lead_counted_in_the_group_and_urged(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "确认已阅", ">12:00")
    world.taps("李梅", "已阅")
    world.at("12:20")
    said = world.last("王建国").text
    assert "截止已过15分钟" in said
    assert "张伟" in said
    assert "李梅" not in said
    assert "钱丽" not in said
    posted = world.last("group 区局").text
    assert "1/7" in posted
    assert not any(name in posted for name in ("张伟", "李梅"))
    world.taps("王建国", "催办", world.last("王建国"))
    assert "王建国提醒您" in world.last("张伟").text
    standing = next(b for b in world.chat("王建国") if "未阅提示" in b.text)
    assert "每半小时限一次" in (world.taps("王建国", "催办", standing) or "")
    world.at("13:10")
    assert any("截止已过60分钟" in b.text for b in world.chat("陈局"))


def test_a_lead_above_reminds_for_all_below_and_nobody_again_within_half_an_hour(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "确认已阅", "11月24日 18:00")
    world.says("王建国", "/notice 1")
    own = world.last("王建国")
    world.says("陈局", "/notice 1")
    world.taps("陈局", "催办", world.last("陈局"))
    assert "每半小时限一次" in (world.taps("王建国", "催办", own) or "")


def two_stations(world: World) -> None:
    world.organisation(ROSTER.strip() + "\n1003,王建国,区局/二站,lead,,,\n")
    world.at("7:30")


@pytest.mark.world(begin=two_stations)
def test_a_lead_of_two_units_reminds_those_who_were_not_reminded_since(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "确认已阅", "11月24日 18:00")
    world.says("赵强", "/notice 1")  # leads one of the two
    world.taps("赵强", "催办", world.last("赵强"))
    world.says("王建国", "/notice 1")
    card = world.last("王建国")
    assert "已催办3人" in (world.taps("王建国", "催办", card) or "")  # those of the other one
    assert "每半小时限一次" in (world.taps("王建国", "催办", card) or "")


def test_reminders_by_night_ring_in_the_morning_and_the_lead_is_told_so(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "确认已阅", "11月24日 18:00")
    world.at("22:30")
    world.says("王建国", "/notice 1")
    assert "现在是夜间，将于07:00提醒3人" in (world.taps("王建国", "催办", world.last("王建国")) or "")
    assert not any("王建国提醒您" in b.text for b in world.chat("张伟"))
    world.at("7:00", TUESDAY)
    rung = [b for b in world.phones[world.number("张伟")] if "王建国提醒您" in b.text]
    assert [f"{world.clock.at - b.born}"[:4] for b in rung] == ["0:00"]


def test_a_reply_after_the_deadline_counts_as_late(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "确认已阅", ">9:30")
    world.at("10:00")
    world.taps("李梅", "已阅")
    assert "逾期" in world.last("李梅").text
    world.says("周敏", "/notice 1")
    assert "逾期1人" in world.last("周敏").text


def test_words_that_name_nobody_are_refused_in_a_sentence_and_change_nothing(world: World) -> None:
    world.says("周敏", "/notice 停水")
    assert "“五站”不是您负责的单位或人员" in world.says("周敏", "李梅、五站")
    assert "除您本人" in world.says("周敏", "周敏")
    world.says("周敏", "李梅")
    assert "2至8个" in world.says("周敏", "好/好")
    assert world.says("周敏", "取消") == "已取消，未发送。"
    assert "2至8个" not in world.says("周敏", "好/好")


def test_a_deadline_too_far_away_is_told_with_its_year(world: World) -> None:
    world.says("周敏", "/notice 停水")
    for tap in ("区局", "全体人员", "确认已阅"):
        world.taps("周敏", tap, world.last("周敏"))
    assert "2030-01-01 18:00" in world.says("周敏", "2030年1月1日")


def test_a_sixth_file_is_left_out_and_files_of_an_older_text_are_asked_for_again(world: World) -> None:
    world.says("周敏", "/notice")
    for n in range(5):
        world.sends("周敏", f"{n}.pdf", "application/pdf")
    assert "点按“正文”" in world.sends("周敏", "5.pdf", "application/pdf")
    world.says("周敏", "停水")
    for tap in ("区局", "全体人员", "无需回复", "正文"):
        world.taps("周敏", tap, world.last("周敏") if tap != "区局" else None)
    assert "最多5个。\n此前的文件不保留，如需附上请重新发送。" in world.last("周敏").text
    world.says("周敏", "停电")
    world.taps("周敏", "发送", world.last("周敏"))
    world.at("8:00")
    assert "另附" not in world.last("李梅").text


def test_whoever_does_not_lead_there_any_more_changes_and_withdraws_nothing_that_they_sent_there(world: World) -> None:
    send(world, "王建国", "明天上午停水", "一站", "全体人员", "确认已阅", "18:00")
    for role in ("member", "lead 区局/防疫专班"):
        world.says("周敏", f"/people role 1003 {role} 今天")
        world.taps("周敏", "确认")
    world.says("王建国", "/notice 1")
    assert not {"✏️ 修改", "↩️ 撤回"} & set(world.last("王建国").labels)
    for tap in ("withdraw", "change"):
        assert "您无权查看" in (world.forges("王建国", f"notices.{tap}.1") or "")
    world.taps("李梅", "已阅")
    world.says("周敏", "/notice 1")
    world.taps("周敏", "撤回")
    world.taps("周敏", "撤回", world.last("周敏"))
    world.at("8:10")
    assert "撤回" in world.last("李梅").text
