"""Store persons, and the memberships that tie them to units."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import BindParameter, ColumnElement, Index, UniqueConstraint, bindparam, or_
from sqlmodel import Field, Session, col, func, select

from models.core import characters
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.kinds import Kind as Kind
from models.organisation.kinds import Role as Role
from models.organisation.units import Unit, above, first_few, is_below


class Person(Table, table=True):
    """Somebody in the roster. A ward has a `reporter_id`; somebody outside has no account and is asked in
    surveys only; a leaver has `left_on`, the first day without them; a shift
    worker `rest_days`, like `sat,sun`; somebody whose WeCom account is not the staff number a `wecom_id`; whoever can
    be called a `phone`, as it is dialled; whoever had other staff numbers before `former_numbers`, with blanks between
    them, which stay theirs."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    staff_no: str = Field(unique=True)
    wecom_id: str | None = None
    name: str = Field(index=True)
    kind: str = Kind.STAFF
    reporter_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    locale: str | None = None
    timezone: str | None = None
    left_on: date | None = None
    rest_days: str | None = None
    phone: str | None = Field(default=None, repr=False)
    former_numbers: str | None = None

    def left_by(self, day: date) -> bool:
        return self.left_on is not None and self.left_on <= day


class Membership(Table, table=True):
    """A person's role in a unit. One of a person's memberships is `home`; the others are task forces."""

    __table_args__ = (
        UniqueConstraint("person_id", "unit_id"),
        Index("membership_unit", "unit_id", "role"),
        IDS_NOT_REUSED,
    )

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    unit_id: int = Field(foreign_key="unit.id")
    role: str = Role.MEMBER
    home: bool = False


def no_other_admin(session: Session, person: Person | None, unit: Unit) -> bool:
    """Say whether this unit is the root and nobody else its admin; without a person, whether nobody is."""
    others = select(func.count()).select_from(Membership).join(Person).where(
        Membership.unit_id == unit.id, Membership.role == Role.ADMIN, col(Person.left_on).is_(None),
        Membership.person_id != (person.id if person else 0),
    )  # fmt: skip
    return unit.parent_id is None and not session.exec(others).one()


def had(session: Session, staff_no: str) -> Person | None:
    """Return whose number this was before it was changed."""
    query = select(Person).where(col(Person.former_numbers).is_not(None))
    return next((p for p in session.exec(query).all() if staff_no in (p.former_numbers or "").split()), None)


def find_person(session: Session, words: str, tops: Sequence[Unit] | None = None) -> Person:
    """Return a person by staff number, present or former, or full name; of those at home below `tops` only, if they are
    given. Raises `people.no_person`, `people.many_persons`."""
    words = characters.name(words)
    return only(words, *(_below(session, found, tops) for found in called(session, words)))


def called(session: Session, words: str) -> tuple[Sequence[Person], Sequence[Person]]:
    """Return who has or had this staff number, and everybody of this full name."""
    words = characters.name(words)
    exact = session.exec(select(Person).where(Person.staff_no == characters.number(words))).first()
    exact = exact or had(session, characters.number(words))
    named = session.exec(select(Person).where(Person.name == words).order_by(col(Person.staff_no))).all()
    if not named and words.isascii():
        same = func.lower(Person.name) == words.lower()
        named = session.exec(select(Person).where(same).order_by(col(Person.staff_no))).all()
    return [exact] if exact else [], named


def only(words: str, numbered: Sequence[Person], named: Sequence[Person]) -> Person:
    """Return who is meant, of those whom `called` returns or some of them. Raises as `find_person`."""
    if numbered:
        return numbered[0]
    if not named:
        raise Refusal("people.no_person", name=words)
    if len(named) > 1:
        raise Refusal("people.many_persons", name=words, numbers=first_few([p.staff_no for p in named]))
    return named[0]


def _below(session: Session, persons: Sequence[Person], tops: Sequence[Unit] | None) -> Sequence[Person]:
    """Return those who are at home below one of `tops`; all without `tops`."""
    if tops is None:
        return persons
    where = homes(session, [it.id for it in persons])
    return [it for it in persons if any(is_below(where[it.id].path, top.path) for top in tops)]


def home(session: Session, person: Person) -> Unit:
    return session.exec(
        select(Unit).join(Membership).where(Membership.person_id == person.id, col(Membership.home).is_(True))
    ).one()


def homes(session: Session, persons: Iterable[int]) -> dict[int, Unit]:
    """Return the homes of these persons, by the person's id."""
    query = select(Membership.person_id, Unit).join(Unit).where(col(Membership.home).is_(True))
    return dict(session.exec(query.where(col(Membership.person_id).in_(persons))).all())


def own() -> ColumnElement[bool]:
    """Match the organisation's own people, not those outside, as a condition on Person."""
    return col(Person.kind) != Kind.OUTSIDE


def here(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Match those who have not left the organisation by `day`, as a condition on Person."""
    return or_(col(Person.left_on).is_(None), col(Person.left_on) > day)


_ROLES = (
    select(Membership.role, Unit)
    .join(Unit)
    .where(Membership.person_id == bindparam("person"))
    .order_by(Unit.rank, Unit.path)
)


def roles(session: Session, person: Person) -> list[tuple[Role, Unit]]:
    """Return every role the person holds, with its unit, the highest units first."""
    rows = session.exec(_ROLES, params={"person": person.id}).all()
    return [(Role(role), unit) for role, unit in rows]


def admins_over(session: Session, path: str, day: date, but: Person) -> list[Person]:
    """Return the admins of the nearest unit that has any other than this one, from there upwards."""
    for place in above(path):
        query = select(Person).join(Membership).join(Unit).where(
            Unit.path == place, Membership.role == Role.ADMIN, here(day), Person.id != but.id
        )  # fmt: skip
        if found := session.exec(query.order_by(col(Person.staff_no))).all():
            return list(found)
    return []
