"""Write a roll call as a workbook: everybody who was asked, with answer, place and phone number."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import IO, Any
from zoneinfo import ZoneInfo

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from handlers.exports import about, file_words, long_files
from handlers.exports.about import Writing
from handlers.exports.long_files import AT_ONCE, Asked, Tell
from handlers.rollcall import lists
from handlers.rounds import round_files, standing
from handlers.rounds.round_files import OfRound
from models.files import blobs
from models.files.records import File
from models.messaging import addresses
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import counts, rollcalls
from models.rounds.rounds import Round
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES

COLUMNS = ("unit", "staff_no", "name", "phone", "status", "place", "answered_at")


def write(
    context: Context, words: Renderer, it: Round, tops: Sequence[Unit], by: Person
) -> tuple[str, bytes]:  # fmt: skip
    """Return the file's name, and the file; `by` is whom it is written for."""
    out = BytesIO()
    write_to(context, words, it, tops, by, out)
    return name_of(words, it), out.getvalue()


def name_of(words: Renderer, it: Round) -> str:
    return file_words.named([_title(file_words.with_own(words, "rounds/rollcall_words"), it)], "xlsx")


def rows_of(context: Context, it: Round, tops: Sequence[Unit]) -> int:
    """Return how many people are in the file."""
    return counts.of_units(context.session, it, standing.judged(context, it), tops).asked


def write_to(
    context: Context, words: Renderer, it: Round, tops: Sequence[Unit], by: Person, out: IO[bytes],
    tell: Tell | None = None,
) -> None:  # fmt: skip
    """Write the file, a line at a time."""
    said = file_words.with_own(words, "rounds/rollcall_words")
    rows = _rows(context, said, it, tops)
    page = Page(said["rollcall"], long_files.told(rows, tell) if tell else rows, typed=True)
    writing, count = Writing(words, context.now, by), rows_of(context, it, tops)
    about.write_list(context.session, writing, [page], count, _title(said, it), out)


def _title(said: Mapping[str, str], it: Round) -> str:
    return f"{said['rollcall']} {it.id}"


def _rows(context: Context, said: Mapping[str, str], it: Round, tops: Sequence[Unit]) -> Iterator[list[object]]:
    yield [said[f"rollcall.{name}"] for name in COLUMNS]
    zone = ZoneInfo(it.timezone)
    for some in counts.each_listed(context.session, it, tops):
        numbers = rollcalls.numbers(context.session, [person for _, person, _ in some], tops)
        silent = addresses.silence(context.session, [person.id for _, person, _ in some])
        for reply, person, place in some:
            state = ("safe", "help")[reply.answer] if reply.answer is not None else silent[person.id]
            yield [
                place.path, person.staff_no, person.name, numbers.get(person.id, ""), said[f"rollcall.{state}"],
                reply.remark, _local(reply.at, zone),
            ]  # fmt: skip


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def send(turn: Turn, it: Round) -> None:
    """Send the file to the speaker, or say that it is being written."""
    tops = lists.tops_of(turn, it, turn.person)
    rows = rows_of(turn, it, tops)
    if rows > AT_ONCE:
        round_files.begin(turn, Answers.of, name_of(turn.words, it), it, tops, rows)
        return
    name, data = write(turn, turn.words, it, tops, turn.person)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    round_files.note(turn, turn.person, it)
    turn.say("rounds/rollcall_exported", file=file, number=it.id)


class Answers(OfRound):
    """Everybody whom a roll call asked, with their answers."""

    of = "rollcall"

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        it, tops = round_files.asked_for(context, asked)
        rows = rows_of(context, it, tops)
        tell(rows=rows)
        write_to(context, context.words_for(person), it, tops, person, out, tell)
        return {"rows": rows}

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        words = context.words_for(person)
        return words.content("rounds/rollcall_exported", file=file, number=asked["round"])
