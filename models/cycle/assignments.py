"""A form asked of a unit's subtree, of each person or of each unit, on a calendar, with a day's times."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint, distinct, func, or_
from sqlmodel import Field, Session, SQLModel, col, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.forms.versions import FormVersion, refuse_elsewhere
from models.organisation.people import Membership, Person, Unit, below, here, is_below
from models.time.calendars import Calendar, Times, UnknownYear, instant, parse_calendar, zone
from models.time.workdays import overrides


class Assignment(SQLModel, table=True):
    """`next_day` is the next day to be opened and `next_at` the instant of its opening: none while it is paused, or
    after its end. `on_leave` says whether people on leave, or whose rest day it is, are excused or asked all the
    same."""

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
    paused_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def schedule(self) -> Times:
        return Times.make(**self.times)


def next_opening(session: Session, assignment: Assignment, after: date) -> None:
    """Sets the next day, later than `after`, on which this assignment opens; none within two years is never.

    A day of a year whose holidays are not known is stopped at: whether it opens is asked again in its morning.
    """
    assignment.next_at = None
    day = None if assignment.paused_at or assignment.ended_at else next_day(session, assignment, after)
    if day is not None:
        assignment.next_day = day
        assignment.next_at = instant(day, assignment.schedule.opens, assignment.timezone)


def next_day(session: Session, assignment: Assignment, after: date) -> date | None:
    """The first day later than `after` on its calendar, within two years."""
    calendar, worked = parse_calendar(assignment.calendar), overrides(session)
    days = (after + timedelta(days=n) for n in range(1, 732))
    return next((day for day in days if opens_on(calendar, day, worked) is not False), None)


def opens_on(calendar: Calendar, day: date, worked: Mapping[date, bool]) -> bool | None:
    """Whether the calendar opens on a day, `worked` being the admins' word on single days; None where nobody knows."""
    try:
        return calendar.falls_on(day, worked)
    except UnknownYear:
        return None


def reschedule(session: Session, assignment: Assignment, now: datetime) -> None:
    """Its next opening anew, after its times, its calendar or its state changed: today's if that has not opened and
    its due time is to come, else the next day's."""
    today = now.astimezone(zone(assignment.timezone)).date()
    begin(session, assignment, now, opened=_took_place(session, assignment, today))
    session.add(assignment)
    session.flush()


def _took_place(session: Session, assignment: Assignment, day: date) -> bool:
    from models.cycle.periods import Period

    there = select(Period.id).where(Period.assignment_id == assignment.id, Period.day == day)
    return session.exec(there).first() is not None


def retime(session: Session, assignment: Assignment, calendar: str, times: Times, now: datetime) -> None:
    """Other times or another calendar, from the next period on."""
    assignment.calendar, assignment.times = str(parse_calendar(calendar)), times.stored()
    reschedule(session, assignment, now)


def pause(session: Session, assignment: Assignment, now: datetime) -> None:
    """No new periods until it is resumed; the one that is open goes on. Refusal `assignments.not_running`."""
    refuse_unless_running(assignment)
    assignment.paused_at = now
    reschedule(session, assignment, now)


def resume(session: Session, assignment: Assignment, now: datetime) -> None:
    """Opens again. Refusal `assignments.running` where it does already."""
    if not (assignment.paused_at or assignment.ended_at):
        raise Refusal("assignments.running", code=assignment.code)
    assignment.paused_at = assignment.ended_at = None
    reschedule(session, assignment, now)


def end(session: Session, assignment: Assignment, now: datetime) -> None:
    """No new periods for good, though `resume` takes that back. Refusal `assignments.not_running`."""
    if assignment.ended_at:
        refuse_unless_running(assignment)
    assignment.ended_at = now
    reschedule(session, assignment, now)


def refuse_unless_running(assignment: Assignment) -> None:
    if assignment.paused_at or assignment.ended_at:
        raise Refusal("assignments.not_running", code=assignment.code)


def over(session: Session, path: str) -> list[Assignment]:
    """The assignments that ask the unit of this path, or units below it, by code."""
    rows = session.exec(select(Assignment, Unit.path).join(Unit).order_by(col(Assignment.code))).all()
    return [a for a, top in rows if is_below(path, top) or is_below(top, path)]


