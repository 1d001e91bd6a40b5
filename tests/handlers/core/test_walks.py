"""A command without words walks through buttons and questions to the end; nobody has to know how it is written."""

import pytest

from tests.support.world import TUESDAY, World

pytestmark = pytest.mark.sqlite


def test_a_new_task_is_chosen_by_taps_alone(world: World) -> None:
    world.says("周敏", "/assign")
    for label in ("新建任务", "配送日报 · delivery", "区局/二站", "工作日，14:30–17:00", "在我手机上试"):
        world.taps("周敏", label)
    assert "17:00" in world.last("周敏").text
    world.taps("周敏", "今天起生效")
    assert any("delivery" in b.text and "17:00" in b.text for b in world.chat("周敏")[-2:])
    world.at("14:31")
    assert "17:00" in world.last("赵强").text


def test_other_times_are_typed_as_people_say_them(world: World) -> None:
    world.says("周敏", "/assign new delivery")
    world.taps("周敏", "区局/二站")
    world.taps("周敏", "其他日期或时间")
    said = world.says("周敏", "工作日 8:00-9:30")
    assert "工作日" in said
    assert "09:30" in said


def test_words_that_were_asked_for_are_dropped_by_cancel(world: World) -> None:
    before = world.records()
    for command in ("/people add", "/people move", "/unit add 区局/", "/assign times health"):
        world.says("周敏", command)
        world.says("周敏", "取消")
        assert world.records() == before
        assert "未能识别" in world.says("周敏", "某某") or "未能识别" in world.last("周敏").text


def test_a_person_is_added_by_answers(world: World) -> None:
    world.says("周敏", "/people")
    world.taps("周敏", "新增一人")
    world.says("周敏", "1030 吴 芳")
    world.taps("周敏", "区局/二站")
    assert "吴 芳（1030）" in world.last("周敏").text
    world.taps("周敏", "今天起生效")
    world.says("周敏", "/people 1030")
    assert "区局/二站" in world.last("周敏").text


def test_a_misspelt_unit_is_no_part_of_a_chinese_name(world: World) -> None:
    world.says("周敏", "/people add 1030 张三 防疫专斑")
    world.taps("周敏", "区局/防疫专班")
    assert "张三（1030）" in world.last("周敏").text


def test_whoever_is_to_move_is_asked_for(world: World) -> None:
    world.says("周敏", "/people move")
    world.says("周敏", "李梅")
    world.taps("周敏", "区局/二站")
    assert "区局/一站 → 区局/二站" in world.last("周敏").text


def test_a_unit_is_added_and_renamed_by_answers(world: World) -> None:
    world.says("周敏", "/unit")
    world.taps("周敏", "新增单位")
    world.taps("周敏", "区局/一站")
    world.says("周敏", "路线一")
    world.taps("周敏", "确认")
    assert "区局/一站/路线一" in world.last("周敏").text
    world.says("周敏", "/unit rename")
    world.taps("周敏", "区局/一站/路线一")
    world.says("周敏", "1号线")
    assert "区局/一站/1号线" in world.last("周敏").text


def test_leave_is_entered_by_answers(world: World) -> None:
    world.says("王建国", "/excuse")
    world.taps("王建国", "为他人登记请假")
    world.says("王建国", "李梅")
    world.taps("王建国", "今天起1天")
    assert "李梅" in world.last("王建国").text


def test_an_admin_who_leads_nobody_appoints_for_others(world: World) -> None:
    assert "您本人不是单位负责人" in world.says("周敏", "/deputy")
    world.taps("周敏", "王建国")
    world.says("周敏", "1004")
    world.taps("周敏", "今天起1天")
    assert "张伟" in world.last("周敏").text
    assert "王建国" in world.last("周敏").text


def test_an_answer_counts_once(world: World) -> None:
    world.says("周敏", "/assign pause")
    question = world.last("周敏")
    button, _ = world.button("周敏", "health", question)
    world.taps("周敏", "health", question)
    assert question.labels == []
    assert "已答复" in (world.forges("周敏", button.data) or "")


def test_a_question_of_somebody_elses_is_not_answered(world: World) -> None:
    world.says("周敏", "/assign pause")
    button, _ = world.button("周敏", "health")
    world.forges("王建国", button.data)
    world.at("07:31", TUESDAY)
    assert "10:00" in world.last("李梅").text


def test_the_preview_has_the_times_of_the_task_that_asks_the_form(world: World) -> None:
    world.says("周敏", "/assign times health due=11:00 today")
    world.taps("周敏", "确认，今天起")
    world.says("周敏", "/form preview health")
    assert "11:00" in world.last("周敏").text
