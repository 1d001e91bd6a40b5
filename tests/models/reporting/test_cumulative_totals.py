"""Totals since the start: stored day by day at the lock, and always what the reports themselves come to."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, col, select

from models.cycle import periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase
from models.cycle.places import place_of
from models.cycle.steps import Step, StepKind
from models.forms import versions
from models.organisation.units import Unit
from models.reporting import cumulative_totals
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision
from tests.support.world import World, utc

FORM = """code: tally
title: 统计
about: units
statement: 无
questions:
  - {name: visited, type: integer, label: 户数}
  - {name: planned, type: decimal, label: 计划}
indicators:
  - {name: visited, label: 户数, value: visited, total: true}
  - {name: rate, label: 率, value: visited / planned, format: percent, total: true}
  - {name: many, label: 多, count: visited > 5, total: true}
  - {name: today, label: 今日, value: visited}
"""
START = date(2026, 11, 1)
PATHS = ("局", "局/一站", "局/二站", "局/二站/甲组")

Tree = dict[str, Unit]


def begin(world: World) -> None:
    world.organisation(
        "staff_no,name,unit\n" + "\n".join(f"{n},人{n},{path}" for n, path in enumerate(PATHS)), groups=False
    )
    world.assign(FORM, unit="局", calendar="once:2030-01-01")


pytestmark = pytest.mark.world(begin=begin)


def tree(session: Session) -> Tree:
    return {unit.path: unit for unit in session.exec(select(Unit)).all()}


def a_day(session: Session, day: date, filed: dict[str, dict[str, Any]]) -> Period:
    """Return a period of that day in which these units reported, at the point where its lock begins."""
    assignment = session.exec(select(Assignment)).one()
    version = versions.latest(session, "tally")
    units = tree(session)
    assert version
    at = utc(f"{day.isoformat()}T10:00")
    period = Period(
        assignment_id=assignment.id, day=day, version_id=version.id, place_id=place_of(session, units["局"]).id,
        phase=Phase.CLOSED, timezone="Asia/Shanghai", opens_at=at, due_at=at, lock_at=at,
    )  # fmt: skip
    session.add(period)
    session.flush()
    session.add(Step(period_id=period.id, kind=StepKind.LOCK, at=at))
    for path, unit in units.items():
        report = Report(period_id=period.id, unit_id=unit.id, place_id=place_of(session, unit).id)
        session.add(report)
        session.flush()
        if path in filed:
            file(session, period, report, filed[path])
    return period


def file(session: Session, period: Period, report: Report, answers: dict[str, Any] | None) -> None:
    revision = Revision(
        report_id=report.id, number=(report.head_id or 0) + 1, kind=State.FILLED, answers=answers,
        version_id=period.version_id, at=period.due_at, by=1, channel="web", salt="", content_digest="", previous="",
        digest="",
    )  # fmt: skip
    session.add(revision)
    session.flush()
    report.head_id, report.state = revision.id, State.FILLED if answers else State.ZERO
    session.add(report)
    session.flush()


def lock(session: Session, period: Period) -> None:
    step = session.exec(select(Step).where(Step.period_id == period.id)).one()
    period.phase = Phase.LOCKED
    session.add(period)
    session.flush()
    while not cumulative_totals.advance(session, period, step):
        session.flush()
    step.done_at = period.lock_at
    session.add(step)
    session.flush()


def expected(days: dict[date, dict[str, dict[str, Any]]], upto: date, path: str) -> dict[str, object]:
    """Compute the same from the reports alone."""
    filed = [
        answers
        for day, of_day in days.items()
        for at, answers in of_day.items()
        if day <= upto and answers and (at == path or at.startswith(path + "/"))
    ]
    sums = {
        name: sum(numbers, Decimal(0)) if (numbers := [Decimal(str(a[name])) for a in filed if name in a]) else None
        for name in ("visited", "planned")
    }
    visited, planned = sums["visited"], sums["planned"]
    rate = visited / planned if visited is not None and planned else None
    return {
        "visited": None if visited is None else int(visited),
        "rate": None if rate is None else float(rate),
        "many": sum(a.get("visited", 0) > 5 for a in filed),
    }


def agrees(session: Session, days: dict[date, dict[str, dict[str, Any]]]) -> None:
    units = tree(session)
    for period in session.exec(select(Period)).all():
        for path in PATHS:
            shown = cumulative_totals.shown(session, period, units[path])
            wanted = expected(days, period.day, path)
            assert shown["many"] == wanted["many"], (period.day, path)
            for name in ("visited", "rate"):
                # a sum of nothing any more is 0: somebody had answered
                assert (
                    shown[name] == pytest.approx(wanted[name]) if wanted[name] is not None else shown[name] in (None, 0)
                )


ANSWERS = st.fixed_dictionaries(
    {}, optional={"visited": st.integers(0, 9), "planned": st.decimals(1, 9, places=1).map(float)}
).filter(bool)
DAYS = st.lists(st.dictionaries(st.sampled_from(PATHS), ANSWERS), min_size=1, max_size=6)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), filed=DAYS)
def test_stored_totals_are_what_the_reports_come_to_in_whatever_order_days_are_locked_and_mended(
    world: World, data: st.DataObject, filed: list[dict[str, dict[str, Any]]]
) -> None:
    days = {START + timedelta(days=2 * n): of_day for n, of_day in enumerate(filed)}
    with Session(world.database.write) as session:
        made = {day: a_day(session, day, of_day) for day, of_day in days.items()}
        for day in data.draw(st.permutations(list(made))):
            lock(session, made[day])
            agrees(session, days)
        for _ in range(data.draw(st.integers(0, 3))):
            day, path = data.draw(st.sampled_from(list(made))), data.draw(st.sampled_from(PATHS))
            mend(session, made[day], path, days[day], data.draw(ANSWERS | st.none()))
            agrees(session, days)
        session.rollback()


def mend(session: Session, period: Period, path: str, filed: dict[str, Any], after: dict[str, Any] | None) -> None:
    """Reopen a subject's report after the lock and file it again; None is a zero."""
    report = session.exec(
        select(Report).where(Report.period_id == period.id, Report.unit_id == tree(session)[path].id)
    ).one()
    before = filed.get(path)
    file(session, period, report, after)
    cumulative_totals.correct(session, period, report, before, after)
    filed.pop(path, None)
    if after:
        filed[path] = after


