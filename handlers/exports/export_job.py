"""Give people their reports as a file: a small one in the answer, a long one beside the desk, with its progress shown
and a button that ends it (docs/rules.md 20.5)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from io import BytesIO
from typing import IO, Any

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from handlers.exports import report_files, wanted
from handlers.exports.about import Writing
from handlers.exports.wanted import KINDS, ZIP, Wanted
from models.core.audit import note
from models.core.errors import Refusal
from models.cycle import assignments
from models.exports import report_table
from models.files import blobs
from models.files.records import File
from models.messaging import addresses, cards, enrolment_links, live_messages
from models.messaging import dashboard_keys as keys
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.operations import job_files, jobs
from models.operations.jobs import Job
from models.organisation.people import Person
from models.time.times import day_at

JOB = "export"
AT_ONCE = 1000  # rows that the desk may write itself, in some 150 ms
MOST_BYTES = 20 * 1024 * 1024 - 1  # WeCom's limit; Telegram takes 50 MB


def begin(turn: Turn, asked: Wanted) -> None:
    """Send the file, or say that it is being written. Raises `export.nothing` if there is no report."""
    session, writing = turn.session, Writing(turn.words, turn.now, turn.person)
    table = wanted.table(session, asked, writing)
    if not table.periods:
        raise Refusal("export.nothing", first=table.days[0], last=table.days[1])
    rows = report_table.number_up_to(session, table.periods, table.tops, AT_ONCE)
    if rows is None or asked.kind == ZIP:
        job = jobs.ask(session, turn.person, JOB, asdict(asked), rows or 0, turn.now)
        cards.want(session, _progress(job, turn.here), Kind.REPLY, _going(session, turn.words, job), turn.now)
        return
    out = BytesIO()
    report_files.write(session, table, asked.kind, out)
    name = wanted.name(session, turn.words, asked)
    file = blobs.keep(session, name, KINDS[wanted.ending(session, asked)], out.getvalue())
    note(session, turn.now, turn.person.staff_no, "export", asked.about)
    attached = report_table.has_files(session, table.periods)
    turn.send(_exported(turn, turn.person, asked, file, rows, attached=attached))


def order(context: Context, job: Job) -> dict[str, Any]:
    """Return all that the process which writes a file has to know, as JSON keeps it."""
    words = context.words_for(context.session.get_one(Person, job.person_id))
    return {
        "arguments": job.arguments, "person": job.person_id, "now": context.now.isoformat(), "locale": words.locale,
        "zone": str(words.zone),
    }  # fmt: skip


def write_file(session: Session, told: Mapping[str, Any], out: IO[bytes], tell: Callable[..., None]) -> dict[str, Any]:
    """Write the file that an order asks for; `tell` is told how many rows there are, and how many are written. Return
    what is said of it at the end."""
    person = session.get_one(Person, told["person"])
    now = datetime.fromisoformat(told["now"])
    writing = Writing(Renderer(told["locale"], told["zone"], today=day_at(now, told["zone"])), now, person)
    asked = wanted.of_arguments(told["arguments"])
    table = wanted.table(session, asked, writing)
    rows = report_table.number(session, table.periods, table.tops)
    tell(rows=rows)
    report_files.write(session, table, asked.kind, out, lambda written: tell(written=written))
    return {"rows": rows, "attached": report_table.has_files(session, table.periods)}


def progress(context: Context, job: Job, said: Mapping[str, Any]) -> None:
    """Note how far it is, and show it in the message that said it was begun, where that can be changed in place."""
    job.rows, job.reached = said.get("rows", job.rows), said.get("written", 0)
    context.session.add(job)
    address = addresses.reachable(context.session, context.session.get_one(Person, job.person_id))
    if address and address.channel not in context.defaults.still:
        _show(context, job, _going(context.session, _words(context, job), job))


def finish(context: Context, job: Job, found: Mapping[str, Any], size: int, data: bytes | None) -> None:
    """Send the file in a message of its own, which rings, and delete the progress. A file without `data` is too large
    for chats and kept: a link downloads it until it expires."""
    session, now = context.session, context.now
    asked, name = wanted.of_job(job), _name(context, job)
    person = session.get_one(Person, job.person_id)
    job.rows = job.reached = found["rows"]
    if not wanted.within_reach(session, person, asked, context.today):
        end(context, job, "not_yours")
        return
    end(context, job, "written", name=name, size=size)
    note(session, now, person.staff_no, "export", asked.about)
    address = addresses.reachable(session, person)
    if address is None:
        return
    if data is None:
        content = _linked(context, job, person, address, name, size)
    else:
        file = blobs.keep(session, name, KINDS[wanted.ending(session, asked)], data)
        content = _exported(context, person, asked, file, job.rows, attached=found["attached"])
    card = cards.want(session, Slot.of(Subject.JOB_RESULT, address, job.id), Kind.REPLY, content, now)
    if data is not None:
        session.flush()
        job.result = {**(job.result or {}), "card": card.id}
        session.add(job)
    live_messages.take_away(session, _progress(job, address), Kind.REPLY, now)


def end(context: Context, job: Job, how: str, **more: Any) -> None:
    """Note that a job is over, and how it ended; unless it was written, the message about its progress says so."""
    job.done_at, job.result = context.now, {"end": how, **more}
    context.session.add(job)
    if how != "written":
        content = _words(context, job).content("exports/export_ended", name=_name(context, job), how=how, **more)
        _show(context, job, content)


def kept_as(job: Job) -> File:
    """Return the name and the kind of a job's kept file."""
    told = job.result or {}
    return File("", told["name"], KINDS[told["name"].rpartition(".")[2]], told["size"])


