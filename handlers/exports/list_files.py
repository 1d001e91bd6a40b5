"""Give somebody a list as a file: a short one in the answer, a long one beside the desk (docs/rules.md 20.7)."""

from io import BytesIO

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.exports import long_files
from handlers.exports.long_files import AT_ONCE, Asked, Source
from models.core.errors import Refusal
from models.files import blobs
from models.organisation.people import Person
from models.spreadsheets import writer

MOST = 20_000  # lines of a file on the dashboard, which waits for it


class ListFile(Source):
    """A list that somebody may have as a file; `asked` has its `kind`, xlsx or csv, where there are several, and as
    `tops` the units that they lead."""

    def lines(self, context: Context, person: Person, asked: Asked) -> int:
        """Return how many lines it has, or a few more: where they are many, about how many will do."""
        raise NotImplementedError

    def name(self, context: Context, words: Renderer, asked: Asked) -> str:
        """Return what the file is called."""
        raise NotImplementedError

    def within_reach(self, context: Context, person: Person, asked: Asked) -> bool:
        return long_files.reaches(context, person, asked["tops"])


def send(turn: Turn, source: ListFile, asked: Asked) -> None:
    """Send the list, or say that it is being written. Raises as `long_files.begin`."""
    name, count = source.name(turn, turn.words, asked), source.lines(turn, turn.person, asked)
    if count > AT_ONCE:
        long_files.begin(turn, source.of, name, asked, 0)
        return
    out = BytesIO()
    found = source.write(turn, turn.person, asked, out, _quietly)
    file = blobs.keep(turn.session, name, writer.TYPES[name.rpartition(".")[2]], out.getvalue())
    source.note(turn, turn.person, asked, found)
    turn.send(source.content(turn, turn.person, asked, file, found))


def at_once(context: Context, words: Renderer, person: Person, source: ListFile, asked: Asked) -> tuple[str, bytes]:
    """Return the file's name and the file. Raises `export.too_long` for one that a page cannot wait for."""
    if source.lines(context, person, asked) > MOST:
        raise Refusal("export.too_long", most=MOST)
    out = BytesIO()
    source.write(context, person, asked, out, _quietly)
    return source.name(context, words, asked), out.getvalue()


def _quietly(**_: int) -> None:
    """Tell nobody: who asked waits for the file itself."""
