"""Show template weeks: their lines, with the names of who is in them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from models.core.database import in_chunks
from models.duty.rotas import Line
from models.duty.week_file import Week
from models.organisation.people import Person

SHOWN = 24  # lines of a week, and people of a line, that a message holds
NAMED = 12


def names(session: Session, lines: Iterable[Line]) -> list[tuple[Line, list[str]]]:
    """Return the lines, each with the names of who is in it, in the order of turns."""
    found = list(lines)
    ids = sorted({it for line in found for it in line.persons})
    named: dict[int, str] = {}
    for some in in_chunks(ids):
        named |= dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(some))).all())
    return [(it, [named[one] for one in it.persons if one in named]) for it in found]


def of_weeks(session: Session, weeks: Sequence[Week]) -> list[dict[str, Any]]:
    """Return what a file's preview says of each unit: the lines that come and go, as far as a message holds them, and
    how many there are."""
    room, made = SHOWN, []
    for it in weeks:
        new, gone = names(session, it.new[:room]), names(session, it.gone[: max(0, room - len(it.new))])
        room = max(0, room - len(new) - len(gone))
        made.append({
            "unit": it.unit, "new": new, "gone": gone, "total": len(it.lines),
            "more": len(it.new) + len(it.gone) - len(new) - len(gone),
        })  # fmt: skip
    return made
