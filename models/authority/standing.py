"""Say who stands above whom. What is done about a person is judged against everything that person is, not only against
the unit they are at home in (docs/decisions/0138-credentials.md)."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlmodel import Session, col, select

from models.absence import deputies
from models.absence.deputies import Deputy
from models.authority import permissions
from models.core.database import in_chunks
from models.organisation import people
from models.organisation.people import Kind, Membership, Person, Role, here
from models.organisation.units import Unit, above, is_below

MOST = 5  # people above somebody who are named or asked


class Standing:
    """What one person may on a day, to compare it with what others are."""

    def __init__(self, session: Session, who: Person, day: date) -> None:
        self._session, self._who, self._day = session, who, day
        gone = who.left_by(day)
        self._led = [] if gone else [u.path for u in permissions.leads(session, who, day)]
        self._administered = [] if gone else [u.path for u in permissions.administers(session, who)]

    def over(self, person: Person, coming: Iterable[tuple[Role, str]] = ()) -> bool:
        """Say whether this person stands above every role of another one, and those `coming`: leads the other's home
        unit, leads a unit over each that the other leads, and administers from above what the other administers. Nobody
        stands above themselves; above an admin of the whole stands another one, because there is nothing higher."""
        if person.id == self._who.id or not self._leads(people.home(self._session, person).path):
            return False
        held = [*held_by(self._session, person, self._day), *coming]
        return all(self._above(role, path) for role, path in held)

    def _leads(self, path: str) -> bool:
        return any(is_below(path, top) for top in self._led)

    def _above(self, role: Role, path: str) -> bool:
        if role is Role.MEMBER:
            return self._leads(path)
        if role is Role.LEAD and any(is_below(path, top) for top in self._administered):
            return True
        tops = self._led if role is Role.LEAD else self._administered
        return any(is_below(path, top) and (path != top or _whole(role, path)) for top in tops)


def _whole(role: Role, path: str) -> bool:
    return role is Role.ADMIN and path == above(path)[-1]


def held_by(session: Session, person: Person, day: date) -> list[tuple[Role, str]]:
    """Return everything the person is, with the path of the unit: every role they hold, a plain member's too; as
    somebody's deputy, on this day or later; and, as a member's, the units of those they report for."""
    found = [(role, unit.path) for role, unit in people.roles(session, person)]
    reporters = {person.id}
    for row in deputies.of_deputy(session, person.id, day):
        if row.unit_id is None:
            reporters.add(row.person_id)
        else:
            found.append((Role.LEAD, session.get_one(Unit, row.unit_id).path))
    homes = (
        select(Unit.path)
        .join(Membership)
        .join(Person)
        .where(col(Membership.home).is_(True), col(Person.reporter_id).in_(reporters), here(day))
    )
    return found + [(Role.MEMBER, path) for path in session.exec(homes.distinct()).all()]


def more_than_members(session: Session, persons: Sequence[int], day: date) -> set[int]:
    """Return which of these people are more than plain members at home (`held_by`), many at once."""
    found: set[int] = set()
    for some in in_chunks(persons):
        found.update(
            session.exec(
                select(Membership.person_id).where(
                    col(Membership.person_id).in_(some),
                    (col(Membership.role) != Role.MEMBER) | col(Membership.home).is_(False),
                )
            ).all()
        )
        found.update(
            session.exec(
                select(Deputy.deputy_id).where(
                    col(Deputy.deputy_id).in_(some), col(Deputy.ended_at).is_(None), Deputy.last >= day
                )
            ).all()
        )
        reporters = select(Person.reporter_id).where(col(Person.reporter_id).in_(some), here(day))
        found.update(number for number in session.exec(reporters).all() if number is not None)
    return found


def who_stands_above(
    session: Session, person: Person, day: date, coming: Sequence[tuple[Role, str]] = ()
) -> list[Person]:  # fmt: skip
    """Return some of those who stand above a person, the nearest first."""
    held = [path for _, path in (*held_by(session, person, day), *coming)]
    paths = {p for path in (people.home(session, person).path, *held) for p in above(path)}
    rows = session.exec(
        select(Person, Unit.path)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(Membership.role != Role.MEMBER, Person.kind == Kind.STAFF, here(day), col(Unit.path).in_(paths))
        .order_by(col(Person.staff_no))
    ).all()
    nearest = sorted(rows, key=lambda row: -len(above(row[1])))
    found: dict[int, Person] = {}
    for who, _ in nearest:
        if len(found) < MOST and who.id not in found and Standing(session, who, day).over(person, coming):
            found[who.id] = who
    return list(found.values())
