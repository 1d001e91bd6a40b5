"""Keep the reminders that a lead sends (催办)."""

from datetime import datetime, timedelta

from sqlmodel import Field, Session, col, or_, select

from models.core.database import Instant
from models.core.table import Table
from models.cycle.periods import Period
from models.organisation.people import Person
from models.organisation.units import Unit


class Urge(Table, table=True):
    """A lead's own reminder to those of a unit who are silent, or to one of them: once per half hour. `told` counts
    whom it reached."""

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id")
    unit_id: int = Field(foreign_key="unit.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    told: int = 0


def urged(session: Session, period: Period, unit: Unit, now: datetime, person: Person | None = None) -> Urge | None:
    """Return the reminder of the last half hour, if there was one: to the whole unit or, for a person, to that one."""
    whom = col(Urge.person_id).is_(None)
    return session.exec(
        select(Urge).where(
            Urge.period_id == period.id,
            Urge.unit_id == unit.id,
            Urge.at > now - timedelta(minutes=30),
            or_(whom, col(Urge.person_id) == person.id) if person else whom,
        )
    ).first()
