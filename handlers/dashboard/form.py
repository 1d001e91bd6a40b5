"""Gather the dashboard's page of one form: what a version asks, where it is asked, and its file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core import bundled
from handlers.core.access import ADMIN
from handlers.core.context import Context
from handlers.dashboard.pages import Page, View
from models.authority import permissions
from models.changes import change_rights
from models.changes.planned import Planned
from models.core.errors import Refusal
from models.cycle import assignments
from models.cycle.assignments import Assignment
from models.forms import versions
from models.forms.spec import FormSpec, say
from models.forms.versions import FormVersion
from models.organisation.units import Unit

OLDER_SHOWN = 10


@dataclass(frozen=True)
class OneForm:
    """The page: a version and the number of the newest, the unit whose form it is, the reader's own tasks that ask it,
    and how many others do."""

    version: FormVersion
    newest: int
    owner: Unit | None
    used: Sequence[tuple[Assignment, Unit]]
    others: int
    older: Sequence[int]
    planned: Sequence[Planned]

    @property
    def spec(self) -> FormSpec:
        return self.version.spec


def gather(context: Context, view: View) -> OneForm:
    """Return the page. Raises `dashboard.not_your_form`."""
    session, code = context.session, view.query.text("code")
    newest = bundled.latest(session, code, context.now)
    if newest is None or not versions.concerns(session, permissions.administers(session, view.reader), code):
        raise Refusal("dashboard.not_your_form")
    number = view.query.number("version")
    found = newest if number in (None, newest.number) else versions.numbered(session, code, number or 0)
    if found is None:
        raise Refusal("dashboard.not_your_form")
    asking = [(it, session.get_one(Unit, it.unit_id)) for it in assignments.asking(session, code)]
    own = [(it, unit) for it, unit in asking if permissions.may_admin(session, view.reader, unit.path)]
    older = list(range(newest.number, 0, -1))[: OLDER_SHOWN + 1] if newest.number > 1 else []
    return OneForm(
        found, newest.number, versions.owner(session, code), own, len(asking) - len(own), older,
        change_rights.waiting(session, view.reader, context.today, "form", subject=code),
    )  # fmt: skip


def file(view: View, page: OneForm) -> tuple[str, bytes]:
    """Return the file of the version, as `/form show` sends it."""
    return f"{page.version.code}.yaml", page.version.source.encode()


def data(view: View, page: OneForm) -> dict[str, Any]:
    locale = view.words.locale
    return {
        "code": page.version.code, "version": page.version.number, "newest": page.newest,
        "title": say(page.spec.title, locale), "statement": say(page.spec.statement, locale),
        "owner": page.owner.path if page.owner else None, "tasks": [it.code for it, _ in page.used],
        "questions": [
            {
                "name": it.name, "type": it.type, "label": say(it.label, locale), "required": it.required,
                "choices": [say(choice.label, locale) for choice in it.choices],
            }
            for it in page.spec.questions
        ],
    }  # fmt: skip


def rows(view: View, page: OneForm) -> Iterator[list[object]]:
    yield ["name", "type", "label", "required", "choices"]
    for it in data(view, page)["questions"]:
        yield [it["name"], it["type"], it["label"], "yes" if it["required"] else "no", " / ".join(it["choices"])]


PAGE = Page("form", "form", ADMIN, gather, data, rows, file=file)
