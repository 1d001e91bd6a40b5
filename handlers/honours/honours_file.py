"""Write honours, streaks and star families as a workbook, as far as the reader sees them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from handlers.exports.list_files import ListFile
from handlers.exports.long_files import AT_ONCE, Asked, Tell
from handlers.honours import standing
from handlers.honours.standing import Standing
from models.core import audit
from models.files.records import File
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit
from models.spreadsheets.workbook import Page

HONOURS = ("number", "kind", "unit", "title", "days", "day", "reason", "by", "withdrawn_at", "withdrawn_by", "why")
STREAKS = ("unit", "task", "streak", "upto", "broken_on")
FAMILIES = ("unit", "household", "staff_no", "task", "streak", "stars")


class Honours(ListFile):
    """Honours, streaks and star families, all that somebody sees."""

    of = "honours"

    def lines(self, context: Context, person: Person, asked: Asked) -> int:
        found = _seen(context, person, asked, AT_ONCE)
        return len(found.honours) + len(found.lines) + len(found.families) + found.more + found.more_families

    def name(self, context: Context, words: Renderer, asked: Asked) -> str:
        said, day = file_words.with_own(words, "honours/words"), context.now.astimezone(words.zone).date()
        return file_words.file_name(said, [said["honours"]], day, day, "xlsx")

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        found, writing = _seen(context, person, asked, None), Writing(context.words_for(person), context.now, person)
        said = file_words.with_own(writing.words, "honours/words")
        pages = [
            Page(said["honours"], _honours(writing, said, found)), Page(said["honours.streaks"], _streaks(said, found)),
            Page(said["honours.families"], _families(said, found)),
        ]  # fmt: skip
        tell(rows=len(found.honours))
        about.write_list(context.session, writing, pages, len(found.honours), said["honours.about"], out)
        return {"rows": len(found.honours)}

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        return context.words_for(person).content("honours/exported", file=file, count=found["rows"])

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        path = people.home(context.session, person).path
        audit.note(context.session, context.now, person.staff_no, "export", path, honours=found["rows"])


def asked(tops: Sequence[Unit]) -> Asked:
    """Return what is asked for with the honours that a lead of these units sees."""
    return {"tops": [it.id for it in tops]}


def _seen(context: Context, person: Person, asked: Asked, most: int | None) -> Standing:
    tops = [context.session.get_one(Unit, it) for it in asked["tops"]]
    return standing.seen(context, context.words_for(person), person, tops, most)


def _heading(said: Mapping[str, str], columns: tuple[str, ...]) -> list[object]:
    return [said[f"honours.{it}"] for it in columns]


def _honours(writing: Writing, said: Mapping[str, str], found: Standing) -> Iterator[list[object]]:
    yield _heading(said, HONOURS)
    for it in found.honours:
        at = it.withdrawn_at.astimezone(writing.words.zone) if it.withdrawn_at else None
        why = said.get(f"honours.lost.{it.why}", it.why) if not it.withdrawn_by else it.why
        yield [
            it.id, said[f"honours.kind.{it.kind}"], it.unit.path, it.title, it.days, it.day, it.reason, it.by, at,
            it.withdrawn_by, why,
        ]  # fmt: skip


def _streaks(said: Mapping[str, str], found: Standing) -> Iterator[list[object]]:
    yield _heading(said, STREAKS)
    for it in found.lines:
        yield [it.unit.path, it.task, it.days, it.upto, it.broken_on]


def _families(said: Mapping[str, str], found: Standing) -> Iterator[list[object]]:
    yield _heading(said, FAMILIES)
    for it in found.families:
        yield [it.unit.path, it.name, it.staff_no, it.task, it.days, it.stars]
