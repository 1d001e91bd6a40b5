"""Gather the dashboard's page *Exports*: what somebody may have as a file, and the long files that are being written or
were written for them within a day. Files are asked for with `/export`, and stopped with its button."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.dashboard.pages import Page, View, table, unit_of
from handlers.exports import long_files, wanted
from models.core.errors import Refusal
from models.cycle import periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.forms.spec import Text, say
from models.operations import jobs
from models.operations.jobs import Job
from models.organisation.units import Unit
from models.reporting import report_context

EVERY = 3  # seconds between two looks while a file is being written
COLUMNS = ("name", "asked_at", "rows", "written", "state", "size", "until")


@dataclass(frozen=True)
class Line:
    """A long file: `state` is how its job ended, "" while it is being written. It is downloaded from the message
    `card`, or, while it is kept, until `until`."""

    job: Job
    name: str
    state: str
    size: int
    card: int | None
    until: datetime | None


@dataclass(frozen=True)
class Exports:
    """The page: the days, the unit and the task that are asked for, the tasks to choose from, and the files."""

    unit: Unit
    first: date
    last: date
    task: str
    tasks: Sequence[tuple[Assignment, Text]]
    lines: Sequence[Line]


def gather(context: Context, view: View) -> Exports:
    """Return the page. Raises `dashboard.no_unit`, `summaries.no_days`."""
    session, query, today = context.session, view.query, context.today
    unit = unit_of(view, session, query.number("unit"))
    if unit is None:
        raise Refusal("dashboard.not_for_you")
    first, last = _days(query.text("from"), query.text("to"), today)
    found = periods.in_range(session, first, last, units=[unit])
    newest: dict[int, Period] = {it.assignment_id: it for it in found}
    tasks = [
        (session.get_one(Assignment, number), report_context.form_of(session, it).title)
        for number, it in newest.items()
    ]
    asked = next((it.code for it, _ in tasks if it.code == query.text("task")), "")
    lines = [_line(context, it) for it in jobs.lately(session, view.reader, long_files.JOB, context.now)]
    if any(not it.state for it in lines):
        view.every = EVERY
    return Exports(unit, first, last, asked, tasks, lines)


def _days(first: str, last: str, today: date) -> tuple[date, date]:
    """Return the days that are asked for, today if none are."""
    try:
        days = sorted(date.fromisoformat(it) if it else today for it in (first, last))
    except ValueError:
        raise Refusal("summaries.no_days") from None
    if (days[1] - days[0]).days >= wanted.MOST_DAYS:
        raise Refusal("export.range", most=wanted.MOST_DAYS)
    return days[0], days[1]


def _line(context: Context, job: Job) -> Line:
    told, until = job.result or {}, long_files.kept_until(job, context.now)
    return Line(job, job.arguments["name"], told.get("end", ""), told.get("size", 0), told.get("card"), until)


def data(view: View, page: Exports) -> dict[str, Any]:
    """Return the page as data for programs."""
    tasks = [{"code": it.code, "title": say(title, view.words.locale)} for it, title in page.tasks]
    return {
        "unit": page.unit.path, "from": page.first.isoformat(), "to": page.last.isoformat(), "tasks": tasks,
        "files": [_file(it) for it in page.lines],
    }  # fmt: skip


def _file(it: Line) -> dict[str, Any]:
    return {
        "name": it.name, "asked_at": it.job.asked_at.isoformat(), "rows": it.job.rows, "written": it.job.reached,
        "state": it.state or "being written", "size": it.size, "until": it.until.isoformat() if it.until else None,
    }  # fmt: skip


def rows(view: View, page: Exports) -> Iterator[list[object]]:
    """Return the files as a table."""
    return table(COLUMNS, [_file(it) for it in page.lines])


PAGE = Page("exports", "exports", LEAD, gather, data, rows, ticking=True)
