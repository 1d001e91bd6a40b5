"""Gather the dashboard's page *Calls*: whom to call next in the reader's units, who does not answer, and the calls of
the last week (docs/rules.md 36.7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from handlers.calls import calls_file
from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.dashboard.looks import Look
from handlers.dashboard.pages import Group, Page, View, table
from handlers.exports import list_files
from models.calls import calls
from models.calls.calls import Listed, Made, PhoneCall, Standing
from models.core.errors import Refusal

DAYS, NEXT, SHOWN = timedelta(days=6), 20, 200
COLUMNS = ("call", "unit", "staff_no", "person", "at", "by", "outcome")


@dataclass
class Calls:
    """The page: `waiting` are the next to be called, of `left` who were not called today; `made` are the calls."""

    waiting: Sequence[tuple[Listed, PhoneCall | None]] = field(default_factory=list)
    left: int = 0
    trying: Sequence[tuple[Listed, PhoneCall | None]] = field(default_factory=list)
    made: Sequence[Made] = field(default_factory=list)
    more: bool = False
    more_trying: bool = False
    today: Standing | None = None
    file: tuple[str, bytes] | None = None


def gather(context: Context, view: View) -> Calls:
    session, day = context.session, context.today
    which = calls.inside(view.tops, day)
    found = calls.listed(session, which, day - DAYS, SHOWN + 1)

    def last(it: Listed) -> tuple[Listed, PhoneCall | None]:
        return it, calls.last_call(session, it)

    trying = calls.trying(session, which, SHOWN + 1)
    page = Calls(
        [last(it) for it in calls.to_call(session, which, day, NEXT)], calls.count_to_call(session, which, day),
        [last(it) for it in trying[:SHOWN]],
        found[:SHOWN], len(found) > SHOWN, len(trying) > SHOWN, calls.standing(session, view.tops, day),
    )  # fmt: skip
    if view.query.text("as") == "file":
        view.look = Look("export", view.tops[0].path, {"of": "calls"})
        asked = calls_file.asked(context, view.reader)
        page.file = list_files.at_once(context, view.words, view.reader, calls_file.Made(), asked)
    return page


def _waiting(it: Listed, last: PhoneCall | None) -> dict[str, Any]:
    return {
        "staff_no": it.ward.staff_no, "person": it.ward.name, "unit": it.unit.path,
        "tries": it.tries, "last": last.day.isoformat() if last else None,
    }  # fmt: skip


def _made(it: Made) -> dict[str, Any]:
    return {
        "call": it.call.id, "unit": it.unit.path, "staff_no": it.ward.staff_no, "person": it.ward.name,
        "at": it.call.at.isoformat(), "by": it.by.name, "outcome": it.call.outcome,
    }  # fmt: skip


def data(view: View, page: Calls) -> dict[str, Any]:
    """Return the page as data for programs."""
    return {
        "calls": [_made(it) for it in page.made],
        "more": page.more,
        "next": [_waiting(*it) for it in page.waiting],
        "left": page.left,
        "trying": [_waiting(*it) for it in page.trying],
        "more_trying": page.more_trying,
    }


def rows(view: View, page: Calls) -> Iterator[list[object]]:
    """Return a row for each call."""
    return table(COLUMNS, (_made(it) for it in page.made))


def file(view: View, page: Calls) -> tuple[str, bytes]:
    """Return the calls of the last month as an Excel file. Raises `calls.nobody`."""
    if page.file is None:
        raise Refusal("calls.nobody")
    return page.file


PAGE = Page("calls", "calls", LEAD, gather, data, rows, Group.SUPPORT, file=file)
