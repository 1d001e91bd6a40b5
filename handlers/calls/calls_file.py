"""Write calls as a workbook: who called whom, when, and what came of it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from models.calls import calls
from models.core import audit
from models.files import blobs
from models.organisation.people import Person, home
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES

BACK, MOST = timedelta(days=31), 2000
COLUMNS = ("unit", "staff_no", "name", "day", "at", "by", "outcome", "receipt")


def write(context: Context, words: Renderer, by: Person) -> tuple[str, bytes]:
    """Return the file and its name: the calls of the last month to the wards of `by`, `MOST` at most."""
    said = file_words.with_own(words, "calls/words")
    rows = list(rows_of(context, words, said, by))
    page, writing = Page(said["calls"], rows, typed=True), Writing(words, context.now, by)
    data = about.workbook_of(context.session, writing, [page], len(rows) - 1, said["calls.about"])
    day = context.now.astimezone(words.zone).date()
    return file_words.file_name(said, [said["calls"]], day, day, "xlsx"), data


def rows_of(context: Context, words: Renderer, said: Mapping[str, str], by: Person) -> Iterator[list[object]]:
    """Return the heading and a row for each call, the newest first."""
    session = context.session
    yield [said[f"calls.{it}"] for it in COLUMNS]
    which = calls.theirs(session, by, context.today)
    for it in calls.listed(session, which, context.today - BACK, MOST):
        outcome, at = said[f"calls.{it.call.outcome}"], it.call.at.astimezone(words.zone)
        ward = it.ward
        yield [it.unit.path, ward.staff_no, ward.name, it.call.day, at, it.by.name, outcome, it.receipt or ""]


def send(turn: Turn) -> None:
    """Send the file to the speaker."""
    name, data = write(turn, turn.words, turn.person)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    path = home(turn.session, turn.person).path
    audit.note(turn.session, turn.now, turn.person.staff_no, "export", path, of="calls")
    turn.say("calls/exported", file=file)
