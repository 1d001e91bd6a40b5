"""Gather the dashboard's page *Person*: the days of a month, the streaks, the reports, and to a lead what the chat
offers about one of their people."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from handlers.core.context import Context
from handlers.dashboard.looks import PERSON, Look
from handlers.dashboard.pages import View, opens, person_of, within
from handlers.dashboard.unit_month import EVERY, span
from models.authority import leave_decisions, responsibility
from models.changes import credentials
from models.core import months
from models.core.errors import Refusal
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.evidence import rows as evidence
from models.forms import versions
from models.forms.spec import FormSpec
from models.messaging import addresses
from models.organisation import people
from models.organisation.people import Person, Role
from models.organisation.units import Unit
from models.reporting import history, revisions
from models.reporting.reports import Report


@dataclass(frozen=True)
class TaskDays:
    """A task's days of one month: `weeks` from Monday on, None for a day of another month; `reports` the newest
    first."""

    form: FormSpec
    streak: int
    weeks: list[list[tuple[date, str, int | None] | None]]
    reports: list[tuple[Report, Period]]


@dataclass(frozen=True)
class Profile:
    """What a lead sees of one of their people: `reach` as in `/people`, and which of the chat's buttons may help.
    `proxies` are the reports that the lead may file, `urges` those about which a reminder can reach the person."""

    roles: Sequence[tuple[Role, Unit]]
    reach: str
    reporter: Person | None
    excuse: bool
    invite: bool
    proxies: list[tuple[Report, FormSpec]] = field(default_factory=list)
    urges: list[tuple[Report, FormSpec]] = field(default_factory=list)


@dataclass
class PersonMonth:
    """What the page shows. `unit` is the person's home, `led` whether the reader answers for it; `wards` are those for
    whom the person reports, as far as they are the reader's own."""

    person: Person
    own: bool
    unit: Unit
    led: bool
    first: date
    last: date
    before: date | None
    after: date | None
    tasks: list[TaskDays]
    wards: Sequence[Person]
    profile: Profile | None = None


def gather(context: Context, view: View) -> PersonMonth:
    """Return the page. Raises `dashboard.no_person`."""
    session, today, reader = context.session, context.today, view.reader
    person = person_of(view, session, view.query.number("id"))
    view.every = EVERY
    first, last, after = span(view, today)
    begun = history.first_day(session, person)
    home = people.home(session, person)
    page = PersonMonth(
        person, person.id == reader.id, home, within(view, home), first, last,
        before=months.before(first) if begun and begun < first else None, after=after,
        tasks=_tasks(context, view, person, first, last),
        wards=[it for it in responsibility.wards(session, reader, today) if opens(view, session, it)]
        if person.id == reader.id else (),
    )  # fmt: skip
    if not page.own:
        view.look = Look(PERSON, person.staff_no, {"month": f"{first:%Y-%m}"})
        if page.led:
            page.profile = _profile(context, view, page)
    return page


def _tasks(context: Context, view: View, person: Person, first: date, last: date) -> list[TaskDays]:
    """Return the tasks that asked this person, with those of their reports that the reader may see."""
    session, by_task = context.session, dict[int, list[tuple[Report, Period]]]()
    asked = history.rows(session, person, first, last)
    for report, period in evidence.seen_by(session, view.reader, asked, context.today):
        by_task.setdefault(period.assignment_id, []).append((report, period))
    found = []
    for number, rows in by_task.items():
        assignment = session.get_one(Assignment, number)
        version = versions.latest(session, assignment.form_code)
        if version is not None:
            streak = history.streak(session, person, assignment)
            found.append(TaskDays(version.spec, streak, _weeks(first, context.today, rows), rows[::-1]))
    return found


def _weeks(
    first: date, today: date, rows: Sequence[tuple[Report, Period]]
) -> list[list[tuple[date, str, int | None] | None]]:
    marks: Mapping[date, tuple[str, int | None]] = {
        period.day: (history.mark(report, period), report.id) for report, period in rows
    }
    return [
        [
            (day, *marks.get(day, ("future" if day > today else "nothing", None))) if day.month == first.month else None
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]


def _profile(context: Context, view: View, page: PersonMonth) -> Profile:
    session, person, reader, today = context.session, page.person, view.reader, context.today
    speaker = person.reporter_id or person.id
    reach = addresses.silence(session, [speaker])[speaker]
    here = not person.left_by(today)
    profile = Profile(
        roles=people.roles(session, person), reach=reach,
        reporter=session.get(Person, person.reporter_id) if person.reporter_id else None,
        excuse=here and leave_decisions.may_decide(session, reader, person, today),
        invite=here and reach == "never" and person.reporter_id is None
        and credentials.may_invite(session, reader, person, today),
    )  # fmt: skip
    for task in page.tasks:
        for report, period in task.reports:
            if report.owed and period.takes_reports and person.reporter_id != reader.id:
                if reach == "silent":
                    profile.urges.append((report, task.form))
                if _free(session, report, period, reader):
                    profile.proxies.append((report, task.form))
    return profile


def _free(session: Session, report: Report, period: Period, reader: Person) -> bool:
    try:
        revisions.refuse_if_not_theirs(session, period, report, reader)
    except Refusal:
        return False
    return True
