"""What is to come: the waves of the assignments' next days, and how many messages each is."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from models.addresses import Address, Reach
from models.assignments import Assignment
from models.calendars import instant
from models.people import Kind, Membership, Person, Role, Unit, below


@dataclass(frozen=True)
class Wave:
    """One wave of messages: of which assignment, what for (`ask`, `remind`, `summarise` …), when, how many at most."""

    code: str
    kind: str
    at: datetime
    most: int


def waves(session: Session) -> list[Wave]:
    """The waves of every assignment's next day, by time. Reminders are counted as if nobody had answered."""
    found: list[Wave] = []
    rows = session.exec(select(Assignment).where(col(Assignment.next_at).is_not(None))).all()
    for assignment in rows:
        unit = session.get_one(Unit, assignment.unit_id)
        asked = _people(session, unit, assignment.about)
        posts = _posts(session, unit)
        times = assignment.schedule
        steps = [("ask", times.opens, asked), *(("remind", at, asked) for at in times.remind)]
        steps += [("summarise", times.summary, posts)]
        found += [
            Wave(assignment.code, kind, instant(assignment.next_day, at, assignment.timezone), most)
            for kind, at, most in steps
        ]
    return sorted(found, key=lambda wave: wave.at)


def _people(session: Session, unit: Unit, about: str) -> int:
    """How many can be written to: everybody with a chat below the unit, or its leads."""
    query = (
        select(func.count(func.distinct(Person.id)))
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .join(Address, col(Address.person_id) == col(Person.id))
        .where(below(unit.path), Person.kind == Kind.STAFF, Address.reach == Reach.REACHABLE)
    )
    return session.exec(query.where(Membership.role == Role.LEAD) if about == "units" else query).one()


def _posts(session: Session, unit: Unit) -> int:
    groups = (
        select(func.count()).select_from(Address).join(Unit, col(Unit.id) == col(Address.unit_id))
        .where(below(unit.path), Address.reach == Reach.REACHABLE)
    )  # fmt: skip
    return session.exec(groups).one() + _people(session, unit, "units")
