"""Say to whom a round goes: people of units and those below, of some roles only or all, or named people (docs/rules.md
27.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func
from sqlmodel import Session, and_, col, or_, select

from models.absence import leave
from models.absence.leave import Absence
from models.messaging.addresses import Address, Reach
from models.organisation.kinds import Kind
from models.organisation.people import Membership, Person, here, own
from models.organisation.units import Unit, below


@dataclass(frozen=True)
class Audience:
    """Whom a round goes to: everybody below the units `tops` or, with `roles`, only who has one of these there; and the
    `people` named, by id. Wards have no chat and are never among them; who sends it, `but`, is not either. `kinds` are
    those of people who belong to it: a survey may go to people outside (docs/rules.md 32.2), to nobody known too."""

    tops: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    but: int | None = None
    kinds: tuple[str, ...] = (Kind.STAFF,)

    def stored(self) -> dict[str, Any]:
        """Return it for a JSON column."""
        return {"tops": [*self.tops], "roles": [*self.roles], "people": [*self.people], "but": self.but,
                "kinds": [*self.kinds]}  # fmt: skip

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Audience":
        return cls(tuple(stored["tops"]), tuple(stored["roles"]), tuple(stored["people"]), stored.get("but"),
                   tuple(stored["kinds"]))  # fmt: skip


@dataclass(frozen=True)
class Reached:
    """How many people an audience has, in how many units, and how many of them no message reaches: `never` enrolled or
    `unreachable`; `away` are on leave on that day. People `outside`, whom a link reaches, are counted apart."""

    people: int
    units: int
    never: int
    unreachable: int
    away: int
    outside: int = 0


def units(session: Session, audience: Audience) -> list[Unit]:
    """Return its units, in the roster's order."""
    found = select(Unit).where(col(Unit.id).in_(audience.tops)).order_by(col(Unit.rank))
    return list(session.exec(found).all())


def persons(session: Session, audience: Audience) -> list[Person]:
    """Return the people it names, by staff number."""
    found = select(Person).where(col(Person.id).in_(audience.people)).order_by(col(Person.staff_no))
    return list(session.exec(found).all())


def _matches(session: Session, audience: Audience, day: date) -> ColumnElement[bool]:
    """Match the memberships by which somebody belongs to the audience, on Membership, Unit and Person."""
    inside: ColumnElement[bool] = or_(false(), *(below(it.path) for it in units(session, audience)))
    if audience.roles:
        inside = and_(inside, col(Membership.role).in_(audience.roles))
    inside = and_(inside, col(Person.kind).in_(audience.kinds))
    if audience.people:
        named = and_(col(Membership.person_id).in_(audience.people), col(Membership.home).is_(True))
        inside = or_(inside, and_(named, col(Person.kind) != Kind.WARD))
    return and_(inside, here(day), Person.id != (audience.but or 0))


def _joined(*columns: Any) -> Select[Any]:
    found: Select[Any] = select(*columns).select_from(Membership)
    return found.join(Unit, col(Unit.id) == col(Membership.unit_id)).join(
        Person, col(Person.id) == col(Membership.person_id)
    )


def members(
    session: Session, audience: Audience, day: date, after: int, most: int, *without: ColumnElement[bool]
) -> list[tuple[int, int]]:
    """Return the next people of the audience with an id above `after`, each with the unit through which they are asked:
    their home if it belongs to the audience, else the first such unit in the roster's order. Whoever matches one of
    `without`, conditions on Membership, is left out."""
    inside = and_(_matches(session, audience, day), *(~it for it in without))
    number = col(Membership.person_id)
    ids = session.execute(_joined(number).where(inside, number > after).distinct().order_by(number).limit(most))
    found = ids.scalars().all()
    if not found:
        return []
    held = session.execute(
        _joined(number, col(Membership.unit_id))
        .where(inside, number.between(found[0], found[-1]))
        .order_by(number, col(Membership.home).desc(), col(Unit.rank))
    ).all()
    places: dict[int, int] = {}
    for person, unit in held:
        places.setdefault(person, unit)
    return list(places.items())


def reached(session: Session, audience: Audience, day: date) -> Reached:
    """Count the audience as it is on a day."""
    inside = _matches(session, audience, day)
    of_person = col(Address.person_id) == col(Membership.person_id)
    known, good = exists().where(of_person), exists().where(of_person, col(Address.reach) == Reach.REACHABLE)
    away = col(Membership.person_id).in_(select(Absence.person_id).where(leave.on(day)))
    people = func.count(func.distinct(col(Membership.person_id)))

    def counted(*only: ColumnElement[bool]) -> int:
        return int(session.execute(_joined(people).where(inside, own(), *only)).scalar_one())

    spread = func.count(func.distinct(col(Membership.unit_id)))
    return Reached(
        counted(), int(session.execute(_joined(spread).where(inside)).scalar_one()), counted(~known),
        counted(known, ~good), counted(away), int(session.execute(_joined(people).where(inside, ~own())).scalar_one()),
    )  # fmt: skip


def top_of(session: Session, found: Iterable[Unit]) -> Unit:
    """Return the nearest unit that all of these lie below."""
    paths = [it.path.split("/") for it in found]
    shared: Sequence[str] = paths[0]
    for path in paths[1:]:
        same = 0
        while same < min(len(shared), len(path)) and shared[same] == path[same]:
            same += 1
        shared = shared[:same]
    return session.exec(select(Unit).where(Unit.path == "/".join(shared))).one()
