"""Forms by slash command and as files: tried, stored from tomorrow, undone."""

import pytest

from models.forms import versions
from tests.models.forms.corpus import CASES
from tests.support.admins import send_file
from tests.support.workbooks import workbook
from tests.support.world import HEALTH, TUESDAY, World


@pytest.mark.sqlite
def test_a_form_sent_as_a_file_begins_tomorrow_and_can_be_taken_back(world: World) -> None:
    changed = HEALTH.replace("备注", "备注二").replace("  - {name: remark", "  - {name: extra").replace("\n", "\n")
    said = send_file(world, "周敏", "health.yaml", changed)
    assert "表单health（每日健康），第2版" in said
    assert "新增的问题：extra" in said
    assert "去掉的问题：remark" in said
    assert "涉及10人" in said
    world.taps("周敏", "明天起")
    assert "/form undo 1" in world.last("周敏").text
    with world.database.reading() as session:
        assert (versions.latest(session, "health") or pytest.fail()).number == 1
    world.at("7:30", TUESDAY)
    with world.database.reading() as session:
        newest = versions.latest(session, "health")
        assert newest
        assert newest.number == 2
        assert world.period(session, day=TUESDAY).version_id == newest.id
        assert world.period(session).version_id != newest.id
    world.says("周敏", "/form back health 1")
    assert "第3版" in world.last("周敏").text
    world.taps("周敏", "今天")
    assert "/form back health 2" in world.last("周敏").text


@pytest.mark.sqlite
def test_a_wrong_form_is_answered_with_its_lines(world: World) -> None:
    before = world.records()
    said = send_file(world, "周敏", "form.yaml", HEALTH.replace("type: decimal", "type: decimel"))
    assert "第6行：" in said
    assert "未作任何改动" in said
    assert world.records() == before


@pytest.mark.sqlite
def test_a_form_is_tried_on_the_admins_own_phone_and_nothing_is_filed(world: World) -> None:
    due = world.report("周敏")
    world.says("周敏", "/form preview health")
    said = world.last("周敏")
    assert said.text.startswith("试填：")
    assert "【每日健康】" in said.text
    assert said.labels == ["✅ 零报告·无情况", "📝 有情况"]
    world.taps("周敏", "有情况", said)
    assert "体温" in world.last("周敏").text
    world.says("周敏", "三十七")
    assert "请只填数字" in world.last("周敏").text
    world.says("周敏", "36.5")
    world.taps("周敏", "无")
    world.says("周敏", "没事")
    world.taps("周敏", "提交")
    assert "试填结束，未报送任何内容。" in world.last("周敏").text
    assert "体温：36.5" in world.last("周敏").text
    assert world.report("周敏") == due
    world.says("周敏", "/form preview health")
    world.taps("周敏", "零报告", world.last("周敏"))
    assert "试填结束" in world.last("周敏").text
    assert world.report("周敏") == due
    assert world.revisions("周敏") == []
    world.says("周敏", "/form preview health")
    world.taps("周敏", "有情况", world.last("周敏"))
    world.says("周敏", "取消")
    world.says("周敏", "零报告")
    assert world.report("周敏").state == "zero"


def test_forms_are_listed_and_shown(world: World) -> None:
    assert "health@1 每日健康 · health" in world.says("周敏", "表单")
    world.taps("周敏", "📄 health")
    assert "1. 体温 decimal" in world.last("周敏").text
    file = world.last("周敏").content.file
    assert file
    assert file.name == "health.yaml"
    world.taps("周敏", "试填")
    assert "试填：" in world.last("周敏").text
    assert "YAML" in world.says("周敏", "/form upload")


def test_a_form_made_in_excel_is_sent_in_the_chat_and_shown_before_it_counts(world: World) -> None:
    data = workbook(
        survey=[["type", "name", "label"], ["text", "what", "发生了什么"]],
        settings=[["form_id", "form_title", "statement"], ["night", "夜间值守", "昨夜无异常。"]],
    )
    said = send_file(world, "周敏", "夜间.xlsx", data)
    assert "night" in said and "夜间值守" in said
    world.taps("周敏", "确认")
    assert "夜间值守" in world.says("周敏", "/form show night")


@pytest.mark.sqlite
def test_a_clerks_form_is_shown_with_what_was_not_used_before_it_counts(world: World) -> None:
    case = next(it for it in CASES if it.name == "any sheet name.xlsx")
    said = send_file(world, "周敏", "每日健康", case.data)
    assert "略过的工作表：Sheet2" in said
    assert "发热 → fare" in said
    world.taps("周敏", world.last("周敏").labels[0])
    assert "本人" in world.says("周敏", "/form show health")


@pytest.mark.sqlite
def test_everything_wrong_in_a_clerks_form_is_said_with_sheet_row_and_column(world: World) -> None:
    case = next(it for it in CASES if it.name == "all at once.xlsx")
    said = send_file(world, "周敏", "form.xlsx", case.data)
    assert all(f"“survey”第{row}行" in said or f"survey第{row}行" in said for row in (2, 3, 4, 5)), said
    assert "E列" in said
    assert not any("确认" in label for label in world.last("周敏").labels)


@pytest.mark.sqlite
def test_a_form_whose_encoding_is_unclear_is_asked_about(world: World) -> None:
    case = next(it for it in CASES if it.name == "big5.yaml")
    assert "文字编码" in send_file(world, "周敏", "form.yaml", case.data)
    world.taps("周敏", next(label for label in world.last("周敏").labels if "無情況" in label))
    assert "health" in world.last("周敏").text


@pytest.mark.sqlite
def test_a_command_without_its_form_offers_the_forms_there_are(world: World) -> None:
    for command in ("/assign new", "/form show", "/form preview"):
        world.says("周敏", command)
        assert any("health" in label for label in world.last("周敏").labels)
        assert any("duty" in label for label in world.last("周敏").labels)
    for button in ("form.show.999", "form.preview.999"):
        assert "该按钮" in (world.forges("周敏", button) or "")
