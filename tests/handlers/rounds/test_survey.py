"""A survey: a form asked once; answered in the chat, named or anonymous; seen as results."""

from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models.conversations.drafts import Draft
from models.files import blobs
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from tests.support.world import TUESDAY, World


def begin(world: World) -> None:
    world.organisation()
    world.at("7:30")


pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]


def send(world: World, who: str, *taps: str, form: str = "库存情况问卷") -> None:
    """Write a survey by taps, and send it."""
    world.says(who, "/survey")
    for tap in (form, *taps, "发送"):
        world.taps(who, tap, world.last(who))
    world.at("8:00")


def answer(world: World, who: str, days: str = "3", level: str = "合适", masks: str = "够用") -> None:
    world.taps(who, "作答")
    world.says(who, days)
    for tap in (level, masks, "提交"):
        world.taps(who, tap, world.last(who))


def test_a_named_survey_is_answered_in_its_message_and_counted(world: World) -> None:
    send(world, "周敏", "区局", "全体人员", "实名", "11月24日 18:00")
    assert "库存情况问卷" in world.last("李梅").text
    answer(world, "李梅")
    assert "您已于" in world.last("李梅").text
    answer(world, "张伟", "5", "偏多", "没有")
    world.says("周敏", "/survey 1")
    said = world.last("周敏").text
    assert "2/7" in said
    assert "合适：1" in said
    assert "平均 4" in said
    with world.database.reading() as session:
        assert session.exec(select(Draft)).all() == []
        held = session.exec(select(Reply).where(Reply.number == 1)).all()
        assert {it.answers["days"] for it in held if it.answers} == {3, 5}


def test_a_survey_is_shown_in_the_language_that_its_reader_chooses(world: World) -> None:
    send(world, "周敏", "一站", "全体人员", "实名", "11月24日 18:00")
    world.says("李梅", "/language en")
    shown = next(bubble for bubble in world.chat("李梅") if "✏️ Answer" in bubble.labels)
    assert "[Survey]" in shown.text
    assert "Stock survey" in shown.text  # and not in the language of who sent it
    assert "库存" not in shown.text
    world.taps("李梅", "Answer")
    world.says("李梅", "/language zh")
    assert not any("作答" in label for bubble in world.chat("李梅") for label in bubble.labels)  # the form goes on


def test_a_survey_with_words_of_its_own_keeps_them_in_every_language(world: World) -> None:
    world.says("周敏", "/survey")
    for tap in ("库存情况问卷", "一站", "全体人员", "实名", "11月24日 18:00", "✏️ 正文"):
        world.taps("周敏", tap, world.last("周敏"))
    world.says("周敏", "补货前请填报")
    world.taps("周敏", "发送", world.last("周敏"))
    world.at("8:00")
    world.says("李梅", "/language en")
    assert any("补货前请填报" in it.text and "Answer" in "".join(it.labels) for it in world.chat("李梅"))


def test_answers_are_changed_until_the_end_and_counted_once(world: World) -> None:
    send(world, "周敏", "一站", "全体人员", "实名", "11月24日 18:00")
    answer(world, "李梅")
    world.taps("李梅", "修改答案")
    world.taps("李梅", "库存水平", world.last("李梅"))
    world.taps("李梅", "偏多", world.last("李梅"))
    world.taps("李梅", "提交", world.last("李梅"))
    world.says("周敏", "/survey 1")
    said = world.last("周敏").text
    assert "偏多：1" in said
    assert "合适：0" in said


def test_after_the_end_nothing_is_taken_and_the_sender_hears_the_results(world: World) -> None:
    send(world, "周敏", "一站", "全体人员", "实名", "18:00")
    answer(world, "李梅")
    world.at("18:05")
    assert "截止于" in world.last("周敏").text
    assert "合适：1" in world.last("周敏").text
    assert "已结束" in (world.taps("张伟", "作答") or "")


def test_a_form_half_filled_when_the_survey_ends_is_refused(world: World) -> None:
    send(world, "周敏", "一站", "全体人员", "实名", "18:00")
    world.taps("李梅", "作答")
    world.at("18:05")
    with world.database.reading() as session:
        assert session.exec(select(Draft)).all() == []
    assert "已结束" in (world.forges("李梅", "answer.survey.1") or "")


def test_going_back_and_cancelling_show_the_message_again(world: World) -> None:
    send(world, "周敏", "一站", "全体人员", "实名", "18:00")
    world.taps("李梅", "作答")
    world.taps("李梅", "返回", world.last("李梅"))
    assert "作答" in " ".join(world.last("李梅").labels)
    world.taps("李梅", "作答")
    world.says("李梅", "取消")
    assert "作答" in " ".join(world.last("李梅").labels)
    with world.database.reading() as session:
        assert session.exec(select(Draft)).all() == []


def test_a_lead_sees_the_answers_of_their_own_and_others_nothing(world: World) -> None:
    send(world, "周敏", "区局", "全体人员", "实名", "11月24日 18:00")
    answer(world, "李梅")
    world.says("王建国", "/survey 1")
    assert "合适：1" in world.last("王建国").text
    world.says("赵强", "/survey 1")
    assert "合适：1" not in world.last("赵强").text
    assert "合适：1" not in world.says("李梅", "/survey 1")


def test_a_recipient_of_nothing_and_a_preview_are_refused(world: World) -> None:
    send(world, "王建国", "一站", "全体人员", "实名", "11月24日 18:00")
    assert "无权" in (world.forges("钱丽", "answer.survey.1") or "")
    world.says("周敏", "/survey stock")
    for tap in ("区局", "全体人员", "实名", "18:00"):
        world.taps("周敏", tap, world.last("周敏"))
    assert "预览" in (world.taps("周敏", "作答", world.chat("周敏")[-2]) or "")


