"""Write long files of every kind beside the desk, with their progress shown and a button that ends them, and send them
if they are still their person's (docs/rules.md 20.7)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any, TypeVar

from sqlmodel import Session

from handlers.core.context import Context, Defaults
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from models.authority import permissions
from models.core.errors import Refusal
from models.files import archives, blobs
from models.files.records import File
from models.messaging import addresses, cards, enrolment_links, live_messages
from models.messaging import dashboard_keys as keys
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.operations import job_files, jobs
from models.operations.jobs import Job
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.spreadsheets import writer

JOB = "export"
AT_ONCE = 1000  # rows that the desk may write itself, in some 150 ms
MOST_BYTES = 20 * 1024 * 1024 - 1  # WeCom's limit; Telegram takes 50 MB
MIMES = {**writer.TYPES, "zip": archives.MIME, "html": "text/html"}

Row = TypeVar("Row")
Asked = Mapping[str, Any]  # what a person asked for, as its job keeps it
Tell = Callable[..., None]  # how far the writing is: `rows`, `written`; and what else it `made`, a part at a time


class Source:
    """One kind of long file. `of` is its name in the job; `write` runs in a process of its own, which can change
    nothing; the rest runs at the desk."""

    of: str

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        """Write the file; return what is said of it at the end, `rows` at least. Raises Refusal."""
        raise NotImplementedError

    def within_reach(self, context: Context, person: Person, asked: Asked) -> bool:
        """Say whether somebody may still have what they asked for: roles change and people leave while a file is
        written, and afterwards. Raises Refusal for one that is of no use any more."""
        raise NotImplementedError

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        """Return the message that holds the file."""
        raise NotImplementedError

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        """Note in the audit that somebody has it."""
        raise NotImplementedError

    def store(self, context: Context, person: Person, asked: Asked, made: Sequence[Any]) -> None:
        """Store a part of what was made beside the file; a second time changes nothing."""


def begin(turn: Turn, of: str, name: str, asked: Asked, rows: int) -> None:
    """Have a file written, and say so; `rows` 0 is not known yet. Raises `export.one_at_a_time`, `export.enough`."""
    job = ask(turn.session, turn.person, of, name, asked, rows, turn.now)
    cards.want(turn.session, _progress(job, turn.here), Kind.REPLY, _going(turn.words, job), turn.now)


def ask(session: Session, person: Person, of: str, name: str, asked: Asked, rows: int, now: datetime) -> Job:
    """Store the job. Raises as `begin`."""
    return jobs.ask(session, person, JOB, {"of": of, "name": name, **asked}, rows, now)


def reaches(context: Context, person: Person, tops: Iterable[int]) -> bool:
    """Say whether somebody is still there and leads all of these units."""
    if person.left_by(context.today):
        return False
    led = permissions.leads(context.session, person, context.today)
    asked = [context.session.get_one(Unit, it).path for it in tops]
    return all(any(is_below(path, top.path) for top in led) for path in asked)


def told(rows: Iterable[Row], tell: Tell) -> Iterator[Row]:
    """Yield rows while they are written, and tell how many are."""
    for number, row in enumerate(rows):
        tell(written=number)
        yield row


class LongFiles:
    """The kind of background job that writes files from any of these sources."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = {it.of: it for it in sources}

    @property
    def most_bytes(self) -> int:
        return MOST_BYTES

    def order(self, context: Context, job: Job) -> dict[str, Any]:
        """Return all that the process which writes a file has to know, as JSON keeps it; no secret."""
        known = context.defaults
        return {
            "arguments": job.arguments, "person": job.person_id, "now": context.now.isoformat(),
            "defaults": {
                "locale": known.locale, "zone": known.zone, "public_url": known.public_url,
                "rehearsal": known.rehearsal,
            },
        }  # fmt: skip

    def write_file(self, session: Session, order: Mapping[str, Any], out: IO[bytes], tell: Tell) -> dict[str, Any]:
        """Write the file that an order asks for. Return what is said of it at the end, or why there is none."""
        context = Context(session, datetime.fromisoformat(order["now"]), Defaults(**order["defaults"]), {})
        asked, person = order["arguments"], session.get_one(Person, order["person"])
        try:
            return self._of(asked).write(context, person, asked, out, tell)
        except Refusal as refusal:
            return {"refused": context.words_for(person).refusal(refusal)}

    def progress(self, context: Context, job: Job, said: Mapping[str, Any]) -> None:
        """Note how far it is, and show it in the message that said it was begun, where that can be changed in place."""
        job.rows, job.reached = said.get("rows", job.rows), said.get("written", 0)
        context.session.add(job)
        address = addresses.reachable(context.session, context.session.get_one(Person, job.person_id))
        if address and address.channel not in context.defaults.still:
            _show(context, job, _going(_words(context, job), job))

    def store(self, context: Context, job: Job, made: Sequence[Any]) -> None:
        """Store a part of what was made beside the file, if its person will get it."""
        try:
            if not self.within_reach(context, job):
                return
        except Refusal:
            return
        self._of(job.arguments).store(context, context.session.get_one(Person, job.person_id), job.arguments, made)

    def within_reach(self, context: Context, job: Job) -> bool:
        """Say whether the job's person may still have its file. Raises Refusal for one that is of no use any more."""
        person = context.session.get_one(Person, job.person_id)
        return self._of(job.arguments).within_reach(context, person, job.arguments)

    def finish(self, context: Context, job: Job, found: Mapping[str, Any], size: int, data: bytes | None) -> None:
        """Send the file in a message of its own, which rings, and delete the progress. A file without `data` is too
        large for chats and kept: a link downloads it until it expires."""
        if "refused" in found:
            end(context, job, "refused", why=found["refused"])
            return
        session, source, asked = context.session, self._of(job.arguments), job.arguments
        person = session.get_one(Person, job.person_id)
        job.rows = job.reached = found["rows"]
        try:
            if not self.within_reach(context, job):
                end(context, job, "not_yours")
                return
        except Refusal as refusal:
            end(context, job, "refused", why=_words(context, job).refusal(refusal))
            return
        end(context, job, "written", name=asked["name"], size=size)
        source.note(context, person, asked, found)
        address = addresses.reachable(session, person)
        if address is None:
            return
        if data is None:
            content = _linked(context, job, person, address, size)
        else:
            file = blobs.keep(session, asked["name"], _mime(asked["name"]), data)
            content = source.content(context, person, asked, file, found)
        card = cards.want(session, Slot.of(Subject.JOB_RESULT, address, job.id), Kind.REPLY, content, context.now)
        if data is not None:
            session.flush()
            job.result = {**(job.result or {}), "card": card.id}
            session.add(job)
        live_messages.take_away(session, _progress(job, address), Kind.REPLY, context.now)

    def end(self, context: Context, job: Job, how: str, **more: Any) -> None:
        end(context, job, how, **more)

    def base(self, context: Context) -> str:
        """Return where links to files lead: the address of the program, or of this machine's page; "" if it has
        none."""
        return _base(context)

    def _of(self, asked: Asked) -> Source:
        return self._sources[asked["of"]]


