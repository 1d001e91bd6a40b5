"""Gather the dashboard's page *Week and month*: a range of days of one unit, as `/summary` with a range shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from handlers.core.context import Context
from handlers.dashboard.pages import Query, View, openable, unit_of, units_above, within
from models.core import months
from models.core.errors import Refusal
from models.cycle.assignments import Assignment
from models.forms.spec import Text
from models.organisation.people import Person
from models.organisation.units import Unit
from models.summaries import range_view, ranges, runs, stretches
from models.summaries.range_view import LATE_TIMES, SILENT_DAYS, RangeView
from models.summaries.ranges import Part
from models.summaries.runs import Named

T = TypeVar("T")
PEOPLE_SHOWN = 20
CHOICES = (2, 3, 5, 7, 10)  # days running, or times


@dataclass
class RangePage:
    """What the page shows: `spans` are the usual ranges by name, `named` the one that is shown, if it is one of them.
    Without `it` nothing was asked on these days, or none of them is over. `silent` and `late` are one page of each;
    `open` and `opens` are the ids of the units and people among them that the reader may open: they may have moved."""

    unit: Unit
    first: date
    last: date
    today: date
    days: int
    times: int
    spans: dict[str, tuple[date, date]]
    above: list[Unit] = field(default_factory=list)
    tasks: list[tuple[Assignment, Text]] = field(default_factory=list)
    it: RangeView | None = None
    parts: Sequence[Part] = ()
    parts_page: int = 1
    silent: Sequence[Named] = ()
    silent_page: int = 1
    late: Sequence[Named] = ()
    late_page: int = 1
    open: frozenset[int] = frozenset()
    opens: set[int] = field(default_factory=set)
    parts_shown: int = ranges.MOST
    people_shown: int = PEOPLE_SHOWN
    choices: tuple[int, ...] = CHOICES

    @property
    def named(self) -> str:
        return next((name for name, span in self.spans.items() if span == (self.first, self.last)), "")

    @property
    def is_month(self) -> bool:
        return ranges.is_month(self.first, self.last)


def gather(context: Context, view: View) -> RangePage:
    """Return the page. Raises `dashboard.no_unit`, `summaries.no_days`, `summaries.too_long`, `dashboard.no_task`."""
    session, query, today = context.session, view.query, context.today
    unit = unit_of(view, session, query.number("unit"))
    if unit is None:
        raise Refusal("dashboard.not_for_you")
    spans = _spans(today)
    first, last = _asked(query, spans["month"])
    page = RangePage(
        unit, first, last, today, _least(query, "days", SILENT_DAYS), _least(query, "times", LATE_TIMES), spans,
        units_above(view, session, unit),
    )  # fmt: skip
    found = stretches.tasks(session, unit, first, last)
    page.tasks = [(task[0], range_view.form(session, task).title) for task in found]
    number = query.number("task")
    task = next((it for it in found if it[0].id == number), found[0] if found and number is None else None)
    if task is not None:
        page.it = range_view.gather(session, task, unit, first, last, days=page.days, times=page.times)
        _cut(context, view, page, page.it)
    elif number is not None and found:
        raise Refusal("dashboard.no_task")
    return page


def _cut(context: Context, view: View, page: RangePage, it: RangeView) -> None:
    """Take one page of each list, and look up who is on it."""
    session, query = context.session, view.query
    page.parts_page, parts = _slice(query.page("units"), it.parts, ranges.MOST)
    page.silent_page, silent = _slice(query.page("silent"), it.silent or (), PEOPLE_SHOWN)
    page.late_page, late = _slice(query.page("late"), it.late or (), PEOPLE_SHOWN)
    page.parts, page.silent = parts, runs.named(session, silent)
    shown = [one.who for one in (*page.silent, *page.late)]
    page.opens = openable(view, session, [who for who in shown if isinstance(who, Person)])
    page.open = frozenset(part.unit.id for part in parts if within(view, part.unit))
    page.late = runs.named(session, runs.lates(session, it.stretches, late))


def _slice(number: int, found: Sequence[T], at_once: int) -> tuple[int, Sequence[T]]:
    number = min(number, max(1, -(-len(found) // at_once)))
    return number, found[(number - 1) * at_once : number * at_once]


def _least(query: Query, name: str, usual: int) -> int:
    return query.number(name) or usual


def _asked(query: Query, usual: tuple[date, date]) -> tuple[date, date]:
    """Return the first and the last day that are asked for, in whichever order they stand."""
    typed = query.text("from"), query.text("to")
    if not any(typed):
        return usual
    try:
        first, last = sorted(date.fromisoformat(it or "-") for it in typed)
    except ValueError:
        raise Refusal("summaries.no_days") from None
    range_view.check(first, last)
    return first, last


def _spans(today: date) -> dict[str, tuple[date, date]]:
    """Return the usual ranges by name."""
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    before = months.before(month)
    week = timedelta(days=6)
    return {
        "week": (monday, monday + week), "week_before": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "month": (month, months.last_day(month)), "month_before": (before, months.last_day(before)),
    }  # fmt: skip
