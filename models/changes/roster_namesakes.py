"""Find the new people of a roster who may be somebody that is here under another number (docs/rules.md 15.11)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, select

from models.authority import permissions
from models.core import characters
from models.core.errors import Note
from models.organisation import people
from models.organisation.people import Person
from models.organisation.roster_rows import Row

SHOWN = 10


def notes(session: Session, rows: Sequence[Row], day: date, by: Person | None) -> list[Note]:
    """Return a note on the new numbers whose name somebody has who is here and not in the file. An author hears only of
    people who are theirs; None is the operator."""
    numbers = {row.staff_no for row in rows}
    known: set[str] = set()
    here: defaultdict[str, list[Person]] = defaultdict(list)
    for person in session.exec(select(Person).where(people.here(day))).all():
        known.add(person.staff_no)
        if person.staff_no not in numbers:
            here[_key(person.name)].append(person)
    found = []
    for row in {row.staff_no: row for row in rows if row.staff_no not in known}.values():
        same = [it for it in here[_key(row.name)] if _is_theirs(session, by, it)]
        found += [f"{row.name} {it.staff_no} / {row.staff_no}" for it in same]
    return [Note("roster.namesakes", {"names": found[:SHOWN], "count": len(found)})] if found else []


def _key(name: str) -> str:
    return characters.key(name).casefold()


def _is_theirs(session: Session, by: Person | None, person: Person) -> bool:
    held = people.roles(session, person)
    return by is None or all(permissions.may_admin(session, by, unit.path) for _, unit in held)
