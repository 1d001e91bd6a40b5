"""Write reports into a file row by row: a workbook with a sheet for each form, CSV, or a zip."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from sqlmodel import Session

from handlers.exports import about, file_words, report_words
from handlers.exports.report_words import Sheet
from handlers.exports.wanted import ZIP, Table
from models.exports import report_table
from models.files import archives
from models.spreadsheets import workbook, writer
from models.spreadsheets.workbook import Page

Tick = Callable[[int], object]
Rows = Iterator[list[object]]
Counted = Callable[[Rows], Rows]


def write(
    session: Session, table: Table, kind: str, out: IO[bytes], tick: Tick = bool, *, mark: bool = True
) -> None:  # fmt: skip
    """Write the file; `tick` is told how many reports there are so far. In words each form has a sheet of its own, and
    a workbook says on its first sheet what it is; several forms as CSV are a zip. In codes all reports are one table. A
    CSV file begins with a mark for Excel, unless `mark` is False."""
    counted = _counter(tick)
    if kind == ZIP:
        write_zip(session, table, "xlsx", out, tick)
    elif table.codes:
        rows = counted(report_table.rows(session, table.periods, table.tops, marked=table.marked))
        if kind == "csv":
            writer.write_csv(rows, out, mark=mark)
        else:
            workbook.write([Page(" ".join(dict.fromkeys(map(str, table.days))), rows)], out)
    elif kind == "csv":
        _write_csv(table, _sheets(session, table, counted), out, mark=mark)
    else:
        _write_workbook(session, table, list(_sheets(session, table, counted)), out)


def write_zip(session: Session, table: Table, kind: str, out: IO[bytes], tick: Tick = bool) -> None:
    """Write the table and the files that it names as a zip."""
    said = file_words.told(table.writing.words)
    name = f"reports.{kind}" if table.codes else file_words.file_name(said, [said["reports"]], *table.days, kind)
    named = report_table.coded if table.codes else report_words.file_namer(session, table.writing.words)
    files = report_table.files(session, table.periods, table.tops, named)
    archives.write(session, name, lambda part: write(session, table, kind, part, tick), files, out)


def _write_workbook(session: Session, table: Table, sheets: Sequence[Sheet], out: IO[bytes]) -> None:
    said = file_words.told(table.writing.words)
    first = about.of_reports(
        session, table.writing, table.periods, table.tops, days=table.days,
        rows=report_table.number(session, table.periods, table.tops), totals=any(it.added for it in sheets),
    )  # fmt: skip
    pages = (Page(it.name, it.rows, added=it.added, total=said["total"]) for it in sheets)
    workbook.write(chain([first], pages), out, file_words.formats(said))


def _write_csv(table: Table, sheets: Iterator[Sheet], out: IO[bytes], *, mark: bool) -> None:
    """Write the only form, or a zip of several."""
    first = next(sheets)
    second = next(sheets, None)
    if second is None:
        writer.write_csv(first.rows, out, mark=mark)
        return
    said: Mapping[str, str] = file_words.told(table.writing.words)
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for sheet in chain([first, second], sheets):
            name = file_words.file_name(said, [sheet.name], *table.days, "csv")
            with archive.open(name, "w", force_zip64=True) as part:
                writer.write_csv(sheet.rows, part)


def _sheets(session: Session, table: Table, counted: Counted) -> Iterator[Sheet]:
    found = report_words.sheets(session, table.writing.words, table.periods, table.tops)
    return (replace(it, rows=counted(it.rows)) for it in found)


def _counter(tick: Tick) -> Counted:
    """Return what counts the reports of one table after another while they pass."""
    written = 0

    def counted(rows: Rows) -> Rows:
        nonlocal written
        yield next(rows)  # the heading
        for row in rows:
            yield row
            written += 1
            tick(written)

    return counted
