"""What the long files about rounds have in common: of which round they are, whose, and what the audit says of them
(docs/rules.md 20.7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.core.context import Context
from handlers.core.turn import Turn
from handlers.exports import long_files
from handlers.exports.long_files import Asked, Source
from models.core import audit
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds.rounds import Round


def begin(turn: Turn, of: str, name: str, it: Round, tops: Sequence[Unit], rows: int, **more: Any) -> None:
    """Have a file about a round in these units written, and say so. Raises as `long_files.begin`."""
    long_files.begin(turn, of, name, {"round": it.id, "tops": [top.id for top in tops], **more}, rows)


def asked_for(context: Context, asked: Asked) -> tuple[Round, list[Unit]]:
    """Return the round and the units that somebody asked for."""
    session = context.session
    return session.get_one(Round, asked["round"]), [session.get_one(Unit, it) for it in asked["tops"]]


def note(context: Context, person: Person, it: Round) -> None:
    """Note in the audit that somebody has a file about a round."""
    unit = context.session.get_one(Unit, it.unit_id)
    audit.note(context.session, context.now, person.staff_no, "export", unit.path, number=it.id)


class OfRound(Source):
    """A file about a round: it is for whoever leads all the units that were asked for."""

    def within_reach(self, context: Context, person: Person, asked: Asked) -> bool:
        return long_files.reaches(context, person, asked["tops"])

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        note(context, person, asked_for(context, asked)[0])
