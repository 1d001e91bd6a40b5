"""Write shifts as a workbook: who was and will be on duty, check-ins, places and what was handed over."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from models.core import audit
from models.duty import shifts
from models.files import blobs
from models.organisation.people import Person
from models.organisation.units import Unit
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES

BACK, AHEAD, MOST = timedelta(days=31), timedelta(days=15), 2000
COLUMNS = ("unit", "day", "shift", "starts_at", "ends_at", "staff_no", "name", "checked_at", "place", "note", "state")


def write(context: Context, words: Renderer, tops: Sequence[Unit], by: Person) -> tuple[str, bytes]:
    """Return the file, written for `by`, and its name: a month back and what is made ahead, `MOST` shifts at most."""
    said = file_words.with_own(words, "duty/words")
    rows = list(rows_of(context, words, said, tops))
    page, writing = Page(said["duty"], rows, typed=True), Writing(words, context.now, by)
    data = about.workbook_of(context.session, writing, [page], len(rows) - 1, said["duty.about"])
    day = context.now.astimezone(words.zone).date()
    return file_words.file_name(said, [said["duty"]], day, day, "xlsx"), data


def rows_of(
    context: Context, words: Renderer, said: Mapping[str, str], tops: Sequence[Unit]
) -> Iterator[list[object]]:  # fmt: skip
    """Return the heading and a row for each person of each shift; a shift with nobody has one row without a name."""
    yield [said[f"duty.{it}"] for it in COLUMNS]
    now = context.now
    found = shifts.listed(context.session, tops, now - BACK, now + AHEAD, MOST)
    held = shifts.of_shifts(context.session, [it.id for it, _ in found])

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(words.zone) if at else None

    for shift, unit in found:
        head = [unit.path, shift.day, shift.name, local(shift.starts_at), local(shift.ends_at)]
        for duty, person in held.get(shift.id, []):
            late = duty.checked_at is None and shift.starts_at <= now
            state = said["duty.there"] if duty.checked_at else said["duty.absent"] if late else said["duty.planned"]
            yield [
                *head,
                person.staff_no,
                person.name,
                local(duty.checked_at),
                duty.place or "",
                duty.note or "",
                state,
            ]
        missing = shift.need - len(held.get(shift.id, []))
        if missing > 0:
            yield [*head, "", "", None, "", "", said["duty.missing"].format(n=missing)]


def send(turn: Turn, tops: Sequence[Unit]) -> None:
    """Send the file to the speaker."""
    name, data = write(turn, turn.words, tops, turn.person)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    for top in tops:
        audit.note(turn.session, turn.now, turn.person.staff_no, "export", top.path, of="duty")
    turn.say("duty/exported", file=file)
