"""`/why`, 依据: go from a figure to its rows, and from a row or a receipt number to the words, the person and the
instant."""

import itertools
from typing import Any

from handlers.core import lead_arguments
from handlers.core.access import LEAD, MEMBER
from handlers.core.groups import Group
from handlers.core.ids import PeriodId, ReportId, UnitId
from handlers.core.rendering import Content
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.evidence import one_report
from handlers.exports import row_files
from handlers.exports.about import Writing
from handlers.prompts import frames
from models.authority import permissions
from models.core import audit
from models.core.errors import Refusal
from models.cycle import periods
from models.cycle.periods import Period
from models.evidence import rows as evidence_rows
from models.evidence.rows import FIGURES, NAMED
from models.files import blobs
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.units import Unit
from models.reporting import figures, report_context, reports, snapshots
from models.reporting.receipt_numbers import RECEIPT_LETTERS
from models.reporting.reports import Report
from models.spreadsheets.writer import TYPES

router = Router("why", MEMBER)

SHOWN = 30  # rows in the chat; the table has all of them
VERSIONS = 5  # the newest ones of a report
TABLE = 5000  # rows of a table made while somebody waits


@router.command("why", word="依据", takes_words=True, group=Group.RECORD)
def why(turn: Turn, words: str) -> None:
    """Explain `figure [day] [unit]` or `receipt [day]`; without words, show what there is to ask about today."""
    first, _, rest = words.strip().partition(" ")
    code = first.upper()
    if first.lower() in NAMED:
        _figure(turn, NAMED[first.lower()], rest)
    elif len(code) >= 4 and all(c in RECEIPT_LETTERS for c in code):
        _receipt(turn, code, rest)
    else:
        _offer(turn, first)


def _offer(turn: Turn, typed: str) -> None:
    """Show one's own receipts of today and, to a lead, the figures."""
    day = turn.today
    led = permissions.leads(turn.session, turn.person, turn.today)
    found = [reports.of_person(turn.session, p, turn.person) for p in periods.of_day(turn.session, day)]
    turn.say("evidence/why", typed=typed, own=[r for r in found if r and r.receipt], lead=bool(led))
    for period in lead_arguments.about(turn, led[0], day) if len(led) == 1 else []:
        _stand_figures(turn, period, led[0], below=True)


def _figure(turn: Turn, figure: str, words: str) -> None:
    if not permissions.leads(turn.session, turn.person, turn.today):
        raise Refusal("why.figures_for_leads")
    for period, unit in lead_arguments.in_question(turn, words, f"why {figure}"):
        _stand_rows(turn, period, unit, figure, below=True)


def _receipt(turn: Turn, code: str, words: str) -> None:
    """Show the report with this number of the newest day, among one's own and those one answers for."""
    day, rest = lead_arguments.day_and_rest(turn, words)
    if rest.strip():
        raise Refusal("why.no_day", typed=rest.strip())
    found = evidence_rows.with_receipt(turn.session, code, day if words.strip() else None)
    if not found:
        raise Refusal("why.no_receipt", code=code)
    for _, same in itertools.groupby(found, key=lambda it: it[1].day):
        seen = [(r, p) for r, p in same if evidence_rows.may_see(turn.session, turn.person, r, p, turn.today)]
        for report, period in seen:
            turn.send(_report(turn, report, period))
        if seen:
            return
    raise Refusal("why.not_yours", code=code)


@router.button("receipt")
def tap_receipt(turn: Turn, report_id: ReportId) -> None:
    """Show everything on record about one report."""
    report = turn.session.get(Report, report_id)
    period = turn.session.get_one(Period, report.period_id) if report else None
    if (
        report is None
        or period is None
        or not evidence_rows.may_see(turn.session, turn.person, report, period, turn.today)
    ):
        turn.toast("core/not_yours", alert=True)
        return
    turn.send(_report(turn, report, period))


@router.button("figures", role=LEAD)
def tap_figures(turn: Turn, period_id: PeriodId, unit_id: UnitId) -> None:
    """Show a summary's figures as buttons (依据), below."""
    period, unit = _about(turn, period_id, unit_id)
    _stand_figures(turn, period, unit, below=True)


@router.button("back", role=LEAD)
def tap_back(turn: Turn, period_id: PeriodId, unit_id: UnitId) -> None:
    """Show the figures again."""
    period, unit = _about(turn, period_id, unit_id)
    _stand_figures(turn, period, unit)


@router.button("rows", role=LEAD)
def tap_rows(turn: Turn, period_id: PeriodId, unit_id: UnitId, number: int) -> None:
    """Show the rows behind one figure."""
    period, unit = _about(turn, period_id, unit_id)
    _stand_rows(turn, period, unit, _numbered(number))


