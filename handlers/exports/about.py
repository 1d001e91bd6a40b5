"""Say on the first sheet of a workbook what it is: whose, of which days, when it was written and by whom, and which
seals prove it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import IO
from zoneinfo import ZoneInfo

from sqlmodel import Session

from handlers.core.rendering import Renderer
from handlers.exports.file_words import formats, told
from models.cycle import former_paths
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.evidence import seals
from models.forms.spec import say
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import report_context
from models.spreadsheets import workbook
from models.spreadsheets.workbook import Bold, Page

WIDTHS = (24, 44, 20, 14, 22)


@dataclass(frozen=True)
class Writing:
    """When a file is written, for whom (None at a terminal), and in whose words."""

    words: Renderer
    now: datetime
    by: Person | None


def of_reports(
    session: Session, writing: Writing, found: Sequence[Period], tops: Sequence[Unit | None], *,
    days: tuple[date, date], rows: int, figure: str | None = None, totals: bool = False,
) -> Page:  # fmt: skip
    """Return the first sheet of a table of reports; `figure` is what they count in, `totals` whether numbers are added
    up."""
    said = told(writing.words)

    def lines() -> Iterator[list[object]]:
        yield from _whose(session, said, tops)
        for task in dict.fromkeys(it.assignment_id for it in found):
            yield [Bold(said["about.task"]), _task(session, writing, said, task, found)]
        if figure:
            yield [Bold(said["about.figure"]), figure]
        yield [Bold(said["about.first"]), days[0]]
        yield [Bold(said["about.last"]), days[1]]
        yield [Bold(said["about.rows"]), rows]
        if totals:
            yield [Bold(said["about.totals"]), said["about.totals_words"]]
        if former_paths.any_since(session, [it.id for it in found]):
            yield [Bold(said["about.paths"]), said["about.paths_words"]]
        yield from _written(said, writing)
        yield []
        yield from _seals(session, writing, said, found)

    return Page(said["about"], lines(), WIDTHS)


def of_roster(session: Session, writing: Writing, tops: Sequence[Unit], today: date, rows: int) -> Page:
    """Return the first sheet of a roster."""
    said = told(writing.words)
    lines: list[list[object]] = [
        *_whose(session, said, tops or [None]),
        [Bold(said["about.day"]), today],
        [Bold(said["about.rows"]), rows],
        *_written(said, writing),
        [],
        [Bold(said["roster"]), said["about.import"].format(sheet=said["roster"])],
    ]
    return Page(said["about"], lines, WIDTHS)


def of_list(session: Session, writing: Writing, rows: int, remark: str) -> Page:
    """Return the first sheet of a list that somebody may see; `remark` says what is in it."""
    said = told(writing.words)
    root = units.root(session)
    lines: list[list[object]] = [
        [Bold(said["about.organisation"]), root.name if root else ""],
        [Bold(said["about.rows"]), rows],
        *_written(said, writing),
        [],
        ["", remark],
    ]
    return Page(said["about"], lines, WIDTHS)


def workbook_of(
    session: Session, writing: Writing, pages: Sequence[Page], rows: int, remark: str
) -> bytes:  # fmt: skip
    """Return a workbook of a list that somebody may see: what it is, then its pages."""
    out = BytesIO()
    write_list(session, writing, pages, rows, remark, out)
    return out.getvalue()


def write_list(
    session: Session, writing: Writing, pages: Sequence[Page], rows: int, remark: str, out: IO[bytes]
) -> None:  # fmt: skip
    """Write such a workbook, a line at a time."""
    workbook.write([of_list(session, writing, rows, remark), *pages], out, formats(told(writing.words)))


def _whose(session: Session, said: Mapping[str, str], tops: Sequence[Unit | None]) -> Iterator[list[object]]:
    root = units.root(session)
    yield [Bold(said["about.organisation"]), root.name if root else ""]
    for top in tops:
        yield [Bold(said["about.units"]), top.path if top else root.name if root else ""]


def _task(
    session: Session, writing: Writing, said: Mapping[str, str], task: int, found: Sequence[Period]
) -> str:  # fmt: skip
    assignment = session.get_one(Assignment, task)
    newest = next(it for it in reversed(found) if it.assignment_id == task)
    return said["about.task_words"].format(
        title=say(report_context.form_of(session, newest).title, writing.words.locale), code=assignment.code,
        unit=session.get_one(Unit, assignment.unit_id).path, zone=newest.timezone,
    )  # fmt: skip


def _written(said: Mapping[str, str], writing: Writing) -> Iterator[list[object]]:
    zone, by = writing.words.zone, writing.by
    yield [Bold(said["about.written_at"]), writing.now.astimezone(zone)]
    yield [Bold(said["about.zone"]), str(zone)]
    whom = said["person"].format(name=by.name, number=by.staff_no) if by else said["about.terminal"]
    yield [Bold(said["about.written_by"]), whom]


def _seals(
    session: Session, writing: Writing, said: Mapping[str, str], found: Sequence[Period]
) -> Iterator[list[object]]:  # fmt: skip
    """Yield a line for each seal of these periods, as group posts and the evening report show them."""
    heading = ("column.day", "column.task", "seal.what", "seal", "seal.at")
    yield [Bold(said[it]) for it in heading]
    for period in found:
        title = say(report_context.form_of(session, period).title, writing.words.locale)
        made = seals.of_period(session, period)
        for seal in made:
            what = said[f"seal.{seal.at.partition(':')[0]}"]
            yield [period.day, title, what, seal.short, seal.made_at.astimezone(ZoneInfo(period.timezone))]
        if not made:
            yield [period.day, title, said["seal.none"]]
    yield []
    yield [Bold(said["seal"]), said["seal.check"]]
