"""Gather the dashboard's page *Timeline*: the newest entries of a unit and those above, a month's, or what there was by
months; never more than the chat shows the reader (docs/rules.md 39.3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from handlers.core.access import MEMBER
from handlers.core.context import Context
from handlers.dashboard.looks import Look
from handlers.dashboard.pages import Group, Page, View, table
from handlers.exports import list_files
from handlers.exports.papers import Wanted
from handlers.exports.timeline_words import Line
from handlers.timeline import standing, timeline_file
from models.core import months as month_ends
from models.core.errors import Refusal
from models.documents.paper import Format
from models.organisation import units
from models.organisation.units import Unit
from models.timeline.reading import Month

SHOWN = 40  # entries on a page
COLUMNS = ("number", "day", "unit", "source", "words", "count", "hidden", "reason")


@dataclass
class Timeline:
    """The page: entries, the newest first, of `month` if one is asked for; `before` is where the next page goes on.
    `months` are the newest months, each with what there was; `earlier` is the last day before them. `units` are others
    that the reader may look at."""

    unit: Unit
    month: date | None
    lines: Sequence[Line]
    admin: frozenset[int]
    may_add: bool
    before: str = ""
    months: Sequence[tuple[Month, list[str]]] = ()
    earlier: date | None = None
    units: Sequence[Unit] = field(default_factory=list)
    file: tuple[str, bytes] | None = None


def gather(context: Context, view: View) -> Timeline:
    """Return the page. Raises `timeline.not_yours`, `history.no_month`."""
    unit, text = _unit(context, view), view.query.text
    month = view.query.month("month", context.today) if text("month") else None
    shown = standing.page(
        context, view.words, view.reader, unit, month=month, before=_cursor(text("before")), most=SHOWN
    )
    last = month_ends.last_day(view.query.month("until", context.today))
    found, earlier = standing.months(context, view.words, view.reader, unit, last)
    others = {it.id: it for top in view.tops for it in units.with_children(context.session, top)}
    end = shown.lines[-1] if shown.older else None
    page = Timeline(
        unit, month, shown.lines, shown.admin, shown.may_add, f"{end.day}.{end.it.id}" if end else "", found, earlier,
        [it for it in others.values() if it.id != unit.id],
    )  # fmt: skip
    if text("as") == "file":
        asked, source = timeline_file.asked(unit, month), timeline_file.Entries()
        page.file = list_files.at_once(context, view.words, view.reader, source, asked)
        view.look = Look("export", unit.path, {"timeline": source.lines(context, view.reader, asked)})
    return page


def _unit(context: Context, view: View) -> Unit:
    number = view.query.number("unit")
    if number is None:
        return standing.own(context, view.reader)
    unit = context.session.get(Unit, number)
    if unit is None:
        raise Refusal("timeline.not_yours")
    return unit


def _cursor(text: str) -> tuple[date, int] | None:
    """Return the day and the number after which a page goes on; None for anything that no page says."""
    day, _, number = text.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) <= 9):
        return None
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def _line(page: Timeline, one: Line) -> dict[str, Any]:
    it = one.it
    return {
        "number": it.id, "day": it.day.isoformat(), "unit": (one.unit or page.unit).path, "source": it.source,
        "words": one.text, "count": it.n, "hidden": it.hidden_at is not None, "reason": it.reason,
    }  # fmt: skip


def data(view: View, page: Timeline) -> dict[str, Any]:
    """Return the page as data for programs."""
    return {
        "unit": page.unit.path, "month": f"{page.month:%Y-%m}" if page.month else None,
        "entries": [_line(page, it) for it in page.lines], "before": page.before or None,
        "months": [{"month": f"{it.first:%Y-%m}", "counts": it.counts} for it, _ in page.months],
    }  # fmt: skip


def rows(view: View, page: Timeline) -> Iterator[list[object]]:
    """Return the entries as a table."""
    return table(COLUMNS, (_line(page, it) for it in page.lines))


def file(view: View, page: Timeline) -> tuple[str, bytes]:
    """Return the timeline as an Excel file."""
    if page.file is None:
        raise Refusal("timeline.not_yours")
    return page.file


def paper(view: View, page: Timeline, kind: Format) -> Wanted | None:
    """Return the timeline, or its month, as the Word document that is wanted."""
    if kind != "word" or not page.lines:
        return None
    today = view.now.astimezone(view.words.zone).date()
    first, last = standing.days(page.month, today)
    return Wanted(page.unit.id, 0, first.isoformat(), last.isoformat(), "word", story=True)


PAGE = Page("timeline", "timeline", MEMBER, gather, data, rows, Group.RECORD, file=file, paper=paper)
