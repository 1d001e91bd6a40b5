"""Runs of runbooks: each step is asked of its person, ticked with a note or a photo, late ones climb, the board says
how it stands."""

import pytest

from models.messaging import addresses
from models.messaging.addresses import Reach
from models.organisation import people
from models.runbooks import runs
from tests.handlers.runbooks.books import (
    LINES,
    TITLE,
    after,
    asked,
    begin,
    board,
    boards,
    every,
    names,
    starts,
    states,
    steps,
    writes,
)
from tests.support.admins import file_of
from tests.support.world import TUESDAY, World


def with_runbook(world: World) -> None:
    begin(world)
    writes(world)


pytestmark = pytest.mark.world(begin=with_runbook)


def does(world: World, who: str) -> str | None:
    """Tick the newest step on somebody's phone."""
    return world.taps(who, "✅ 已完成" if who != "刘洋" else "✅ Done")


def finishes_two(world: World) -> None:
    world.taps("王建国", "附说明")
    world.says("王建国", "已排查9人")


def test_each_step_is_asked_of_its_person_and_after_the_last_one_the_board_is_the_report(world: World) -> None:
    world.says("周敏", f"/runbook start {TITLE}")
    world.taps("周敏", "区局", world.last("周敏"))
    assert world.last("周敏").text == (
        "🚨 现在为区局启动“疫情预案”？共通知5人，4个步骤。\n不分时段，消息均会提示。启动情况记入留痕。"
    )
    assert every(world) == []
    world.taps("周敏", "立即启动")
    run = every(world)[-1]
    assert states(world, run) == ["asked", "asked", "waiting", "asked"]
    assert asked(world, "王建国")[0].text == (
        "📋 【疫情预案 · 步骤2/4】区局\n\n排查人员\n\n请于11月23日 09:12前完成。请以文字说明完成情况。"
    )
    assert [len(asked(world, who)) for who in ("周敏", "王建国", "刘洋", "张伟", "赵强")] == [1, 1, 1, 0, 1]
    assert does(world, "周敏") == "步骤1已记为完成，10分钟内可撤回。"
    finishes_two(world)
    assert "Done by 王建国" in asked(world, "刘洋")[-1].text
    assert "请于11月23日 08:42前完成" in asked(world, "张伟")[-1].text
    world.taps("张伟", "附照片")
    world.sends("张伟", "消毒.jpg", caption="已消毒")
    does(world, "赵强")
    assert board(world) == (
        "🗂 【疫情预案1 · 区局】\n周敏于11月23日 08:12启动。\n已完成4/4\n\n✅ 1. 报告领导小组\n   周敏，11月23日 08:12\n"
        "✅ 2. 排查人员\n   王建国，11月23日 08:12\n   📝 已排查9人\n✅ 3. 消毒\n   张伟，11月23日 08:12\n"
        "   📝 已消毒 📎1\n✅ 4. 通知邻站\n   赵强，11月23日 08:12\n\n🏁 11月23日 08:12全部完成。"
    )
    assert every(world)[-1].ended_at is not None
    assert len(boards(world, "周敏")) == 1


@pytest.mark.sqlite
def test_the_board_is_one_message_that_is_brought_up_to_date_in_place(world: World) -> None:
    starts(world)
    before = boards(world, "周敏")
    does(world, "赵强")
    assert [b.id for b in boards(world, "周敏")] == [b.id for b in before]
    assert "已完成1/4" in board(world)


def test_of_two_who_tick_at_once_the_first_did_it_and_the_second_is_told(world: World) -> None:
    run = starts(world)
    number = steps(world, run)[1].id
    for who, button in (("王建国", "附说明"), ("刘洋", "with a note")):
        world.taps(who, button)
    world.says("刘洋", "9 checked")
    world.says("王建国", "已排查")
    assert world.last("王建国").text.endswith("刘洋已完成本步骤，未作任何更改。")
    with world.database.reading() as session:
        assert [it.words for it in runs.said(session, steps(world, run)[1])] == ["9 checked"]
    assert "已完成本步骤" in (world.forges("王建国", f"step.done.{number}") or "")


