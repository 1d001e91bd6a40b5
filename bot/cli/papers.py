"""Write an official report from the command line: `zeroreport export --as word|pdf`."""

import sys
from datetime import date
from typing import IO

from sqlmodel import Session

from bot.cli.shared import write
from bot.workers import documents as drawing
from handlers.exports import papers
from handlers.exports.about import Writing
from handlers.exports.papers import Wanted
from models.core.errors import Refusal
from models.cycle import assignments
from models.documents.paper import Format
from models.exports import official_report
from models.organisation import units


def write_paper(
    session: Session, writing: Writing, kind: Format, days: tuple[date, date], unit_path: str | None,
    code: str | None, output: str | None,
) -> None:  # fmt: skip
    """Write the official report of a unit, of the whole organisation if none is named. Raises `cli.export_which` where
    several tasks were asked and none is named."""
    if output is None and sys.stdout.isatty():
        raise Refusal("cli.export_terminal")
    unit = units.unit_at(session, unit_path) if unit_path else units.root(session)
    if unit is None:
        raise Refusal("cli.no_organisation")
    task = assignments.by_code(session, code) if code else None
    found = [it for it, _ in official_report.tasks(session, unit, *days) if task is None or it.id == task.id]
    if not found:
        raise Refusal("export.nothing", first=days[0], last=days[1])
    if len(found) > 1:
        raise Refusal("cli.export_which", known=[it.code for it in found])
    wanted = Wanted(unit.id, found[0].id, days[0].isoformat(), days[1].isoformat(), kind)
    paper = papers.paper(session, writing.words, wanted, writing.now, None)
    data = drawing.safely(paper, kind)

    def put(out: IO[bytes]) -> None:
        out.write(data)

    write(output, put)