def first_wave(session: Session, found: Iterable[Assignment], day: date, now: datetime) -> datetime | None:
    """When the first of these opens, on this day or after it: at once where its opening has passed and its due time is
    to come."""
    instants = []
    for assignment in found:
        if assignment.next_at is None:
            continue
        opens = next_day(session, assignment, max(day, assignment.next_day) - timedelta(days=1))
        if opens and now >= instant(opens, assignment.schedule.due, assignment.timezone):
            opens = next_day(session, assignment, opens)  # as `begin` does: nothing is asked after its due time
        if opens:
            instants.append(max(now, instant(opens, assignment.schedule.opens, assignment.timezone)))
    return min(instants, default=None)


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
    period on. Returns the assignment and whether it is new. Refusals: `changes.form_elsewhere`, and as `free_code`."""
    zone(timezone)
    refuse_elsewhere(session, version.code, unit)
    rule = parse_calendar(calendar)
    found = session.exec(
        select(Assignment).where(Assignment.form_code == version.code, Assignment.unit_id == unit.id)
    ).first()
    fresh = found is None
    if found is None:
        found = Assignment(
            code=free_code(session, code or version.code, chosen=code is not None),
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
    found.ended_at = None
    begin(session, found, now, opened=not fresh and found.next_day > now.astimezone(zone(timezone)).date())
    session.add(found)
    session.flush()
    return found, fresh


def begin(session: Session, assignment: Assignment, now: datetime, *, opened: bool = False) -> None:
    """Made during its day it opens at once if its due time has not passed, else with the next day on its calendar."""
    today = now.astimezone(zone(assignment.timezone)).date()
    past = opened or now >= instant(today, assignment.schedule.due, assignment.timezone)
    next_opening(session, assignment, today if past else today - timedelta(days=1))


def free_code(session: Session, wish: str, *, chosen: bool, promised: Collection[str] = ()) -> str:
    """The code wished for or, where a form's own is taken, one with a number; Refusal `assignments.code_taken`,
    `assignments.bad_code`. `promised` are the codes of assignments still to come."""
    if chosen and not re.fullmatch(r"[^\W\d_][\w.-]{0,63}", wish):
        raise Refusal("assignments.bad_code", code=wish[:40])
    taken = {*session.exec(select(Assignment.code)).all(), *promised}
    if chosen and session.exec(select(Person.id).where(Person.staff_no == wish)).first() is not None:
        raise Refusal("assignments.code_taken", code=wish)  # the audit names both
    if wish in taken and chosen:
        raise Refusal("assignments.code_taken", code=wish)
    n = 2
    code = wish
    while code in taken:
        code, n = f"{wish}-{n}", n + 1
    return code


def reach(session: Session, assignment: Assignment) -> int:
    """How many people, or units, the assignment asks as things are now."""
    return count(session, [(assignment.about, session.get_one(Unit, assignment.unit_id))])


def count(session: Session, tops: Iterable[tuple[str, Unit]], day: date | None = None) -> int:
    """How many people who have not left by the day (the transaction's, if not given), and how many units, are under
    these tops, each once; the first of a pair says which are asked."""
    tops = list(tops)
    persons = [below(unit.path) for about, unit in tops if about != "units"]
    units = [below(unit.path) for about, unit in tops if about == "units"]
    found = 0
    if persons:
        day = day or session.info.get("day")
        still = here(day) if day else col(Person.left_on).is_(None)
        query = select(func.count(distinct(col(Membership.person_id)))).select_from(Membership).join(Unit).join(
            Person, col(Person.id) == col(Membership.person_id)
        )  # fmt: skip
        found += session.exec(query.where(or_(*persons), still)).one()
    if units:
        found += session.exec(select(func.count()).select_from(Unit).where(or_(*units))).one()
    return found


def asking(session: Session, form: str) -> list[Assignment]:
    """The tasks that ask a form and have not ended."""
    query = select(Assignment).where(Assignment.form_code == form, col(Assignment.ended_at).is_(None))
    return list(session.exec(query.order_by(col(Assignment.code))).all())


def by_code(session: Session, code: str) -> Assignment:
    """The assignment of this code; Refusal `assignments.unknown` that lists those there are."""
    found = session.exec(select(Assignment).where(Assignment.code == code)).first()
    if found is None:
        known = session.exec(select(Assignment.code).order_by(Assignment.code)).all()
        raise Refusal("assignments.unknown", code=code, known=list(known))
    return found


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Assignment | None:
    """An assignment whose next day is to be opened by now, the longest waiting first; not those set aside."""
    query = select(Assignment).where(col(Assignment.next_at) <= now, col(Assignment.id).not_in(aside))
    return session.exec(query.order_by(col(Assignment.next_at))).first()
