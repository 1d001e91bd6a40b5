"""Units, persons, and the roles that tie them together."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, UniqueConstraint, or_
from sqlmodel import Field, Session, SQLModel, col, select

from models.errors import Refusal


class Role(StrEnum):
    MEMBER = "member"
    LEAD = "lead"
    ADMIN = "admin"


class Kind(StrEnum):
    STAFF = "staff"
    WARD = "ward"


class Unit(SQLModel, table=True):
    """A node of the organisation's tree; `path` is its name and those above it, joined by `/`."""

    id: int = Field(default=None, primary_key=True)
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    name: str
    path: str = Field(unique=True)

    @property
    def depth(self) -> int:
        return self.path.count("/")


class Person(SQLModel, table=True):
    """Somebody in the roster. A ward has a `reporter_id`; a leaver has `left_on`, the first day without them."""

    id: int = Field(default=None, primary_key=True)
    staff_no: str = Field(unique=True)
    name: str = Field(index=True)
    kind: str = Kind.STAFF
    reporter_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    locale: str | None = None
    timezone: str | None = None
    left_on: date | None = None


class Membership(SQLModel, table=True):
    """A person's role in a unit. One of a person's memberships is `home`; the others are task forces."""

    __table_args__ = (UniqueConstraint("person_id", "unit_id"), Index("membership_unit", "unit_id", "role"))

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    unit_id: int = Field(foreign_key="unit.id")
    role: str = Role.MEMBER
    home: bool = False


def below(path: str) -> ColumnElement[bool]:
    """The units at or under `path`, as a condition on Unit."""
    return or_(col(Unit.path) == path, col(Unit.path).startswith(path + "/", autoescape=True))


def above(path: str) -> list[str]:
    """The path and those over it, the nearest first: `a/b/c`, `a/b`, `a`."""
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(len(parts), 0, -1)]


def unit_at(session: Session, path: str) -> Unit:
    """The unit of this path; Refusal `people.no_unit` with the nearest names otherwise."""
    found = session.exec(select(Unit).where(Unit.path == path)).first()
    if found is None:
        raise Refusal("people.no_unit", path=path)
    return found


def find_unit(session: Session, words: str) -> Unit:
    """A unit by its path or, where that is clear, by its last name; Refusal `people.no_unit`, `people.many_units`."""
    exact = session.exec(select(Unit).where(Unit.path == words)).first()
    if exact:
        return exact
    named = session.exec(select(Unit).where(Unit.name == words).order_by(col(Unit.path)).limit(6)).all()
    if not named:
        raise Refusal("people.no_unit", path=words)
    if len(named) > 1:
        raise Refusal("people.many_units", name=words, paths=[u.path for u in named])
    return named[0]


def find_person(session: Session, words: str) -> Person:
    """A person by staff number or full name; Refusal `people.no_person`, `people.many_persons`."""
    exact = session.exec(select(Person).where(Person.staff_no == words)).first()
    if exact:
        return exact
    named = session.exec(select(Person).where(Person.name == words).order_by(col(Person.staff_no)).limit(6)).all()
    if not named:
        raise Refusal("people.no_person", name=words)
    if len(named) > 1:
        raise Refusal("people.many_persons", name=words, numbers=[p.staff_no for p in named])
    return named[0]


def root(session: Session) -> Unit | None:
    return session.exec(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))).first()


def home(session: Session, person: Person) -> Unit:
    return session.exec(
        select(Unit).join(Membership).where(Membership.person_id == person.id, col(Membership.home).is_(True))
    ).one()


def here(day: date) -> ColumnElement[bool]:
    """Those who have not left the organisation by `day`, as a condition on Person."""
    return or_(col(Person.left_on).is_(None), col(Person.left_on) > day)


def roles(session: Session, person: Person) -> list[tuple[Role, Unit]]:
    """Every role the person holds, with its unit, the highest units first."""
    rows = session.exec(
        select(Membership.role, Unit).join(Unit).where(Membership.person_id == person.id).order_by(col(Unit.path))
    ).all()
    return [(Role(role), unit) for role, unit in rows]


def leads(session: Session, person: Person) -> list[Unit]:
    """The units the person answers for: where they are lead or admin, the highest first, none inside another."""
    found: list[Unit] = []
    for role, unit in roles(session, person):
        if role is not Role.MEMBER and not any(is_below(unit.path, f.path) for f in found):
            found.append(unit)
    return found


def is_below(path: str, top: str) -> bool:
    """Whether `path` is `top` or lies under it."""
    return path == top or path.startswith(top + "/")


def may_lead(session: Session, person: Person, path: str) -> bool:
    """Whether the person is lead or admin of this unit or of one above it."""
    return any(role is not Role.MEMBER and is_below(path, unit.path) for role, unit in roles(session, person))


def may_admin(session: Session, person: Person, path: str) -> bool:
    """Whether the person is admin of this unit or of one above it."""
    return any(role is Role.ADMIN and is_below(path, unit.path) for role, unit in roles(session, person))


def administers(session: Session, person: Person) -> list[Unit]:
    """The units the person is admin of, the highest first, none inside another."""
    found: list[Unit] = []
    for role, unit in roles(session, person):
        if role is Role.ADMIN and not any(is_below(unit.path, f.path) for f in found):
            found.append(unit)
    return found


def directs(session: Session, person: Person) -> bool:
    """Whether the person leads the whole of an organisation that has units below: one look a day is all they want."""
    tops = [unit for role, unit in roles(session, person) if role is Role.LEAD and unit.parent_id is None]
    return bool(tops and session.exec(select(Unit.id).where(Unit.parent_id == tops[0].id).limit(1)).first())


def leads_of(session: Session, unit: Unit, day: date) -> list[Person]:
    """The leads of exactly this unit, by staff number."""
    return list(
        session.exec(
            select(Person)
            .join(Membership)
            .where(Membership.unit_id == unit.id, Membership.role == Role.LEAD, Person.kind == Kind.STAFF, here(day))
            .order_by(col(Person.staff_no))
        ).all()
    )


def responsible(session: Session, unit: Unit, day: date) -> tuple[Unit, list[Person]]:
    """Who answers for a unit: its leads or, where it has none, those of the nearest unit above that has."""
    for path in above(unit.path):
        place = unit if path == unit.path else session.exec(select(Unit).where(Unit.path == path)).first()
        found = leads_of(session, place, day) if place else []
        if place and found:
            return place, found
    return unit, []


def lead_above(session: Session, unit: Unit, day: date) -> tuple[Unit, list[Person]] | None:
    """Who answers over those who answer for this unit; None at the top."""
    place, _ = responsible(session, unit, day)
    if place.parent_id is None:
        return None
    parent = session.get_one(Unit, place.parent_id)
    found = responsible(session, parent, day)
    return found if found[1] else None


def wards(session: Session, reporter: Person, day: date) -> list[Person]:
    return list(
        session.exec(
            select(Person).where(Person.reporter_id == reporter.id, here(day)).order_by(col(Person.staff_no))
        ).all()
    )
