"""Give people their reports as a file: a small one in the answer, a long one beside the desk
(docs/rules.md 20.5, 20.7)."""

from collections.abc import Mapping
from dataclasses import asdict
from io import BytesIO
from typing import IO, Any

from handlers.core.context import Context
from handlers.core.rendering import Content
from handlers.core.turn import Turn
from handlers.exports import long_files, report_files, wanted
from handlers.exports.about import Writing
from handlers.exports.long_files import AT_ONCE, Asked, Source, Tell
from handlers.exports.wanted import KINDS, ZIP, Wanted
from models.core.audit import note
from models.core.errors import Refusal
from models.cycle import assignments
from models.exports import report_table
from models.files import blobs
from models.files.records import File
from models.organisation.people import Person


def begin(turn: Turn, asked: Wanted) -> None:
    """Send the file, or say that it is being written. Raises `export.nothing` if there is no report."""
    session, writing = turn.session, Writing(turn.words, turn.now, turn.person)
    table = wanted.table(session, asked, writing)
    if not table.periods:
        raise Refusal("export.nothing", first=table.days[0], last=table.days[1])
    rows = report_table.number_up_to(session, table.periods, table.tops, AT_ONCE)
    name = wanted.name(session, turn.words, asked)
    if rows is None or asked.kind == ZIP:
        long_files.begin(turn, Reports.of, name, asdict(asked), rows or 0)
        return
    out = BytesIO()
    report_files.write(session, table, asked.kind, out)
    file = blobs.keep(session, name, KINDS[wanted.ending(session, asked)], out.getvalue())
    note(session, turn.now, turn.person.staff_no, "export", asked.about)
    attached = report_table.has_files(session, table.periods)
    turn.send(_exported(turn, turn.person, asked, file, rows, attached=attached))


class Reports(Source):
    """The reports of days and units."""

    of = "reports"

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        session, which = context.session, wanted.of_arguments(asked)
        table = wanted.table(session, which, Writing(context.words_for(person), context.now, person))
        rows = report_table.number(session, table.periods, table.tops)
        tell(rows=rows)
        report_files.write(session, table, which.kind, out, lambda written: tell(written=written))
        return {"rows": rows, "attached": report_table.has_files(session, table.periods)}

    def within_reach(self, context: Context, person: Person, asked: Asked) -> bool:
        return wanted.within_reach(context.session, person, wanted.of_arguments(asked), context.today)

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        which = wanted.of_arguments(asked)
        return _exported(context, person, which, file, found["rows"], attached=found["attached"])

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        note(context.session, context.now, person.staff_no, "export", wanted.of_arguments(asked).about)


def _exported(
    context: Context, person: Person, asked: Wanted, file: File, rows: int, *, attached: bool
) -> Content:  # fmt: skip
    """Return the file with its message; if somebody's own reports hold files, offer these too."""
    session = context.session
    own = wanted.reach(session, person, context.today) == asked.tops
    task = assignments.by_code(session, asked.code).id if asked.code else 0
    files = (*asked.days, task) if attached and own and asked.kind != ZIP else None
    return context.words_for(person).content(
        "exports/exported", file=file, count=rows, roster=False, files=files, archive=asked.kind == ZIP,
        attached=attached,
    )  # fmt: skip
