"""Give admins the roster as a file: a short one in the answer, a long one beside the desk (docs/rules.md 20.7)."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import IO, Any

from handlers.core.context import Context
from handlers.core.rendering import Content
from handlers.core.turn import Turn
from handlers.exports import long_files, roster_files
from handlers.exports.about import Writing
from handlers.exports.long_files import AT_ONCE, Asked, Source, Tell
from models.authority import permissions
from models.core.audit import note
from models.core.errors import Refusal
from models.files import blobs
from models.files.records import File
from models.organisation import roster_export, units
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.spreadsheets import writer


def begin(turn: Turn, kind: str, *, codes: bool = False) -> None:
    """Send the roster of what the speaker administers, or say that it is being written. Raises
    `export.roster_admins`."""
    tops = permissions.administers(turn.session, turn.person)
    if not tops:
        raise Refusal("export.roster_admins")
    tops = [] if units.is_whole(turn.session, tops) else tops
    today, out = turn.today, BytesIO()
    count = roster_export.number(turn.session, today, tops)
    name = roster_files.name(turn.session, turn.words, kind, today, tops, codes=codes)
    if count > AT_ONCE:
        asked = {"kind": kind, "codes": codes, "tops": [it.id for it in tops]}
        long_files.begin(turn, Roster.of, name, asked, count)
        return
    roster_files.write(turn.session, Writing(turn.words, turn.now, turn.person), kind, today, out, tops, codes=codes)
    file = blobs.keep(turn.session, name, writer.TYPES[kind], out.getvalue())
    note(turn.session, turn.now, turn.person.staff_no, "export", Roster.of)
    turn.send(_exported(turn, turn.person, file, count))


class Roster(Source):
    """Everybody an admin administers; without `tops` the whole."""

    of = "roster"

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        tops, writing = _tops(context, asked), Writing(context.words_for(person), context.now, person)
        rows = roster_export.number(context.session, context.today, tops)
        tell(rows=rows)
        roster_files.write(context.session, writing, asked["kind"], context.today, out, tops, codes=asked["codes"],
                           tell=tell)  # fmt: skip
        return {"rows": rows}

    def within_reach(self, context: Context, person: Person, asked: Asked) -> bool:
        held = [] if person.left_by(context.today) else permissions.administers(context.session, person)
        if not asked["tops"]:
            return units.is_whole(context.session, held)
        return all(any(is_below(top.path, one.path) for one in held) for top in _tops(context, asked))

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        return _exported(context, person, file, found["rows"])

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        note(context.session, context.now, person.staff_no, "export", self.of)


def _tops(context: Context, asked: Asked) -> Sequence[Unit]:
    return [context.session.get_one(Unit, it) for it in asked["tops"]]


def _exported(context: Context, person: Person, file: File, count: int) -> Content:
    return context.words_for(person).content(
        "exports/exported", file=file, count=count, roster=True, files=None, archive=False
    )