def test_a_survey_takes_no_choice_and_a_notice_no_form(world: World) -> None:
    send(world, "周敏", "一站", "全体人员", "实名", "11月24日 18:00")
    for data in ("notices.answer.1.1.0", "notices.read.1.1", "notices.calendar.1"):
        world.forges("李梅", data)
    world.says("周敏", "/notice 明天停水")
    for tap in ("一站", "全体人员", "无需回复", "发送"):
        world.taps("周敏", tap, world.last("周敏"))
    world.at("8:30")
    assert "无权" in (world.forges("李梅", "answer.survey.2") or "")
    world.forges("李梅", "notices.answer.2.1.0")
    with world.database.reading() as session:
        assert {it.number for it in session.exec(select(Reply)).all()} == {0}


def test_forms_that_ask_for_files_are_not_offered(world: World) -> None:
    world.says("周敏", "/survey")
    assert "没有" in world.says("周敏", "不存在的表")
    with world.database.reading() as session:
        assert session.exec(select(Round)).all() == []


def test_the_file_has_results_units_and_named_answers(world: World) -> None:
    send(world, "周敏", "区局", "全体人员", "实名", "11月24日 18:00")
    answer(world, "李梅")
    world.says("周敏", "/survey 1")
    world.taps("周敏", "Excel", world.last("周敏"))
    file = world.last("周敏").content.file
    assert file
    with world.database.reading() as session:
        data = blobs.data_of(session, file.digest)
    book = load_workbook(BytesIO(data))
    assert book.sheetnames == ["结果", "分单位", "答卷"]
    assert [cell.value for cell in book["答卷"][2]][1:4] == ["本单位人员", "1005", "李梅"]
    answered = [cell.value for cell in book["答卷"][2]][5:]
    assert any(isinstance(it, int | float) for it in answered), answered  # numbers are numbers, not words
    assert ["区局/一站", 1, "库存水平", "合适", 1, 1] in [[c.value for c in row] for row in book["分单位"].rows]


def test_a_withdrawn_survey_takes_nothing(world: World) -> None:
    send(world, "周敏", "一站", "全体人员", "实名", "18:00")
    world.says("周敏", "/survey 1")
    world.taps("周敏", "撤回", world.last("周敏"))
    world.taps("周敏", "撤回", world.last("周敏"))
    world.at("8:10")
    assert "已撤回" in world.last("李梅").text
    assert "已撤回" in (world.forges("李梅", "answer.survey.1") or "")


def test_the_leads_hear_who_has_not_answered_while_there_is_time(world: World) -> None:
    send(world, "周敏", "一站", "全体人员", "实名", "11月24日 18:00")
    answer(world, "李梅")
    world.at("18:10")
    assert not any("未答复" in b.text for b in world.chat("王建国"))
    world.at("7:10", TUESDAY)
    told = next(b for b in reversed(world.chat("王建国")) if "未答复" in b.text)
    assert "张伟" in told.text
    assert "李梅" not in told.text


def test_without_a_key_no_anonymous_survey_can_be_sent(world: World) -> None:
    world.says("周敏", "/survey stock")
    for tap in ("区局", "全体人员"):
        world.taps("周敏", tap, world.last("周敏"))
    assert not any("匿名" in label for label in world.last("周敏").labels)
    assert "SURVEY_KEY" in world.last("周敏").text


def test_a_named_survey_says_who_sees_the_answers_before_anybody_gives_them(world: World) -> None:
    send(world, "周敏", "一站", "全体人员", "实名", "18:00")
    assert world.last("李梅").text == (
        "【问卷】一站 · 周敏\n\n库存情况问卷\n\n实名：您的各级负责人、管理员和发送人可以看到您的姓名和答案。\n\n"
        "请于11月23日 18:00前答复。"
    )


def test_a_file_sent_while_a_survey_is_written_is_refused(world: World) -> None:
    world.says("周敏", "/survey")
    assert "问卷不附文件" in world.sends("周敏", "photo.jpg")
    world.taps("周敏", "库存情况问卷")
    assert any("区局" in label for b in world.chat("周敏") for label in b.labels)
    assert not any("photo.jpg" in b.text for b in world.chat("周敏"))


def test_days_that_were_answered_are_told_in_words_and_none_is_left_out_unsaid(world: World) -> None:
    send(world, "周敏", "区局", "全体人员", "实名", "11月24日 18:00")
    people = ("李梅", "张伟", "王建国", "钱丽", "赵强", "陈局")
    for n, who in enumerate(people):
        world.taps(who, "作答")
        for said in ("1", "断货", "口罩", f"2027-01-0{n + 1}" if n else "12-04"):
            world.says(who, said)
        for tap in ("没有", "提交"):
            world.taps(who, tap, world.last(who))
    world.says("周敏", "/survey 1")
    said = world.last("周敏").text
    assert "12月4日：1" in said and "2027年1月2日：1" in said, "of another year with the year"
    assert "2027年1月6日" not in said and "另有1份" in said.partition("希望何时补货")[2]
    world.taps("周敏", "Excel", world.last("周敏"))
    file = world.last("周敏").content.file
    assert file is not None
    with world.database.reading() as session:
        book = load_workbook(BytesIO(blobs.find(session, file.digest) or b""))
    days = [row[1] for row in book.worksheets[0].iter_rows(values_only=True) if isinstance(row[1], datetime)]
    assert len([day for day in days if day.year == 2027]) == 5
