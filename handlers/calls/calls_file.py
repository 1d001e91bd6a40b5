"""Write calls as a workbook: who called whom, when, and what came of it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import IO, Any

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.exports import about, file_words, long_files
from handlers.exports.about import Writing
from handlers.exports.list_files import ListFile
from handlers.exports.long_files import Asked, Tell
from models.authority import permissions
from models.calls import calls
from models.core import audit
from models.files.records import File
from models.organisation.people import Person, home
from models.spreadsheets.workbook import Page

BACK = timedelta(days=31)
COLUMNS = ("unit", "staff_no", "name", "day", "at", "by", "outcome", "receipt")


def rows_of(context: Context, words: Renderer, said: Mapping[str, str], by: Person) -> Iterator[list[object]]:
    """Return the heading and a row for each call, the newest first."""
    session = context.session
    yield [said[f"calls.{it}"] for it in COLUMNS]
    which = calls.theirs(session, by, context.today)
    for it in calls.each_listed(session, which, context.today - BACK):
        outcome, at = said[f"calls.{it.call.outcome}"], it.call.at.astimezone(words.zone)
        ward = it.ward
        yield [it.unit.path, ward.staff_no, ward.name, it.call.day, at, it.by.name, outcome, it.receipt or ""]


class Made(ListFile):
    """The calls of the last month to somebody's wards."""

    of = "calls"

    def lines(self, context: Context, person: Person, asked: Asked) -> int:
        which = calls.theirs(context.session, person, context.today)
        return calls.number(context.session, which, context.today - BACK)

    def name(self, context: Context, words: Renderer, asked: Asked) -> str:
        said, day = file_words.with_own(words, "calls/words"), context.now.astimezone(words.zone).date()
        return file_words.file_name(said, [said["calls"]], day, day, "xlsx")

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        words, count = context.words_for(person), self.lines(context, person, asked)
        tell(rows=count)
        said = file_words.with_own(words, "calls/words")
        rows = long_files.told(rows_of(context, words, said, person), tell)
        page, writing = Page(said["calls"], rows, typed=True), Writing(words, context.now, person)
        about.write_list(context.session, writing, [page], count, said["calls.about"], out)
        return {"rows": count}

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        return context.words_for(person).content("calls/exported", file=file)

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        path = home(context.session, person).path
        audit.note(context.session, context.now, person.staff_no, "export", path, of=self.of)


def asked(context: Context, person: Person) -> Asked:
    """Return what is asked for with somebody's calls."""
    return {"tops": [it.id for it in permissions.leads(context.session, person, context.today)]}
