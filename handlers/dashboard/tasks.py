"""Gather the dashboard's page *Tasks and forms*: the tasks of the units that its reader administers, and the forms that
concern them. The questions and the permissions are those of `/assign` and `/form`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, or_, select

from handlers.core import bundled
from handlers.core.access import ADMIN
from handlers.core.context import Context
from handlers.dashboard.pages import Group, Page, View, table
from handlers.forms import new_version
from models.authority import permissions
from models.changes import change_rights
from models.changes.planned import Planned
from models.cycle.assignments import Assignment
from models.forms.spec import Text, say
from models.forms.versions import FormVersion
from models.organisation.units import Unit, below

SHOWN = 40  # tasks on a page
PLANNED_SHOWN = 20  # and how many more there are
COLUMNS = ("code", "title", "form", "unit", "calendar", "opens", "due", "lock", "state", "next_opening")


@dataclass(frozen=True)
class Task:
    """A task with its unit and what its form is called."""

    it: Assignment
    unit: Unit
    title: Text

    @property
    def state(self) -> str:
        return "ended" if self.it.ended_at else "paused" if self.it.paused_at else "running"


@dataclass(frozen=True)
class Tasks:
    """The page: its tasks and how many there are; the newest versions of the forms, of which those without an id come
    with the program and are asked nowhere yet."""

    tasks: Sequence[Task]
    total: int
    number: int
    forms: Sequence[FormVersion]
    planned: Sequence[Planned]
    planned_more: int = 0

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // SHOWN))


def gather(context: Context, view: View) -> Tasks:
    session, number = context.session, view.query.page("page")
    tops = permissions.administers(session, view.reader)
    own = or_(*(below(top.path) for top in tops))
    query = select(Assignment, Unit).join(Unit).where(own)
    query = query.order_by(col(Assignment.ended_at).is_not(None), col(Assignment.code))
    found = session.exec(query.offset((number - 1) * SHOWN).limit(SHOWN)).all()
    total = session.exec(select(func.count()).select_from(Assignment).join(Unit).where(own)).one()
    forms = [bundled.latest(session, code, context.now) for code in new_version.concerning(session, tops)]
    planned = change_rights.waiting(session, view.reader, context.today, "assign", "form")
    return Tasks(
        [Task(it, unit, title(context, it.form_code)) for it, unit in found], total, number,
        [it for it in forms if it], planned[:PLANNED_SHOWN],
        max(0, len(planned) - PLANNED_SHOWN),
    )  # fmt: skip


def title(context: Context, code: str) -> Text:
    """Return what a form is called, in each language."""
    version = bundled.latest(context.session, code, context.now)
    return version.spec.title if version else {"en": code}


def line(view: View, task: Task) -> dict[str, Any]:
    """Return a task for programs."""
    it = task.it
    return {
        "id": it.id, "code": it.code, "title": say(task.title, view.words.locale), "form": it.form_code,
        "unit": task.unit.path, "calendar": it.calendar, **it.schedule.stored(), "timezone": it.timezone,
        "picture": it.picture, "document": it.document, "requires": it.requires, "state": task.state,
        "next_opening": it.next_at.isoformat() if it.next_at and task.state == "running" else None,
    }  # fmt: skip


def data(view: View, page: Tasks) -> dict[str, Any]:
    forms = [
        {"code": it.code, "version": it.number, "title": say(it.spec.title, view.words.locale), "asked": bool(it.id)}
        for it in page.forms
    ]
    tasks = [line(view, task) for task in page.tasks]
    return {"tasks": tasks, "page": page.number, "pages": page.pages, "total": page.total, "forms": forms}


def rows(view: View, page: Tasks) -> Iterator[list[object]]:
    return table(COLUMNS, (line(view, task) for task in page.tasks))


PAGE = Page("tasks", "tasks", ADMIN, gather, data, rows, Group.SETTINGS)
