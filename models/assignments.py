"""A form asked of a unit's subtree, of each person or of each unit, on a calendar, with a day's times."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint, distinct, func
from sqlmodel import Field, Session, SQLModel, col, select

from models.calendars import Calendar, Times, UnknownYear, instant, parse_calendar, zone
from models.database import Instant
from models.errors import Refusal
from models.people import Membership, Unit, below
from models.versions import FormVersion


class Assignment(SQLModel, table=True):
    """`next_day` is the next day to be opened and `next_at` the instant of its opening. `on_leave` says whether people
    on leave, or whose rest day it is, are excused or asked all the same."""

    __table_args__ = (UniqueConstraint("form_code", "unit_id"),)

    id: int = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    form_code: str
    unit_id: int = Field(foreign_key="unit.id")
    about: str
    calendar: str
    times: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    timezone: str
    name_silent: bool = False
    on_leave: str = "excused"
    next_day: date
    next_at: datetime | None = Field(sa_type=Instant, index=True)

    @property
    def schedule(self) -> Times:
        return Times.make(**self.times)


def next_opening(assignment: Assignment, after: date) -> None:
    """Sets the next day, later than `after`, on which this assignment opens; none within two years is never.

    A day of a year whose holidays are not known is stopped at: whether it opens is asked again in its morning.
    """
    calendar, times = parse_calendar(assignment.calendar), assignment.schedule
    for days in range(1, 732):
        day = after + timedelta(days=days)
        if opens_on(calendar, day) is not False:
            assignment.next_day, assignment.next_at = day, instant(day, times.opens, assignment.timezone)
            return
    assignment.next_at = None


def opens_on(calendar: Calendar, day: date) -> bool | None:
    """Whether the calendar opens on a day; None where nobody knows yet."""
    try:
        return calendar.falls_on(day)
    except UnknownYear:
        return None


def assign(
    session: Session,
    version: FormVersion,
    unit: Unit,
    now: datetime,
    *,
    calendar: str,
    times: Times,
    timezone: str,
    about: str | None = None,
    name_silent: bool = False,
    code: str | None = None,
    on_leave: str | None = None,
) -> tuple[Assignment, bool]:
    """Asks this form of the unit's subtree. Said again for the same form and unit, it changes the times from the next
    period on. Returns the assignment and whether it is new."""
    zone(timezone)
    rule = parse_calendar(calendar)
    found = session.exec(
        select(Assignment).where(Assignment.form_code == version.code, Assignment.unit_id == unit.id)
    ).first()
    fresh = found is None
    if found is None:
        found = Assignment(
            code=_free_code(session, code or version.code, chosen=code is not None),
            form_code=version.code,
            unit_id=unit.id,
            about="",
            calendar="",
            times={},
            timezone="",
            next_day=date.min,
            next_at=None,
        )
    found.about = about or version.spec.about
    found.on_leave = on_leave or version.spec.on_leave
    found.calendar, found.times, found.timezone, found.name_silent = str(rule), times.stored(), timezone, name_silent
    begin(found, now, opened=not fresh and found.next_day > now.astimezone(zone(timezone)).date())
    session.add(found)
    session.flush()
    return found, fresh


def begin(assignment: Assignment, now: datetime, *, opened: bool = False) -> None:
    """Made during its day it opens at once if its due time has not passed, else with the next day on its calendar."""
    today = now.astimezone(zone(assignment.timezone)).date()
    past = opened or now >= instant(today, assignment.schedule.due, assignment.timezone)
    next_opening(assignment, today if past else today - timedelta(days=1))


def _free_code(session: Session, wish: str, *, chosen: bool) -> str:
    taken = set(session.exec(select(Assignment.code)).all())
    if wish in taken and chosen:
        raise Refusal("assignments.code_taken", code=wish)
    n = 2
    code = wish
    while code in taken:
        code, n = f"{wish}-{n}", n + 1
    return code


def reach(session: Session, assignment: Assignment) -> int:
    """How many people, or units, the assignment asks as things are now."""
    top = session.get_one(Unit, assignment.unit_id)
    if assignment.about == "units":
        return session.exec(select(func.count()).select_from(Unit).where(below(top.path))).one()
    return session.exec(select(func.count(distinct(col(Membership.person_id)))).join(Unit).where(below(top.path))).one()


def by_code(session: Session, code: str) -> Assignment:
    """The assignment of this code; Refusal `assignments.unknown` that lists those there are."""
    found = session.exec(select(Assignment).where(Assignment.code == code)).first()
    if found is None:
        known = session.exec(select(Assignment.code).order_by(Assignment.code)).all()
        raise Refusal("assignments.unknown", code=code, known=list(known))
    return found


def due(session: Session, now: datetime) -> Assignment | None:
    """An assignment whose next day is to be opened by now, the longest waiting first."""
    return session.exec(
        select(Assignment).where(col(Assignment.next_at) <= now).order_by(col(Assignment.next_at))
    ).first()


def titles(session: Session) -> Mapping[int, str]:
    return {a.id: a.code for a in session.exec(select(Assignment)).all()}
