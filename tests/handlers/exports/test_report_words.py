"""Exports that people can pass on: in their words, with real dates and numbers, and a sheet that says what it is."""

import io
from datetime import UTC, date, datetime, time, timedelta
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from handlers.core.rendering import Renderer
from handlers.exports import report_words
from models.core.database import Database
from models.evidence import seals
from models.files.blobs import data_of
from models.forms import versions
from models.organisation.people import find_person
from models.reporting import revisions
from models.reporting.reports import State
from models.reporting.revisions import Filing
from tests.support.admins import exported, file_of, table_of
from tests.support.filling import fill_delivery, fill_health
from tests.support.world import DELIVERY, HEALTH, MONDAY, TUESDAY, TestClock, World

EVERYTHING = """code: all
title: {zh: 全项, en: Everything}
about: persons
statement: {zh: 无。, en: Nothing.}
questions:
  - {name: badge, type: text, label: {zh: 证号, en: Badge}}
  - {name: boxes, type: integer, label: {zh: 箱数, en: Boxes}}
  - {name: share, type: decimal, label: {zh: 占比, en: Share}}
  - {name: since, type: date, label: {zh: 自哪天起, en: Since}}
  - {name: at, type: time, label: {zh: 时刻, en: At}}
  - {name: where, type: geopoint, label: {zh: 位置, en: Where}}
  - {name: contact, type: select_one, label: {zh: 接触史, en: Contact},
     choices: [{name: "yes", label: {zh: 有, en: "Yes"}}, {name: "no", label: {zh: 无, en: "No"}}]}
  - {name: who, type: select_multiple, label: {zh: 涉及人员, en: Who},
     choices: [{name: family, label: {zh: 家人, en: Family}}, {name: colleague, label: {zh: 同事, en: Colleague}}]}
  - {name: name, type: text, label: {zh: 姓名, en: Name}}
"""
ANSWERS = {
    "badge": "007", "boxes": 1640, "share": 92.5, "since": "2026-11-20", "at": "07:30", "where": "43.8 87.6 0 0",
    "contact": "no", "who": ["family", "colleague"], "name": "=1+1",
}  # fmt: skip


def book_of(world: World, who: str) -> Workbook:
    return load_workbook(io.BytesIO(bytes_of(world, who)))


def bytes_of(world: World, who: str) -> bytes:
    file = world.last(who).content.file
    assert file
    with world.database.reading() as session:
        return data_of(session, file.digest)


def day(words: str) -> datetime:
    """Return a date as openpyxl reads it."""
    return datetime.fromisoformat(words)


def told(page: Worksheet) -> dict[str, object]:
    """Return what the first sheet says, by its labels."""
    return {str(a.value): b.value for a, b in page.iter_rows(max_col=2) if a.value}


@pytest.mark.sqlite
@pytest.mark.parametrize(("locale", "head", "said"), [
    ("zh_CN", ["证号", "箱数", "占比", "自哪天起", "时刻", "位置", "接触史", "涉及人员", "全项 · 姓名"],
     ("无", "家人、同事")),
    ("en", ["Badge", "Boxes", "Share", "Since", "At", "Where", "Contact", "Who", "Everything · Name"],
     ("No", "Family, Colleague")),
])  # fmt: skip
def test_each_kind_of_answer_is_what_it_is(
    database: Database, locale: str, head: list[str], said: tuple[str, str]
) -> None:
    world = World(database)
    world.organisation()
    world.assign(EVERYTHING, timezone="Asia/Urumqi")
    world.at("10:30")
    with database.writing() as session:
        period = world.period(session, "all")
        report = session.merge(world.report("李梅", "all"))
        filing = Filing(State.FILLED, find_person(session, "1005"), "telegram", world.clock.now(), dict(ANSWERS))
        revisions.file(session, period, report, filing)
        find_person(session, "1002").locale = locale
    world.says("周敏", "/export 11-23 all")
    page = book_of(world, "周敏").worksheets[1]
    headings, row = [c.value for c in page[1]], next(it for it in page.iter_rows(min_row=2) if it[3].value == "1005")
    cells = row[14 : 14 + len(head)]
    assert headings[14 : 14 + len(head)] == head
    assert [c.value for c in cells[:6]] == [
        "007", 1640, 92.5, day("2026-11-20"), time(7, 30), "43.8, 87.6",
    ]  # fmt: skip
    assert "".join(c.data_type for c in cells) == "snnddssss"
    assert (cells[6].value, cells[7].value, cells[8].value) == (*said, "=1+1")
    assert str(row[9].value).startswith("2026-11-23 08:30"), "as the clock of the task shows it"
    assert row[0].value == day("2026-11-23")


