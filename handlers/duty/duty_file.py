"""Write shifts as a workbook: who was and will be on duty, check-ins, places and what was handed over; and the template
weeks, a sheet that can be changed and sent back (docs/rules.md 35.16, 35.20)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import col, or_, select

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.duty import week_view
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from models.core import audit
from models.duty import shifts
from models.duty.rotas import Rota
from models.files import blobs
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES
from models.time.times import DAY

BACK, AHEAD, MOST = timedelta(days=31), timedelta(days=15), 2000
COLUMNS = (
    "unit", "day", "shift", "starts_at", "ends_at", "posts", "staff_no", "name", "checked_at", "place", "note", "state",
)  # fmt: skip
WEEK = ("unit", "weekdays", "shift", "from", "until", "posts", "people")


def write(context: Context, words: Renderer, tops: Sequence[Unit], by: Person) -> tuple[str, bytes]:
    """Return the file, written for `by`, and its name: a month back and what is made ahead, `MOST` shifts at most."""
    said = file_words.with_own(words, "duty/words")
    rows = list(rows_of(context, words, said, tops))
    weeks = list(weeks_of(context, words, said, tops))
    pages = [Page(said["duty"], rows, typed=True), Page(said["duty.week"], weeks)]
    writing = Writing(words, context.now, by)
    data = about.workbook_of(context.session, writing, pages, len(rows) - 1, said["duty.about"])
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
        head = [unit.path, shift.day, shift.name, local(shift.starts_at), local(shift.ends_at), shift.need]
        on_it = held.get(shift.id, [])
        for duty, person in on_it:
            late = duty.checked_at is None and shift.starts_at <= now
            state = said["duty.there"] if duty.checked_at else said["duty.absent"] if late else said["duty.planned"]
            cells = [local(duty.checked_at), duty.place or "", duty.note or "", state]
            yield [*head, person.staff_no, person.name, *cells]
        empty = shift.need - len(on_it)
        if empty > 0:
            yield [*head, "", "", None, "", "", said["duty.missing"].format(n=empty, posts=shift.need)]


def weeks_of(
    context: Context, words: Renderer, said: Mapping[str, str], tops: Sequence[Unit]
) -> Iterator[list[object]]:  # fmt: skip
    """Return the heading and a row for each line of the template weeks: what `week_file.of` reads again as it is."""
    yield [said[f"duty.{it}"] for it in WEEK]
    below = or_(*(units.below(it.path) for it in tops))
    rows = context.session.exec(
        select(Rota, Unit).join(Unit, col(Unit.id) == col(Rota.unit_id))
        .where(below, col(Rota.ended_at).is_(None)).order_by(col(Unit.rank)).limit(MOST)
    )  # fmt: skip
    weeks = [(unit, rota.week) for rota, unit in rows]
    known = week_view.people(context.session, (line for _, week in weeks for line in week))
    for unit, week in weeks:
        for line in week:
            people = [f"{it.name} {it.staff_no}" for n in line.persons if (it := known.get(n))]
            days = words.line("duty/weekdays_of", days=line.days)
            ends = _wall(line.end - DAY) if line.end > DAY else _wall(line.end)
            yield [unit.path, days, line.name, _wall(line.start), ends, line.need, words.listed(people)]


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def send(turn: Turn, tops: Sequence[Unit]) -> None:
    """Send the file to the speaker."""
    name, data = write(turn, turn.words, tops, turn.person)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    for top in tops:
        audit.note(turn.session, turn.now, turn.person.staff_no, "export", top.path, of="duty")
    turn.say("duty/exported", file=file)
