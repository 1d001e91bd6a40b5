"""An alert that nobody takes climbs, level by level, to somebody who can be reached."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.alerts import alerts, climbing
from models.alerts.alerts import Alert
from models.core.database import Database
from models.reporting.reports import Report
from tests.handlers.alerts.fevers import DEEP, FORM, begin, cards, fever, raised, rung
from tests.support.world import TUESDAY, World

pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.sqlite
def test_nobody_takes_it_and_it_climbs_level_by_level_to_the_top_and_at_last_to_the_admins(world: World) -> None:
    fever(world)
    world.at("8:26")
    assert cards(world, "孙处") == []
    world.at("11:00")
    assert rung(world, "王建国") == rung(world, "刘洋") == ["08:12"]
    assert rung(world, "孙处") == ["08:27"]
    assert rung(world, "陈局") == ["08:42", "08:57", "09:12", "09:27"]
    assert rung(world, "周敏") == ["09:42"]
    assert len(cards(world, "陈局")) == 1
    assert cards(world, "陈局")[0].text.startswith(
        "🔴 【预警】一站张伟08:12报：体温38.2℃。已90分钟无人接手。请尽快接手。"
    )
    assert raised(world)[0].climbs_at is None
    assert "处理中" not in world.says("王建国", "预警")
    assert world.taps("周敏", "我来处理")
    assert "周敏11:00接手。" in cards(world, "王建国")[0].text


@pytest.mark.sqlite
def test_the_cards_below_say_that_it_has_climbed(world: World) -> None:
    fever(world)
    world.at("8:30")
    assert cards(world, "孙处")[0].text == (
        "🔴 【预警】一站张伟08:12报：体温38.2℃。已15分钟无人接手。15分钟内无人接手，将报上一级。"
    )
    assert "已15分钟无人接手" in cards(world, "王建国")[0].text
    assert world.taps("孙处", "我来处理")
    world.at("10:00")
    assert rung(world, "陈局") == []


@pytest.mark.sqlite
def test_it_climbs_at_night_too(world: World) -> None:
    world.at("23:40")
    fever(world)
    world.at("0:12", TUESDAY)
    assert rung(world, "孙处") == ["23:55"]
    assert rung(world, "陈局") == ["00:10"]


def test_after_an_outage_each_gets_one_message_and_then_the_full_time_again(world: World) -> None:
    fever(world)
    world.sleep_until("10:40")
    assert (rung(world, "孙处"), rung(world, "陈局"), rung(world, "周敏")) == (["10:40"], ["10:40"], [])
    world.at("10:54")
    assert rung(world, "陈局") == ["10:40"]
    world.at("10:56")
    assert rung(world, "陈局") == ["10:40", "10:55"]
    assert rung(world, "孙处") == ["10:40"]


@pytest.mark.sqlite
def test_ones_own_alert_goes_to_somebody_else(world: World) -> None:
    fever(world, "陈局")
    assert cards(world, "陈局") == []
    assert rung(world, "周敏") == ["08:12"]
    take, _ = world.button("周敏", "我来处理")
    assert world.forges("陈局", take.data) == "该预警涉及您本人，须由他人处理。"
    assert "我来处理" not in str([b.labels for b in world.chat("陈局")])
    world.says("陈局", "预警")
    assert world.last("陈局").labels == []
    fever(world, "王建国")
    assert [len(cards(world, who)) for who in ("王建国", "刘洋", "孙处")] == [0, 1, 0]


@pytest.mark.sqlite
def test_a_lead_who_cannot_be_reached_holds_nothing_up(database: Database) -> None:
    world = World(database)
    world.organisation(DEEP, enrolled="1001 1004 1002")
    world.assign(FORM)
    world.at("7:30")
    fever(world)
    assert rung(world, "陈局") == ["07:30"]


@pytest.mark.sqlite
def test_an_alert_whose_lead_has_left_the_tree_reaches_the_admins(database: Database) -> None:
    world = World(database)
    world.organisation("staff_no,name,unit,role\n1,安管,区局,admin\n2,小马,区局/一站,\n")
    world.assign(FORM)
    world.at("7:30")
    fever(world, "小马")
    assert rung(world, "安管") == ["07:30"]
    world.at("9:00")
    assert rung(world, "安管") == ["07:30"]


@pytest.mark.sqlite
def test_climbing_by_the_clock(database: Database) -> None:
    """The model alone: exact steps, what an outage held up, the top three times, then never again."""
    at = World(database).local("8:00")
    step = timedelta(minutes=15)
    alert = Alert(rule="r", level="red", label={}, title={}, minutes=15, place_id=1, by=1, opened_at=at, climbs_at=at)
    assert (climbing.climb(alert, 2, at), alert.height, alert.climbs_at) == (1, 1, at + step)
    assert (climbing.climb(alert, 1, at + step), alert.climbs_at) == (1, at + 2 * step)
    for rings in (1, 2, 3):
        late = at + (rings + 1) * step + timedelta(seconds=2)
        assert (climbing.climb(alert, 0, late), alert.rings, alert.climbs_at) == (0, rings, at + (rings + 2) * step)
    assert (climbing.climb(alert, 0, at + 5 * step), alert.rings, alert.climbs_at) == (0, 4, None)
    assert climbing.climb(alert, 3, at + 99 * step) == 0

    held_up = Alert(rule="r", level="red", label={}, title={}, minutes=15, place_id=1, by=1, opened_at=at, climbs_at=at)
    later = at + timedelta(hours=3)
    assert (climbing.climb(held_up, 2, later), held_up.rings, held_up.climbs_at) == (2, 0, later + step)


def test_the_next_to_climb_is_found_without_reading_all(world: World) -> None:
    fever(world)
    with world.database.reading() as session:
        assert session.exec(select(Report.id).where(Report.state == "filled")).one()
        due = alerts.due(session, world.local("8:28"))
        assert due and due.rule == "fever"
        assert alerts.due(session, world.local("8:20")) is None