def end(context: Context, job: Job, how: str, **more: Any) -> None:
    """Note that a job is over, and how it ended; unless it was written, the message about its progress says so."""
    job.done_at, job.result = context.now, {"end": how, **more}
    context.session.add(job)
    if how != "written":
        told = {"name": job.arguments["name"], "of": job.arguments["of"], "how": how, **more}
        _show(context, job, _words(context, job).content("exports/export_ended", **told))


def kept_as(job: Job) -> File:
    """Return the name and the kind of a job's kept file."""
    said = job.result or {}
    return File("", said["name"], _mime(said["name"]), said["size"])


def kept_until(job: Job, now: datetime) -> datetime | None:
    """Return until when a job's file can be downloaded; None if it is not kept, or no more."""
    said = job.result or {}
    if job.done_at is None or said.get("end") != "written" or "card" in said:
        return None
    until = job.done_at + job_files.LASTING
    return until if until > now else None


def megabytes(size: int) -> int:
    return -(-size // 1024 // 1024)


def _mime(name: str) -> str:
    return MIMES[name.rpartition(".")[2]]


def _base(context: Context) -> str:
    return context.defaults.public_url or (enrolment_links.page(context.session) or "").rstrip("/")


def _linked(context: Context, job: Job, person: Person, address: Address, size: int) -> Content:
    token = keys.issue(context.session, keys.Kind.FILE, address, person, context.now, str(job.id))
    return context.words_for(person).content(
        "exports/export_link", name=job.arguments["name"], size=megabytes(size), count=job.rows,
        link=f"{_base(context)}/dashboard/export/{token}", until=context.now + job_files.LASTING,
        here=not context.defaults.public_url,
    )  # fmt: skip


def _going(words: Renderer, job: Job) -> Content:
    return words.content("exports/exporting", name=job.arguments["name"], job=job)


def _words(context: Context, job: Job) -> Renderer:
    return context.words_for(context.session.get_one(Person, job.person_id))


def _show(context: Context, job: Job, content: Content) -> None:
    address = addresses.reachable(context.session, context.session.get_one(Person, job.person_id))
    if address:
        cards.want(context.session, _progress(job, address), Kind.REPLY, content, context.now)


def _progress(job: Job, address: Address) -> Slot:
    return Slot.of(Subject.JOB, address, job.id)
