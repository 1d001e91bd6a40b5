"""When a day opens, on which days, for whom and with which form."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from models.core.database import Database
from models.cycle.periods import Period
from tests.handlers.cycle.days import ON_SQLITE, begin, due
from tests.support.world import DELIVERY, HEALTH, ROSTER, TUESDAY, ZONE, World

pytestmark = pytest.mark.world(begin=begin)


@ON_SQLITE
def test_an_assignment_made_during_its_day_opens_at_once(world: World) -> None:
    world.at("8:30")
    world.assign(DELIVERY)
    world.at("8:31")
    assert "配送" in world.last("王建国").text
    assert world.steps("delivery")["ask1"].outcome == "done"


@ON_SQLITE
def test_an_assignment_made_after_its_due_time_opens_tomorrow(world: World) -> None:
    world.at("10:30")
    world.assign(DELIVERY)
    world.at("12:00")
    assert not any("配送" in b.text for b in world.phones["1003"])
    world.at("7:30", TUESDAY)
    assert "配送" in world.last("王建国").text


@ON_SQLITE
def test_said_again_the_times_change_from_the_next_period_on(world: World) -> None:
    world.at("7:30")
    world.assign(due="11:00")
    assert due(world) == "10:00"
    world.at("8:30", TUESDAY)
    assert "请于11:00前报送" in world.last("李梅").text
    assert due(world, day=TUESDAY) == "11:00"


@ON_SQLITE
def test_workdays_know_the_days_that_are_moved(database: Database) -> None:
    """2026: National Day from 1 to 7 October, worked instead on Saturday the 10th."""
    world = World(database)
    world.clock.at = datetime(2026, 9, 30, 7, 0, tzinfo=ZONE)
    world.organisation(ROSTER, enrolled="1005")
    world.assign(calendar="workdays")
    world.until(datetime(2026, 10, 12, 12, 0, tzinfo=ZONE))
    with database.reading() as session:
        days = [p.day for p in session.exec(select(Period).order_by(col(Period.day))).all()]
    assert days == [date(2026, 9, 30), *(date(2026, 10, d) for d in (8, 9, 10, 12))]


@ON_SQLITE
def test_a_year_whose_holidays_nobody_knows_is_not_guessed_and_the_admin_is_told(database: Database) -> None:
    world = World(database)
    world.clock.at = datetime(2045, 1, 2, 7, 0, tzinfo=ZONE)
    world.organisation()
    world.assign(calendar="workdays")
    world.until(datetime(2045, 1, 2, 12, 0, tzinfo=ZONE))
    with database.reading() as session:
        assert session.exec(select(Period)).all() == []
    assert "该年的节假日安排尚未收录，1月2日不会开放" in world.last("周敏").text
    assert world.chat("李梅") == world.chat("陈局") == []
    world.until(datetime(2045, 1, 3, 12, 0, tzinfo=ZONE))
    assert "1月3日不会开放" in world.last("周敏").text
    assert len(world.chat("周敏")) == 2


@ON_SQLITE
def test_days_follow_the_assignments_own_zone_through_a_change_of_the_clocks(database: Database) -> None:
    world = World(database)
    world.clock.at = datetime(2026, 3, 27, 0, 0, tzinfo=UTC)  # Berlin springs forward on the 29th
    world.organisation()
    world.assign(timezone="Europe/Berlin", opens="1:30", remind="", due="3:30", summary="3:35", summary_root="3:40",
                 escalate="", lock="24:00")  # fmt: skip
    world.until(datetime(2026, 3, 31, 0, 0, tzinfo=UTC))
    with database.reading() as session:
        found = session.exec(select(Period).order_by(col(Period.day))).all()
    berlin = ZoneInfo("Europe/Berlin")
    by_day = {p.day.day: p for p in found}
    assert {d: by_day[d].due_at - by_day[d].opens_at for d in (28, 29, 30)} == {
        28: timedelta(hours=2), 29: timedelta(hours=1), 30: timedelta(hours=2),
    }  # fmt: skip
    for day in (28, 29, 30):
        assert by_day[day].due_at.astimezone(berlin).strftime("%d %H:%M") == f"{day} 03:30"
        assert by_day[day].lock_at - by_day[day - 1].lock_at == timedelta(hours=23 if day == 29 else 24)


@ON_SQLITE
def test_joiners_begin_with_the_next_period(world: World) -> None:
    world.at("7:30")
    with world.database.writing() as session:
        from models.changes import roster_import

        roster_import.take(session, roster_import.read((ROSTER + "1011,新人,区局/二站,,,,\n").encode()))
    assert world.figures("区局").expected == 10
    world.at("7:30", TUESDAY)
    assert world.figures("区局", day=TUESDAY).expected == 11
    assert world.figures("区局").expected == 10


@ON_SQLITE
def test_an_open_day_keeps_the_form_it_opened_with(world: World) -> None:
    world.at("7:30")
    world.assign(HEALTH.replace("本人及同住家人无发热、无接触史。", "一切如常。"))
    world.taps("李梅", "零报告")
    assert world.revisions("李梅")[0].statement == "本人及同住家人无发热、无接触史。"
    world.at("7:30", TUESDAY)
    assert "一切如常。" in world.last("李梅").text
