"""The page *Week and month*: any range of days, from what was frozen at the close of each."""

import csv
import io
from datetime import timedelta

import pytest

from tests.bot.web.dashboard.conftest import Board
from tests.support.world import MONDAY

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WEEK = "range?from=2026-11-23&to=2026-11-29"


@pytest.fixture
def week(board: Board) -> Board:
    """Return the dashboard on Wednesday at noon: 李梅 always reports, 王建国 always late, 张伟 never."""
    for n in range(3):
        board.world.at("08:00", MONDAY + timedelta(n))
        board.world.taps("李梅", "零报告")
        board.world.at("10:30", MONDAY + timedelta(n))
        board.world.taps("王建国", "零报告")
    return board


def test_a_range_sums_up_the_days_that_are_over(week: Board) -> None:
    found = week.data(week.sign_in("王建国"), WEEK)
    assert (found["unit"], found["days"]) == ("区局/一站", 3)
    assert found["figures"] == {
        "expected": 18, "received": 6, "late": 3, "excused": 0, "completeness": 6 / 18, "timeliness": 3 / 18,
    }  # fmt: skip
    assert (found["at_close"]["received"], found["came_later"]) == (3, 3)
    assert [it["received"] for it in found["by_day"]] == [1, 1, 1]


def test_who_was_silent_days_running_and_late_several_times_is_named_to_their_lead(week: Board) -> None:
    token = week.sign_in("王建国")
    found = week.data(token, WEEK)
    assert {it["name"]: it["days"] for it in found["silent"]} == {"张伟": 3, "Ann Lee": 3, "刘大爷": 3, "孙阿姨": 3}
    assert [(it["name"], it["days"]) for it in found["late"]] == [("王建国", 3)]
    assert week.data(token, f"{WEEK}&days=4&times=4")["silent"] == []
    assert week.data(token, f"{WEEK}&days=4&times=4")["late"] == []
    assert "连续3天及以上未报" in week.text(token, WEEK)


def test_the_units_below_are_ranked_the_least_complete_first(week: Board) -> None:
    found = week.data(week.sign_in("陈局"), WEEK)
    assert [(it["name"], it["received"], it["expected"]) for it in found["units"]] == [("二站", 0, 6), ("一站", 6, 18)]


def test_a_range_is_compared_with_as_many_days_before(week: Board) -> None:
    token = week.sign_in("王建国")
    found = week.data(token, "range?from=2026-11-25&to=2026-11-25")
    assert (found["before"]["from"], found["before"]["to"]) == ("2026-11-24", "2026-11-24")
    assert "完整率持平" in week.text(token, "range?from=2026-11-25&to=2026-11-25")
    assert week.data(token, "range?from=2026-11-01&to=2026-11-30")["before"]["from"] == "2026-10-01"


def test_what_is_not_the_readers_is_absent_from_every_form_of_the_page(week: Board) -> None:
    lead, member = week.sign_in("王建国"), week.sign_in("李梅")
    for kind in ("", "&as=json", "&as=csv"):
        page = week.text(lead, WEEK + kind)
        assert "李梅" not in page  # always in time: neither silent nor late
        assert not [it for it in ("钱丽", "赵强", "二站") if it in page]
    assert week.get(member, WEEK).status == 403
    for asked in (f"unit={week.unit('二站')}", f"unit={week.unit('区局')}", "unit=0", "unit=x", "task=999"):
        assert week.get(lead, f"{WEEK}&{asked}").status == 404, asked


@pytest.mark.parametrize("asked", [
    "from=x&to=y", "from=2026-11-23", "to=2026-11-23", "from=2025-11-01&to=2026-11-29", "from=2026-02-30&to=2026-03-01",
])  # fmt: skip
def test_odd_days_and_more_than_a_year_are_refused(board: Board, asked: str) -> None:
    assert board.get(board.sign_in("王建国"), f"range?{asked}").status == 404


def test_days_in_the_wrong_order_are_swapped(week: Board) -> None:
    assert week.data(week.sign_in("王建国"), "range?from=2026-11-29&to=2026-11-23")["days"] == 3


@pytest.mark.parametrize("asked", ["", "?from=2027-01-01&to=2027-01-31", "?from=2026-11-01&to=2026-11-07"])
def test_where_nothing_is_over_yet_the_page_says_so(board: Board, asked: str) -> None:
    token = board.sign_in("王建国")
    assert "尚无已截止的填报任务" in board.text(token, f"range{asked}")
    assert board.get(token, f"range{asked}", Accept="text/csv").status == 200


def test_programs_get_the_same_as_a_table(week: Board) -> None:
    token = week.sign_in("陈局")
    rows = list(csv.DictReader(io.StringIO(week.get(token, WEEK, Accept="text/csv").body.decode("utf-8-sig"))))
    found = week.data(token, WEEK)
    assert [it["name"] for it in rows if it["kind"] == "silent"] == [it["name"] for it in found["silent"]]
    assert [it["kind"] for it in rows[:3]] == ["total", "before", "day"]


def test_the_month_as_a_picture_is_one_tap_away(week: Board) -> None:
    token = week.sign_in("王建国")
    assert 'value="/chart 区局/一站 2026-11"' in week.text(token, WEEK)


def test_a_unit_that_was_moved_within_the_range_is_said_on_the_page(week: Board) -> None:
    token, said = week.sign_in("陈局"), "各日数据按当日隶属关系统计"
    assert said not in week.text(token, WEEK) and not week.data(token, WEEK)["units_moved"]
    week.world.says("周敏", "/unit move 区局/二站 区局/一站 今天")
    week.world.taps("周敏", "确认")
    week.world.at("10:30", MONDAY + timedelta(3))
    token = week.sign_in("陈局")
    found = week.data(token, WEEK)
    assert said in week.text(token, WEEK) and found["units_moved"]
    assert [(it["name"], it["received"], it["expected"]) for it in found["units"]] == [("二站", 0, 6), ("一站", 6, 26)]
    assert found["figures"]["expected"] == 40
