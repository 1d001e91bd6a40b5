"""Return the page *Person* as data for programs: the same days and reports as on the page."""

from collections.abc import Iterator
from typing import Any

from handlers.core.access import MEMBER
from handlers.dashboard.pages import Group, Page, View, table
from handlers.dashboard.person import PersonMonth, TaskDays, gather
from models.forms.spec import say
from models.reporting.history import mark

COLUMNS = ("task", "day", "state", "mark", "at", "late", "proxy", "receipt", "report")


def data(view: View, page: PersonMonth) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": page.person.name, "staff_no": page.person.staff_no, "unit": page.unit.path,
        "month": f"{page.first:%Y-%m}",
        "tasks": [
            {"title": say(task.form.title, view.words.locale), "on_time_in_a_row": task.streak,
             "reports": list(_reports(view, task))}
            for task in page.tasks
        ],
    }  # fmt: skip
    if page.own:
        found["wards"] = [{"id": ward.id, "name": ward.name} for ward in page.wards]
    if page.profile:
        found |= {
            "roles": [{"role": role, "unit": unit.path} for role, unit in page.profile.roles],
            "reach": {"silent": "reachable"}.get(page.profile.reach, page.profile.reach),
            "reporter": page.profile.reporter.name if page.profile.reporter else None,
            "phone": page.person.phone,
        }
    return found


def rows(view: View, page: PersonMonth) -> Iterator[list[object]]:
    """Return a line for each report."""
    return table(COLUMNS, (report for task in page.tasks for report in _reports(view, task)))


def _reports(view: View, task: TaskDays) -> Iterator[dict[str, Any]]:
    for report, period in task.reports:
        yield {
            "report": report.id, "task": say(task.form.title, view.words.locale), "day": period.day.isoformat(),
            "state": report.state, "mark": mark(report, period), "late": report.late, "proxy": report.proxy,
            "receipt": report.receipt, "at": report.submitted_at.isoformat() if report.submitted_at else None,
        }  # fmt: skip


PAGE = Page("person", "person", MEMBER, gather, data, rows, Group.REPORTS)
