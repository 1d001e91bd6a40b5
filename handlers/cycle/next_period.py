"""The next period of a task, once its opening has come."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, select

from handlers.core.turn import Defaults, words_for
from models.cycle import openings
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.cycle.steps import Heartbeat
from models.forms import versions
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.time import workdays
from models.time.calendars import parse_calendar


def due(session: Session, house: Defaults, now: datetime, aside: Sequence[int]) -> Assignment | None:
    return openings.due(session, now, aside)


def create(session: Session, house: Defaults, assignment: Assignment, now: datetime) -> None:
    """One that should have opened in our last outage gets more time."""
    outage, pulse = None, session.get(Heartbeat, 1)
    if pulse and pulse.outage_from and pulse.outage_to and assignment.next_at and assignment.next_at <= pulse.outage_to:
        outage = (pulse.outage_from, pulse.outage_to)
    if _create(session, assignment, now, outage) is None and outage is None:
        _warn_of_unknown_year(session, house, assignment, now)
    openings.next_opening(session, assignment, assignment.next_day)


def _create(
    session: Session, assignment: Assignment, now: datetime, outage: tuple[datetime, datetime] | None
) -> Period | None:
    """The period of the assignment's next day, unless it is there; None where nobody knows whether that day counts."""
    day = assignment.next_day
    known = openings.opens_on(parse_calendar(assignment.calendar), day, workdays.overrides(session))
    version = versions.latest(session, assignment.form_code)
    found = session.exec(select(Period).where(Period.assignment_id == assignment.id, Period.day == day)).first()
    if found is None and known and version:
        found = openings.create(session, assignment, version, now, outage)
    session.add(assignment)
    session.flush()
    return found


def _warn_of_unknown_year(session: Session, house: Defaults, assignment: Assignment, now: datetime) -> None:
    """A year without known holidays is never guessed: the admins are told every day it keeps something closed."""
    for admin, address in addresses.of_admins(session):
        content = words_for(house, admin).content("cycle/unknown_year", assignment=assignment, day=assignment.next_day)
        slot = Slot.of(Subject.UNKNOWN_YEAR, address, assignment.id, assignment.next_day)
        cards.want(session, slot, Kind.NOTICE, content, now)
