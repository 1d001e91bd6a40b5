"""Write a unit's timeline as a workbook, in the reader's words."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import IO, Any

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.exports import about, file_words, long_files, timeline_words
from handlers.exports.about import Writing
from handlers.exports.list_files import ListFile
from handlers.exports.long_files import Asked, Tell
from handlers.timeline import standing
from models.authority import timeline_reach
from models.core import audit
from models.files.records import File
from models.organisation.people import Person
from models.organisation.units import Unit
from models.spreadsheets.workbook import Page
from models.timeline import reading
from models.timeline.reading import Scope

COLUMNS = ("number", "day", "unit", "source", "words", "n", "hidden")


class Entries(ListFile):
    """The timeline of a unit, of a month or all of it. What is asked for raises `timeline.not_yours`."""

    of = "timeline"

    def lines(self, context: Context, person: Person, asked: Asked) -> int:
        return reading.number(context.session, _scope(context, person, asked), *_days(context, asked))

    def name(self, context: Context, words: Renderer, asked: Asked) -> str:
        said, month = file_words.with_own(words, "timeline/words"), _month(asked)
        named = [said["timeline"], _unit(context, asked).name, f"{month:%Y-%m}" if month else ""]
        return file_words.named(named, "xlsx")

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        words, unit, count = context.words_for(person), _unit(context, asked), self.lines(context, person, asked)
        tell(rows=count)
        said, scope = file_words.with_own(words, "timeline/words"), _scope(context, person, asked)
        rows = long_files.told(_rows(context, words, said, scope, asked), tell)
        writing, remark = Writing(words, context.now, person), said["timeline.about"].format(unit=unit.path)
        about.write_list(context.session, writing, [Page(said["timeline"], rows)], count, remark, out)
        return {"rows": count}

    def within_reach(self, context: Context, person: Person, asked: Asked) -> bool:
        here = timeline_words.within(context.session, person, _unit(context, asked), context.today)
        return here and not person.left_by(context.today)

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        return context.words_for(person).content("timeline/exported", file=file, count=found["rows"])

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        path = _unit(context, asked).path
        audit.note(context.session, context.now, person.staff_no, "export", path, timeline=found["rows"])


def asked(unit: Unit, month: date | None) -> Asked:
    """Return what is asked for with a unit's timeline."""
    return {"unit": unit.id, "month": month.isoformat() if month else ""}


def _unit(context: Context, asked: Asked) -> Unit:
    return context.session.get_one(Unit, asked["unit"])


def _month(asked: Asked) -> date | None:
    return date.fromisoformat(asked["month"]) if asked["month"] else None


def _days(context: Context, asked: Asked) -> tuple[date, date]:
    return standing.days(_month(asked), context.today)


def _scope(context: Context, person: Person, asked: Asked) -> Scope:
    return timeline_reach.scope(context.session, person, _unit(context, asked), context.today)


def _rows(
    context: Context, words: Renderer, said: Mapping[str, str], scope: Scope, asked: Asked
) -> Iterator[list[object]]:  # fmt: skip
    yield [said[f"timeline.{name}"] for name in COLUMNS]
    for some in reading.each(context.session, scope, *_days(context, asked)):
        for one in timeline_words.lines(words, scope, some):
            it = one.it
            label = timeline_words.label(words, it.source)
            yield [it.id, it.day, (one.unit or scope.unit).path, label, one.text, it.n, it.reason or ""]
