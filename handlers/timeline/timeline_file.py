"""Write a unit's timeline as a workbook, in the reader's words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from handlers.exports import about, file_words, timeline_words
from handlers.exports.about import Writing
from handlers.exports.timeline_words import Line
from handlers.timeline import standing
from models.organisation.people import Person
from models.organisation.units import Unit
from models.spreadsheets.workbook import Page

COLUMNS = ("number", "day", "unit", "source", "words", "n", "hidden")


def write(
    context: Context, words: Renderer, person: Person, unit: Unit, month: date | None = None
) -> tuple[str, bytes, int]:  # fmt: skip
    """Return the file's name, the file, and how many entries are in it: of a month, or of all. Raises
    `timeline.not_yours`."""
    shown = standing.page(context, words, person, unit, month=month, most=timeline_words.MOST)
    said = file_words.with_own(words, "timeline/words")
    page, writing = Page(said["timeline"], _rows(words, said, unit, shown.lines)), Writing(words, context.now, person)
    data = about.workbook_of(
        context.session, writing, [page], len(shown.lines), said["timeline.about"].format(unit=unit.path)
    )
    named = [said["timeline"], unit.name, f"{month:%Y-%m}" if month else ""]
    return file_words.named(named, "xlsx"), data, len(shown.lines)


def _rows(words: Renderer, said: Mapping[str, str], unit: Unit, lines: Sequence[Line]) -> Iterator[list[object]]:
    yield [said[f"timeline.{name}"] for name in COLUMNS]
    for one in lines:
        it = one.it
        yield [
            it.id, it.day, (one.unit or unit).path, timeline_words.label(words, it.source), one.text, it.n,
            it.reason or "",
        ]  # fmt: skip