@router.button("row", role=LEAD)
def tap_row(turn: Turn, period_id: PeriodId, unit_id: UnitId, number: int, report_id: ReportId) -> None:
    """Show the report behind one row, with a way back."""
    period, unit = _about(turn, period_id, unit_id)
    report = turn.session.get(Report, report_id)
    if report is None or not evidence_rows.counted(turn.session, period, unit, report):
        turn.toast("core/not_yours", alert=True)
        return
    _stand(turn, period, unit, _report(turn, report, period, back=(unit, number)))


@router.button("table", role=LEAD)
def tap_table(turn: Turn, period_id: PeriodId, unit_id: UnitId, number: int) -> None:
    """Send all rows behind a figure as a file. Raises `why.too_many`: a unit further down has fewer."""
    period, unit = _about(turn, period_id, unit_id)
    figure = _numbered(number)
    rows = evidence_rows.rows(turn.session, period, unit, figure, TABLE + 1)
    if len(rows) > TABLE:
        raise Refusal("why.too_many", most=TABLE)
    label = turn.words.line("evidence/why_figure", figure=figure)
    name, data = row_files.figure(turn.session, Writing(turn.words, turn.now, turn.person), period, unit, label, rows)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    _note(turn, unit.path, figure=figure, day=str(period.day))
    form = report_context.form_of(turn.session, period)
    turn.send(
        turn.words.content("evidence/why_table", file=file, **frames.frame(period, form), unit=unit, figure=figure)
    )


def _about(turn: Turn, period_id: int, unit_id: int) -> tuple[Period, Unit]:
    """Return what the buttons of a page name; raises `people.not_yours`, `why.gone`."""
    unit, period = lead_arguments.led_unit(turn, unit_id), turn.session.get(Period, period_id)
    if period is None:
        raise Refusal("why.gone")
    return period, unit


def _numbered(number: int) -> str:
    if number >= len(FIGURES):
        raise Refusal("why.gone")
    return FIGURES[number]


def _stand_figures(turn: Turn, period: Period, unit: Unit, *, below: bool = False) -> None:
    now = figures.now(turn.session, period, unit)
    counts = [(n, name, getattr(now, name)) for n, name in enumerate(FIGURES)]
    values = _frame(turn, period, unit) | {"counts": [c for c in counts if c[2]]}
    _stand(turn, period, unit, _words(turn, period, "evidence/why_figures", values), below=below)


def _stand_rows(turn: Turn, period: Period, unit: Unit, figure: str, *, below: bool = False) -> None:
    """Show the rows behind a figure, and those that left it since the close."""
    closed = snapshots.at_close(turn.session, period, unit)
    values = _frame(turn, period, unit) | {
        "figure": figure,
        "number": FIGURES.index(figure),
        "now": getattr(figures.now(turn.session, period, unit), figure),
        "closed": getattr(closed, figure) if closed else None,
        "rows": evidence_rows.rows(turn.session, period, unit, figure, SHOWN),
        "left": evidence_rows.left(turn.session, period, unit, figure, SHOWN),
    }
    _note(turn, unit.path, figure=figure, day=str(period.day))
    _stand(turn, period, unit, _words(turn, period, "evidence/why_rows", values), below=below)


def _report(turn: Turn, report: Report, period: Period, back: tuple[Unit, int] | None = None) -> Content:
    """Return everything on record about one report."""
    it = one_report.gather(turn.session, report, period, turn.words, VERSIONS)
    if it.subject is None or it.subject.id != turn.person.id:
        _note(turn, it.about, receipt=report.receipt, day=str(period.day))
    values = vars(it) | frames.frame(period, it.form) | {"back": back, "close": period.close_revision}
    return _words(turn, period, "evidence/why_report", values)


def _frame(turn: Turn, period: Period, unit: Unit) -> dict[str, Any]:
    return frames.frame(period, report_context.form_of(turn.session, period)) | {"unit": unit}


def _words(turn: Turn, period: Period, template: str, values: dict[str, Any]) -> Content:
    return turn.words_for(turn.person, period.timezone).content(template, **values)


def _stand(turn: Turn, period: Period, unit: Unit, content: Content, *, below: bool = False) -> None:
    """Show a page. There is one for each period and unit, which shows figures, rows and reports in turn."""
    slot = Slot.of(Subject.WHY, turn.here, period.id, unit.id)
    live_messages.show(turn.session, slot, Kind.REPLY, content, turn.now, below=below)


def _note(turn: Turn, about: str, **detail: object) -> None:
    """Note in the audit that somebody looked at others' reports."""
    audit.note(turn.session, turn.now, turn.person.staff_no, "why", about, **detail)
