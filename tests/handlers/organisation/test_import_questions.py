"""What a file does not tell is asked with buttons, and what was answered about columns is not asked again."""

import pytest

from models.organisation import people
from tests.models.organisation.corpus import PLAIN_HEAD, wecom_export
from tests.support.admins import home_of, send_file
from tests.support.beginnings import monday
from tests.support.workbooks import workbook
from tests.support.world import World

pytestmark = [pytest.mark.world(begin=monday), pytest.mark.sqlite]

POSTED = workbook(Sheet1=[["工号", "姓名", "派驻点"], ["3001", "新人", "区局/一站"]])


def test_a_column_nobody_knows_is_asked_about_once_and_remembered(world: World) -> None:
    said = send_file(world, "周敏", "a.xlsx", POSTED)
    assert "哪一列是“单位”？" in said
    assert world.last("周敏").labels == ["派驻点", "✖️ 取消"]
    world.taps("周敏", "派驻点")
    assert "“派驻点”列作为单位读取" in world.last("周敏").text
    world.taps("周敏", "导入")
    assert home_of(world, "新人") == "区局/一站"
    later = workbook(Sheet1=[["工号", "姓名", "派驻点", "备注"], ["3002", "又一", "区局/二站", "x"]])
    assert "按此前的选择，“派驻点”列作为单位读取" in send_file(world, "周敏", "b.xlsx", later)


def test_what_was_answered_can_be_asked_again(world: World) -> None:
    send_file(world, "周敏", "a.xlsx", POSTED)
    world.taps("周敏", "派驻点")
    world.taps("周敏", "重新确认列")
    assert "哪一列是“单位”？" in send_file(world, "周敏", "a.xlsx", POSTED)


def test_a_question_that_is_cancelled_changes_nothing(world: World) -> None:
    before = world.records()
    send_file(world, "周敏", "a.xlsx", POSTED)
    world.taps("周敏", "取消")
    assert world.records() == before
    assert not world.last("周敏").labels


def test_several_units_in_a_cell_become_memberships_only_after_a_yes(world: World) -> None:
    said = send_file(world, "周敏", "企业微信通讯录.xlsx", workbook(S=[
        *wecom_export()[:3], ["新人", "3001", "", "", "区局/一站;区局/防疫专班", *[""] * 6]]))  # fmt: skip
    assert "是一个单位还是几个单位" in said
    world.taps("周敏", "区局/一站 · 区局/防疫专班")
    assert "归属2" in world.last("周敏").text
    world.taps("周敏", "导入")
    assert home_of(world, "新人") == "区局/一站"
    with world.database.reading() as session:
        held = people.roles(session, people.find_person(session, "3001"))
    assert {unit.path for _, unit in held} == {"区局/一站", "区局/防疫专班"}


def test_a_text_whose_encoding_is_unclear_is_shown_in_each_and_never_taken_silently(world: World) -> None:
    said = send_file(world, "周敏", "a.csv", (PLAIN_HEAD + "3001,張偉,一站\n").encode("big5"))
    assert "文字编码" in said
    label = next(it for it in world.last("周敏").labels if "張偉" in it)
    world.taps("周敏", label)
    assert "3001" in world.last("周敏").text


def test_a_unit_is_found_by_its_own_name_and_a_new_one_stands_below_the_root(world: World) -> None:
    said = send_file(world, "周敏", "a.csv", "工号,姓名,部门\n3001,新人,一站\n3002,又一,四站\n")
    assert "3001 加入 区局/一站" in said
    assert "新单位 区局/四站" in said


def test_what_does_not_fit_the_organisation_is_said_with_what_is_wrong_in_the_file(world: World) -> None:
    said = send_file(world, "周敏", "a.csv", "工号,姓名,单位,类型,代报人\n,甲,区局,,\n3001,乙,区局,代报对象,9999\n")
    assert "第2行" in said
    assert "9999" in said
    assert "第3行" in said


@pytest.mark.parametrize(("name", "data", "words"), [
    ("名册.xls", b"\xd0\xcf\x11\xe0" + b"x" * 600, "旧版Excel"),
    ("名册.et", b"\xd0\xcf\x11\xe0" + b"x" * 600, "WPS（.et）"),
    ("名册.xls", b"<html><table></table></html>", "网页文件"),
    ("名册", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "带密码"),
])  # fmt: skip
def test_what_is_no_xlsx_is_named_with_its_cure(world: World, name: str, data: bytes, words: str) -> None:
    said = send_file(world, "周敏", name, data)
    assert words in said
    assert "另存为" in said


def test_a_workbook_without_a_name_is_read_all_the_same(world: World) -> None:
    rows = workbook(S=[["工号", "姓名", "单位"], ["3001", "新人", "区局/一站"]])
    assert "新人员1" in send_file(world, "周敏", "花名册", rows)
