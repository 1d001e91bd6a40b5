"""The guided form: one question at a time, back and forth, to the review page and the receipt."""

from datetime import timedelta

import pytest

from models.core.database import Database
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

SURVEY = """code: survey
title: {zh: 每周问卷, en: Survey}
about: persons
statement: {zh: 本周无变化。, en: No change this week.}
questions:
  - {name: places, type: select_multiple, label: {zh: 去过, en: Been to}, required: true,
     choices: [{name: a, label: {zh: 市场}}, {name: b, label: {zh: 医院}}, {name: c, label: {zh: 车站}}]}
  - {name: told, type: note, label: {zh: 请如实填写。}}
  - {name: since, type: date, label: {zh: 何日起}, default: today}
  - {name: masks, type: integer, label: {zh: 口罩}, constraint: masks >= 1}
"""


def _submitted(world: World, who: str = "李梅") -> dict[str, object]:
    assert "已收到" in (world.taps(who, "提交") or "")
    return world.revisions(who)[-1].answers or {}


def test_a_choice_edits_in_place_and_a_typed_answer_posts_the_form_below(world: World) -> None:
    prompt = world.last("李梅")
    world.taps("李梅", "有情况")
    assert world.chat("李梅") == [prompt]
    assert prompt.text.startswith("【每日健康】11月23日 · 1/3\n")
    assert "体温" in prompt.text

    world.says("李梅", "36.5")
    below = world.last("李梅")
    assert below is not prompt
    assert prompt.text == "体温 36.5"
    assert world.chat("李梅") == [prompt, below]
    assert below.text.startswith("【每日健康】11月23日 · 2/3\n")
    assert below.labels == ["有", "无", "⬅️ 返回", "✖️ 取消"]

    world.taps("李梅", "无")
    assert world.chat("李梅") == [prompt, below]
    assert "备注（选填）" in below.text


