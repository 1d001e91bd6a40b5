"""The picture above a group's summary: which figures it has, and that it has no names beside answers."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from handlers.core import rendering
from models.core.database import Database
from models.messaging.contents import Content, pack, unpack
from models.organisation.units import unit_at
from models.summaries import view
from tests.handlers.alerts.fevers import RULES
from tests.support.filling import fill_health
from tests.support.world import DELIVERY, HEALTH, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def shown(world: World, group: str) -> dict[str, Any]:
    """Return what the picture of the group's newest post shows."""
    picture = world.last(group).content.picture
    assert picture is not None
    assert rendering.svg(picture).startswith("<svg")
    return dict(json.loads(picture.values))


@pytest.mark.sqlite
def test_a_groups_summary_is_a_picture_above_the_same_words(world: World) -> None:
    world.taps("李梅", "零报告")
    fill_health(world, "赵强", "36.5")
    world.at("10:25")
    post = world.last("group 区局")
    assert "2/10 · 未报8" in post.text
    assert post.content.picture is not None
    assert post.content.picture.alt == "汇总图：区局 11月23日 每日健康，应报10，已报2。"
    it = shown(world, "group 区局")
    assert (it["received"], it["expected"], it["counts"], it["at"]) == (2, 10, [1, 1, 8, 0, 0], "10:00")
    assert it["rows"] == [["区局", 0, 0, 2, 0, 0, 0], ["一站", 1, 0, 5, 0, 0, 0], ["二站", 0, 1, 1, 0, 0, 0]]
    assert it["checked"] == [0, 2]
    assert it["seal"]


@ON_SQLITE
def test_a_picture_names_nobody_but_who_checked_it(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:05")
    world.taps("王建国", "核对无误")
    world.until(world.clock.at + timedelta(minutes=1))
    picture = world.last("group 一站").content.picture
    assert picture is not None
    drawn = rendering.svg(picture)
    assert "王建国 10:05已核对" in drawn
    everybody = ("陈局", "周敏", "张伟", "李梅", "Ann Lee", "刘大爷", "孙阿姨", "赵强", "钱丽")
    assert not any(name in drawn + picture.values + picture.alt for name in everybody)


@ON_SQLITE
def test_a_late_report_is_part_of_its_bar_and_the_picture_says_that_it_moved(world: World) -> None:
    world.at("10:05")
    world.taps("李梅", "零报告")
    world.until(world.clock.at + timedelta(minutes=2))
    it = shown(world, "group 一站")
    assert it["rows"] == [["一站", 1, 0, 5, 0, 1, 0]]
    assert (it["then"], it["received"], it["moved"]) == (0, 1, True)


@ON_SQLITE
def test_after_the_lock_the_silent_are_missing(world: World) -> None:
    world.at("10:30")
    world.until(world.local("0:00", world.clock.at.date() + timedelta(days=1)))
    world.until(world.clock.at + timedelta(minutes=2))
    picture = world.last("group 一站").content.picture
    assert picture is not None
    assert "漏报" in rendering.svg(picture)


@ON_SQLITE
def test_a_task_without_pictures_posts_words_alone(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(picture=False)
    world.assign(DELIVERY)
    world.at("10:05")
    posts = [b.content for b in world.chat("group 一站") if b.kind == "group"]
    assert [it.picture is None for it in posts] == [True, False]


@ON_SQLITE
def test_where_nobody_is_asked_there_is_nothing_to_draw(database: Database) -> None:
    world = World(database)
    world.organisation("staff_no,name,unit,role\n1,陈局,区局,lead\n")
    world.assign(on_leave="excused")
    world.at("10:25")
    assert world.last("group 区局").content.picture is not None
    assert shown(world, "group 区局")["rows"] == [["区局", 0, 0, 1, 0, 0, 0]]


@ON_SQLITE
def test_of_many_units_the_worst_ten_are_drawn_and_the_others_counted(database: Database) -> None:
    world = World(database)
    lines = [f"{n},员工{n},区局/{n}站," for n in range(1, 31)]
    world.organisation("\n".join(["staff_no,name,unit,role", "0,陈局,区局,lead", *lines]), enrolled="0 7 9")
    world.assign()
    for name in ("员工7", "陈局"):
        world.at("7:30")
        world.taps(name, "零报告")
    world.at("10:25")
    it = shown(world, "group 区局")
    assert (len(it["rows"]), it["others"], it["incomplete"]) == (10, 21, 19)
    assert [row[0] for row in it["rows"]] == [f"{n}站" for n in range(1, 12) if n != 7]
    assert "其余21个单位：19个未报齐" in rendering.svg(world.last("group 区局").content.picture)  # type: ignore[arg-type]


@ON_SQLITE
def test_of_many_units_the_lead_reads_of_the_worst_and_how_many_others_there_are(database: Database) -> None:
    world = World(database)
    lines = [f"{n},员工{n},区局/{n}站," for n in range(1, 46)]
    world.organisation("\n".join(["staff_no,name,unit,role", "0,陈局,区局,lead", *lines]), enrolled="0 7 9")
    world.assign()
    world.at("7:30")
    world.taps("员工7", "零报告")
    said = world.says("陈局", "进度")
    assert len([line for line in said.splitlines() if "站 0/1" in line]) == 40
    assert "✅ 7站" not in said, "it is complete, so it is one of the others"
    assert "… 另有5个单位" in said


def test_a_content_keeps_its_picture_and_without_one_is_stored_as_before() -> None:
    words = rendering.Renderer("en")
    content = Content("x", picture=words.picture("summary", alt="y", unit="一站"))
    assert unpack(pack(content)) == content
    assert "picture" not in pack(Content("x"))
    other = words.picture("summary", alt="y", unit="二站")
    assert content.picture is not None and content.picture.digest != other.digest


@ON_SQLITE
def test_whose_alerts_a_summary_counts_costs_the_same_however_many_units_there_are(database: Database) -> None:
    world = World(database)
    lines = [f"{n},员工{n},区局/{n}站," for n in range(1, 31)]
    world.organisation("\n".join(["staff_no,name,unit,role", "0,陈局,区局,lead", *lines]), enrolled="0 7 9")
    world.assign(HEALTH + RULES)
    world.at("7:30")
    fill_health(world, "员工7", "38.5")
    with world.database.reading() as session:
        it = view.summary(session, world.period(session), unit_at(session, "区局"))
        assert it.alerts and it.parts.units
        asked: list[str] = []
        event.listen(world.database.read, "before_cursor_execute", lambda *told: asked.append(told[2]))
        found = view.alerted(session, it, "en")
        assert list(found) == [unit_at(session, "区局/7站").id]
    assert len(asked) <= 3
