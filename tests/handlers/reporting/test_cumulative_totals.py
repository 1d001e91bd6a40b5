"""Figures counted since their start, as leads and groups read them from one day to the next."""

from datetime import timedelta

import pytest

from handlers.core.turn import Turn
from handlers.reporting import filing
from models.core.database import Database
from models.cycle.periods import Phase
from models.messaging.addresses import reachable
from models.organisation.people import find_person
from models.organisation.units import unit_at
from models.reporting import report_context, reports
from tests.support.filling import fill_delivery
from tests.support.world import DELIVERY, MONDAY, World

FORM = DELIVERY.replace(
    "indicators:\n",
    "indicators:\n  - {name: delivered, label: {zh: 送达, en: Delivered}, value: delivered, total: true}\n"
    "  - {name: full, label: {zh: 全送到, en: All delivered}, count: delivered == ordered, total: true}\n",
)
TUESDAY = MONDAY + timedelta(days=1)


def begin(world: World) -> None:
    world.organisation()
    world.assign(FORM)
    world.at("7:30")


pytestmark = pytest.mark.world(begin=begin)


def line(world: World, chat: str) -> str:
    """Return the newest line of indicators in a chat."""
    return next(it for b in reversed(world.chat(chat)) for it in b.text.splitlines() if it.startswith("📊"))


def test_from_the_second_day_on_a_summary_tells_what_it_all_comes_to(world: World) -> None:
    fill_delivery(world, "王建国", "10", "8")
    fill_delivery(world, "赵强", "5", "5")
    world.at("10:30")
    assert line(world, "group 一站") == "📊 送达8（累计8），全送到0（累计0），到货率80%"
    assert line(world, "group 区局") == "📊 送达13（累计13），全送到1（累计1），到货率86.7%"

    world.at("7:30", TUESDAY)
    fill_delivery(world, "王建国", "4", "4")
    world.at("10:30", TUESDAY)
    assert line(world, "group 一站") == "📊 送达4（累计12），全送到1（累计1），到货率100%"
    assert line(world, "王建国") == line(world, "group 一站")
    assert line(world, "group 二站") == "📊 送达–（累计5），全送到0（累计1）"  # nothing filed today
    assert line(world, "group 区局") == "📊 送达4（累计17），全送到1（累计2），到货率100%"
    assert "累计8" in world.says("王建国", "汇总 11-23")  # the day before stays as it was


@pytest.mark.sqlite
def test_a_report_filed_again_after_a_reopening_moves_its_own_day_and_those_after(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_delivery(world, "王建国", "10", "8")
    world.at("7:30", TUESDAY)
    fill_delivery(world, "王建国", "4", "4")
    world.at("0:30", TUESDAY + timedelta(days=1))
    with world.database.reading() as session:
        assert world.period(session, "delivery", TUESDAY).phase == Phase.LOCKED
    assert "累计12" in world.says("王建国", "汇总 11-24")

    monkeypatch.setattr("models.cycle.periods.Period.takes_reports", True)  # as a reopening allows
    with world.database.writing() as session:
        speaker = find_person(session, "1003")
        context = world.desk.context(session, world.clock.now())
        turn = Turn.of(context, world.incoming("王建国"), reachable(session, speaker), speaker)
        period = world.period(session, "delivery")
        it = report_context.context_of(session, period, reports.of_unit(session, period, unit_at(session, "区局/一站")))
        filing.file_filled(turn, it, {"ordered": 10, "delivered": 10})
    assert "送达10（累计10），全送到1（累计1）" in world.says("王建国", "汇总 11-23")
    assert "送达4（累计14），全送到1（累计2）" in world.says("王建国", "汇总 11-24")


@pytest.mark.sqlite
def test_a_form_without_totals_says_nothing_of_them(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY)
    world.at("7:30")
    fill_delivery(world, "王建国", "10", "8")
    world.at("10:30")
    assert line(world, "group 一站") == "📊 到货率80%"