@pytest.mark.sqlite
def test_words_stand_for_codes_and_nothing_is_said_of_what_was_not_filed(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.at("7:30")
    world.taps("李梅", "零报告")
    fill_health(world, "钱丽", "38.2", "有")
    with database.writing() as session:
        for who, words in (("王建国", "leave: 就医 (1001)"), ("赵强", "rest")):
            report = session.merge(world.report(who))
            report.excused = words
            session.add(report)
    world.says("周敏", "/export 11-23 health")
    by = {row["工号"]: row for row in table_of(world, "周敏")}
    shown = ("任务", "状态", "迟报", "代报", "准假事由", "报送人", "表单", "接触史")
    zero, filled, away, resting, silent = (
        tuple(by[n][it] for it in shown) for n in ("1005", "1008", "1003", "1007", "1006")
    )
    assert zero == ("每日健康", "零报告", "否", "否", "", "李梅（1005）", "每日健康（第1版）", "")
    assert filled == ("每日健康", "有情况", "否", "否", "", "钱丽（1008）", "每日健康（第1版）", "有")
    assert away == ("每日健康", "准假", "", "", "请假：就医（1001批准）", "", "每日健康（第1版）", "")
    assert resting[4] == "休息日"
    assert silent[1:4] == ("未报", "", "")
    assert {row["锁定后补录"] for row in by.values()} == {"否", ""}


@pytest.mark.sqlite
def test_the_first_sheet_says_what_it_is(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("8:00", TUESDAY)
    world.says("周敏", "/export 11-23..11-24 health")
    about, page = book_of(world, "周敏").worksheets
    file = world.last("周敏").content.file
    assert file and file.name == "每日健康 区局 2026-11-23至2026-11-24.xlsx"
    assert (about.title, page.title) == ("文件说明", "每日健康")
    said = told(about)
    assert (said["组织名称"], said["包含单位"], said["行数"]) == ("区局", "区局", page.max_row - 1)
    assert said["任务"] == "每日健康（health），填报范围：区局；时间为Asia/Shanghai时区"
    assert (said["起始日期"], said["结束日期"]) == (day("2026-11-23"), day("2026-11-24"))
    assert (str(said["生成时间"])[:16], said["生成人"]) == ("2026-11-24 08:00", "周敏（1002）")
    with database.reading() as session:
        made = [it.short for it in seals.of_period(session, world.period(session))]
    rows = [[c.value for c in row] for row in about.iter_rows()]
    sealed = [row for row in rows if row[1] == "每日健康"]
    assert [row[2] for row in sealed] == ["截止时", "锁定时", "尚未封存"]
    assert [row[3] for row in sealed[:2]] == made
    assert sealed[0][4].date() == MONDAY


@pytest.mark.sqlite
def test_an_admin_of_a_part_reads_which_part(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.at("8:00")
    world.says("王建国", "汇总")
    world.taps("王建国", "明细表")
    assert told(book_of(world, "王建国").worksheets[0])["包含单位"] == "区局/一站"
    world.says("王建国", "依据 未报")
    world.taps("王建国", "明细表")
    said = told(book_of(world, "王建国").worksheets[0])
    assert (said["包含单位"], said["所列数据"], said["行数"]) == ("区局/一站", "未报", 6)


@pytest.mark.sqlite
def test_csv_for_a_person_has_the_same_words_and_a_mark(world: World) -> None:
    world.taps("李梅", "零报告")
    world.says("周敏", "/export 11-23 health")
    in_excel = file_of(world, "周敏")
    world.says("周敏", "/export 11-23 health csv")
    file = world.last("周敏").content.file
    assert file and file.name == "每日健康 区局 2026-11-23.csv"
    with world.database.reading() as session:
        assert data_of(session, file.digest).startswith("\ufeff日期,任务,单位,".encode())
    assert [[it.removesuffix(" 00:00:00") for it in row] for row in in_excel] == file_of(world, "周敏")


@pytest.mark.sqlite
def test_codes_are_given_to_those_who_ask_for_them(world: World) -> None:
    world.taps("李梅", "零报告")
    mei = next(row for row in exported(world, "11-23 health") if row["staff_no"] == "1005")
    assert (mei["day"], mei["assignment"], mei["state"], mei["late"]) == ("2026-11-23", "health", "zero", "false")
    assert len(book_of(world, "周敏").worksheets) == 1, "scripts read the first sheet"
    file = world.last("周敏").content.file
    assert file and file.name == "health 2026-11-23.xlsx"
    world.says("周敏", "/export roster 代码")
    assert file_of(world, "周敏")[0][:4] == ["staff_no", "name", "unit", "role"]


@pytest.mark.sqlite
def test_each_form_has_a_sheet_with_its_own_questions_and_numbers_are_added_up(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("7:30")
    fill_health(world, "钱丽", "38.2", "有")
    fill_delivery(world, "赵强", "80", "79")
    fill_delivery(world, "王建国", "30", "30")
    world.says("周敏", "/export 11-23")
    data = bytes_of(world, "周敏")
    _, health, delivery = load_workbook(io.BytesIO(data)).worksheets
    assert (health.title, delivery.title) == ("每日健康", "配送")
    assert [c.value for c in health[1]][14:-5] == ["体温", "接触史", "地点", "备注"]
    assert [c.value for c in delivery[1]][14:-5] == ["订单", "送达"]
    rows = delivery.max_row
    assert [c.value for c in delivery[rows]][:1] == ["合计"]
    assert [c.value for c in delivery[rows]][14:16] == [
        f"=SUBTOTAL(109,O2:O{rows - 1})", f"=SUBTOTAL(109,P2:P{rows - 1})",
    ]  # fmt: skip
    assert delivery.auto_filter.ref == f"A1:U{rows - 1}", "what is filtered and sorted are the reports"
    shown = load_workbook(io.BytesIO(data), data_only=True)["配送"]
    assert [c.value for c in shown[rows]][14:16] == [110, 109], "programs that do not calculate show it too"
    assert health.auto_filter.ref == health.dimensions, "temperatures are not added up"
    assert "各表末行为数值合计" in str(told(load_workbook(io.BytesIO(data)).worksheets[0])["合计说明"])


@pytest.mark.sqlite
def test_several_forms_as_csv_are_a_zip_of_one_file_each(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("7:30")
    fill_delivery(world, "赵强", "80", "79")
    world.says("周敏", "/export 11-23 csv")
    file = world.last("周敏").content.file
    assert file and file.name == "报告明细 区局 2026-11-23.zip" and file.mime == "application/zip"
    with ZipFile(io.BytesIO(bytes_of(world, "周敏"))) as made:
        assert made.namelist() == ["每日健康 2026-11-23.csv", "配送 2026-11-23.csv"]
        head, *rows = made.read("配送 2026-11-23.csv").decode("utf-8-sig").splitlines()
    assert head.split(",")[14:16] == ["订单", "送达"]
    assert any(",80,79," in row for row in rows)
    world.says("周敏", "/export 11-23 csv codes")
    assert file_of(world, "周敏")[0][:3] == ["day", "assignment", "unit"], "scripts read one table"


@pytest.mark.sqlite
def test_versions_of_a_form_share_a_column_under_its_newest_label(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.at("7:30")
    fill_health(world, "钱丽", "38.2", "有")
    newer = HEALTH.replace("zh: 地点", "zh: 场所").replace(
        "  - {name: remark", "  - {name: boxes, type: integer, label: {zh: 箱数, en: Boxes}}\n  - {name: remark"
    )
    with database.writing() as session:
        versions.store(session, newer, world.clock.now())
    world.at("8:00", TUESDAY)
    world.says("周敏", "/export 11-23..11-24")
    page = book_of(world, "周敏").worksheets[1]
    head, *rows = page.iter_rows(values_only=True)
    assert head[14:-5] == ("体温", "接触史", "场所", "箱数", "备注")
    assert [row[14:17] for row in rows if row[3] == "1008"] == [(38.2, "有", "家里"), (None, None, None)]


@pytest.mark.sqlite
def test_tasks_of_one_title_are_told_apart(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.assign(DELIVERY.replace("配送", "每日健康"))
    world.at("7:30")
    fill_delivery(world, "赵强", "80", "79")
    world.says("周敏", "/export 11-23")
    _, *pages = book_of(world, "周敏").worksheets
    assert [it.title for it in pages] == ["每日健康 health", "每日健康 delivery"]
    assert [it["B2"].value for it in pages] == ["每日健康（health）", "每日健康（delivery）"]


@pytest.mark.sqlite
def test_a_unit_that_moved_stands_where_it_was_on_each_day_and_the_file_says_so(world: World) -> None:
    world.says("周敏", "/unit rename 区局/二站 新二站")
    world.taps("周敏", "确认")
    world.at("8:00", TUESDAY)
    world.says("赵强", "/export 11-23..11-24 health")
    about, page = book_of(world, "赵强").worksheets
    paths = {(row[0], row[2]) for row in page.iter_rows(min_row=2, values_only=True)}
    assert paths == {(day("2026-11-23"), "区局/二站"), (day("2026-11-24"), "区局/新二站")}
    assert told(about)["单位调整"] == "每行所列单位为当日的隶属关系和名称。"
    world.says("周敏", "/export 11-24 health")
    assert "单位调整" not in told(book_of(world, "周敏").worksheets[0])


@pytest.mark.sqlite
def test_days_over_a_change_of_clocks_are_all_there_with_the_times_of_their_day(database: Database) -> None:
    saturday = date(2026, 10, 24)
    world = World(database, clock=TestClock(datetime(2026, 10, 24, 0, 30, tzinfo=UTC)))
    world.organisation()
    world.assign(HEALTH, timezone="Europe/Berlin")
    for n in range(3):
        world.at("14:40", saturday + timedelta(days=n))
        world.taps("李梅", "零报告")
    mine = [row for row in exported(world, "10-24..10-26 health") if row["staff_no"] == "1005"]
    filed = ["2026-10-24T08:40", "2026-10-25T07:40", "2026-10-26T07:40"]
    assert [row["submitted_at"][:16] for row in mine] == filed
    assert [row["submitted_at"][-6:] for row in mine] == ["+02:00", "+01:00", "+01:00"]
    world.says("周敏", "/export 10-24..10-26 health")
    rows = [row for row in book_of(world, "周敏").worksheets[1].iter_rows(values_only=True) if row[3] == "1005"]
    assert [str(row[9])[:16].replace(" ", "T") for row in rows] == filed


@pytest.mark.sqlite
def test_a_month_in_which_nothing_was_asked_is_said(world: World) -> None:
    assert "10月1日至10月31日没有填报任务" in world.says("周敏", "/export 2026-10")


def test_a_seal_after_a_reopening_has_words_too() -> None:
    for locale in ("zh_CN", "en"):
        said = report_words.Spoken(Renderer(locale)).said
        assert all(said[f"seal.{it}"] for it in (*seals.At, seals.REOPEN, "none"))
        assert all(said[f"status.{it}"] for it in (*State, "excused", "uncontacted"))
