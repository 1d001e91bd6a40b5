"""Gather the dashboard's page *Unit*: a month of a unit, as `/chart` draws it, with its rates and who checked it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from handlers.core.context import Context
from handlers.dashboard.pages import View, openable, unit_of, units_above
from models.core import months
from models.core.errors import Refusal
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.forms import versions
from models.forms.spec import FormSpec, Indicator
from models.organisation.people import Person
from models.organisation.units import Unit
from models.summaries import month, posts, ranges
from models.summaries import stretches as stretching
from models.summaries.month import Days
from models.summaries.posts import SummaryPost
from models.summaries.ranges import Total
from models.time.times import day_at

EVERY = 60  # seconds after which an open month asks again: it reads thirty days
UNITS_SHOWN = 40  # units right below, as links


@dataclass(frozen=True)
class Checked:
    """A day that was closed: the summary that somebody checked, who, and whether on the same day; None while nobody
    has."""

    day: date
    post: SummaryPost | None
    signer: Person | None
    same_day: bool = False


@dataclass
class UnitMonth:
    """What the page shows. `after` is the next month, None if it has not begun; `days` are those of the month, `spans`
    the people or units by days, `opens` the ids of the people whose pages the reader may open."""

    unit: Unit
    first: date
    last: date
    after: date | None
    above: list[Unit]
    below: Sequence[Unit]
    tasks: list[tuple[Assignment, FormSpec]] = field(default_factory=list)
    task: Assignment | None = None
    form: FormSpec | None = None
    total: Total = field(default_factory=Total)
    spans: Days = field(default_factory=lambda: Days([], of_people=True))
    opens: set[int] = field(default_factory=set)
    checks: list[Checked] = field(default_factory=list)
    lines: list[tuple[Indicator, Mapping[date, Any]]] = field(default_factory=list)

    @property
    def before(self) -> date:
        return months.before(self.first)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(self.last.day)]

    @property
    def checked(self) -> Mapping[date, Checked]:
        return {it.day: it for it in self.checks}


def span(view: View, today: date) -> tuple[date, date, date | None]:
    """Return the first and the last day of the month that is asked for, and the first of the next if it has begun."""
    first = view.query.month("month", today)
    last = months.last_day(first)
    after = last + timedelta(days=1)
    return first, last, after if after <= today else None


def gather(context: Context, view: View) -> UnitMonth:
    """Return the page. Raises `dashboard.no_unit` for a unit that is not the reader's, `dashboard.no_task` for a task
    that asked nothing of it in this month."""
    session = context.session
    unit = unit_of(view, session, view.query.number("id"))
    if unit is None:
        raise Refusal("dashboard.not_for_you")
    view.every = EVERY
    first, last, after = span(view, context.today)
    below = select(Unit).where(Unit.parent_id == unit.id).order_by(col(Unit.rank)).limit(UNITS_SHOWN)
    page = UnitMonth(unit, first, last, after, units_above(view, session, unit), session.exec(below).all())
    for assignment in month.asked_in(session, unit, first, last):
        version = versions.latest(session, assignment.form_code)
        if version is not None:
            page.tasks.append((assignment, version.spec))
    wish = view.query.number("task")
    found = [it for it in page.tasks if wish is None or it[0].id == wish]
    if wish is not None and not found:
        raise Refusal("dashboard.no_task")
    if found:
        page.task, page.form = found[0]
        view.words = context.words_for(view.reader, page.task.timezone)
        _fill(context, view, page, page.task, page.form)
    return page


def _fill(context: Context, view: View, page: UnitMonth, task: Assignment, form: FormSpec) -> None:
    session, first, last = context.session, page.first, page.last
    stretches = {it.id: found for it, found in stretching.tasks(session, page.unit, first, last)}.get(task.id)
    page.total = ranges.total(session, stretches) if stretches else Total()
    page.spans = month.of_unit(session, task, page.unit, first, last, view.query.page("units"))
    if page.spans.of_people:
        page.opens = openable(view, session, [who for who, _ in page.spans.rows if isinstance(who, Person)])
    page.checks = _checks(session, task, page.unit, first, last)
    lines = month.indicators(session, task, form, page.unit, first, min(last, context.today))
    page.lines = [(it, days) for it, days in lines if any(value is not None for value in days.values())]


def _checks(session: Session, task: Assignment, unit: Unit, first: date, last: date) -> list[Checked]:
    """Return the days that were closed, the newest first, each with who checked its figures."""
    took = [session.get_one(Period, number) for number in month.periods(session, task, first, last)]
    signed = {post.period_id: (post, signer) for post, signer in posts.signed(session, unit, [it.id for it in took])}
    found = []
    for period in reversed(took):
        post, signer = signed.get(period.id, (None, None))
        if post or period.closed_at:
            at = post.signed_at if post else None
            same = at is not None and day_at(at, period.timezone) == period.day
            found.append(Checked(period.day, post, signer, same))
    return found
