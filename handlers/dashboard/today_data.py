"""Return the page *Today* as data for programs: the same figures and names as on the page."""

from collections.abc import Iterator
from typing import Any

from handlers.core.access import MEMBER
from handlers.dashboard.pages import Group, Page, View, table
from handlers.dashboard.today import Today, gather
from handlers.exports.papers import Wanted
from handlers.reporting.own_day import Line
from models.documents.paper import Format
from models.forms.spec import say
from models.reporting.reports import Report
from models.summaries.branches import Branch

COLUMNS = (
    "kind", "name", "unit", "state", "expected", "received", "zero", "filled", "late", "excused", "not_reported", "at",
    "owner",
)  # fmt: skip


def data(view: View, page: Today) -> dict[str, Any]:
    """Return the page as JSON has it; a member's has no unit."""
    found: dict[str, Any] = {"own": [line for task in page.own for line in _own(view, task)]}
    if page.unit is not None:
        found |= {"unit": page.unit.path, "alerts_open": page.alerts_open, "alerts": list(_alerts(page))}
    if page.it and page.tree:
        period = page.it.period
        found |= {
            "task": {"id": period.id, "title": say(page.it.form.title, view.words.locale),
                     "day": period.day.isoformat(), "due": period.due_at.isoformat(), "phase": period.phase},
            "figures": page.it.now.as_json(),
            "at_close": page.it.at_close.as_json() if page.it.at_close else None,
            "checked_by": page.it.signer.name if page.it.signer and page.it.post and page.it.post.checked else None,
            "units": [_branch(it) for it in page.tree.shown],
            "units_page": page.tree.page, "units_pages": page.tree.pages, "units_below": page.tree.units,
            "people": [
                {"name": person.name, "state": _state(report), "late": report.late, "at": _at(report)}
                for report, person in page.people
            ],
            "not_reported": [{"name": it.name, "unit": it.unit, "silence": it.kind} for it in page.due],
            "days": [{"day": it.day.isoformat(), "completeness": rate} for it, rate in page.days],
        }  # fmt: skip
    return found


def rows(view: View, page: Today) -> Iterator[list[object]]:
    """Return the same as a table: one line for each unit, person, alert and own report."""
    return table(COLUMNS, _lines(page, data(view, page)))


def _lines(page: Today, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if page.it and page.unit:
        yield {"kind": "unit", "unit": page.unit.path, "name": page.unit.name, **_counts(found["figures"])}
    for unit in found.get("units", ()):
        yield {"kind": "unit", **unit}
    for person in found.get("people", ()):
        yield {"kind": "person", **person}
    for one in found.get("not_reported", ()):
        yield {"kind": "not_reported", **one, "state": one["silence"]}
    for alert in found.get("alerts", ()):
        yield {"kind": "alert", **alert}
    for line in found["own"]:
        yield {"kind": "own", **line}


def _counts(figures: dict[str, Any]) -> dict[str, Any]:
    return figures | {"not_reported": figures["due"] + figures["missing"]}


def _branch(it: Branch) -> dict[str, Any]:
    return {
        "id": it.unit.id, "unit": it.unit.path, "name": it.unit.name, "expected": it.expected,
        "received": it.received, "zero": it.bar.zero, "filled": it.bar.filled, "late": it.late,
        "excused": it.bar.excused, "not_reported": it.bar.silent,
    }  # fmt: skip


def _alerts(page: Today) -> Iterator[dict[str, Any]]:
    for it in page.alerts:
        yield {
            "name": it["person"].name if it["person"] else it["unit"].name, "unit": it["unit"].path,
            "state": it["label"], "at": it["alert"].opened_at.isoformat(),
            "owner": it["taker"].name if it["taker"] else None,
        }  # fmt: skip


def _own(view: View, task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    lines: list[Line] = [*([task["own"]] if task["own"] else []), *task["units"], *task["wards"]]
    for line in lines:
        report = line.report
        yield {
            "task": say(task["form"].title, view.words.locale), "name": (line.about or view.reader).name,
            "state": _state(report), "late": report.late, "receipt": report.receipt, "at": _at(report),
        }  # fmt: skip


def _state(report: Report) -> str:
    return "excused" if report.state == "due" and report.excused else report.state


def _at(report: Report) -> str | None:
    return report.submitted_at.isoformat() if report.submitted_at else None


def paper(view: View, page: Today, kind: Format) -> Wanted | None:
    """Return the official report of the day."""
    if page.unit is None or page.it is None:
        return None
    period = page.it.period
    day = period.day.isoformat()
    return Wanted(page.unit.id, period.assignment_id, day, day, kind)


PAGE = Page("", "today", MEMBER, gather, data, rows, Group.REPORTS, paper=paper)
