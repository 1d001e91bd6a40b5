"""Gather everything that a range of days says about a unit in one task, as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from models.core.errors import Refusal
from models.cycle import former_paths
from models.cycle.assignments import Assignment
from models.forms.spec import FormSpec
from models.organisation.units import Unit
from models.reporting.report_context import form_of
from models.summaries import ranges, runs, stretches
from models.summaries.ranges import Part, Range, Total
from models.summaries.runs import Run, Who
from models.summaries.stretches import Stretch

MOST_DAYS = 366
SILENT_DAYS = LATE_TIMES = 3  # what is listed if nothing else is asked for

Task = tuple[Assignment, list[Stretch]]


@dataclass(frozen=True)
class RangeView:
    """A unit's range. `prior` is the total of the days before, from `before[0]` to `before[1]`. `silent` is None where
    too many reports are missing to look for runs; `late` has ids and times. `moved`: the unit or one below it was moved
    or renamed in between, and each day counts under the path of then."""

    task: Assignment
    stretches: Sequence[Stretch]
    form: FormSpec
    unit: Unit
    first: date
    last: date
    it: Range
    before: tuple[date, date]
    prior: Total
    parts: Sequence[Part]
    silent: Sequence[Run] | None
    late: Sequence[tuple[Who, int]] | None
    moved: bool
    days: int = SILENT_DAYS
    times: int = LATE_TIMES

    @property
    def is_month(self) -> bool:
        return ranges.is_month(self.first, self.last)

    @property
    def total(self) -> Total:
        return self.it.total


def check(first: date, last: date) -> None:
    """Raise `summaries.too_long` for more than a year."""
    if (last - first).days >= MOST_DAYS:
        raise Refusal("summaries.too_long", most=MOST_DAYS)


def gather(
    session: Session, task: Task, unit: Unit, first: date, last: date, *,
    days: int = SILENT_DAYS, times: int = LATE_TIMES,
) -> RangeView:  # fmt: skip
    """Return what one task, as `stretches.tasks` gives it, says about the unit."""
    assignment, these = task
    it = ranges.of_unit(session, these)
    before = ranges.before(first, last)
    prior = next((of for task, of in stretches.tasks(session, unit, *before) if task.id == assignment.id), [])
    few = it.total.expected - it.total.closed.received <= runs.MOST_SILENT
    return RangeView(
        assignment, these, form(session, task), unit, first, last, it, before, ranges.total(session, prior),
        ranges.parts(session, these), runs.silent(session, these, days) if few else None,
        runs.late(session, these, times) if few else None,
        former_paths.moved(session, unit, [number for stretch in these for number in stretch.days]), days, times,
    )  # fmt: skip


def form(session: Session, task: Task) -> FormSpec:
    """Return the form as it was on the newest of the days."""
    return form_of(session, stretches.newest(session, task[1]))