def kept_until(job: Job, now: datetime) -> datetime | None:
    """Return until when a job's file can be downloaded; None if it is not kept, or no more."""
    told = job.result or {}
    if job.done_at is None or told.get("end") != "written" or "card" in told:
        return None
    until = job.done_at + job_files.LASTING
    return until if until > now else None


def megabytes(size: int) -> int:
    return -(-size // 1024 // 1024)


def base(context: Context) -> str:
    """Return where links to files lead: the address of the program, or of this machine's page; "" if it has none."""
    return context.defaults.public_url or (enrolment_links.page(context.session) or "").rstrip("/")


def _linked(context: Context, job: Job, person: Person, address: Address, name: str, size: int) -> Content:
    token = keys.issue(context.session, keys.Kind.FILE, address, person, context.now, str(job.id))
    return context.words_for(person).content(
        "exports/export_link", name=name, size=megabytes(size), count=job.rows,
        link=f"{base(context)}/dashboard/export/{token}", until=context.now + job_files.LASTING,
        here=not context.defaults.public_url,
    )  # fmt: skip


def _exported(
    context: Context, person: Person, asked: Wanted, file: File, rows: int, *, attached: bool
) -> Content:  # fmt: skip
    """Return the file with its message; if somebody's own reports hold files, offer these too."""
    session = context.session
    own = wanted.reach(session, person, context.today) == asked.tops
    task = assignments.by_code(session, asked.code).id if asked.code else 0
    files = (*asked.days, task) if attached and own and asked.kind != ZIP else None
    return context.words_for(person).content(
        "exports/exported", file=file, count=rows, roster=False, files=files, archive=asked.kind == ZIP,
        attached=attached,
    )  # fmt: skip


def _going(session: Session, words: Renderer, job: Job) -> Content:
    name = wanted.name(session, words, wanted.of_job(job))
    return words.content("exports/exporting", name=name, job=job)


def _words(context: Context, job: Job) -> Renderer:
    return context.words_for(context.session.get_one(Person, job.person_id))


def _name(context: Context, job: Job) -> str:
    return wanted.name(context.session, _words(context, job), wanted.of_job(job))


def _show(context: Context, job: Job, content: Content) -> None:
    address = addresses.reachable(context.session, context.session.get_one(Person, job.person_id))
    if address:
        cards.want(context.session, _progress(job, address), Kind.REPLY, content, context.now)


def _progress(job: Job, address: Address) -> Slot:
    return Slot.of(Subject.JOB, address, job.id)
