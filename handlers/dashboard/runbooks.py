"""Gather the dashboard's page *Runbooks*: the runs of one's units and how each step stands, and the runbooks that can
be started."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.core.groups import Group
from handlers.dashboard.looks import Look
from handlers.dashboard.pages import Page, View, table
from handlers.exports import papers
from handlers.exports.papers import Wanted
from handlers.runbooks import board, run_file
from models.core.errors import Refusal
from models.documents.paper import Format
from models.organisation.units import Unit
from models.runbooks import runbooks, runs
from models.runbooks.runbooks import Runbook
from models.runbooks.runs import RunbookRun, RunbookStep

SHOWN = 30  # runs in the list
EVERY = 5  # seconds between two looks at a run that is under way
COLUMNS = ("number", "title", "unit", "drill", "begun_at", "by", "done", "total", "late", "ended_at", "reason")
STEP = (
    "step", "words", "state", "asked", "instead_of", "why", "due_at", "closed_at", "closed_by", "late_minutes",
    "reason", "notes", "files",
)  # fmt: skip


@dataclass
class Runbooks:
    """The page: the newest runs of which something is the reader's, and the one that is looked at, as
    `board.line` and `board.values` tell of them; `books` are the runbooks that hold for the reader's units, each with
    its unit."""

    lines: Sequence[Mapping[str, Any]] = field(default_factory=list)
    books: Sequence[tuple[Runbook, Unit]] = field(default_factory=list)
    one: Mapping[str, Any] | None = None
    may_end: bool = False
    file: tuple[str, bytes] | None = None


def gather(context: Context, view: View) -> Runbooks:
    """Return the page. Raises `runbooks.not_yours`."""
    session, number = context.session, view.query.number("id")
    if number is not None:
        return _one(context, view, number)
    found = runs.newest(session, view.tops, SHOWN)
    books = [(it, session.get_one(Unit, it.unit_id)) for it in runbooks.visible(session, view.tops)]
    return Runbooks([board.line(context, it) for it in found], books)


def _one(context: Context, view: View, number: int) -> Runbooks:
    run = context.session.get(RunbookRun, number)
    if run is None or not board.may_see(context, run, view.reader):
        raise Refusal("runbooks.not_yours")
    if run.ended_at is None:
        view.every, view.ages = EVERY, True
    page = Runbooks(one=board.values(context, run), may_end=board.may_end(context, run, view.reader))
    if view.query.text("as") == "file":
        view.look = Look("export", context.session.get_one(Unit, run.unit_id).path, {"number": run.id})
        page.file = run_file.write(context, view.words, run, view.reader)
    return page


def _line(told: Mapping[str, Any]) -> dict[str, Any]:
    run: RunbookRun = told["run"]
    return {
        "number": run.id, "title": told["title"], "unit": told["unit"].path, "drill": run.drill,
        "begun_at": run.begun_at.isoformat(), "by": told["starter"].name if told["starter"] else None,
        "done": told["done"], "total": told["total"], "late": told["late"],
        "ended_at": run.ended_at.isoformat() if run.ended_at else None, "reason": run.reason,
    }  # fmt: skip


def _step(told: Mapping[str, Any]) -> dict[str, Any]:
    step: RunbookStep = told["step"]
    return {
        "step": step.number, "words": told["plan"].words, "state": step.state,
        "asked": ", ".join(it.name for it in told["persons"]),
        "instead_of": told["meant"].name if told["meant"] else None, "why": step.why or None,
        "due_at": step.due_at.isoformat() if step.due_at else None,
        "closed_at": step.closed_at.isoformat() if step.closed_at else None,
        "closed_by": told["closer"].name if told["closer"] else None, "late_minutes": told["late"],
        "reason": step.reason, "notes": "\n".join(it.words for it, _ in told["said"] if it.words),
        "files": ", ".join(name for _, name in told["files"]),
    }  # fmt: skip


def data(view: View, page: Runbooks) -> dict[str, Any]:
    """Return the page as data for programs."""
    if page.one is None:
        books = [
            {"number": it.id, "title": it.title, "unit": unit.path, "version": it.number} for it, unit in page.books
        ]
        return {"runs": [_line(it) for it in page.lines], "runbooks": books}
    return _line(page.one) | {"steps": [_step(it) for it in page.one["lines"]]}


def rows(view: View, page: Runbooks) -> Iterator[list[object]]:
    """Return the list, or the steps of the one, as a table; a drill says so in each row."""
    if page.one is None:
        return table(COLUMNS, map(_line, page.lines))
    one = _line(page.one)
    return table(("number", "drill", *STEP), ({**one, **_step(it)} for it in page.one["lines"]))


def file(view: View, page: Runbooks) -> tuple[str, bytes]:
    """Return a run as an Excel file. Raises `runbooks.not_yours` where none is named."""
    if page.file is None:
        raise Refusal("runbooks.not_yours")
    return page.file


def paper(view: View, page: Runbooks, kind: Format) -> Wanted | None:
    """Return the report of the run that is looked at."""
    return papers.of_run(page.one["run"], view.now, kind) if page.one else None


PAGE = Page("runbooks", "runbooks", LEAD, gather, data, rows, Group.SUPPORT, ticking=True, file=file, paper=paper)
