"""Return the page *Unit* as data for programs: the same names, marks and rates as on the page."""

from collections.abc import Iterator
from typing import Any

from handlers.core.access import LEAD
from handlers.dashboard.pages import Page, View
from handlers.dashboard.unit_month import UnitMonth, gather
from handlers.exports.papers import Wanted
from models.documents.paper import Format
from models.forms.spec import say


def data(view: View, page: UnitMonth) -> dict[str, Any]:
    locale = view.words.locale
    found: dict[str, Any] = {"unit": page.unit.path, "month": f"{page.first:%Y-%m}", "tasks": [
        {"id": task.id, "title": say(form.title, locale)} for task, form in page.tasks
    ]}  # fmt: skip
    if page.task is None:
        return found
    return found | {
        "task": page.task.id,
        "completeness": page.total.completeness, "timeliness": page.total.timeliness,
        "of": "people" if page.spans.of_people else "units",
        "page": page.spans.page, "pages": page.spans.pages,
        "rows": [
            {"name": who.name, "days": {day.isoformat(): mark for day, mark in sorted(marks.items())}}
            for who, marks in page.spans.rows
        ],
        "checked": [
            {"day": it.day.isoformat(), "by": it.signer.name if it.signer else None,
             "at": it.post.signed_at.isoformat() if it.post and it.post.signed_at else None,
             "changed_since": bool(it.post and it.post.moved_at)}
            for it in page.checks
        ],
        "indicators": [
            {"name": it.name, "label": say(it.label, locale),
             "days": {day.isoformat(): None if value is None else float(value) for day, value in days.items()}}
            for it, days in page.lines
        ],
    }  # fmt: skip


def rows(view: View, page: UnitMonth) -> Iterator[list[object]]:
    """Yield a line for each person or unit, and for each indicator, with the days as columns."""
    yield ["kind", "name", *(day.isoformat() for day in page.days)]
    kind = "person" if page.spans.of_people else "unit"
    for who, marks in page.spans.rows:
        yield [kind, who.name, *(marks.get(day) for day in page.days)]
    if page.checks:
        signers = {it.day: it.signer.name if it.signer else None for it in page.checks}
        yield ["checked", None, *(signers.get(day) for day in page.days)]
    for it, days in page.lines:
        values = [days.get(day) for day in page.days]
        yield ["indicator", say(it.label, view.words.locale), *(None if v is None else float(v) for v in values)]


def paper(view: View, page: UnitMonth, kind: Format) -> Wanted | None:
    """Return the official report of the month, once a day of it is over."""
    if page.task is None or not page.checks:
        return None
    return Wanted(page.unit.id, page.task.id, page.first.isoformat(), page.last.isoformat(), kind)


PAGE = Page("unit", "unit", LEAD, gather, data, rows, paper=paper)
