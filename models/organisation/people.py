"""Units, persons, and the roles that tie them together."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, Index, UniqueConstraint, or_
from sqlmodel import Field, Session, SQLModel, col, func, select

from models.absence import deputies, leave
from models.absence.deputies import Deputy
from models.absence.leave import Absence
from models.core import characters
from models.core.errors import Refusal
from models.organisation.kinds import Kind as Kind
from models.organisation.kinds import Role as Role

RANK_DIGITS = 5


class Unit(SQLModel, table=True):
    """A node of the organisation's tree; `path` is its name and those above it, joined by `/`. `rank` sorts the tree as
    people know it: its parent's, and five digits that tell its place among its siblings (unit_order.py)."""

    id: int = Field(default=None, primary_key=True)
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    name: str
    path: str = Field(unique=True)
    rank: str = ""

    @property
    def depth(self) -> int:
        return self.path.count("/")


class Person(SQLModel, table=True):
    """Somebody in the roster. A ward has a `reporter_id`; a leaver has `left_on`, the first day without them;
    a shift worker `rest_days`, like `sat,sun`; who is called otherwise in WeCom than the staff number a `wecom_id`."""

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

    def left_by(self, day: date) -> bool:
        return self.left_on is not None and self.left_on <= day


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
    """The unit of this path; Refusal `people.no_unit` otherwise."""
    found = session.exec(select(Unit).where(Unit.path == path)).first()
    if found is None:
        raise Refusal("people.no_unit", path=path)
    return found


def _first(names: list[str]) -> list[str]:
    """The first six, and how many more there are."""
    return names if len(names) <= 6 else [*names[:6], f"… +{len(names) - 6}"]


def find_unit(session: Session, words: str) -> Unit:
    """A unit by its path or, where that is clear, by its last name; Refusal `people.no_unit`, `people.many_units`."""
    words = characters.name(words)
    exact = session.exec(select(Unit).where(col(Unit.path).in_((words, characters.key(words))))).first()
    if exact:
        return exact
    named = session.exec(select(Unit).where(Unit.name == words).order_by(col(Unit.rank))).all()
    if not named:
        raise Refusal("people.no_unit", path=words)
    if len(named) > 1:
        raise Refusal("people.many_units", name=words, paths=_first([u.path for u in named]))
    return named[0]


def no_other_admin(session: Session, person: Person, unit: Unit) -> bool:
    """Whether this unit is the root and nobody else its admin."""
    others = select(func.count()).select_from(Membership).join(Person).where(
        Membership.unit_id == unit.id, Membership.role == Role.ADMIN, Membership.person_id != person.id,
        col(Person.left_on).is_(None),
    )  # fmt: skip
    return unit.parent_id is None and not session.exec(others).one()


def find_person(session: Session, words: str) -> Person:
    """A person by staff number or full name; Refusal `people.no_person`, `people.many_persons`."""
    words = characters.name(words)
    exact = session.exec(select(Person).where(Person.staff_no == characters.number(words))).first()
    if exact:
        return exact
    named = session.exec(select(Person).where(Person.name == words).order_by(col(Person.staff_no))).all()
    if not named:
        raise Refusal("people.no_person", name=words)
    if len(named) > 1:
        raise Refusal("people.many_persons", name=words, numbers=_first([p.staff_no for p in named]))
    return named[0]


def vouched_for(session: Session, account: str, day: date) -> Person | None:
    """Who has this account in WeCom, whose case does not matter: by the roster's `wecom_id`, else by the staff number
    where the roster names no account. None for nobody, for a ward and for who has left."""
    named = select(Person).where(Person.kind == Kind.STAFF, here(day))
    numbered = named.where(col(Person.wecom_id).is_(None), func.lower(Person.staff_no) == account.lower())
    for query in (named.where(func.lower(Person.wecom_id) == account.lower()), numbered):
        found = session.exec(query).all()
        exact = next((p for p in found if account in (p.wecom_id, p.staff_no)), None)
        if found:
            return exact or (found[0] if len(found) == 1 else None)
    return None


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
        select(Membership.role, Unit).join(Unit).where(Membership.person_id == person.id).order_by(Unit.rank, Unit.path)
    ).all()
    return [(Role(role), unit) for role, unit in rows]


def leads(session: Session, person: Person, day: date | None = None) -> list[Unit]:
    """The units the person answers for: where they are lead or admin, or stand in for a lead on that day (the
    transaction's, if not given), the highest first, none inside another."""
    held = [unit for role, unit in roles(session, person) if role is not Role.MEMBER]
    found: list[Unit] = []
    for unit in sorted([*held, *_led_as_deputy(session, person, day)], key=lambda u: (u.rank, u.path)):
        if not any(is_below(unit.path, f.path) for f in found):
            found.append(unit)
    return found


def take_place_on(session: Session, day: date) -> None:
    """Tells a transaction on which day it takes place, so that what is asked in it knows who is a deputy."""
    session.info["day"] = day


def _led_as_deputy(session: Session, person: Person, day: date | None) -> list[Unit]:
    """The units in which the person stands in for somebody who is their lead."""
    day = day or session.info.get("day")
    if day is None:
        return []
    held = (Membership.person_id == Deputy.person_id) & (Membership.unit_id == Deputy.unit_id)
    return list(
        session.exec(
            select(Unit)
            .join(Deputy, col(Deputy.unit_id) == col(Unit.id))
            .join(Membership, held)  # type: ignore[arg-type]
            .join(Person, col(Person.id) == col(Deputy.person_id))
            .where(Deputy.deputy_id == person.id, deputies.on(day), Membership.role == Role.LEAD, here(day))
        )
        .unique()
        .all()
    )


