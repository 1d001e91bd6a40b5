"""Forecast the waves of the assignments' next days: how many messages each is and how long it takes."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.cycle.assignments import Assignment
from models.messaging.addresses import Address, Reach
from models.messaging.cards import off_the_hour
from models.organisation.people import Kind, Membership, Person, Role
from models.organisation.units import Unit, below
from models.time.times import instant


@dataclass(frozen=True)
class Pace:
    """How long a wave takes and when its last message leaves: if it has the platform's rate for itself, and if
    everybody answers at once, so that every receipt takes a message's place."""

    best: timedelta
    last: datetime
    worst: timedelta
    last_at_worst: datetime


@dataclass(frozen=True)
class Wave:
    """One wave of messages: of which assignment, what for (`ask`, `remind`, `summarise` …), when it is due and how many
    messages it is at most, by channel."""

    code: str
    kind: str
    at: datetime
    by: Mapping[str, int]

    @property
    def starts(self) -> datetime:
        """Return when its first message leaves at the earliest."""
        return off_the_hour(self.at, 0)

    @property
    def most(self) -> int:
        return sum(self.by.values())

    def pace(self, rates: Mapping[str, float]) -> Pace | None:
        """Return the pace at these rates (messages a second); channels send in parallel. None if none of its channels
        has a rate."""
        times = [n / rates[channel] for channel, n in self.by.items() if channel in rates and n]
        if not times:
            return None
        best, worst = (timedelta(seconds=math.ceil(max(times) * share)) for share in (1, 2))
        return Pace(best, self.starts + best, worst, self.starts + worst)


def waves(session: Session) -> list[Wave]:
    """Return the waves of every assignment's next day, by time. Reminders are counted as if nobody had answered."""
    found: list[Wave] = []
    rows = session.exec(select(Assignment).where(col(Assignment.next_at).is_not(None))).all()
    for assignment in rows:
        unit = session.get_one(Unit, assignment.unit_id)
        asked, posts = reached(session, unit, assignment.about), _posts(session, unit)
        times = assignment.schedule
        steps = [("ask", times.opens, asked), *(("remind", at, asked) for at in times.remind)]
        steps += [("summarise", times.summary, posts)]
        found += [
            Wave(assignment.code, kind, instant(assignment.next_day, at, assignment.timezone), by)
            for kind, at, by in steps
        ]
    return sorted(found, key=lambda wave: wave.at)


def reached(session: Session, unit: Unit, about: str) -> Counter[str]:
    """Return how many can be reached, by the channel they used last: everybody with a chat below the unit, or its
    leads."""
    theirs = aliased(Address)
    last = (
        select(func.max(theirs.used_at))
        .where(theirs.person_id == Person.id, theirs.reach == Reach.REACHABLE)
        .scalar_subquery()
    )
    query = (
        select(Address.channel, func.count(func.distinct(Person.id)))
        .join(Person, col(Person.id) == col(Address.person_id))
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(below(unit.path), Person.kind == Kind.STAFF, Address.reach == Reach.REACHABLE, Address.used_at == last)
        .group_by(col(Address.channel))
    )
    return Counter(dict(session.exec(query.where(Membership.role == Role.LEAD) if about == "units" else query).all()))


def _posts(session: Session, unit: Unit) -> Counter[str]:
    groups = (
        select(Address.channel, func.count()).select_from(Address).join(Unit, col(Unit.id) == col(Address.unit_id))
        .where(below(unit.path), Address.reach == Reach.REACHABLE).group_by(col(Address.channel))
    )  # fmt: skip
    return Counter(dict(session.exec(groups).all())) + reached(session, unit, "units")
