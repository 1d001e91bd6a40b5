"""Reports as rows of a table."""

import pytest

from models.core.database import Database
from models.exports import report_table
from models.organisation.units import unit_at
from tests.support.filling import fill_delivery
from tests.support.world import DELIVERY, HEALTH, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize(("value", "cell"), [
    (None, ""), (True, "true"), (False, "false"), (["a", "b"], "a b"), (36.5, "36.5"), ("=1+1", "'=1+1"),
    ("+86 138", "'+86 138"),
    ("-5", "-5"), ("+5", "+5"), ("@cmd", "'@cmd"), ("-x", "'-x"), ("\tx", "'\tx"), ("无", "无"),
])  # fmt: skip
def test_no_cell_is_taken_for_a_formula(value: object, cell: str) -> None:
    assert report_table.plain(value) == cell


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
        head, *rows = list(report_table.table(session, periods, None))
        station = list(report_table.table(session, periods, unit_at(session, "区局/一站")))
        force = list(report_table.table(session, periods, unit_at(session, "区局/防疫专班")))
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
        "2026-11-23", "zero", "false", "false", "1005",
    )  # fmt: skip
    assert (mei["form_version"], mei["statement"]) == ("health@1", "本人及同住家人无发热、无接触史。")
    assert mei["submitted_at"].startswith("2026-11-23T07:30:") and mei["submitted_at"].endswith("+08:00")
    ward = by["health", "区局/一站", "2001"]
    assert (ward["state"], ward["proxy"], ward["submitted_by"]) == ("filled", "true", "1004")
    unit = by["delivery", "区局/二站", ""]
    assert (unit["name"], unit["state"], unit["ordered"], unit["delivered"]) == ("二站", "filled", "80", "79")
    assert by["health", "区局/一站", "1003"]["state"] == "due"
    assert {r[2] for r in station[1:]} == {"区局/一站"} and len(station) == 1 + 6 + 1
    assert {r[3] for r in force[1:] if r[1] == "health"} == {"1001", "1004", "1008"}


@ON_SQLITE
def test_a_big_number_and_a_small_one_are_written_as_they_were_typed(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY)
    world.at("7:30")
    fill_delivery(world, "赵强", "123456789", "1")
    with database.reading() as session:
        head, *rows = list(
            report_table.table(session, [world.period(session, "delivery")], unit_at(session, "区局/二站"))
        )
    assert dict(zip(head, rows[0], strict=True))["ordered"] == "123456789"


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
            report_table.table(session, [world.period(session, "delivery")], unit_at(session, "区局/二站"))
        )
    assert dict(zip(head, rows[0], strict=True))["ordered"] == "1234567.25"
