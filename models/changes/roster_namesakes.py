"""Find the new people of a roster who may be somebody that is here under another number (docs/rules.md 15.11)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.authority import permissions
from models.core import characters
from models.core.database import in_chunks
from models.core.errors import Refusal
from models.organisation import people
from models.organisation.people import Membership, Person
from models.organisation.roster_rows import Row
from models.organisation.units import Unit, root


@dataclass(frozen=True)
class Namesake:
    """A new number of a file, and those who are here with the same name: their numbers and home units."""

    row: Row
    here: tuple[tuple[str, str], ...]

    @property
    def told(self) -> str:
        return f"{self.row.name} {' / '.join([*(no for no, _ in self.here), self.row.staff_no])}"

    @property
    def refusal(self) -> Refusal:
        """Return it as a refusal, where nobody can be asked."""
        others = [f"{no} {path}" for no, path in self.here]
        refusal = Refusal("roster.namesake", name=self.row.name, staff_no=self.row.staff_no, others=others)
        return refusal.at(self.row.line, self.row.sheet)


def undecided(
    session: Session, rows: Sequence[Row], decided: Collection[str], day: date, by: Person | None
) -> list[Namesake]:
    """Return the new numbers whose name somebody has who is here and not in the file, but for those that are decided.
    An author hears only of people who are theirs; None is the operator."""
    numbers = {row.staff_no for row in rows}
    known: set[str] = set()
    here: defaultdict[str, list[Person]] = defaultdict(list)
    for person in session.exec(select(Person).where(people.here(day)).order_by(Person.staff_no)).all():
        known.add(person.staff_no)
        if person.staff_no not in numbers:
            here[_key(person.name)].append(person)
    top = root(session)
    by = None if by is None or (top and permissions.may_admin(session, by, top.path)) else by
    found: list[tuple[Row, list[Person]]] = []
    for row in {row.staff_no: row for row in reversed(rows) if row.staff_no not in (*known, *decided)}.values():
        same = [it for it in here.get(_key(row.name), ()) if _is_theirs(session, by, it)]
        if same:
            found.append((row, same))
    homes = _homes(session, [it.id for _, same in found for it in same])
    return [Namesake(row, tuple((it.staff_no, homes[it.id]) for it in same)) for row, same in reversed(found)]


def _homes(session: Session, ids: Sequence[int]) -> dict[int, str]:
    query = select(Membership.person_id, Unit.path).join(Unit).where(col(Membership.home).is_(True))
    return {
        person: path
        for some in in_chunks(ids)
        for person, path in session.exec(query.where(col(Membership.person_id).in_(some))).all()
    }


def _key(name: str) -> str:
    return characters.key(name).casefold()


def _is_theirs(session: Session, by: Person | None, person: Person) -> bool:
    held = people.roles(session, person)
    return by is None or all(permissions.may_admin(session, by, unit.path) for _, unit in held)
