"""/chart: a unit's month to its leads, one's own to everybody, and the month so far for the director."""

import json
from datetime import timedelta
from typing import Any

import pytest

from handlers.core import rendering
from models.core.database import Database
from models.messaging.contents import Picture
from tests.support.filling import fill_delivery, fill_health
from tests.support.phones import Bubble
from tests.support.world import DELIVERY, TUESDAY, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def asked(world: World, who: str, words: str) -> list[Bubble]:
    """Say this, and return the answers with pictures."""
    before = len(world.chat(who))
    world.says(who, words)
    return [b for b in world.chat(who)[before:] if b.content.picture]


def values(bubble: Bubble) -> dict[str, Any]:
    picture = bubble.content.picture
    assert picture is not None
    assert rendering.svg(picture).startswith("<svg")
    assert picture.alt
    return dict(json.loads(picture.values))


def test_a_lead_sees_the_people_of_the_unit_by_days_and_never_what_they_said(world: World) -> None:
    world.taps("李梅", "零报告")
    fill_health(world, "王建国", "38.2")
    world.at("10:30")
    world.taps("张伟", "零报告")
    heat, lines = asked(world, "王建国", "/chart")
    it = values(heat)
    marks = {name: days[22] for name, days in it["rows"]}
    assert marks == {
        "王建国": "in", "张伟": "late", "李梅": "in", "Ann Lee": "due", "刘大爷": "due", "孙阿姨": "due",
    }  # fmt: skip
    assert (it["unit"], it["of_people"], len(it["weekends"])) == ("一站", True, 30)
    assert values(lines)["lines"] == [["发热", "number", [1.0]]] or values(lines)["lines"][0][2][-1] == 1.0


@ON_SQLITE
def test_everybody_sees_their_own_month_and_nobody_elses(world: World) -> None:
    world.taps("李梅", "零报告")
    (own,) = asked(world, "李梅", "图表")
    it = values(own)
    assert it["name"] == "李梅"
    assert [day for week in it["parts"][0][2] for day in week if day and day[0] == 23] == [[23, "zero"]]
    assert asked(world, "李梅", "/chart 区局/二站") == []
    assert "不在您" in world.says("李梅", "/chart 区局/二站")
    assert asked(world, "王建国", "/chart 区局/二站") == []
    assert values(asked(world, "王建国", "/chart 我")[0])["name"] == "王建国"


@ON_SQLITE
def test_a_month_may_be_named_and_one_without_days_says_so(world: World) -> None:
    assert "10月" in world.says("李梅", "/chart 10月")
    assert "10月" in world.says("王建国", "/chart 一站 10月")
    assert values(asked(world, "陈局", "/chart 区局/一站 11月")[0])["unit"] == "一站"


@ON_SQLITE
def test_in_a_group_a_chart_is_answered_in_private(world: World) -> None:
    world.says("王建国", "/chart", chat="group 一站")
    assert not any(b.content.picture for b in world.chat("group 一站"))
    assert values(world.last("王建国"))["unit"] == "一站"


@ON_SQLITE
def test_where_there_are_too_many_people_the_units_are_shown(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.summaries.month.MOST", 3)
    world = World(database)
    world.organisation()
    world.assign()
    world.at("7:30")
    world.taps("赵强", "零报告")
    world.at("10:30")
    it = values(asked(world, "陈局", "/chart 区局")[0])
    assert it["of_people"] is False
    assert {name: days[22] for name, days in it["rows"]} == {"一站": 0.0, "二站": 0.5, "防疫专班": 0.0}


@ON_SQLITE
def test_an_indicator_is_a_line_with_gaps_where_there_is_none(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY)
    world.at("7:30")
    fill_delivery(world, "赵强", "100", "90")
    world.at("7:30", TUESDAY)
    lines = next(it for it in map(values, asked(world, "赵强", "/chart")) if "lines" in it)
    assert lines["lines"] == [["到货率", "percent", [None] * 28 + [0.9, None]]]


@ON_SQLITE
def test_the_directors_message_carries_the_month_so_far(world: World) -> None:
    for who in ("李梅", "王建国"):
        world.taps(who, "零报告")
    world.at("10:25")
    picture = world.last("陈局").content.picture
    assert picture is not None
    assert json.loads(picture.values)["tasks"] == [["每日健康", [None] * 22 + [0.2]]]
    world.taps("张伟", "零报告")
    world.until(world.clock.at + timedelta(minutes=2))
    changed = world.last("陈局").content.picture
    assert isinstance(changed, Picture) and changed == picture  # what was at the close stays
