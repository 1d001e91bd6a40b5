"""/summary of a range of days: from what was frozen at the close of each, under the paths of then."""

from datetime import date, timedelta

import pytest

from models.core.database import Database
from models.organisation.units import unit_at
from models.summaries import range_view, ranges, stretches
from models.summaries.range_view import RangeView
from tests.handlers.summaries.weeks import before, days, one_day, three_days
from tests.support.world import DELIVERY, MONDAY, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SUNDAY = MONDAY + timedelta(6)
pytestmark = pytest.mark.world(begin=before)


@pytest.fixture
def bureau(world: World) -> World:
    return world


def seen(world: World, unit: str, first: date = MONDAY, last: date = SUNDAY, least: int = 2) -> RangeView:
    with world.database.reading() as session:
        there = unit_at(session, unit)
        (task,) = stretches.tasks(session, there, first, last)
        return range_view.gather(session, task, there, first, last, days=least, times=least)


def silent(world: World, unit: str, least: int = 2) -> dict[str, int]:
    with world.database.reading() as session:
        found = range_view.runs.named(session, seen(world, unit, least=least).silent or ())
        return {it.who.name: it.run.days for it in found}


@pytest.mark.world(begin=three_days)
def test_a_lead_asks_for_a_range_in_the_words_they_use(bureau: World) -> None:
    for words in ("汇总 本周", "/summary 2026-11", "/summary 11-23..11-29", "/summary this month", "/summary 近7天"):
        said = bureau.says("王建国", words)
        assert "完整率33.3%" in said, words
        assert "及时率16.7%" in said
        assert "已报：6/18" in said
        assert "截止时完整率16.7%。截止后补报3份。" in said
        assert "张伟：11月23日至11月25日（3天）" in said
        assert "王建国：3" in said
    assert "尚无已截止的填报任务" in bureau.says("王建国", "/summary 上周")


@ON_SQLITE
@pytest.mark.world(begin=one_day)
def test_a_single_day_is_still_the_summary_of_that_day(bureau: World) -> None:
    assert "可复制上报" in bureau.says("王建国", "/summary 11-23")
    assert "可复制上报" in bureau.says("王建国", "/summary 今天")


@ON_SQLITE
@pytest.mark.world(begin=one_day)
def test_somebody_elses_unit_and_more_than_a_year_are_refused(bureau: World) -> None:
    assert "不在您负责" in bureau.says("王建国", "/summary 本周 区局/二站")
    assert "最多可选366天" in bureau.says("王建国", "/summary 2024-01-01..2026-11-30")
    assert "二站" in bureau.says("陈局", "/summary 区局/二站 本周")


@ON_SQLITE
@pytest.mark.world(begin=three_days)
def test_asked_in_a_group_names_stay_in_the_leads_own_chat(bureau: World) -> None:
    bureau.says("王建国", "/summary 本周", chat="group 一站")
    assert "张伟" in bureau.last("王建国").text
    assert not any("连续" in bubble.text for bubble in bureau.chat("group 一站"))


@pytest.mark.world(begin=three_days)
def test_the_units_below_and_the_picture_of_the_month_are_in_the_message(bureau: World) -> None:
    said = bureau.says("陈局", "/summary 2026-11")
    assert said.index("二站") < said.index("一站 33.3%")
    assert "防疫专班" not in said  # a view of others' people
    assert "无法" not in said
    bureau.taps("陈局", "图表")
    assert bureau.last("陈局").content.picture


@pytest.mark.world(begin=one_day)
def test_days_on_which_somebody_was_excused_neither_count_nor_end_their_silence(bureau: World) -> None:
    bureau.says("王建国", "/excuse 1004 11-24 11-24 事假")
    days(bureau, 1, 2)
    assert silent(bureau, "区局/一站")["张伟"] == 2
    it = seen(bureau, "区局/一站").it
    assert (it.total.excused, it.excused_since) == (1, 0)


@pytest.mark.world(begin=one_day)
def test_leave_entered_after_the_close_is_said_and_moves_no_figure_of_the_close(bureau: World) -> None:
    before = seen(bureau, "区局/一站").it.total
    bureau.says("王建国", "/excuse 1004 11-23 11-23 事假")
    it = seen(bureau, "区局/一站").it
    assert (it.total, it.excused_since) == (before, 1)


@ON_SQLITE
@pytest.mark.world(begin=one_day)
def test_a_report_ends_a_run_and_the_longest_stands_first(bureau: World) -> None:
    days(bureau, 1)
    bureau.at("08:00", MONDAY + timedelta(2))
    bureau.taps("Ann Lee", "Zero report")
    days(bureau, 2, 3)
    found = silent(bureau, "区局/一站")
    assert found["Ann Lee"] == 2
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert "Ann Lee" not in silent(bureau, "区局/一站", 3)


@pytest.mark.world(begin=one_day)
def test_a_unit_that_was_renamed_or_moved_counts_under_its_path_of_each_day(bureau: World) -> None:
    days(bureau, 1)
    bureau.says("周敏", "/unit rename 区局/一站 北站")
    bureau.taps("周敏", "确认")
    days(bureau, 2)
    with bureau.database.reading() as session:
        now = unit_at(session, "区局/北站")
        (task,) = stretches.tasks(session, now, MONDAY, SUNDAY)
        assert [len(it.days) for it in task[1]] == [2, 1]
    assert seen(bureau, "区局/北站").total.expected == 18
    assert [(it.unit.name, it.total.expected) for it in seen(bureau, "区局").parts] == [("二站", 6), ("北站", 18)]
    assert silent(bureau, "区局/北站")["张伟"] == 3
    assert "各日数据按当日隶属关系统计" in bureau.says("陈局", "/summary 本周")
    assert "各日数据" not in bureau.says("赵强", "/summary 本周")


def test_a_task_forces_range_is_that_of_its_members(bureau: World) -> None:
    bureau.at("08:00")
    bureau.taps("钱丽", "零报告")
    bureau.at("10:30")
    bureau.taps("张伟", "零报告")
    days(bureau, 1, 2)
    it = seen(bureau, "区局/防疫专班")
    assert (it.total.expected, it.total.received, it.total.late) == (9, 2, 1)
    assert silent(bureau, "区局/防疫专班")["陈局"] == 3


def test_units_that_report_are_named_like_people(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY)
    for n in range(3):
        world.at("10:30", MONDAY + timedelta(n))
    assert silent(world, "区局")["二站"] == 3


def test_the_whole_month_is_compared_with_the_month_before_and_other_days_with_as_many() -> None:
    assert ranges.before(date(2026, 3, 1), date(2026, 3, 31)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert ranges.before(date(2026, 11, 23), date(2026, 11, 29)) == (date(2026, 11, 16), date(2026, 11, 22))
    assert ranges.before(date(2026, 11, 2), date(2026, 11, 30)) == (date(2026, 10, 4), date(2026, 11, 1))


@ON_SQLITE
@pytest.mark.world(begin=three_days)
def test_more_than_two_months_are_shown_by_months(bureau: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "BY_DAYS", 2)
    (column,) = seen(bureau, "区局").it.columns
    assert (column.first, column.last, column.figures.expected) == (MONDAY, MONDAY + timedelta(2), 30)


@ON_SQLITE
@pytest.mark.world(begin=one_day)
def test_where_too_many_reports_are_missing_nobody_is_named(bureau: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.summaries.runs.MOST_SILENT", 3)
    days(bureau, 1)
    assert "此处不列姓名" in bureau.says("王建国", "/summary 本周")
    assert "张伟" not in bureau.says("王建国", "/summary 本周")