def is_below(path: str, top: str) -> bool:
    """Whether `path` is `top` or lies under it."""
    return path == top or path.startswith(top + "/")


def may_lead(session: Session, person: Person, path: str, day: date | None = None) -> bool:
    """Whether the person is lead or admin of this unit or of one above it, or stands in for its lead."""
    return any(is_below(path, unit.path) for unit in leads(session, person, day))


def may_admin(session: Session, person: Person, path: str) -> bool:
    """Whether the person is admin of this unit or of one above it."""
    return any(role is Role.ADMIN and is_below(path, unit.path) for role, unit in roles(session, person))


def admins_over(session: Session, path: str, day: date, but: Person) -> list[Person]:
    """The admins of the nearest unit that has any other than this one, from there upwards."""
    for place in above(path):
        query = select(Person).join(Membership).join(Unit).where(
            Unit.path == place, Membership.role == Role.ADMIN, here(day), Person.id != but.id
        )  # fmt: skip
        if found := session.exec(query.order_by(col(Person.staff_no))).all():
            return list(found)
    return []


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


def appointed(session: Session, unit: Unit, day: date) -> list[Person]:
    """The leads of exactly this unit, away or not, by staff number."""
    return list(
        session.exec(
            select(Person)
            .join(Membership)
            .where(Membership.unit_id == unit.id, Membership.role == Role.LEAD, Person.kind == Kind.STAFF, here(day))
            .order_by(col(Person.staff_no))
        ).all()
    )


def all_leads(session: Session, day: date) -> dict[int, list[int]]:
    """The ids of every unit's leads, by the unit's id: for those who ask about all units at once."""
    found: dict[int, list[int]] = {}
    rows = session.execute(
        select(Membership.unit_id, Person.id)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(Membership.unit_id).in_(select(Unit.id)),
            Membership.role == Role.LEAD,
            Person.kind == Kind.STAFF,
            here(day),
        )
    )
    for unit, person in rows:
        found.setdefault(unit, []).append(person)
    return found


def hearers(session: Session, leads: Mapping[int, list[int]], day: date) -> dict[int, list[int]]:
    """Whom `leads_of` would name, by the unit's id; only where somebody is away or replaced is it asked singly."""
    everybody = {person for persons in leads.values() for person in persons}
    stirred = leave.away(session, everybody, day) | deputies.replaced(session, day)
    return {
        unit: [p.id for p in leads_of(session, session.get_one(Unit, unit), day)] if stirred & set(persons) else persons
        for unit, persons in leads.items()
    }


def leads_of(session: Session, unit: Unit, day: date) -> list[Person]:
    """Those who get what the leads of exactly this unit get: the leads who are not away and the deputies, else the
    leads above; nobody where the unit has no lead."""
    return responsible(session, unit, day)[1] if appointed(session, unit, day) else []


def responsible(session: Session, unit: Unit, day: date) -> tuple[Unit, list[Person]]:
    """Who answers for a unit: its leads who are not away and their deputies or, where there are none, those of the
    nearest unit above. Where everybody up to the top is away, its own leads do after all."""
    missed: tuple[Unit, list[Person]] | None = None
    for path in above(unit.path):
        place = unit if path == unit.path else session.exec(select(Unit).where(Unit.path == path)).first()
        own = appointed(session, place, day) if place else []
        found = present(session, own, place.id, day) if place and own else []
        if place and found:
            return place, found
        if place and own and missed is None:
            missed = place, own
    return missed or (unit, [])


def present(session: Session, persons: list[Person], unit_id: int | None, day: date) -> list[Person]:
    """Those of them who are not away, and who stands in for any of them, by staff number."""
    ids = {p.id for p in persons}
    ids |= deputies.of(session, ids, unit_id, day)
    ids -= leave.away(session, ids, day)
    return list(session.exec(select(Person).where(col(Person.id).in_(ids), here(day)).order_by(Person.staff_no)).all())


def lead_above(session: Session, unit: Unit, day: date) -> tuple[Unit, list[Person]] | None:
    """Who answers over those who answer for this unit; None at the top."""
    place, _ = responsible(session, unit, day)
    if place.parent_id is None:
        return None
    parent = session.get_one(Unit, place.parent_id)
    found = responsible(session, parent, day)
    return found if found[1] else None


def speakers(session: Session, ward: Person, day: date) -> list[Person]:
    """Who is asked about a ward: the reporter who is not away and the deputies, else those who answer for its unit."""
    reporter = session.get_one(Person, ward.reporter_id)
    found = present(session, [reporter], None, day) or responsible(session, home(session, ward), day)[1]
    return found or [reporter]


def wards(session: Session, reporter: Person, day: date) -> list[Person]:
    """Those a person may report for: their own wards, those of whom they stand in for and, as the one who answers for
    the unit, those whose reporter is away."""
    whose = {reporter.id, *deputies.reporters(session, reporter.id, day)}
    own = session.exec(select(Person).where(col(Person.reporter_id).in_(whose), here(day))).all()
    return sorted([*own, *_left_alone(session, reporter, whose, day)], key=lambda p: p.staff_no)


def _left_alone(session: Session, person: Person, but: set[int], day: date) -> list[Person]:
    """The wards in the person's units whose reporter is away, and for whom the person is asked then."""
    tops = leads(session, person, day)
    if not tops:
        return []
    found = session.exec(
        select(Person)
        .join(Absence, col(Absence.person_id) == col(Person.reporter_id))
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(leave.on(day), here(day), col(Membership.home).is_(True), or_(*(below(u.path) for u in tops)))
    ).all()
    return [w for w in found if w.reporter_id not in but and person.id in {p.id for p in speakers(session, w, day)}]
