"""Somebody leaves the organisation: what they still owe is excused, and nobody is left without a reporter."""

from datetime import date, datetime

from sqlmodel import Session, select

from models import audit, excuses
from models.errors import Refusal
from models.people import Person, here
from models.periods import Period
from models.reports import Report


def hanging(session: Session, person: Person, day: date) -> list[Person]:
    """The wards for whom this person alone is written down as the reporter."""
    query = select(Person).where(Person.reporter_id == person.id, here(day)).order_by(Person.staff_no)
    return list(session.exec(query).all())


def leave(
    session: Session, person: Person, day: date, by: Person | None, now: datetime
) -> list[tuple[Period, Report]]:  # fmt: skip
    """`day` is the first one without them. Returns the rows that are excused by it, so that what shows them can be
    brought up to date. Refusal `leaving.wards` while wards hang on them."""
    wards = hanging(session, person, day)
    if wards:
        raise Refusal("leaving.wards", name=person.name, wards=[w.name for w in wards[:20]])
    person.left_on = day
    session.add(person)
    session.flush()
    audit.note(session, now, by.staff_no if by else "cli", "left", person.staff_no, day=str(day))
    return excuses.leave_open(session, person, day, by.id if by else None, now)
