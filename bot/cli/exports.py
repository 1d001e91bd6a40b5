"""Commands: export, summary."""

import json
import sys
from datetime import date, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session

from bot import settings as configuration
from bot.cli.group import cli
from bot.cli.shared import as_day, opened, put, words, write
from bot.cli.spoken import _, option
from handlers.organisation import roster_files
from models.alerts import alerts
from models.core.errors import Refusal
from models.cycle import assignments, periods
from models.cycle.periods import Period
from models.evidence import seals
from models.exports import report_table
from models.files import archives
from models.organisation import units
from models.organisation.units import Unit
from models.reporting import figures, snapshots
from models.spreadsheets import writer


@cli.command("export")
@option("--day", metavar="YYYY-MM-DD", help=_("The day."))
@option("--from", "first", metavar="YYYY-MM-DD", help=_("The first of several days."))
@option("--to", "last", metavar="YYYY-MM-DD", help=_("The last of several days."))
@option("--roster", "people_", is_flag=True, help=_("Export the people instead, as a file that can be imported again."))
@option("--task", "code", help=_("Only this task."))
@option("--unit", "unit_path", metavar="PATH", help=_("Only this unit and the units below it."))
@option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True, help=_("The format."))
@option("--output", metavar="FILE", help=_("Write to this file instead of standard output."))
@option("--files", metavar="FILE.zip", help=_("Write the table and the files people sent to this zip file."))
def export_(day: str | None, first: str | None, last: str | None, people_: bool, code: str | None,
            unit_path: str | None, kind: str, output: str | None, files: str | None) -> None:  # fmt: skip
    """Write reports, one a row, as CSV or Excel: of --day, or --from a day --to another. Or the --roster."""
    days = [as_day(it) for it in ((day, day) if day else (first, last)) if it]
    chosen = code or unit_path or days or files
    if (len(days) == 2) == people_ or (day and (first or last)) or (people_ and chosen) or (files and output):
        raise Refusal("cli.export_what")
    if not people_ and days[0] > days[1]:
        raise Refusal("cli.export_order", first=days[0], last=days[1])
    if kind == "xlsx" and not (output or files) and sys.stdout.isatty():
        raise Refusal("cli.export_terminal")
    with opened(configuration.load(), make=False) as database, database.reading() as session:
        if people_:
            today = datetime.now(ZoneInfo(configuration.load().default_timezone)).date()
            made = roster_files.file(session, words(), kind, today)
            write(output, lambda out: put(out, made))
            return
        found, unit = _chosen(session, days[0], code, unit_path, days[1])
        if files:
            write(files, lambda out: _bundle(session, found, unit, kind, out))
        elif kind == "xlsx":
            sheet = " ".join(dict.fromkeys(it.isoformat() for it in days))
            write(output, lambda out: writer.write_xlsx(report_table.rows(session, found, unit), out, sheet))
        else:
            mark = output is not None  # for Excel, which opens files; programs that read the output need none
            table = report_table.table(session, found, unit)
            write(output, lambda out: writer.write_csv(table, out, mark=mark))


def _bundle(session: Session, found: list[Period], unit: Unit | None, kind: str, out: IO[bytes]) -> None:
    """Write the table, with the marks of the chat's export, and the files it names, as a zip."""
    rows = report_table.rows(session, found, unit, marked=True)

    def table(part: IO[bytes]) -> None:
        if kind == "xlsx":
            writer.write_xlsx(rows, part, "reports")
        else:
            writer.write_csv(([writer.plain(cell) for cell in row] for row in rows), part)

    archives.write(session, f"reports.{kind}", table, report_table.files(session, found, [unit]), out)


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
    return periods.in_range(session, day, last or day, assignment, unit), unit


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
