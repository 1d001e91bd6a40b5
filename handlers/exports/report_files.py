"""Write reports into a file for an admin: a small one in the answer, a long one beside the desk, with its progress
shown."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from io import BytesIO
from typing import IO, Any

from sqlmodel import Session, func, select

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from models.core.audit import note
from models.core.errors import Refusal
from models.cycle import assignments, periods
from models.cycle.periods import Period
from models.exports import report_table
from models.files import archives, blobs
from models.files.records import File
from models.messaging import addresses, cards, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.operations import jobs
from models.operations.jobs import Job
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import figures
from models.reporting.reports import Report
from models.spreadsheets import writer

JOB = "export"
ZIP = "zip"
KINDS = {**writer.TYPES, ZIP: archives.MIME}
AT_ONCE = 2000  # rows that the desk may write itself, in some 50 ms
MOST_BYTES = 20 * 1024 * 1024 - 1  # WeCom's limit; Telegram takes 50 MB


@dataclass(frozen=True)
class Wanted:
    """Which reports to export: of these days (ISO 8601), of one assignment or all, of these units' subtrees or all, as
    csv, xlsx, or zip: the xlsx with the files that people sent."""

    first: str
    last: str
    code: str | None
    tops: tuple[int, ...]
    kind: str

    @property
    def days(self) -> list[date]:
        first, last = date.fromisoformat(self.first), date.fromisoformat(self.last)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    @property
    def about(self) -> str:
        return f"{self.first}..{self.last}"

    @property
    def name(self) -> str:
        days = self.first if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.code or 'reports'}-{days}.{self.kind}"


def begin(turn: Turn, wanted: Wanted) -> None:
    """Send the file, or say that it is being written. Raises `export.nothing` if there is no report."""
    found = _periods(turn.session, wanted)
    if not found:
        days = wanted.days
        raise Refusal("export.nothing", first=days[0], last=days[-1])
    rows = _count(turn.session, found, _tops(turn.session, wanted))
    if rows > AT_ONCE or wanted.kind == ZIP:
        job = jobs.ask(turn.session, turn.person, JOB, asdict(wanted), rows, turn.now)
        content = turn.words.content("exports/exporting", name=wanted.name, rows=rows, written=0)
        cards.want(turn.session, _progress(job, turn.here), Kind.REPLY, content, turn.now)
        return
    out = BytesIO()
    write(turn.session, wanted, out, lambda _: None)
    file = blobs.keep(turn.session, wanted.name, KINDS[wanted.kind], out.getvalue())
    note(turn.session, turn.now, turn.person.staff_no, "export", wanted.about)
    turn.send(_exported(turn.session, turn.words, wanted, file, rows))


def wanted_by(job: Job) -> Wanted:
    a: dict[str, Any] = job.arguments
    return Wanted(a["first"], a["last"], a["code"], tuple(a["tops"]), a["kind"])


def write(session: Session, wanted: Wanted, out: IO[bytes], tick: Callable[[int], None]) -> None:
    """Write the file row by row; `tick` is told how many there are so far."""
    if wanted.kind == ZIP:
        table = replace(wanted, kind="xlsx")
        files = report_table.files(session, _periods(session, wanted), _tops(session, wanted))
        archives.write(session, table.name, lambda part: write(session, table, part, tick), files, out)
        return
    rows = _rows(session, wanted, tick)
    if wanted.kind == "csv":
        writer.write_csv(([writer.plain(cell) for cell in row] for row in rows), out)
    else:
        writer.write_xlsx(rows, out, wanted.about.replace("..", " "))


def write_file(session: Session, job: Job, out: IO[bytes], tick: Callable[[int], None]) -> None:
    write(session, wanted_by(job), out, tick)


def progress(context: Context, job: Job, written: int) -> None:
    """Show how far it is, in the card that said it was begun."""
    _say(context, job, "exports/exporting", name=wanted_by(job).name, rows=job.rows, written=written)


def finish(context: Context, job: Job, data: bytes) -> None:
    """Send the file in a message of its own, which rings; the progress is deleted."""
    session, now = context.session, context.now
    wanted = wanted_by(job)
    job.done_at = now
    session.add(job)
    person = session.get_one(Person, job.person_id)
    if len(data) > MOST_BYTES:
        _say(context, job, "exports/export_too_large", name=wanted.name, size=len(data) // 1024 // 1024)
        return
    address = addresses.reachable(session, person)
    note(session, now, person.staff_no, "export", wanted.about)
    if address:
        file = blobs.keep(session, wanted.name, KINDS[wanted.kind], data)
        content = _exported(session, context.words_for(person), wanted, file, job.rows)
        cards.want(session, Slot.of(Subject.JOB_RESULT, address, job.id), Kind.REPLY, content, now)
        live_messages.take_away(session, _progress(job, address), Kind.REPLY, now)


def _exported(session: Session, words: Renderer, wanted: Wanted, file: File, rows: int) -> Content:
    """Return the file with its message; if the reports hold files, offer these too."""
    offered = wanted.kind != ZIP and report_table.has_files(session, _periods(session, wanted))
    task = assignments.by_code(session, wanted.code).id if wanted.code else 0
    files = (wanted.days[0], wanted.days[-1], task) if offered else None
    return words.content(
        "exports/exported", file=file, count=rows, roster=False, files=files, archive=wanted.kind == ZIP
    )


def fail(context: Context, job: Job, number: str) -> None:
    """Tell the person that it cannot be done, with the number of the fault."""
    job.done_at = context.now
    context.session.add(job)
    _say(context, job, "core/apology", number=number)


def _say(context: Context, job: Job, template: str, **values: Any) -> None:
    session = context.session
    person = session.get_one(Person, job.person_id)
    address = addresses.reachable(session, person)
    if address:
        content = context.words_for(person).content(template, **values)
        cards.want(session, _progress(job, address), Kind.REPLY, content, context.now)


def _progress(job: Job, address: Address) -> Slot:
    return Slot.of(Subject.JOB, address, job.id)


def _periods(session: Session, wanted: Wanted) -> list[Period]:
    task = assignments.by_code(session, wanted.code) if wanted.code else None
    return [period for day in wanted.days for period in periods.of_day(session, day, task)]


def _tops(session: Session, wanted: Wanted) -> list[Unit | None]:
    return [session.get_one(Unit, number) for number in wanted.tops] or [None]


def _count(session: Session, found: list[Period], tops: list[Unit | None]) -> int:
    rows = (
        figures.rows_of(session, period, top) if top else Report.period_id == period.id
        for period in found
        for top in tops
    )  # fmt: skip
    return sum(session.exec(select(func.count()).select_from(Report).where(row)).one() for row in rows)


def _rows(session: Session, wanted: Wanted, tick: Callable[[int], None]) -> Iterator[list[object]]:
    found, written = _periods(session, wanted), 0
    for nth, top in enumerate(_tops(session, wanted)):
        for n, row in enumerate(report_table.rows(session, found, top, marked=True)):
            if n or not nth:
                yield row
            written += bool(n)
            tick(written)
