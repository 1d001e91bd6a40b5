"""`/export`, 导出: send a day's or a range's reports, or the roster, as a file for a spreadsheet."""

from datetime import date, timedelta
from typing import Literal

from handlers.core import admin_arguments
from handlers.core.access import ADMIN
from handlers.core.admin_arguments import guided
from handlers.core.ids import AnyAssignmentId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import ROSTER
from handlers.exports import report_files
from handlers.exports.report_files import Wanted
from handlers.organisation import roster_files as rosters
from models.core.audit import note
from models.core.errors import Refusal
from models.cycle import assignments
from models.cycle.assignments import Assignment
from models.files import blobs
from models.organisation import roster_export, units
from models.spreadsheets import writer

router = Router("export", ADMIN)

MOST_DAYS = 366


@router.command("export", word="导出")
def handle(turn: Turn, words: str) -> None:
    """Export `[day | day..day] [assignment]`, or `roster`; `csv` at the end for CSV instead of Excel, `zip` for the
    table and the files people sent. Without words, show buttons."""
    with guided(turn, "export"):
        parts = words.split()
        if not parts:
            turn.say("exports/export", today=turn.today)
            return
        kind = parts.pop().lower() if parts[-1].lower() in report_files.KINDS else "xlsx"
        if parts and parts[0].lower() in ROSTER:
            _roster(turn, "xlsx" if kind == report_files.ZIP else kind)
        else:
            _reports(turn, parts, kind)


@router.button("last")
def tap(turn: Turn, days: int, what: Literal["day", "days", "roster"]) -> None:
    """Export the roster, or the reports of the last days."""
    with guided(turn, "export"):
        if what == "roster":
            _roster(turn, "xlsx")
        else:
            end = turn.today
            first = end - timedelta(days=min(days, MOST_DAYS - 1))
            _reports(turn, [f"{first}..{first if what == 'day' else end}"], "xlsx")


@router.button("files")
def tap_files(turn: Turn, first: date, last: date, task: AnyAssignmentId) -> None:
    """Export the same reports as a zip with the files that people sent."""
    with guided(turn, "export"):
        if not 0 <= (last - first).days < MOST_DAYS:
            raise Refusal("export.range", most=MOST_DAYS)
        assignment = turn.session.get(Assignment, task) if task else None
        code = assignment.code if assignment else None
        tops = tuple(top.id for top in _tops(turn))
        report_files.begin(turn, Wanted(first.isoformat(), last.isoformat(), code, tops, report_files.ZIP))


def _tops(turn: Turn) -> list[units.Unit]:
    """Return what is exported: everything (none) for the admin of the whole, otherwise the admin's own subtrees one by
    one."""
    tops = admin_arguments.units(turn)
    root = units.root(turn.session)
    return [] if root and root.id in {u.id for u in tops} else tops


def _roster(turn: Turn, kind: str) -> None:
    tops, today = _tops(turn), turn.today
    data = rosters.file(turn.session, turn.words, kind, today, tops)
    count = sum(1 for _ in roster_export.rows(turn.session, turn.words.locale, today, tops)) - 1
    file = blobs.keep(turn.session, f"roster.{kind}", writer.TYPES[kind], data)
    note(turn.session, turn.now, turn.person.staff_no, "export", "roster")
    turn.send(turn.words.content("exports/exported", file=file, count=count, roster=True, files=None, archive=False))


def _reports(turn: Turn, parts: list[str], kind: str) -> None:
    today = turn.today
    span = admin_arguments.days(turn, parts[0]) if parts else (today, today)
    if span is None and len(parts) == 1:
        span, parts = (today, today), ["", *parts]
    if span is None:
        raise Refusal("changes.no_day", typed=parts[0][:40])
    first, last = span
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Refusal("export.range", most=MOST_DAYS)
    code = assignments.by_code(turn.session, parts[1]).code if len(parts) > 1 else None
    tops = tuple(top.id for top in _tops(turn))
    report_files.begin(turn, Wanted(first.isoformat(), last.isoformat(), code, tops, kind))
