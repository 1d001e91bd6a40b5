"""Write the roster as a file in somebody's language: the template to fill in, and the organisation's own."""

from collections.abc import Sequence
from datetime import date
from typing import IO

from sqlmodel import Session

from handlers.core.rendering import Renderer
from handlers.exports import about, file_words, long_files
from handlers.exports.about import Writing
from handlers.exports.long_files import Tell
from models.organisation import roster_export, units
from models.organisation.roster_export import CODES
from models.organisation.units import Unit
from models.spreadsheets import workbook, writer
from models.spreadsheets.workbook import Page


def template(words: Renderer) -> bytes:
    """Return an Excel file to fill in, with an example and a sheet that explains the columns."""
    told = file_words.told(words, "organisation/roster_template")
    example = {key.removeprefix("example."): value for key, value in told.items() if key.startswith("example.")}
    return roster_export.template(words.locale, example, told, (told["sheet"], told["help"]))


def template_name(words: Renderer) -> str:
    return file_words.named([file_words.told(words)["file.template"]], "xlsx")


def write(
    session: Session, writing: Writing, kind: str, today: date, out: IO[bytes], tops: Sequence[Unit] = (), *,
    codes: bool = False, mark: bool = True, tell: Tell | None = None,
) -> None:  # fmt: skip
    """Write everybody, or everybody below `tops`, as `kind` csv or xlsx; importing it changes nothing. In words the
    first sheet of a workbook says what it is; `codes` are for scripts. CSV begins with a mark for Excel, unless `mark`
    is False; `tell` is told how many rows are written."""
    said = file_words.told(writing.words)
    rows = roster_export.rows(session, CODES if codes else writing.words.locale, today, tops)
    rows = long_files.told(rows, tell) if tell else rows
    if kind == "csv":
        writer.write_csv(map(roster_export.quoted, rows), out, mark=mark)
        return
    pages = [Page(said["roster"], rows, typed=True)]
    if not codes:
        pages.insert(0, about.of_roster(session, writing, tops, today, roster_export.number(session, today, tops)))
    workbook.write(pages, out, file_words.formats(said))


def name(
    session: Session, words: Renderer, kind: str, today: date, tops: Sequence[Unit] = (), *, codes: bool = False
) -> str:  # fmt: skip
    """Return the file's name: unit and day in this person's words."""
    if codes:
        return f"roster.{kind}"
    said, root = file_words.told(words), units.root(session)
    unit = tops[0].name if len(tops) == 1 else root.name if root and not tops else ""
    return file_words.file_name(said, [said["roster"], unit], today, today, kind)