def test_a_question_asks_only_where_it_is_relevant(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5")
    world.taps("李梅", "有")
    assert "地点" in world.last("李梅").text and " · 3/4" in world.last("李梅").text
    world.says("李梅", "市场")
    world.taps("李梅", "跳过")
    assert world.last("李梅").text.endswith("体温：36.5\n接触史：有\n地点：市场\n\n尚未提交，请点“提交”。")

    # an answer that does not apply any more is not filed
    world.taps("李梅", "✏️ 接触史")
    assert "● 有" in world.last("李梅").labels
    world.taps("李梅", "无")
    assert "地点" not in world.last("李梅").text
    assert _submitted(world) == {"temperature": 36.5, "contact": "no"}


def test_a_required_question_cannot_be_skipped_but_an_optional_one_can(world: World) -> None:
    world.taps("李梅", "有情况")
    assert "跳过 ➡️" not in world.last("李梅").labels
    world.says("李梅", "36.5")
    assert "跳过 ➡️" not in world.last("李梅").labels
    world.taps("李梅", "无")
    assert "跳过 ➡️" in world.last("李梅").labels
    world.taps("李梅", "跳过")
    assert _submitted(world) == {"temperature": 36.5, "contact": "no"}


def test_a_constraint_that_fails_says_its_own_sentence(world: World) -> None:
    world.taps("李梅", "有情况")
    assert "体温应在34到43之间。" in world.says("李梅", "365")
    assert " · 1/3" in world.last("李梅").text
    assert len(world.chat("李梅")) == 1
    assert world.says("李梅", "36.5")


@pytest.mark.parametrize("typed", ["36.5", "３６．５", "36.5℃", "36.5度", "36度5", "36。5", " 36.5 ", "36,5"])
def test_a_temperature_is_read_as_people_type_it(world: World, typed: str) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", typed)
    world.taps("李梅", "无")
    world.taps("李梅", "跳过")
    assert _submitted(world)["temperature"] == 36.5


def test_what_cannot_be_read_is_never_zero(world: World) -> None:
    world.taps("李梅", "有情况")
    for typed in ("三十七", "36.5.1", "三十六度五", "没有", "abc", "半"):
        said = world.says("李梅", typed)
        assert f"未能识别“{typed}”。请只填数字，如 36.5" in said
    assert world.report("李梅").state == "due"


def test_back_goes_one_question_at_a_time_and_keeps_what_was_said(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5")
    world.taps("李梅", "无")
    world.taps("李梅", "返回")
    assert "接触史" in world.last("李梅").text and "已填：无" in world.last("李梅").text
    world.says("李梅", "返回")
    assert "体温" in world.last("李梅").text and "已填：36.5" in world.last("李梅").text
    world.taps("李梅", "返回")
    assert "请于10:00前报送" in world.last("李梅").text
    assert world.last("李梅").labels == ["✅ 零报告·无情况", "▶️ 继续填报"]
    world.taps("李梅", "继续填报")
    assert "体温" in world.last("李梅").text
    world.taps("李梅", "保持不变")
    assert "备注" in world.last("李梅").text
    world.taps("李梅", "跳过")
    assert _submitted(world) == {"temperature": 36.5, "contact": "no"}


def test_from_the_review_page_one_answer_is_changed(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5")
    world.taps("李梅", "无")
    world.taps("李梅", "跳过")
    world.taps("李梅", "✏️ 体温")
    world.says("李梅", "38.2")
    assert "体温：38.2" in world.last("李梅").text
    assert "📨 提交" in world.last("李梅").labels
    world.taps("李梅", "✏️ 备注")
    world.says("李梅", "已就医")
    assert _submitted(world) == {"temperature": 38.2, "contact": "no", "remark": "已就医"}
    assert "体温：38.2" in world.last("李梅").text
    assert [b.text for b in world.chat("李梅")[:-1]] == ["体温 36.5", "体温 38.2", "备注 已就医"]


def test_what_is_submitted_once_more_unchanged_is_no_new_version(world: World) -> None:
    world.taps("李梅", "有情况")
    for answer in ("36.5", "2", "跳过"):
        world.says("李梅", answer)
    _submitted(world)
    world.taps("李梅", "修改")
    _submitted(world)
    assert [revision.number for revision in world.revisions("李梅")] == [1]
    assert "第2版" not in world.last("李梅").text and "回执" in world.last("李梅").text
    world.taps("李梅", "修改")
    world.taps("李梅", "✏️ 体温")
    world.says("李梅", "38.1")
    assert _submitted(world)["temperature"] == 38.1
    assert [revision.number for revision in world.revisions("李梅")] == [1, 2]


def test_a_half_filled_form_survives_a_restart_and_is_shown_as_started(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5")
    after = world.beside()
    assert "接触史" in after.last("李梅").text
    after.at("9:00")
    reminder = after.last("李梅")
    assert "您已填了一部分" in reminder.text
    assert reminder.labels == ["✅ 零报告·无情况", "▶️ 继续填报"]
    after.taps("李梅", "继续填报")
    assert "接触史" in after.last("李梅").text
    after.taps("李梅", "无")
    after.taps("李梅", "跳过")
    assert _submitted(after) == {"temperature": 36.5, "contact": "no"}


def test_words_typed_after_a_restart_still_answer_the_question(world: World) -> None:
    world.taps("李梅", "有情况")
    after = world.beside()
    after.says("李梅", "36.6")
    assert "接触史" in after.last("李梅").text


def test_a_stale_button_redraws_what_stands_now(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5")
    no, standing = world.button("李梅", "无")
    world.forges("李梅", no.data, message=standing.id)
    assert "备注" in world.last("李梅").text
    said = world.forges("李梅", no.data, message=standing.id)
    assert said == "该步骤已完成，现在填到这里。"
    assert "备注" in world.last("李梅").text


def test_a_button_of_a_finished_form_says_so(world: World) -> None:
    world.taps("李梅", "有情况")
    cancel, standing = world.button("李梅", "取消")
    assert world.forges("李梅", cancel.data, message=standing.id) == "已取消，没有报送任何内容。"
    assert "已提交或已取消" in (world.forges("李梅", cancel.data, message=standing.id) or "")
    assert world.last("李梅").labels == ["✅ 零报告·无情况", "📝 有情况"]
    assert world.report("李梅").state == "due"


def test_a_submit_without_the_required_answer_goes_back_to_it(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5")
    world.taps("李梅", "无")
    world.taps("李梅", "跳过")
    world.taps("李梅", "✏️ 接触史")
    world.taps("李梅", "有")
    assert "地点" in world.last("李梅").text
    submit = f"answer.submit.{world.last('李梅').content.buttons[-1][0].data.split('.', 2)[2]}"
    world.forges("李梅", submit)
    assert "“地点”还没有回答，请补上。" in world.last("李梅").text
    assert world.report("李梅").state == "due"


def test_an_empty_form_is_no_report(database: Database) -> None:
    world = World(database)
    world.organisation()
    form = SURVEY.replace("label: {zh: 去过, en: Been to}, required: true", "label: {zh: 去过, en: Been to}")
    world.assign(form.replace(", default: today", ""))
    world.at("7:30")
    world.taps("李梅", "有情况")
    world.taps("李梅", "跳过")
    world.taps("李梅", "继续")
    world.taps("李梅", "跳过")
    world.taps("李梅", "跳过")
    assert "尚未填写。" in world.last("李梅").text
    assert "尚未填写任何内容。没有情况请点“零报告”。" in (world.taps("李梅", "提交") or "")
    assert world.report("李梅", "survey").state == "due"


def test_ticks_a_note_a_default_and_a_plain_constraint(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(SURVEY)
    world.at("7:30")
    prompt = world.last("李梅")
    world.taps("李梅", "有情况")
    assert prompt.labels == ["⬜ 市场", "⬜ 医院", "⬜ 车站", "⬅️ 返回", "✖️ 取消"]
    world.taps("李梅", "车站")
    world.taps("李梅", "市场")
    world.taps("李梅", "医院")
    world.taps("李梅", "医院")
    assert prompt.labels == ["☑️ 市场", "⬜ 医院", "☑️ 车站", "⬅️ 返回", "选好了 ➡️", "✖️ 取消"]
    world.taps("李梅", "选好了")
    assert "请如实填写。" in prompt.text
    assert "请点击按钮" in world.says("李梅", "好")
    world.taps("李梅", "继续")
    world.taps("李梅", "填今天")
    assert "“口罩”" in world.says("李梅", "0")
    world.says("李梅", "２０")
    assert "已收到" in (world.taps("李梅", "提交") or "")
    assert world.revisions("李梅", "survey")[0].answers == {"places": ["a", "c"], "since": "2026-11-23", "masks": 20}


def test_choices_can_be_typed_too(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(SURVEY)
    world.at("7:30")
    world.taps("李梅", "有情况")
    world.says("李梅", "3，市场")
    world.taps("李梅", "继续")
    world.says("李梅", "昨天")
    world.taps("李梅", "跳过")
    assert "已收到" in (world.taps("李梅", "提交") or "")
    assert world.revisions("李梅", "survey")[0].answers == {"places": ["a", "c"], "since": "2026-11-22"}


def test_the_locked_day_takes_no_answer_any_more(world: World) -> None:
    world.taps("李梅", "有情况")
    qb, standing = world.button("李梅", "返回")
    world.until(world.local("23:59") + timedelta(minutes=2))
    assert "已锁定" in (world.forges("李梅", qb.data, message=standing.id) or "")
    world.says("李梅", "36.5")
    assert world.revisions("李梅") == []
    # and words are commands again: tomorrow's zero is not taken for yesterday's answer
    assert "您可以使用的功能" in world.says("李梅", "帮助")
    world.at("7:30")
    assert "已收到零报告" in world.says("李梅", "零报告")