@pytest.mark.sqlite
def test_taps_of_the_same_moment_tick_once(world: World) -> None:
    lines = "新建 两人\n通知 | 一站负责人 | 15分钟\n"
    writes(world, lines=lines)
    world.says("周敏", "/runbook start 两人")
    world.taps("周敏", "区局", world.last("周敏"))
    world.taps("周敏", "立即启动")
    run = every(world)[-1]
    number = steps(world, run)[0].id
    first, second = (world.forges(who, f"step.done.{number}") for who in ("王建国", "刘洋"))
    assert "已记为完成" in (first or "") and "already done" in (second or "")
    assert states(world, run) == ["done"]


def test_a_late_step_reminds_then_climbs_to_those_above_who_can_take_it_over(world: World) -> None:
    run = starts(world)
    world.at("9:14")
    assert "⏰" in asked(world, "王建国")[-1].text
    assert asked(world, "孙处") == []
    world.at("9:28")
    assert "承办人：王建国、刘洋；时限11月23日 09:12" in asked(world, "孙处")[-1].text
    assert asked(world, "孙处")[-1].labels == ["🙋 我来接办"]
    world.at("9:43")
    assert len(asked(world, "陈局")) >= 1
    assert "逾期" in board(world)
    assert world.taps("孙处", "我来接办") == "步骤2现由您接办，原承办人均可看到。"
    assert names(world, steps(world, run)[1]) == ["孙处"]
    assert asked(world, "王建国")[-1].labels == ["🙋 我来接办"]
    world.taps("孙处", "附说明")
    world.says("孙处", "已代为排查")
    assert steps(world, run)[1].state == "done"
    assert "孙处，11月23日 09:4" in board(world) and "逾期3" in board(world)


@pytest.mark.sqlite
def test_a_step_taken_over_climbs_no_further(world: World) -> None:
    run = starts(world)
    world.at("9:28")
    world.taps("孙处", "我来接办")
    world.at("11:00")
    assert [b for b in asked(world, "陈局") if "步骤2" in b.text] == []
    assert steps(world, run)[1].climbs_at is None


@pytest.mark.sqlite
def test_who_runs_it_skips_a_step_with_a_reason_and_what_waited_is_asked(world: World) -> None:
    run = starts(world)
    world.taps("周敏", "跳过或接办")
    world.taps("周敏", "⏭ 2")
    world.says("周敏", "今日已排查过")
    assert states(world, run)[1:3] == ["skipped", "asked"]
    assert "周敏已跳过：今日已排查过" in asked(world, "王建国")[-1].text
    assert "周敏跳过：今日已排查过" in board(world)
    number = steps(world, run)[1].id
    assert "周敏已跳过本步骤" in (world.forges("王建国", f"step.done.{number}") or "")


@pytest.mark.sqlite
def test_who_is_asked_neither_skips_nor_ends(world: World) -> None:
    run = starts(world)
    number = steps(world, run)[3].id
    for data in (f"run.skip.{number}", f"run.end.{run.id}", f"run.show.{run.id}", f"run.export.{run.id}"):
        assert "不在您" in (world.forges("赵强", data) or ""), data
        assert world.forges("张伟", data)
    assert states(world, run) == ["asked", "asked", "waiting", "asked"]


@pytest.mark.sqlite
def test_nobody_ticks_for_another(world: World) -> None:
    run = starts(world)
    number = steps(world, run)[0].id
    for who in ("张伟", "李梅", "赵强"):
        assert "不在您" in (world.forges(who, f"step.done.{number}") or "")
    assert states(world, run)[0] == "asked"


@pytest.mark.sqlite
def test_a_step_that_waits_is_not_done_before_the_other(world: World) -> None:
    run = starts(world)
    assert "不在您" in (world.forges("张伟", f"step.done.{steps(world, run)[2].id}") or "")


def test_a_colleague_takes_a_step_that_is_handed_over(world: World) -> None:
    run = starts(world)
    world.taps("赵强", "转交同事")
    assert "孤" not in world.says("赵强", "没有此人")
    assert states(world, run)[3] == "asked"
    world.says("赵强", "赵强")
    assert "请发送同事姓名" in world.last("赵强").text
    world.says("赵强", "李梅")
    assert world.last("赵强").text == "步骤4已转交李梅。"
    assert "本步骤由同事转交给您" in asked(world, "李梅")[-1].text
    assert "承办人：李梅" in asked(world, "赵强")[-1].text
    assert "现由他人承办" in (world.forges("赵强", f"step.done.{steps(world, run)[3].id}") or "")
    does(world, "李梅")
    assert names(world, steps(world, run)[3]) == ["李梅"] and states(world, run)[3] == "done"


