"""Return the page *People* as data for programs: the same people as on the page."""

from collections.abc import Iterator
from typing import Any

from handlers.core.access import ADMIN
from handlers.dashboard.pages import Group, Page, View, table
from handlers.dashboard.people import Line, People, gather, template
from models.organisation.people import Role

COLUMNS = ("staff_no", "name", "unit", "role", "kind", "reach")
REACH = {"never": "not_enrolled", "unreachable": "unreachable", "silent": "reachable"}


def data(view: View, page: People) -> dict[str, Any]:
    found: dict[str, Any] = {
        "unit": page.unit.path if page.unit else None, "people": [_line(it) for it in page.lines],
        "page": page.number, "pages": page.pages, "total": page.total,
        "planned": [{"what": it.what, "about": it.arguments["no"], "day": it.day.isoformat()} for it in page.planned],
    }  # fmt: skip
    if page.one:
        it = page.one
        found["person"] = _line(it.line) | {
            "roles": [{"role": str(role), "unit": unit.path} for role, unit in it.line.roles],
            "left_on": it.line.person.left_on.isoformat() if it.line.person.left_on else None,
            "phone": it.line.person.phone,
            "reporter": it.reporter.name if it.reporter else None,
            "wards": [ward.name for ward in it.wards],
        }
    return found


def rows(view: View, page: People) -> Iterator[list[object]]:
    return table(COLUMNS, map(_line, page.lines))


def _line(it: Line) -> dict[str, Any]:
    role = next((role for role, unit in it.roles if unit.id == it.unit.id), Role.MEMBER)
    return {
        "id": it.person.id, "staff_no": it.person.staff_no, "name": it.person.name, "unit": it.unit.path,
        "role": str(role), "kind": str(it.person.kind), "reach": REACH[it.reach],
    }  # fmt: skip


PAGE = Page("people", "people", ADMIN, gather, data, rows, Group.SETTINGS, file=template)
