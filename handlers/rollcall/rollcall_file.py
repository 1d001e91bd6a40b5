"""Write a roll call as a workbook: everybody who was asked, with answer, place and phone number."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from handlers.rollcall import lists
from models.core import audit
from models.files import blobs
from models.messaging import addresses
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import counts, rollcalls
from models.rounds.rounds import Round
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES

MOST = 2000  # rows that the desk may write itself
COLUMNS = ("unit", "staff_no", "name", "phone", "status", "place", "answered_at")


def write(
    context: Context, words: Renderer, it: Round, tops: Sequence[Unit], by: Person
) -> tuple[str, bytes]:  # fmt: skip
    """Return the file and its name; `by` is whom it is written for."""
    said = file_words.with_own(words, "rounds/rollcall_words")
    rows = list(_rows(context, said, it, tops))
    title = f"{said['rollcall']} {it.id}"
    page, writing = Page(said["rollcall"], rows, typed=True), Writing(words, context.now, by)
    data = about.workbook_of(context.session, writing, [page], len(rows) - 1, title)
    return file_words.named([title], "xlsx"), data


def _rows(context: Context, said: Mapping[str, str], it: Round, tops: Sequence[Unit]) -> Iterator[list[object]]:
    zone = ZoneInfo(it.timezone)
    yield [said[f"rollcall.{name}"] for name in COLUMNS]
    found = counts.listed(context.session, it, tops, MOST)
    numbers = rollcalls.numbers(context.session, [person for _, person, _ in found], tops)
    silent = addresses.silence(context.session, [person.id for _, person, _ in found])
    for reply, person, place in found:
        state = ("safe", "help")[reply.answer] if reply.answer is not None else silent[person.id]
        yield [
            place.path, person.staff_no, person.name, numbers.get(person.id, ""), said[f"rollcall.{state}"],
            reply.remark, _local(reply.at, zone),
        ]  # fmt: skip


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def send(turn: Turn, it: Round) -> None:
    """Send the file to the speaker."""
    name, data = write(turn, turn.words, it, lists.tops_of(turn, it, turn.person), turn.person)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    path = turn.session.get_one(Unit, it.unit_id).path
    audit.note(turn.session, turn.now, turn.person.staff_no, "export", path, number=it.id)
    turn.say("rounds/rollcall_exported", file=file, number=it.id)
