"""Write a notice's recipients and replies into a workbook: the attendance list of a meeting, the proof of a receipt
(docs/rules.md 27.11)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from handlers.exports import file_words, long_files
from handlers.exports.long_files import AT_ONCE, Asked, Tell
from handlers.rounds import round_files, standing
from handlers.rounds.round_files import OfRound
from models.core.database import in_chunks
from models.core.errors import Refusal
from models.cycle.places import Place
from models.files import blobs
from models.files.records import File
from models.messaging import addresses
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.slots import Subject, subject_id
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import counts, replies, rounds
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from models.spreadsheets import workbook
from models.spreadsheets.workbook import Bold, Page
from models.spreadsheets.writer import TYPES

MOST = 20_000  # rows of a file on the dashboard
COLUMNS = ("unit", "staff_no", "name", "status", "reply", "replied_at", "late", "version", "reached_at")
WIDTHS = (24, 60)


@dataclass(frozen=True)
class Line:
    """One recipient: the path of that time, what came back, and `status`: read, answered, silent, unreachable, never
    (enrolled), away, left, or nothing where nothing was asked."""

    reply: Reply
    person: Person
    place: Place
    status: str
    reached_at: datetime | None

    @property
    def answer(self) -> int | None:
        return self.reply.answer if self.status == "answered" else None


def lines(context: Context, it: Round, tops: Sequence[Unit], most: int | None = None, after: int = 0) -> list[Line]:
    """Return the recipients in these units, by the place's path and the staff number."""
    found = counts.listed(context.session, it, tops, most, after)
    return [line for some in in_chunks(found) for line in _lines(context, it, some)]


def every_line(context: Context, it: Round, tops: Sequence[Unit]) -> Iterator[Line]:
    """Yield all recipients in these units, in the same order; memory holds no more than some."""
    for some in counts.each_listed(context.session, it, tops):
        for few in in_chunks(some):
            yield from _lines(context, it, few)


def _lines(context: Context, it: Round, found: Sequence[tuple[Reply, Person, Place]]) -> list[Line]:
    session, day = context.session, standing.judged(context, it)
    owed = {"left": replies.left(day), "away": replies.away(day)}
    ids = col(Reply.id).in_([reply.id for reply, _, _ in found])
    apart = {kind: set(session.exec(select(Reply.id).where(ids, which)).all()) for kind, which in owed.items()}
    people = [person.id for _, person, _ in found]
    silent, shown = addresses.silence(session, people), _shown(context, it, people)
    return [
        Line(reply, person, place, _status(it, reply, apart, silent[person.id]),
             reply.reached_at or shown.get(person.id))
        for reply, person, place in found
    ]  # fmt: skip


def _status(it: Round, reply: Reply, apart: Mapping[str, set[int]], silent: str) -> str:
    if not it.replied_to:
        return "nothing"
    if reply.number == it.number:
        return "read" if reply.answer is None else "answered"
    return next((kind for kind in ("left", "away") if reply.id in apart[kind]), silent)


def _shown(context: Context, it: Round, people: Sequence[int]) -> dict[int, datetime]:
    """Return when the first message about it reached each of these people, as far as messages are still kept."""
    rows = context.session.execute(
        select(Address.person_id, Card.shown_at)
        .join(Card, col(Card.address_id) == col(Address.id))
        .where(Card.subject == Subject.ROUND, Card.subject_id == subject_id(it.id), col(Card.shown_at).is_not(None))
        .where(col(Address.person_id).in_(people))
        .order_by(col(Card.id).desc())
    ).all()
    return {person: at for person, at in rows if person is not None and at is not None}


def choice(said: Mapping[str, str], choices: Sequence[str], place: int | None) -> str:
    """Return an answer in the words of a file, "" for none."""
    return "" if place is None else said.get(f"choice.{choices[place]}", choices[place])


def write(
    context: Context, words: Renderer, it: Round, tops: Sequence[Unit], found: Sequence[Line]
) -> tuple[str, bytes]:
    """Return the file's name, and the file."""
    out = BytesIO()
    write_to(context, words, it, tops, found, out)
    return name_of(context, words, it), out.getvalue()


