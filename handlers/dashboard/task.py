"""Gather the dashboard's page of one task: its times, its next days, and the prompt as people get it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers.core import bundled
from handlers.core.access import ADMIN
from handlers.core.context import Context
from handlers.core.locales import LOCALES
from handlers.core.rendering import Content, Renderer
from handlers.dashboard import tasks
from handlers.dashboard.pages import Page, View
from handlers.dashboard.tasks import Task
from handlers.forms import preview
from handlers.prompts import prompts
from models.authority import permissions
from models.changes import change_rights
from models.changes.planned import Planned
from models.core.errors import Refusal
from models.cycle import assignments, openings
from models.cycle.assignments import Assignment
from models.forms.versions import FormVersion
from models.organisation.units import Unit
from models.reporting.reports import Report
from models.time.calendars import parse_calendar
from models.time.workday_overrides import overrides

DAYS_SHOWN = 14
SELDOM = 4  # openings that are named at least
TIMES = ("opens", "remind", "due", "summary", "summary_root", "escalate", "lock")


@dataclass(frozen=True)
class OneTask:
    """The page. `days` are the next days with whether the task opens on them, None if nobody knows yet; `later` the
    openings after these of a task that seldom opens; `prompt` is what people get in the language of `words`."""

    task: Task
    version: FormVersion
    reach: int
    times: dict[str, str]
    days: Sequence[tuple[date, bool | None]]
    later: Sequence[date]
    planned: Sequence[Planned]
    prompt: Content
    words: Renderer
    locales: Sequence[str] = LOCALES


def gather(context: Context, view: View) -> OneTask:
    """Return the page. Raises `dashboard.not_your_task`."""
    session = context.session
    it = session.get(Assignment, view.query.number("id") or 0)
    unit = session.get_one(Unit, it.unit_id) if it else None
    if it is None or unit is None or not permissions.may_admin(session, view.reader, unit.path):
        raise Refusal("dashboard.not_your_task")
    version = bundled.latest(session, it.form_code, context.now)
    if version is None:
        raise Refusal("dashboard.not_your_task")
    asked = view.query.text("lang")
    words = Renderer(asked if asked in LOCALES else view.words.locale, it.timezone, today=context.today)
    days = _days(context, it)
    stored = {name: value if isinstance(value, str) else ", ".join(value) for name, value in _stored(it).items()}
    return OneTask(
        Task(it, unit, version.spec.title), version, assignments.reach(session, it, context.today), stored,
        days, _later(context, it, days),
        change_rights.waiting(session, view.reader, context.today, "assign", subject=it.code),
        _prompt(context, it, unit, version, words), words,
    )  # fmt: skip


def _stored(it: Assignment) -> dict[str, str | list[str]]:
    found = it.schedule.stored()
    return {name: found[name] for name in TIMES}


def _days(context: Context, it: Assignment) -> list[tuple[date, bool | None]]:
    calendar, worked = parse_calendar(it.calendar), overrides(context.session)
    days = (context.today + timedelta(days=n) for n in range(DAYS_SHOWN))
    return [(day, openings.opens_on(calendar, day, worked)) for day in days]


def _later(context: Context, it: Assignment, days: Sequence[tuple[date, bool | None]]) -> list[date]:
    """Return the next openings after these days, where there are few on them."""
    found: list[date] = []
    while sum(opens is not False for _, opens in days) + len(found) < SELDOM:
        after = found[-1] if found else days[-1][0]
        day = openings.next_day(context.session, it, after)
        if day is None:
            break
        found.append(day)
    return found


def _prompt(context: Context, it: Assignment, unit: Unit, version: FormVersion, words: Renderer) -> Content:
    asked = preview.context_of(context, version.source, it.schedule, it.timezone)
    of_unit = it.about == "units"
    report: Report | None = asked.report if of_unit else None
    return prompts.prompt(words, asked.period, asked.form, report, unit if of_unit else None, started=False)


def data(view: View, page: OneTask) -> dict[str, Any]:
    return tasks.line(view, page.task) | {
        "version": page.version.number, "asks": page.reach,
        "days": [{"day": day.isoformat(), "opens": opens} for day, opens in page.days],
        "later": [day.isoformat() for day in page.later],
        "prompt": {
            "text": page.words.plain(page.prompt),
            "buttons": [[button.label for button in row] for row in page.prompt.buttons],
        },
    }  # fmt: skip


def rows(view: View, page: OneTask) -> Iterator[list[object]]:
    yield ["day", "opens"]
    for day, opens in page.days:
        yield [day, "unknown" if opens is None else "yes" if opens else "no"]
    for day in page.later:
        yield [day, "yes"]


PAGE = Page("task", "task", ADMIN, gather, data, rows)
