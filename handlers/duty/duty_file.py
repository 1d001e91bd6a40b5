"""Write shifts as a workbook: who was and will be on duty, check-ins, places and what was handed over; and the template
weeks, a sheet that can be changed and sent back (docs/rules.md 35.16, 35.20)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import IO, Any

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.duty import week_view
from handlers.exports import about, file_words, long_files
from handlers.exports.about import Writing
from handlers.exports.list_files import ListFile
from handlers.exports.long_files import AT_ONCE, Asked, Tell
from models.core import audit
from models.duty import rotas, shifts
from models.files.records import File
from models.organisation.people import Person
from models.organisation.units import Unit
from models.spreadsheets.workbook import Page
from models.time.times import DAY

BACK, AHEAD = timedelta(days=31), timedelta(days=15)
COLUMNS = (
    "unit", "day", "shift", "starts_at", "ends_at", "posts", "staff_no", "name", "checked_at", "place", "note", "state",
)  # fmt: skip
WEEK = ("unit", "weekdays", "shift", "from", "until", "posts", "people")


def write(
    context: Context, words: Renderer, tops: Sequence[Unit], by: Person, out: IO[bytes], tell: Tell
) -> int:  # fmt: skip
    """Write the file for `by`: a month back and what is made ahead; return how many lines of shifts it has."""
    said = file_words.with_own(words, "duty/words")
    count = shifts.number_of_lines(context.session, tops, context.now - BACK, context.now + AHEAD)
    tell(rows=count)
    rows = long_files.told(rows_of(context, words, said, tops), tell)
    pages = [Page(said["duty"], rows, typed=True), Page(said["duty.week"], weeks_of(context, words, said, tops))]
    about.write_list(context.session, Writing(words, context.now, by), pages, count, said["duty.about"], out)
    return count


def rows_of(
    context: Context, words: Renderer, said: Mapping[str, str], tops: Sequence[Unit]
) -> Iterator[list[object]]:  # fmt: skip
    """Return the heading and a row for each person of each shift; a shift with nobody has one row without a name."""
    yield [said[f"duty.{it}"] for it in COLUMNS]
    now = context.now

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(words.zone) if at else None

    for shift, unit, on_it in shifts.each_listed(context.session, tops, now - BACK, now + AHEAD):
        head = [unit.path, shift.day, shift.name, local(shift.starts_at), local(shift.ends_at), shift.need]
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
    for rota, unit in rotas.below(context.session, tops):
        known = week_view.people(context.session, rota.week)
        for line in rota.week:
            people = [f"{it.name} {it.staff_no}" for n in line.persons if (it := known.get(n))]
            days = words.line("duty/weekdays_of", days=line.days)
            ends = _wall(line.end - DAY) if line.end > DAY else _wall(line.end)
            yield [unit.path, days, line.name, _wall(line.start), ends, line.need, words.listed(people)]


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


class Shifts(ListFile):
    """The shifts of some units, with their template weeks."""

    of = "duty"

    def lines(self, context: Context, person: Person, asked: Asked) -> int:
        session, tops, span = context.session, _tops(context, asked), (context.now - BACK, context.now + AHEAD)
        count = shifts.number(session, tops, *span)  # a line or more each
        return count if count > AT_ONCE else max(count, shifts.number_of_lines(session, tops, *span))

    def name(self, context: Context, words: Renderer, asked: Asked) -> str:
        said, day = file_words.with_own(words, "duty/words"), context.now.astimezone(words.zone).date()
        return file_words.file_name(said, [said["duty"]], day, day, "xlsx")

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        return {"rows": write(context, context.words_for(person), _tops(context, asked), person, out, tell)}

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        return context.words_for(person).content("duty/exported", file=file)

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        for top in _tops(context, asked):
            audit.note(context.session, context.now, person.staff_no, "export", top.path, of=self.of)


def _tops(context: Context, asked: Asked) -> list[Unit]:
    return [context.session.get_one(Unit, it) for it in asked["tops"]]


def asked(tops: Sequence[Unit]) -> Asked:
    """Return what is asked for with the file of these units."""
    return {"tops": [it.id for it in tops]}
