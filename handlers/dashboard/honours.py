"""Gather the dashboard's page *Honours*: zero-case streaks by unit, honours with what was withdrawn, star families
(docs/rules.md 38.9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from handlers.core.access import MEMBER
from handlers.core.context import Context
from handlers.dashboard.looks import Look
from handlers.dashboard.pages import Group, Page, View, table
from handlers.exports import list_files
from handlers.honours import honours_file, standing
from handlers.honours.standing import Standing
from models.core.errors import Refusal

MOST = 500
COLUMNS = ("unit", "task", "days", "upto", "broken_on", "next")


@dataclass
class Honours:
    """The page: what the reader sees, and the file if it is asked for."""

    found: Standing
    file: tuple[str, bytes] | None = None


def gather(context: Context, view: View) -> Honours:
    """Return the page."""
    wanted = bool(view.tops) and view.query.text("as") == "file"
    page = Honours(standing.seen(context, view.words, view.reader, view.tops, MOST))
    if wanted:
        view.look = Look("export", view.tops[0].path, {"of": "honours"})
        asked = honours_file.asked(view.tops)
        page.file = list_files.at_once(context, view.words, view.reader, honours_file.Honours(), asked)
    return page


def data(view: View, page: Honours) -> dict[str, Any]:
    """Return the page as data for programs."""
    return {
        "streaks": list(map(_line, page.found.lines)),
        "honours": [
            {"number": it.id, "kind": it.kind, "unit": it.unit.path, "title": it.title, "days": it.days,
             "day": it.day.isoformat(), "reason": it.reason, "by": it.by,
             "withdrawn_at": it.withdrawn_at.isoformat() if it.withdrawn_at else None,
             "withdrawn_by": it.withdrawn_by, "why": it.why}
            for it in page.found.honours
        ],
        "families": [
            {"staff_no": it.staff_no, "household": it.name, "unit": it.unit.path, "task": it.task, "days": it.days,
             "stars": it.stars}
            for it in page.found.families
        ],
    }  # fmt: skip


def _line(it: standing.Line) -> dict[str, Any]:
    broken = it.broken_on.isoformat() if it.broken_on else None
    return {
        "unit": it.unit.path, "task": it.task, "days": it.days, "upto": it.upto.isoformat(), "broken_on": broken,
        "next": it.next,
    }  # fmt: skip


def rows(view: View, page: Honours) -> Iterator[list[object]]:
    """Return the streaks as a table."""
    return table(COLUMNS, map(_line, page.found.lines))


def file(view: View, page: Honours) -> tuple[str, bytes]:
    """Return the Excel file. Raises `honours.leads_only`."""
    if page.file is None:
        raise Refusal("honours.leads_only")
    return page.file


PAGE = Page("honours", "honours", MEMBER, gather, data, rows, Group.RECORD, file=file)