@pytest.mark.sqlite
def test_a_step_goes_to_nobody_outside_the_runbooks_unit_of_whom_nothing_is_told(world: World) -> None:
    writes(world, lines="新建 站内预案 @区局/物流部/一站\n通知 | 负责人 | 15分钟")
    world.says("周敏", "/runbook start 站内预案")
    world.taps("周敏", "立即启动")
    world.says("周敏", "准假 赵强 11-23 1d 就医")
    world.taps("王建国", "转交同事")
    said = world.says("王建国", "赵强")
    assert "没有名为“赵强”" in said and "请假" not in said
    assert "赵强" not in names(world, steps(world, every(world)[-1])[0])


@pytest.mark.sqlite
def test_a_run_that_is_over_does_not_go_on_beside_one_that_was_started_meanwhile(world: World) -> None:
    writes(world, lines="新建 一步\n通知 | 赵强 | 15分钟")
    for _ in range(2):
        world.says("周敏", "/runbook start 一步")
        if any("区局" in label for label in world.last("周敏").labels):
            world.taps("周敏", "区局", world.last("周敏"))
        world.taps("周敏", "立即启动")
        if len(every(world)) == 1:
            does(world, "赵强")
    first, second = every(world)
    said = world.forges("赵强", f"step.back.{steps(world, first)[0].id}") or world.last("赵强").text
    assert str(second.id) in said
    assert every(world)[0].ended_at is not None


@pytest.mark.sqlite
def test_a_tick_is_taken_back_within_ten_minutes_and_what_it_set_off_with_it(world: World) -> None:
    run = starts(world)
    finishes_two(world)
    assert states(world, run)[2] == "asked"
    assert world.taps("王建国", "撤回") == "已撤回，本步骤恢复为未完成。"
    assert states(world, run) == ["asked", "asked", "waiting", "asked"]
    assert "恢复等待" in asked(world, "张伟")[-1].text
    finishes_two(world)
    assert "请于" in asked(world, "张伟")[-1].text
    after(world, minutes=11)
    assert "10分钟内" in (world.taps("王建国", "撤回") or "")
    assert states(world, run)[1] == "done"


@pytest.mark.sqlite
def test_the_last_tick_taken_back_lets_the_run_go_on(world: World) -> None:
    writes(world, lines="新建 一步\n通知 | 赵强 | 15分钟")
    world.says("周敏", "/runbook start 一步")
    world.taps("周敏", "区局", world.last("周敏"))
    world.taps("周敏", "立即启动")
    does(world, "赵强")
    assert every(world)[-1].ended_at is not None
    world.taps("赵强", "撤回")
    assert every(world)[-1].ended_at is None
    assert "已完成0/1" in board(world)


@pytest.mark.sqlite
def test_a_tick_whose_successor_is_done_stays(world: World) -> None:
    run = starts(world)
    finishes_two(world)
    world.taps("张伟", "附照片")
    world.sends("张伟", "a.jpg")
    assert "后续的步骤3已完成" in (world.taps("王建国", "撤回") or "")
    assert states(world, run)[1] == "done"


def test_an_admin_ends_it_with_a_reason_and_everybody_asked_sees_that(world: World) -> None:
    run = starts(world)
    world.taps("周敏", "⏹ 终止")
    assert "共4个步骤，已完成0个" in world.last("周敏").text
    world.says("周敏", "误报")
    assert states(world, run) == ["dropped"] * 4
    assert "本次执行已终止，无需再办。" in asked(world, "王建国")[-1].text
    assert asked(world, "王建国")[-1].labels == []
    assert "周敏于11月23日 08:12终止：误报" in board(world)
    assert "已结束" in (world.forges("王建国", f"step.done.{steps(world, run)[1].id}") or "")
    rung = len(asked(world, "孙处"))
    world.at("12:00")
    assert len(asked(world, "孙处")) == rung


@pytest.mark.sqlite
def test_a_file_is_refused_where_words_are_needed_and_words_where_a_photo_is(world: World) -> None:
    run = starts(world)
    world.taps("王建国", "附说明")
    assert "须有文字说明" in world.sends("王建国", "a.jpg")
    world.says("王建国", "已排查")
    world.taps("张伟", "附照片")
    assert "须有照片或文件" in world.says("张伟", "好了")
    assert states(world, run)[:3] == ["asked", "done", "asked"]


