"""Gather the dashboard's page *Today*: for a lead the units, those who have not reported and the alerts, for everybody
their own day. The questions and the permissions are those of `/team`, `/summary`, `/alerts` and `/status`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from handlers.alerts import notifying
from handlers.core.context import Context
from handlers.dashboard.pages import View, openable, unit_of, units_above, within
from handlers.reporting import own_day
from models.alerts import alerts
from models.authority import leave_decisions
from models.core.errors import Refusal
from models.cycle import periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.cycle.places import Place
from models.forms.spec import Text
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import figures, owed_reports, report_context, reports, silence, snapshots
from models.reporting.reports import Report
from models.summaries import branches
from models.summaries import view as summaries
from models.summaries.branches import Branches
from models.summaries.view import Summary

DUE_SHOWN = 10  # people who have not reported, on one page
PEOPLE_SHOWN = 60  # in a unit without units below
ALERTS_SHOWN = 12
DAYS_SHOWN = 14
LABEL = 120  # characters of an alert


@dataclass(frozen=True)
class Due:
    """Somebody who has not reported: `kind` of silence as in `/team`; `urge` says whether a reminder can reach them
    from here, `proxy` whether the reader may report for them; `excuse` is the number under which the reader may enter
    leave for them, "" if they may not; `person` is whose page the reader may open."""

    report: int
    name: str
    unit: str
    kind: str
    urge: bool
    proxy: bool
    excuse: str
    person: int | None


@dataclass
class Today:
    """What the page shows to one person. Without `unit` it is their own day only; `people_page` is the page of those
    who have not reported, `people_from` how many people of the unit stand before those that are shown; `opens` are the
    ids of the people whose pages the reader may open, `code` is the task's."""

    own: list[dict[str, Any]]
    people_page: int = 1
    unit: Unit | None = None
    above: list[Unit] = field(default_factory=list)
    tasks: list[tuple[Period, Text]] = field(default_factory=list)
    it: Summary | None = None
    code: str = ""
    tree: Branches | None = None
    people: Sequence[tuple[Report, Person]] = ()
    people_from: int = 0
    people_at_once: int = 0
    opens: set[int] = field(default_factory=set)
    due: list[Due] = field(default_factory=list)
    due_at_once: int = DUE_SHOWN
    alerts: list[dict[str, Any]] = field(default_factory=list)
    alerts_open: int = 0
    days: list[tuple[Period, float | None]] = field(default_factory=list)


def gather(context: Context, view: View) -> Today:
    """Return the page. Raises `dashboard.no_unit` for a unit that is not the person's, `dashboard.no_task` for a period
    in which it has no part today."""
    session = context.session
    page = Today(own_day.tasks(context, view.reader), view.query.page("people"))
    unit = unit_of(view, session, view.query.number("unit"))
    if unit is not None:
        page.unit, page.above = unit, units_above(view, session, unit)
        _lead(context, view, page, unit)
    return page


def _lead(context: Context, view: View, page: Today, unit: Unit) -> None:
    session, task = context.session, view.query.number("task")
    found = periods.of_day(session, context.today, unit=unit)
    page.tasks = [(it, report_context.form_of(session, it).title) for it in found]
    if task is not None and task not in {it.id for it in found}:
        raise Refusal("dashboard.no_task")
    period = next((it for it in found if it.id == task), found[0] if found else None)
    opened = alerts.listed(session, [unit])
    page.alerts_open, view.ages = len(opened), bool(opened)
    page.alerts = [
        notifying.view(session, view.words, it, LABEL)
        | {"minutes": int((context.now - it.opened_at).total_seconds() // 60)}
        for it in opened[-ALERTS_SHOWN:]
    ]
    if period is not None:
        view.words = context.words_for(view.reader, period.timezone)
        page.it = summaries.summary(session, period, unit)
        page.code = session.get_one(Assignment, period.assignment_id).code
        page.tree = branches.below(page.it.parts, view.query.page("units"))
        if not page.tree.units:
            last = max(0, page.it.now.expected + page.it.now.excused - 1) // PEOPLE_SHOWN
            page.people_at_once = PEOPLE_SHOWN
            page.people_from = min(view.query.page("all") - 1, last) * PEOPLE_SHOWN
            here = figures.rows_of(session, period, unit)
            page.people = reports.of_people(session, here, PEOPLE_SHOWN, page.people_from)
            page.opens = openable(view, session, [person for _, person in page.people])
        page.due = _due(context, view, period, unit)
        page.days = _days(session, period, unit)


def _due(context: Context, view: View, period: Period, unit: Unit) -> list[Due]:
    session = context.session
    after = (view.query.page("people") - 1) * DUE_SHOWN
    rows = silence.listed(session, owed_reports.owed(session, period, unit), DUE_SHOWN, after)
    found = []
    for report, owing, kind in rows:
        home = owing if isinstance(owing, Unit) else people.home(session, owing)
        asked_in = session.get_one(Unit, session.get_one(Place, report.place_id).unit_id)
        person = owing if isinstance(owing, Person) else None
        mine = within(view, home)
        other = mine and period.takes_reports and not (person and person.id == view.reader.id)
        urge = other and kind == "silent"
        leave = person is not None and leave_decisions.decides(session, view.reader, view.tops, person)
        found.append(
            Due(report.id, owing.name, asked_in.name, kind, urge, other and person is not None,
                person.staff_no if person and leave and period.takes_reports else "",
                person.id if person and mine else None)
        )  # fmt: skip
    return found


def _days(session: Session, period: Period, unit: Unit) -> list[tuple[Period, float | None]]:
    """Return how complete the last days were when they were due, the oldest first."""
    task = session.get_one(Assignment, period.assignment_id)
    first = period.day - timedelta(days=DAYS_SHOWN)
    before = periods.in_range(session, first, period.day - timedelta(days=1), task, [unit])
    closed = [(it, snapshots.at_close(session, it, unit)) for it in before]
    return [(it, then.completeness) for it, then in closed if then is not None]