def name_of(context: Context, words: Renderer, it: Round) -> str:
    said = file_words.with_own(words, "rounds/words")
    return file_words.named([said["notice"], str(it.id), rounds.newest(context.session, it).title], "xlsx")


def write_to(
    context: Context, words: Renderer, it: Round, tops: Sequence[Unit], found: Iterable[Line], out: IO[bytes]
) -> None:  # fmt: skip
    """Write the file, a line at a time."""
    said = file_words.with_own(words, "rounds/words")
    first = Page(said["about"], _about(context, said, it, tops), WIDTHS)
    workbook.write([first, Page(said["replies"], _table(said, it, found))], out, file_words.formats(said))


def _table(said: Mapping[str, str], it: Round, found: Iterable[Line]) -> Iterator[list[object]]:
    yield [said[f"column.{name}"] for name in COLUMNS]
    zone = ZoneInfo(it.timezone)
    for line in found:
        yield _cells(said, zone, it, line)


def _cells(said: Mapping[str, str], zone: ZoneInfo, it: Round, line: Line) -> list[object]:
    reply, done = line.reply, line.status in ("read", "answered")
    return [
        line.place.path, line.person.staff_no, line.person.name, said[f"status.{line.status}"],
        choice(said, it.choices, line.answer), _local(reply.at, zone) if done else None,
        (said["yes"] if reply.late else said["no"]) if done else "", reply.number if done else None,
        _local(line.reached_at, zone),
    ]  # fmt: skip


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def _about(context: Context, said: Mapping[str, str], it: Round, tops: Sequence[Unit]) -> Iterator[list[object]]:
    session, zone = context.session, ZoneInfo(it.timezone)
    count = counts.of_units(session, it, standing.judged(context, it), tops)
    newest = rounds.newest(session, it)
    yield [Bold(said["notice"]), it.id]
    for version in rounds.versions(session, it):
        by = session.get_one(Person, version.by)
        yield [Bold(said["version"]), version.number]
        yield [Bold(said["text"]), version.words]
        yield [Bold(said["sender"]), said["person"].format(name=by.name, number=by.staff_no)]
        yield [Bold(said["sent_at"]), _local(version.at, zone)]
    for name, value in (("due_at", newest.due_at), ("starts_at", newest.starts_at), ("withdrawn_at", it.withdrawn_at)):
        if value:
            yield [Bold(said[name]), _local(value, zone)]
    if newest.venue:
        yield [Bold(said["venue"]), newest.venue]
    for top in tops:
        yield [Bold(said["about.units"]), top.path]
    yield [Bold(said["asked"]), count.asked]
    if it.replied_to:
        yield [Bold(said["replied"]), count.replied]
    for place, name in enumerate(it.choices):
        yield [Bold(said.get(f"choice.{name}", name)), count.answers.get(place, 0)]
    yield [Bold(said["about.written_at"]), context.now.astimezone(zone)]
    yield []
    yield [Bold(said["notice"]), said["proof"]]


def send(turn: Turn, it: Round, tops: Sequence[Unit]) -> None:
    """Send the file to the speaker, or say that it is being written."""
    if turn.fileless:
        raise Refusal("rounds.no_files")
    count = counts.of_units(turn.session, it, standing.judged(turn, it), tops)
    if count.asked > AT_ONCE:
        round_files.begin(turn, Replies.of, name_of(turn, turn.words, it), it, tops, count.asked)
        return
    name, data = write(turn, turn.words, it, tops, lines(turn, it, tops))
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    round_files.note(turn, turn.person, it)
    turn.say("rounds/notice_exported", file=file, number=it.id, count=count.asked)


class Replies(OfRound):
    """The recipients of a notice with their replies."""

    of = "notice"

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        it, tops = round_files.asked_for(context, asked)
        count = counts.of_units(context.session, it, standing.judged(context, it), tops)
        tell(rows=count.asked)
        found = long_files.told(every_line(context, it, tops), tell)
        write_to(context, context.words_for(person), it, tops, found, out)
        return {"rows": count.asked}

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        words, rows = context.words_for(person), found["rows"]
        return words.content("rounds/notice_exported", file=file, number=asked["round"], count=rows)