@pytest.mark.sqlite
def test_a_photo_of_a_step_opens_for_who_runs_it_and_for_nobody_else(world: World) -> None:
    starts(world)
    finishes_two(world)
    world.taps("张伟", "附照片")
    world.sends("张伟", "消毒.jpg")
    key = next(k for b in asked(world, "张伟") for row in b.content.buttons for k in row if k.data.startswith("file."))
    world.forges("周敏", key.data)
    assert world.last("周敏").content.file is not None
    assert "不是发给您的" in (world.forges("李梅", key.data) or "")


def test_who_goes_on_leave_in_mid_run_is_replaced_and_the_message_says_so(world: World) -> None:
    run = starts(world)
    world.says("赵强", "/deputy 李梅 11-23 11-25")
    world.says("陈局", "/excuse 1007 3d 就医")
    after(world, minutes=11)
    assert names(world, steps(world, run)[3]) == ["李梅"]
    assert "原承办人赵强请假，现转由您承办。" in asked(world, "李梅")[-1].text
    assert "李梅（代赵强，请假）" in board(world)
    assert "承办人：李梅" in asked(world, "赵强")[-1].text


@pytest.mark.sqlite
def test_who_leaves_in_mid_run_is_replaced_by_the_lead_above(world: World) -> None:
    writes(world, lines="新建 一步\n通知 | 李梅 | 15分钟")
    world.says("周敏", "/runbook start 一步")
    world.taps("周敏", "区局", world.last("周敏"))
    world.taps("周敏", "立即启动")
    world.says("周敏", "/people leave 1005")
    world.taps("周敏", "今天起")
    after(world, minutes=12)
    assert names(world, steps(world, every(world)[-1])[0]) == ["王建国", "刘洋"]
    assert "原承办人李梅已离职，现转由您承办。" in asked(world, "王建国")[-1].text


@pytest.mark.sqlite
def test_who_cannot_be_reached_is_named_in_the_question_and_somebody_else_is_asked(world: World) -> None:
    with world.database.writing() as session:
        for it in addresses.all_reachable(session, people.find_person(session, "1007")):
            it.reach = Reach.UNREACHABLE
            session.add(it)
    world.says("周敏", f"/runbook start {TITLE}")
    world.taps("周敏", "区局", world.last("周敏"))
    assert "步骤4：赵强联系不上，改由陈局承办。" in world.last("周敏").text
    world.taps("周敏", "立即启动")
    assert "原承办人赵强联系不上，现转由您承办。" in asked(world, "陈局")[-1].text


def test_a_program_that_begins_anew_between_two_steps_goes_on_where_it_was(world: World) -> None:
    run = starts(world)
    finishes_two(world)
    again = world.beside()
    again.at("9:00")
    assert len([b for b in asked(again, "张伟") if "请于" in b.text]) == 1
    again.taps("张伟", "附照片")
    again.sends("张伟", "a.jpg")
    does(again, "赵强")
    does(again, "周敏")
    assert states(again, run) == ["done"] * 4
    assert every(again)[-1].ended_at is not None


@pytest.mark.sqlite
def test_what_an_outage_held_up_climbs_as_far_as_it_would_have(world: World) -> None:
    starts(world)
    world.sleep_until("11:30")
    world.tick()
    world.at("11:50")
    assert asked(world, "孙处") and asked(world, "陈局")


@pytest.mark.sqlite
def test_a_run_keeps_the_version_it_began_with(world: World) -> None:
    run = starts(world)
    world.says("周敏", f"/runbook {TITLE}")
    world.taps("周敏", "修改")
    world.taps("周敏", "✏️ 1", world.last("周敏"))
    world.taps("周敏", "移除" if any("移除" in x for x in world.last("周敏").labels) else "删除")
    world.taps("周敏", "保存")
    assert "第2版" in world.last("周敏").text
    assert len(steps(world, run)) == 4
    assert "报告领导小组" in board(world)
    world.taps("周敏", "⏹ 终止")
    world.says("周敏", "重来")
    assert len(steps(world, starts(world))) == 3


@pytest.mark.sqlite
def test_the_same_runbook_is_not_started_twice_for_the_same_people(world: World) -> None:
    run = starts(world)
    world.says("周敏", f"/runbook start {TITLE}")
    assert f"已在此执行（编号{run.id}）" in (world.taps("周敏", "区局", world.last("周敏")) or "")
    assert len(every(world)) == 1


