"""Return the page *Week and month* as data for programs and as a table."""

from collections.abc import Iterator
from typing import Any

from handlers.core.access import LEAD
from handlers.dashboard.pages import Group, Page, View, table
from handlers.dashboard.range_data import RangePage, gather
from handlers.exports.papers import Wanted
from models.documents.paper import Format
from models.forms.spec import say
from models.summaries.ranges import Total
from models.summaries.runs import Named

COLUMNS = (
    "kind", "name", "unit", "first", "last", "days", "expected", "received", "late", "excused", "completeness",
    "timeliness",
)  # fmt: skip


def data(view: View, page: RangePage) -> dict[str, Any]:
    """Return the page as data for programs."""
    found: dict[str, Any] = {"unit": page.unit.path, "from": page.first.isoformat(), "to": page.last.isoformat()}
    it = page.it
    if it is None:
        return found
    found |= {"task": say(it.form.title, view.words.locale), "days": it.it.days, "figures": _total(it.total)}
    found["at_close"] = it.total.closed.as_json()
    found["came_later"], found["excused_since"] = it.total.came_later, it.it.excused_since
    found["units_moved"] = it.moved
    found["before"] = {"from": it.before[0].isoformat(), "to": it.before[1].isoformat(), "figures": _total(it.prior)}
    found["by_day"] = [
        {"first": c.first.isoformat(), "last": c.last.isoformat(), **c.figures.as_json()} for c in it.it.columns
    ]
    found["units"] = [{"name": p.unit.name, "unit": p.unit.path, **_total(p.total)} for p in page.parts]
    found["silent"] = None if it.silent is None else [_run(one) for one in page.silent]
    found["late"] = None if it.late is None else [_run(one) for one in page.late]
    found["at_least"] = {"days_running": page.days, "times_late": page.times}
    return found


def _total(total: Total) -> dict[str, Any]:
    return {
        "expected": total.expected, "received": total.received, "late": total.late, "excused": total.excused,
        "completeness": total.completeness, "timeliness": total.timeliness,
    }  # fmt: skip


def _run(one: Named) -> dict[str, Any]:
    run = one.run
    return {
        "name": one.who.name, "unit": one.unit.path, "days": run.days, "first": run.first.isoformat(),
        "last": run.last.isoformat(),
    }  # fmt: skip


def rows(view: View, page: RangePage) -> Iterator[list[object]]:
    """Return the same as a table, with the names that the data has."""
    found = data(view, page)
    return table(COLUMNS, _lines(page, found) if page.it else ())


def _lines(page: RangePage, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    whole = {"name": page.unit.name, "unit": page.unit.path, "first": found["from"], "last": found["to"]}
    yield {"kind": "total", **whole, "days": found["days"], **found["figures"]}
    before = found["before"]
    yield {"kind": "before", **whole, "first": before["from"], "last": before["to"], **before["figures"]}
    yield from ({"kind": "day", "unit": page.unit.path, **it} for it in found["by_day"])
    for kind, name in (("unit", "units"), ("silent", "silent"), ("late", "late")):
        yield from ({"kind": kind, **it} for it in found[name] or ())


def paper(view: View, page: RangePage, kind: Format) -> Wanted | None:
    """Return the official report of the range."""
    if page.it is None:
        return None
    return Wanted(page.unit.id, page.it.task.id, page.first.isoformat(), page.last.isoformat(), kind)


PAGE = Page("range", "range", LEAD, gather, data, rows, Group.REPORTS, live=False, paper=paper)
