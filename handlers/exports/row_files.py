"""Write the rows behind a figure into a workbook, in somebody's words (docs/rules.md 20.2)."""

from collections.abc import Sequence
from io import BytesIO

from sqlmodel import Session

from handlers.exports import about, file_words
from handlers.exports.about import Writing
from handlers.exports.report_words import Spoken, local
from models.cycle.periods import Period
from models.evidence.rows import Row
from models.organisation.units import Unit
from models.spreadsheets import workbook
from models.spreadsheets.workbook import Page

COLUMNS = (
    "staff_no", "name", "status", "late", "proxy", "excused", "receipt", "submitted_at", "after_close",
)  # fmt: skip


def figure(
    session: Session, writing: Writing, period: Period, unit: Unit, label: str, rows: Sequence[Row]
) -> tuple[str, bytes]:  # fmt: skip
    """Return the file and its name; `label` is what the figure is called."""
    spoken = Spoken(writing.words)
    table: list[list[object]] = [[*spoken.headings(COLUMNS)]]
    table += [_cells(spoken, period, row) for row in rows]
    days = (period.day, period.day)
    first = about.of_reports(session, writing, [period], [unit], days=days, rows=len(rows), figure=label)
    out = BytesIO()
    workbook.write([first, Page(label, table)], out, file_words.formats(spoken.said))
    return file_words.file_name(spoken.said, [label, unit.name], *days, "xlsx"), out.getvalue()


def _cells(spoken: Spoken, period: Period, row: Row) -> list[object]:
    report = row.report
    return [
        row.person.staff_no if row.person else "", row.name, spoken.status(report, period),
        spoken.answer(report, report.late), spoken.answer(report, report.proxy), spoken.excuse(report.excused),
        report.receipt, local(report.submitted_at, period), spoken.answer(report, row.changed),
    ]  # fmt: skip
