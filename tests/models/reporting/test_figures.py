"""Figures that are never fudged: how they are said, and of whom they are. `tests/test_any_day.py` has them add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from handlers.core.filters import percent
from models.core.database import Database
from models.organisation.people import Person
from models.organisation.units import unit_at
from models.reporting import owed_reports, reports
from models.reporting.figures import Figures
from tests.support.world import World


@given(received=st.integers(0, 10**6), more=st.integers(0, 10**6))
def test_a_hundred_per_cent_is_said_only_when_all_are_in(received: int, more: int) -> None:
    whole = Figures(zero=received, due=more)
    said = percent(whole.completeness, "zh_CN")
    if whole.expected == 0:
        assert said == "无需报送"
    else:
        assert (said == "100%") == (more == 0)
        assert abs(float(said.removesuffix("%")) - 100 * received / whole.expected) <= 0.1


@pytest.mark.parametrize(("rate", "said"), [
    (1.0, "100%"), (0.9996, "99.9%"), (0.99999999, "99.9%"), (13 / 14, "92.9%"), (0.5, "50%"), (0.0, "0%"),
    (0.57, "57%"), (0.29, "29%"), (1 / 3, "33.3%"), (2 / 3, "66.7%"), (None, "无需报送"),
])  # fmt: skip
def test_rates_are_never_rounded_up_to_a_hundred(rate: float | None, said: str) -> None:
    assert percent(rate, "zh_CN") == said


def test_figures_name_every_rate_and_have_none_without_a_denominator() -> None:
    f = Figures(zero=12, filled=1, excused=1, due=1, late=2, proxy=6)
    assert f.as_json() == {
        "expected": 14, "received": 13, "zero": 12, "filled": 1, "excused": 1, "due": 1, "missing": 0, "late": 2,
        "proxy": 6, "uncontacted": 0, "completeness": 13 / 14, "timeliness": 11 / 14,
    }  # fmt: skip
    assert (Figures(excused=3).completeness, Figures().timeliness) == (None, None)


@pytest.mark.sqlite
def test_the_silent_are_listed_without_the_excused(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.at("7:30")
    with database.writing() as session:
        mei = session.exec(select(Person).where(Person.name == "李梅")).one()
        report = reports.of_person(session, world.period(session), mei)
        assert report
        report.excused = "病假"
        session.add(report)
    with database.reading() as session:
        period, unit = world.period(session), unit_at(session, "区局/一站")
        names = [p.name for _, p in owed_reports.silent(session, owed_reports.owed(session, period, unit))]
        assert names == ["王建国", "张伟", "Ann Lee", "刘大爷", "孙阿姨"]
        at_root = owed_reports.silent(session, owed_reports.owed_at(period, unit_at(session, "区局")))
        assert [p.name for _, p in at_root] == ["陈局", "周敏"]
    world.at("10:05")
    assert "0/5 · 未报5" in world.last("group 一站").text
    # who files all the same is received, and not excused any more
    world.taps("李梅", "零报告")
    assert (world.figures("区局/一站").excused, world.figures("区局/一站").received) == (0, 1)
