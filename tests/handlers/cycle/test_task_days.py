"""On which days a task is asked: every month, every few days; by words and buttons, in both languages."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from models.core.database import Database
from models.cycle import assignments, openings
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.time.times import instant, parse_time
from tests.support.world import DELIVERY, HEALTH, MONDAY, TUESDAY, World

pytestmark = pytest.mark.sqlite


def task(world: World, code: str = "duty") -> Assignment:
    with world.database.reading() as session:
        return assignments.by_code(session, code)


def opened(world: World) -> list[date]:
    with world.database.reading() as session:
        return list(session.exec(select(Period.day).order_by(Period.day)).all())


def upcoming(world: World, code: str, count: int) -> list[str]:
    """Return the next days on which the task opens."""
    with world.database.reading() as session:
        it, found = assignments.by_code(session, code), list[date]()
        while len(found) < count:
            found.append(openings.next_day(session, it, found[-1] if found else MONDAY) or date.max)
        return [day.isoformat() for day in found]


@pytest.mark.parametrize(
    ("words", "calendar", "said"),
    [
        ("每月1日、15日 10:00", "monthly:1,15", "由区局/一站填报，每月1日、15日，10:00截止。"),
        ("每月最后一天", "monthly:last", "每月最后一天"),
        ("每周一、四 9:00-12:00", "weekly:mon,thu", "每周一、周四，12:00截止"),
        ("due=12:00 calendar=monthly:1,31", "monthly:1,31", "没有该日的月份不报送"),
        ("每3天", "every:3", "每3天一次"),
    ],
)
def test_a_new_task_is_asked_on_the_days_that_were_said(world: World, words: str, calendar: str, said: str) -> None:
    assert said in world.says("周敏", f"任务 新建 duty 区局/一站 {words}")
    world.taps("周敏", "明天起")
    world.at("0:30", TUESDAY)
    assert task(world).calendar.startswith(calendar)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("monthly on the 1st and 15th 10:00", "each month on day 1, day 15, due 10:00"),
        ("calendar=monthly:30", "A month without that day is left out"),
        ("every Monday and Thursday", "every Monday, Thursday"),
        ("every 3 days", "every 3 days"),
        ("once:2026-12-01", "once, on 1 Dec 2026"),
    ],
)
def test_the_days_are_said_in_english_too(world: World, words: str, said: str) -> None:
    world.says("周敏", "/language en")
    assert said in world.says("周敏", f"/assign new duty 区局/一站 {words}")


def test_days_of_each_month_are_offered_as_buttons(world: World) -> None:
    world.says("周敏", "/assign new duty")
    world.taps("周敏", "区局/一站")
    world.taps("周敏", "每月1日，07:30–10:00")
    assert "首次开放：12月1日 07:30。" in world.last("周敏").text
    world.taps("周敏", "明天起")
    world.at("0:30", TUESDAY)
    assert task(world).calendar == "monthly:1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("calendar=monthly:32", "“32”不是每月的日期。请用1至31或last（最后一天）"),
        ("calendar=every:0", "“0”不是天数。请用1至366"),
        ("calendar=yearly", "“yearly”不是日历"),
        ("每隔3天", "“每隔3天”不是日历"),
    ],
)
def test_days_that_are_none_are_refused_with_what_can_be_written(world: World, words: str, said: str) -> None:
    assert said in world.says("周敏", f"/assign new duty 区局/一站 {words}")


def test_every_three_days_counts_from_the_day_it_begins_whatever_is_changed_later(world: World) -> None:
    world.says("周敏", "/assign new duty 区局/一站 每3天 12:00 11-25")
    assert "首次开放：11月25日" in world.last("周敏").text
    world.taps("周敏", "确认")
    world.at("0:30", date(2026, 11, 25))
    assert task(world).calendar == "every:3:2026-11-25"
    assert upcoming(world, "duty", 3) == ["2026-11-25", "2026-11-28", "2026-12-01"]
    said = world.says("周敏", "/assign times duty due=13:00 今天")
    assert "每3天" not in said
    world.taps("周敏", "确认")
    assert task(world).calendar == "every:3:2026-11-25"
    assert "自2026年11月25日起每3天一次" in world.says("周敏", "任务")


def test_the_command_that_undoes_the_days_can_be_sent_as_it_stands(world: World) -> None:
    said = world.says("周敏", "/assign times health 每月1日、15日 今天")
    assert "报送日 每天 → 每月1日、15日" in said or "每天 → 每月1日、15日" in said
    world.taps("周敏", "确认")
    assert task(world, "health").calendar == "monthly:1,15"
    undo = world.last("周敏").text.rpartition("撤销：")[2]
    world.says("周敏", undo + " 今天")
    world.taps("周敏", "确认")
    assert task(world, "health").calendar == "daily"


def test_only_the_days_of_the_calendar_are_opened_and_no_silence_is_counted_between(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY, calendar="every:3")
    for n in range(8):
        world.at("23:00", MONDAY + timedelta(n))
    assert [(day - MONDAY).days for day in opened(world)] == [0, 3, 6]


@pytest.mark.parametrize(
    ("zone", "first", "calendar", "expected"),
    [
        ("Europe/Berlin", "2026-03-01", "monthly:29", "2026-03-29T07:30"),
        ("Europe/Berlin", "2026-10-01", "monthly:25", "2026-10-25T07:30"),
        ("America/New_York", "2026-10-31", "every:1", "2026-11-01T07:30"),
    ],
)
def test_a_day_on_which_summer_time_changes_opens_at_its_own_wall_time(
    database: Database, zone: str, first: str, calendar: str, expected: str
) -> None:
    world = World(database)
    world.organisation()
    world.clock.at = instant(date.fromisoformat(first), parse_time("12:00"), zone)
    world.assign(HEALTH, calendar=calendar, timezone=zone)
    it = task(world, "health")
    assert it.next_at == instant(date.fromisoformat(expected[:10]), parse_time(expected[11:]), zone)
