"""Gather the official report of a unit, of a day or of a range of days: the same questions as `/summary` asks, and all
units right below (docs/rules.md 25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from models.alerts import alerts
from models.core.errors import Refusal
from models.cycle import periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.forms.spec import FormSpec
from models.organisation.units import Unit
from models.reporting.figures import Figures
from models.reporting.report_context import form_of
from models.reporting.silence import Silent
from models.summaries import posts, range_view, runs, stretches, view
from models.summaries.range_view import RangeView
from models.summaries.runs import Named
from models.summaries.tree import Part
from models.summaries.view import Summary

MOST_NAMED = 60  # people of one kind whom the report of a range names


@dataclass(frozen=True)
class DayReport:
    """A day of a unit: its summary, the units right below with their figures and whether somebody checked them, who has
    not reported, and the open alerts by kind."""

    summary: Summary
    parts: Sequence[tuple[Part, Figures, bool]]
    silent: dict[str, Silent]
    alerts: Sequence[dict[str, Any]]

    @property
    def form(self) -> FormSpec:
        return self.summary.form


@dataclass(frozen=True)
class RangeReport:
    """A range of days of a unit, and whom it names."""

    it: RangeView
    silent: Sequence[Named]
    late: Sequence[Named]
    checked: int

    @property
    def form(self) -> FormSpec:
        return self.it.form


def tasks(session: Session, unit: Unit, first: date, last: date) -> list[tuple[Assignment, FormSpec]]:
    """Return the tasks in which a unit has a part on these days, each with its form."""
    if first == last:
        found = periods.of_day(session, first, unit=unit)
        return [(session.get_one(Assignment, it.assignment_id), form_of(session, it)) for it in found]
    return [(task[0], range_view.form(session, task)) for task in stretches.tasks(session, unit, first, last)]


def gather(
    session: Session, task: int, unit: Unit, first: date, last: date, locale: str
) -> DayReport | RangeReport:  # fmt: skip
    """Return the report of a task, by its id. Raises `export.nothing` if nothing was asked, `summaries.too_long`."""
    if first != last:
        return _of_range(session, task, unit, first, last)
    period = next((it for it in periods.of_day(session, first, unit=unit) if it.assignment_id == task), None)
    if period is None:
        raise Refusal("export.nothing", first=first, last=last)
    return _of_day(session, period, unit, locale)


def _of_day(session: Session, period: Period, unit: Unit, locale: str) -> DayReport:
    it = view.summary(session, period, unit)
    checked = posts.checked(session, period)
    parts = [(below, figures, below.id in checked) for below, figures in it.parts.figures]
    incidents = [alert for alert in alerts.open_incidents(session, unit) if alert.opened_at <= period.lock_at]
    told = view.told_of(session, [*it.alerts, *incidents], locale)
    return DayReport(it, parts, view.silent_by_kind(session, it), told)


def _of_range(session: Session, task: int, unit: Unit, first: date, last: date) -> RangeReport:
    range_view.check(first, last)
    found = next((it for it in stretches.tasks(session, unit, first, last) if it[0].id == task), None)
    if found is None:
        raise Refusal("export.nothing", first=first, last=last)
    it = range_view.gather(session, found, unit, first, last)
    late = runs.lates(session, it.stretches, (it.late or ())[:MOST_NAMED])
    numbers = [number for stretch in it.stretches for number in stretch.periods]
    checked = sum(post.checked for post, _ in posts.signed(session, unit, numbers))
    return RangeReport(
        it, runs.named(session, (it.silent or ())[:MOST_NAMED]), runs.named(session, late), checked
    )  # fmt: skip


def usual(today: date) -> dict[str, tuple[date, date]]:
    """Return the ranges that are offered, by name: the last whole week and the last whole month."""
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    last = month - timedelta(days=1)
    return {"week": (monday - timedelta(days=7), monday - timedelta(days=1)), "month": (last.replace(day=1), last)}
