"""Commands: export, summary."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import click
from sqlmodel import Session

from bot import settings as configuration
from bot.cli import papers
from bot.cli.group import cli
from bot.cli.shared import as_day, opened, words, write
from bot.cli.spoken import _, option
from handlers.exports import report_files, report_words, roster_files
from handlers.exports.about import Writing
from handlers.exports.report_files import Tick
from handlers.exports.wanted import Table
from models.alerts import alerts
from models.core.errors import Refusal
from models.cycle import assignments, periods
from models.cycle.periods import Period
from models.documents.paper import Format
from models.evidence import seals
from models.exports import report_table
from models.organisation import units
from models.organisation.units import Unit
from models.reporting import figures, snapshots

EVERY = 0.5  # seconds between two looks at how far a file is


@cli.command("export")
@option("--day", metavar="YYYY-MM-DD", help=_("The day."))
@option("--from", "first", metavar="YYYY-MM-DD", help=_("The first of several days."))
@option("--to", "last", metavar="YYYY-MM-DD", help=_("The last of several days."))
@option("--roster", "people_", is_flag=True, help=_("Export the people instead, as a file that can be imported again."))
@option("--task", "code", help=_("Only this task."))
@option("--unit", "unit_path", metavar="PATH", help=_("Only this unit and the units below it."))
@option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True, help=_("The format."))
@option(
    "--as",
    "paper",
    type=click.Choice(["word", "pdf"]),
    help=_("The official report instead of a table, of --unit or of the whole organisation."),
)
@option(
    "--labels/--codes",
    "labels",
    default=None,
    help=_("Words in your language for people, or codes for scripts. Default: words in Excel, codes in CSV."),
)
@option("--output", metavar="FILE", help=_("Write to this file instead of standard output."))
@option("--files", metavar="FILE.zip", help=_("Write the table and the files people sent to this zip file."))
def export_(day: str | None, first: str | None, last: str | None, people_: bool, code: str | None,
            unit_path: str | None, kind: str, paper: Format | None, labels: bool | None, output: str | None,
            files: str | None) -> None:  # fmt: skip
    """Write reports, one a row, as CSV or Excel: of --day, or --from a day --to another. Or the --roster, or the
    official report --as Word or PDF."""
    days = [as_day(it) for it in ((day, day) if day else (first, last)) if it]
    chosen = code or unit_path or days or files
    if (len(days) == 2) == people_ or (day and (first or last)) or (people_ and chosen) or (files and output):
        raise Refusal("cli.export_what")
    if not people_ and days[0] > days[1]:
        raise Refusal("cli.export_order", first=days[0], last=days[1])
    if paper and (people_ or files or labels is not None):
        raise Refusal("cli.export_what")
    if kind == "xlsx" and not (output or files) and sys.stdout.isatty():
        raise Refusal("cli.export_terminal")
    codes = kind == "csv" if labels is None else not labels
    mark = output is not None  # for Excel, which opens files; programs that read the output need none
    writing = Writing(words(), datetime.now(UTC), None)
    with opened(configuration.load(), make=False) as database, database.reading() as session:
        if people_:
            today = writing.now.astimezone(writing.words.zone).date()
            write(output, lambda out: roster_files.write(session, writing, kind, today, out, codes=codes, mark=mark))
            return
        if paper:
            papers.write_paper(session, writing, paper, (days[0], days[1]), unit_path, code, output)
            return
        found, unit = _chosen(session, days[0], code, unit_path, days[1])
        table = Table(found, [unit], (days[0], days[1]), writing, codes, marked=bool(files))
        forms = report_words.number_of_forms(session, found)
        if kind == "csv" and not codes and not files and forms > 1 and not (output or "").endswith(".zip"):
            raise Refusal("cli.export_forms")
        with _shown(session, table) as tick:
            if files:
                write(files, lambda out: report_files.write_zip(session, table, kind, out, tick))
            else:
                write(output, lambda out: report_files.write(session, table, kind, out, tick, mark=mark))


@contextmanager
def _shown(session: Session, table: Table) -> Iterator[Tick]:
    """Say on a line of the terminal how far the writing is; elsewhere say nothing."""
    if not sys.stderr.isatty():
        yield bool
        return
    rows, words_ = report_table.number(session, table.periods, table.tops), words()
    shown = 0.0

    def tick(written: int) -> None:
        nonlocal shown
        if (now := time.monotonic()) - shown >= EVERY:
            shown = now
            line = words_.told("export_progress", written=written, rows=rows)
            click.echo(f"\r\x1b[K{line}", nl=False, err=True)

    try:
        yield tick
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)


@cli.command()
@option("--day", required=True, metavar="YYYY-MM-DD", help=_("The day."))
@option("--task", "code", help=_("Only this task. Default: a list of all."))
@option("--unit", "unit_path", metavar="PATH", required=True, help=_("The unit."))
@option("--format", "kind", type=click.Choice(["json"]), default="json", show_default=True, help=_("The format."))
def summary(day: str, code: str | None, unit_path: str, kind: str) -> None:
    """Write a unit's figures of a day, as now and as at close."""
    with opened(configuration.load(), make=False) as database, database.reading() as session:
        found, unit = _chosen(session, as_day(day), code, unit_path)
        if unit is None:
            raise Refusal("people.no_unit", path=unit_path)
        made = [_figures(session, period, unit) for period in found]
    if code and not made:
        raise Refusal("cli.no_period", code=code, day=as_day(day))
    click.echo(json.dumps(made[0] if code else made, ensure_ascii=False, indent=2))


def _chosen(
    session: Session, day: date, code: str | None, path: str | None, last: date | None = None
) -> tuple[list[Period], Unit | None]:
    assignment = assignments.by_code(session, code) if code else None
    unit = units.unit_at(session, path) if path else None
    return periods.in_range(session, day, last or day, assignment, [unit] if unit else []), unit


def _figures(session: Session, period: Period, unit: Unit) -> dict[str, Any]:
    kept = snapshots.at_close(session, period, unit)
    sealed = seals.newest(session, period)
    return {
        "day": period.day.isoformat(),
        "assignment": session.get_one(assignments.Assignment, period.assignment_id).code,
        "unit": unit.path,
        **figures.now(session, period, unit).as_json(),
        "as_at_close": kept.as_json() if kept else None,
        "alerts_open": len(alerts.listed(session, [unit])),
        "seal": sealed.short if sealed else None,
    }
