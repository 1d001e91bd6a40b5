"""Who has not reported on several days running is named to the lead in the escalation, then to the level above."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from models.core.database import Database
from models.messaging import enrolment
from models.organisation.people import find_person
from models.organisation.units import unit_at
from models.summaries import silent_runs
from models.summaries.silent_runs import SilentRun
from tests.support.phones import Bubble
from tests.support.world import DELIVERY, HEALTH, MONDAY, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ROSTER = """staff_no,name,unit,role
1,总,局,lead
2,副,局/区,lead
3,甲,局/区/站,lead
4,乙,局/区/站,
5,丙,局/区/站,
6,丁,局/区/站,
"""


@pytest.fixture
def bureau(database: Database) -> World:
    world = World(database)
    world.organisation(ROSTER)
    world.assign(unit="局")
    return world


def day(n: int) -> date:
    return MONDAY + timedelta(n)


def pass_days(world: World, *numbers: int, reporting: Sequence[str] = ("总", "副", "甲")) -> World:
    for n in numbers:
        world.at("08:00", day(n))
        for who in reporting:
            world.taps(who, "零报告")
        world.at("11:05", day(n))
    return world


def escalations(world: World, who: str, n: int) -> list[Bubble]:
    return [b for b in world.unasked(who, day(n)) if b.kind == "escalation"]


def running(world: World, n: int, least: int = 2) -> dict[str, int] | None:
    with world.database.reading() as session:
        period = world.period(session, day=day(n))
        units = [unit_at(session, path).id for path in ("局", "局/区", "局/区/站")]
        found: list[SilentRun] | None = silent_runs.of_units(session, period, units, least)
        return found if found is None else {it.name: it.days for it in found}


def test_the_lead_reads_of_two_days_running_and_the_level_above_of_three(bureau: World) -> None:
    pass_days(bureau, 0)
    assert "连续" not in escalations(bureau, "甲", 0)[0].text
    pass_days(bureau, 1)
    assert "连续2天及以上未报：\n• 乙 · 站：2天" in escalations(bureau, "甲", 1)[0].text
    assert "连续" not in escalations(bureau, "副", 1)[0].text
    pass_days(bureau, 2)
    assert "连续2天及以上未报：\n• 乙 · 站：3天\n• 丙 · 站：3天" in escalations(bureau, "甲", 2)[0].text
    assert "连续3天及以上未报：\n• 乙 · 站：3天" in escalations(bureau, "副", 2)[0].text


@ON_SQLITE
def test_how_many_days_is_a_setting(bureau: World) -> None:
    bureau.set_defaults(silent_days=3, silent_days_above=2)
    pass_days(bureau, 0, 1)
    assert "连续" not in escalations(bureau, "甲", 1)[0].text
    assert "连续2天及以上未报" in escalations(bureau, "副", 1)[0].text


@ON_SQLITE
def test_of_a_task_that_escalates_once_the_level_above_hears_of_the_long_silent_and_of_no_one_else(
    database: Database,
) -> None:
    world = World(database)
    world.organisation(ROSTER)
    world.assign(unit="局", escalate="10:15")
    pass_days(world, 0, 1)
    assert escalations(world, "副", 1) == []
    pass_days(world, 2, reporting=("总", "副", "甲", "丁"))
    (message,) = escalations(world, "副", 2)
    assert "下级单位有人连续多天未报" in message.text
    assert "• 乙 · 站：3天" in message.text and "丁" not in message.text
    assert len(escalations(world, "甲", 2)) == 1


@ON_SQLITE
def test_the_director_reads_of_those_right_below_in_the_days_one_message(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER.replace("局/区/站", "局/站"))
    world.assign(unit="局")
    pass_days(world, 0, 1, 2)
    told = [b for b in world.unasked("总", day(2)) if b.kind == "summary"]
    assert len(told) == 1 and "连续3天及以上未报：\n• 乙 · 站：3天" in told[0].text
    assert escalations(world, "总", 2) == []


@ON_SQLITE
def test_a_lead_who_reads_english_reads_it_in_english(bureau: World) -> None:
    bureau.says("甲", "/language en")
    pass_days(bureau, 0, 1, reporting=("总", "副"))
    assert "Not reported 2 days running or more:\n• 甲 · 站: 2 days" in escalations(bureau, "甲", 1)[0].text


def test_rest_days_leave_and_days_that_lapsed_neither_count_nor_end_it_and_a_late_report_does(bureau: World) -> None:
    pass_days(bureau, 0)
    bureau.says("甲", "/excuse 4 11-24 11-24 事假")
    pass_days(bureau, 1, reporting=("总", "副", "甲"))
    bureau.taps("丙", "零报告")  # late
    bureau.sleep_until("0:30", day(3))  # the whole of day 2 lapsed
    pass_days(bureau, 3)
    assert running(bureau, 3) == {"丁": 3, "乙": 2}


@ON_SQLITE
def test_whoever_was_never_enrolled_is_not_called_silent_nor_counted_for_the_days_before(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER, enrolled="1 2 3 4 5")
    world.assign(unit="局")
    pass_days(world, 0, 1)
    assert running(world, 1) == {"乙": 2, "丙": 2}
    assert "未开通（1人）：丁" in escalations(world, "甲", 1)[0].text
    with world.database.writing() as session:
        enrolment.enrol(session, find_person(session, "6"), "web", "6", "6", world.clock.now())
    pass_days(world, 2, 3)
    assert running(world, 2) == {"乙": 3, "丙": 3}
    assert (running(world, 3) or {})["丁"] == 2


@ON_SQLITE
def test_units_that_owe_a_report_are_named_like_people(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER)
    world.assign(DELIVERY, unit="局")
    for n in (0, 1):
        world.at("11:05", day(n))
    (message,) = escalations(world, "甲", 1)
    assert message.text.endswith("连续2天及以上未报：\n• 站：2天")


@ON_SQLITE
def test_each_task_counts_its_own_days(bureau: World) -> None:
    pass_days(bureau, 0, 1)
    bureau.assign(HEALTH.replace("code: health", "code: evening"), unit="局")
    for n in (2, 3):
        bureau.at("11:05", day(n))
    with bureau.database.reading() as session:
        station = [unit_at(session, "局/区/站").id]
        for code, days in {"health": 4, "evening": 2}.items():
            period = bureau.period(session, code=code, day=day(3))
            assert max(it.days for it in silent_runs.of_units(session, period, station, 2) or ()) == days


@ON_SQLITE
def test_where_very_many_are_silent_nobody_is_named(bureau: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pass_days(bureau, 0, 1)
    monkeypatch.setattr(silent_runs, "MOST", 2)
    assert running(bureau, 1) is None


@ON_SQLITE
def test_where_very_many_are_silent_they_are_counted_with_the_units_that_have_most(
    bureau: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silent_runs, "MOST", 2)
    pass_days(bureau, 0, reporting=("总", "副", "甲", "丁"))
    pass_days(bureau, 1, 2, reporting=("总", "副", "甲"))
    told = escalations(bureau, "甲", 2)[0].text
    assert told.endswith("连续2天未报：3人。\n涉及1个单位，人数多的在前：\n• 站：3")
    assert "连续3天未报：2人。" in escalations(bureau, "副", 2)[0].text
    monkeypatch.setattr(silent_runs, "MANY", 2)
    pass_days(bureau, 3, reporting=("总", "副", "甲"))
    assert "连续" not in escalations(bureau, "甲", 3)[0].text, "too many even to be counted in a transaction"


@ON_SQLITE
def test_the_director_reads_how_many_are_silent_for_days_and_in_which_units(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silent_runs, "MOST", 3)
    world = World(database)
    more = "7,戊,局/所,lead\n8,己,局/所,\n9,庚,局/队,lead\n"
    world.organisation(ROSTER.replace("局/区/站", "局/站") + more)
    world.says("总", "/language en")
    world.assign(unit="局")
    pass_days(world, 0, 1, 2, reporting=("副",))
    told = [b for b in world.unasked("总", day(2)) if b.kind == "summary"][-1].text
    assert "Not reported on any of the last 3 days: 7 people.\nIn 3 units, those with the most first:" in told
    assert "• 站: 4\n• 所: 2\n• 队: 1" in told


@ON_SQLITE
def test_of_units_that_owe_reports_it_says_how_many(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent_runs, "MOST", 0)
    world = World(database)
    world.organisation(ROSTER)
    world.assign(DELIVERY, unit="局")
    for n in (0, 1):
        world.at("11:05", day(n))
    assert escalations(world, "甲", 1)[0].text.endswith("连续2天未报：1个单位。")


@ON_SQLITE
def test_a_task_of_every_third_day_counts_its_own_days(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER)
    world.assign(unit="局", calendar="every:3")
    for n in (0, 3, 6):
        world.at("11:05", day(n))
    assert "• 乙 · 站：3天" in escalations(world, "甲", 6)[0].text


@ON_SQLITE
def test_it_does_not_cost_more_after_a_long_history(bureau: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent_runs, "BACK", 4)
    pass_days(bureau, *range(4))
    asked: list[str] = []
    event.listen(bureau.database.read, "before_cursor_execute", lambda *it: asked.append(it[2]))
    assert running(bureau, 3) == {"乙": 4, "丙": 4, "丁": 4}
    few, asked[:] = len(asked), []
    pass_days(bureau, *range(4, 9))
    asked.clear()
    assert running(bureau, 8) == {"乙": 5, "丙": 5, "丁": 5}  # and more: no further days are looked at
    assert len(asked) == few
