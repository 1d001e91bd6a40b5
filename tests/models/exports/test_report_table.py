"""Reports as rows of a table."""

import pytest
from sqlalchemy import insert

from models.core.database import Database
from models.cycle.places import Place
from models.exports import report_table
from models.organisation.units import Unit, unit_at
from models.reporting.reports import Report
from tests.support.filling import fill_delivery
from tests.support.world import DELIVERY, HEALTH, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.mark.sqlite
def test_a_row_says_all_an_auditor_asks_for(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("7:30")
    world.taps("李梅", "零报告")
    world.forges("张伟", f"wards.uncontacted.{world.report('刘大爷').id}")
    fill_delivery(world, "赵强", "80", "79")
    with database.reading() as session:
        periods = [world.period(session), world.period(session, "delivery")]
        head, *rows = list(report_table.rows(session, periods))
        station = list(report_table.rows(session, periods, [unit_at(session, "区局/一站")]))
        force = list(report_table.rows(session, periods, [unit_at(session, "区局/防疫专班")]))
    assert head == [
        *report_table.COLUMNS,
        "temperature",
        "contact",
        "place",
        "remark",
        "ordered",
        "delivered",
        *report_table.AFTER,
    ]
    assert len(rows) == 10 + 4
    by = {(r[1], r[2], r[3]): dict(zip(head, r, strict=True)) for r in rows}
    mei = by["health", "区局/一站", "1005"]
    assert (mei["day"], mei["state"], mei["late"], mei["proxy"], mei["submitted_by"]) == (
        "2026-11-23", "zero", False, False, "1005",
    )  # fmt: skip
    assert (mei["form_version"], mei["statement"]) == ("health@1", "本人及同住家人无发热、无接触史。")
    assert mei["submitted_at"].startswith("2026-11-23T07:30:") and mei["submitted_at"].endswith("+08:00")
    ward = by["health", "区局/一站", "2001"]
    assert (ward["state"], ward["proxy"], ward["submitted_by"]) == ("filled", True, "1004")
    unit = by["delivery", "区局/二站", ""]
    assert (unit["name"], unit["state"], unit["ordered"], unit["delivered"]) == ("二站", "filled", 80, 79)
    assert by["health", "区局/一站", "1003"]["state"] == "due"
    assert {r[2] for r in station[1:]} == {"区局/一站"} and len(station) == 1 + 6 + 1
    assert {r[3] for r in force[1:] if r[1] == "health"} == {"1001", "1004", "1008"}


@ON_SQLITE
def test_a_big_number_is_written_as_it_was_typed(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY)
    world.at("7:30")
    fill_delivery(world, "赵强", "123456789", "1")
    with database.reading() as session:
        head, *rows = list(
            report_table.rows(session, [world.period(session, "delivery")], [unit_at(session, "区局/二站")])
        )
    assert dict(zip(head, rows[0], strict=True))["ordered"] == 123456789


@ON_SQLITE
def test_a_decimal_of_many_digits_keeps_them(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY.replace("name: ordered, type: integer", "name: ordered, type: decimal"))
    world.at("7:30")
    world.taps("赵强", "填报")
    world.says("赵强", "1234567.25")
    world.says("赵强", "1")
    assert "1234567.25" in world.last("赵强").text
    world.taps("赵强", "提交")
    with database.reading() as session:
        head, *rows = list(
            report_table.rows(session, [world.period(session, "delivery")], [unit_at(session, "区局/二站")])
        )
    assert dict(zip(head, rows[0], strict=True))["ordered"] == 1234567.25


@ON_SQLITE
def test_each_of_five_thousand_units_has_its_rows_in_the_rosters_order(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.at("7:30")
    with database.writing() as session:
        period, top = world.period(session), unit_at(session, "区局/一站")
        numbers = range(10_001, 15_001)
        paths = {n: f"{top.path}/{n}" for n in numbers}
        session.execute(insert(Unit), [
            {"id": n, "parent_id": top.id, "name": str(n), "path": paths[n], "rank": 30_000 - n} for n in numbers
        ])  # fmt: skip
        session.execute(insert(Place), [{"id": n, "unit_id": n, "path": paths[n]} for n in numbers])
        session.execute(insert(Report), [{"period_id": period.id, "unit_id": n, "place_id": n} for n in numbers])
    with database.reading() as session:
        own = unit_at(session, "区局/一站")
        found = [line.name for line in report_table.lines(session, world.period(session), own)]
        assert report_table.number(session, [world.period(session)], [own]) == len(found) == 5000 + 6
        assert report_table.number_up_to(session, [world.period(session)], [own], 1000) is None
    assert [name for name in found if name.isdecimal()] == [str(n) for n in reversed(numbers)]
