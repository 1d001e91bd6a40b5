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
    known = people(session, found)
    return [(it, [known[one].name for one in it.persons if one in known]) for it in found]


def people(session: Session, lines: Iterable[Line]) -> dict[int, Person]:
    """Return who is in these lines, by id."""
    found: dict[int, Person] = {}
    for some in in_chunks({it for line in lines for it in line.persons}):
        found |= {it.id: it for it in session.exec(select(Person).where(col(Person.id).in_(some)))}
    return found


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