@pytest.mark.sqlite
def test_a_lead_starts_it_for_the_own_unit_only(world: World) -> None:
    writes(world, lines="新建 本站\n通知 | 负责人 | 15分钟")
    world.says("王建国", "/runbook start 本站")
    assert "现在为区局/物流部/一站启动" in world.last("王建国").text
    world.taps("王建国", "立即启动")
    assert names(world, steps(world, every(world)[-1])[0]) == ["王建国", "刘洋"]
    assert "不在您" in (world.forges("王建国", "runbook.in.2.1.real") or "")
    assert "仅限" in world.says("张伟", "/runbook")


@pytest.mark.sqlite
def test_it_rings_at_night_and_outside_the_noise_budget(world: World) -> None:
    world.at("3:10", TUESDAY)
    world.says("周敏", f"/runbook start {TITLE}")
    world.taps("周敏", "区局", world.last("周敏"))
    assert "现在是夜间，消息照常提示。" in world.last("周敏").text
    world.taps("周敏", "立即启动")
    assert "请于11月24日 04:1" in asked(world, "王建国")[-1].text


@pytest.mark.sqlite
def test_its_messages_change_with_the_language_of_the_reader(world: World) -> None:
    starts(world)
    world.says("赵强", "/language en")
    assert "step 4/4" in asked(world, "赵强")[-1].text
    world.says("周敏", "/language en")
    assert "0/4 done" in board(world)


@pytest.mark.sqlite
def test_typed_words_are_shown_as_they_were_typed(world: World) -> None:
    writes(world, lines=f"新建 <b>标题\n<i>做事 | 赵强 | 15分钟\n{LINES.splitlines()[1]}")
    world.says("周敏", "/runbook start <b>标题")
    world.taps("周敏", "区局", world.last("周敏"))
    world.taps("周敏", "立即启动")
    assert "&lt;i&gt;做事" in asked(world, "赵强")[-1].content.text


@pytest.mark.sqlite
def test_many_steps_are_asked_by_the_clock_a_few_at_a_time(world: World) -> None:
    writes(world, lines="新建 很多\n" + "\n".join(f"第{n}件 | 赵强 | {n}小时" for n in range(1, 11)))
    world.says("周敏", "/runbook start 很多")
    world.taps("周敏", "区局", world.last("周敏"))
    world.taps("周敏", "立即启动")
    run = every(world)[-1]
    assert states(world, run).count("asked") == 4
    world.tick()
    assert states(world, run) == ["asked"] * 10
    assert len(asked(world, "赵强")) == 10
    assert "待上一步" not in board(world)


@pytest.mark.sqlite
def test_the_file_has_times_people_lateness_notes_and_photos(world: World) -> None:
    starts(world)
    world.at("9:20")
    world.taps("王建国", "附说明")
    world.says("王建国", "=已排查9人")
    world.taps("张伟", "附照片")
    world.sends("张伟", "消毒.jpg")
    world.taps("周敏", "跳过或接办")
    world.taps("周敏", "⏭ 4")
    world.says("周敏", "无需通知")
    world.taps("周敏", "Excel")
    found = file_of(world, "周敏")
    assert found[0][:4] == ["性质", "步骤", "事项", "状态"]
    lines = {row[1]: row for row in found[1:]}
    assert lines["2"][0] == "实战"
    assert lines["2"][3:5] == ["已完成", "王建国, 刘洋"]
    assert lines["2"][10:12] == ["王建国", "7"]
    assert "=已排查9人" in lines["2"] or "'=已排查9人" in lines["2"]
    assert "消毒.jpg" in lines["3"]
    assert lines["4"][3] == "已跳过" and "无需通知" in lines["4"]


@pytest.mark.sqlite
def test_whoever_started_a_run_and_does_not_lead_there_any_more_neither_sees_nor_ends_it(world: World) -> None:
    writes(world)
    run = starts(world, "王建国", unit="区局/一站")
    assert "疫情预案" in world.says("王建国", "/runbook")
    number = steps(world, run)[0].id
    for role in ("member", "lead 区局/二站"):
        world.says("周敏", f"/people role 1003 {role} 今天")
        world.taps("周敏", "确认")
    before = states(world, run)
    for forged in (
        f"run.show.{run.id}",
        f"run.end.{run.id}",
        f"run.export.{run.id}",
        f"run.skip.{number}",
        f"step.take.{number}",
    ):
        world.forges("王建国", forged)
    assert states(world, run) == before
    assert every(world)[-1].ended_at is None
    assert "进行中" not in world.says("王建国", "/runbook")