@pytest.mark.sqlite
def test_a_total_takes_as_many_questions_after_a_year_as_after_a_day(world: World) -> None:
    def asked(session: Session, period: Period) -> int:
        statements: list[str] = []
        engine = world.database.write
        event.listen(engine, "before_cursor_execute", lambda *it: statements.append(it[2]))
        cumulative_totals.shown(session, period, tree(session)["局"])
        return len(statements)

    with Session(world.database.write) as session:
        first = a_day(session, START, {"局/一站": {"visited": 1}})
        lock(session, first)
        early = asked(session, first)
        for n in range(1, 40):
            period = a_day(session, START + timedelta(days=n), {"局/一站": {"visited": 1}})
            lock(session, period)
        assert asked(session, period) == early
        assert cumulative_totals.shown(session, period, tree(session)["局"])["visited"] == 40
        rows = session.exec(
            select(cumulative_totals.Total).where(col(cumulative_totals.Total.period_id) == period.id)
        ).all()
        assert {row.upto and row.upto["visited"] for row in rows} == {"40"}
        session.rollback()


def test_a_form_without_totals_stores_none(world: World) -> None:
    with world.database.writing() as session:
        versions.store(session, FORM.replace(", total: true", ""), utc("2026-11-01T00:00"))
        period = a_day(session, START, {"局/一站": {"visited": 1}})
        lock(session, period)
        assert cumulative_totals.shown(session, period, tree(session)["局"]) == {}
        assert session.exec(select(cumulative_totals.Total)).all() == []


@pytest.mark.sqlite
def test_a_range_holds_its_first_and_its_last_day(world: World) -> None:
    with world.database.writing() as session:
        for n in range(4):
            a_day(session, START + timedelta(days=n), {})
        found = periods.in_range(session, START + timedelta(days=1), START + timedelta(days=2))
        assert [p.day.day for p in found] == [2, 3]
        assert periods.in_range(session, START, START) == periods.of_day(session, START)
