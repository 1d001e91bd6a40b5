"""Decide when the next day of an assignment opens, and create its period with its steps."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.cycle.assignments import Assignment
from models.cycle.periods import Period, extend, lapse
from models.cycle.places import place_of
from models.cycle.steps import Step, StepKind
from models.forms import versions
from models.forms.versions import FormVersion
from models.organisation.units import Unit
from models.time.calendars import Calendar, UnknownYear, parse_calendar
from models.time.times import ClockTime, Times, day_at, instant
from models.time.workday_overrides import overrides


def next_opening(session: Session, assignment: Assignment, after: date) -> None:
    """Set the next day, later than `after`, on which this assignment opens; if there is none within two years, never. A
    day of a year whose holidays are unknown counts: whether it opens is asked again in its morning. `every:3` without
    a first day begins on this one."""
    assignment.next_at = None
    day = None if assignment.paused_at or assignment.ended_at else next_day(session, assignment, after)
    if day is not None:
        assignment.calendar = str(parse_calendar(assignment.calendar).begun(day))
        assignment.next_day = day
        assignment.next_at = instant(day, assignment.schedule.opens, assignment.timezone)


def next_day(session: Session, assignment: Assignment, after: date) -> date | None:
    """Return the first day later than `after` on the assignment's calendar, within two years."""
    calendar, worked = parse_calendar(assignment.calendar), overrides(session)
    days = (after + timedelta(days=n) for n in range(1, 732))
    return next((day for day in days if opens_on(calendar, day, worked) is not False), None)


def opens_on(calendar: Calendar, day: date, worked: Mapping[date, bool]) -> bool | None:
    """Say whether the calendar opens on a day, `worked` being the admins' word on single days; None if nobody knows."""
    try:
        return calendar.falls_on(day, worked)
    except UnknownYear:
        return None


def reschedule(session: Session, assignment: Assignment, now: datetime) -> None:
    """Compute the next opening anew, after times, calendar or state changed: today's if that has not opened and its due
    time is to come, else the next day's."""
    today = day_at(now, assignment.timezone)
    begin(session, assignment, now, opened=_took_place(session, assignment, today))
    session.add(assignment)
    session.flush()


def _took_place(session: Session, assignment: Assignment, day: date) -> bool:
    there = select(Period.id).where(Period.assignment_id == assignment.id, Period.day == day)
    return session.exec(there).first() is not None


def first_wave(session: Session, found: Iterable[Assignment], day: date, now: datetime) -> datetime | None:
    """Return when the first of these opens, on this day or later: at once if its opening has passed and its due time is
    to come."""
    instants = []
    for assignment in found:
        if assignment.next_at is None:
            continue
        opens = next_day(session, assignment, max(day, assignment.next_day) - timedelta(days=1))
        if opens and now >= instant(opens, assignment.schedule.due, assignment.timezone):
            opens = next_day(session, assignment, opens)  # as in `begin`: no day opens after its due time
        if opens:
            instants.append(max(now, instant(opens, assignment.schedule.opens, assignment.timezone)))
    return min(instants, default=None)


def begin(session: Session, assignment: Assignment, now: datetime, *, opened: bool = False) -> None:
    """Set the first opening: an assignment made during its day opens at once if its due time has not passed, else with
    the next day on its calendar."""
    today = day_at(now, assignment.timezone)
    past = opened or now >= instant(today, assignment.schedule.due, assignment.timezone)
    next_opening(session, assignment, today if past else today - timedelta(days=1))


_TO_OPEN = col(Assignment.next_at) <= bindparam("now")
ANY_DUE = select(Assignment.id).where(_TO_OPEN).exists()
_DUE = (
    select(Assignment)
    .where(
        _TO_OPEN,
        col(Assignment.id).not_in(bindparam("aside", expanding=True)),
    )
    .order_by(col(Assignment.next_at))
    .limit(1)
)


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Assignment | None:
    """Return an assignment whose next day is to be opened by now, the longest waiting first; not those set aside."""
    return session.exec(_DUE, params={"now": now, "aside": list(aside)}).first()


def _schedule(times: Times, day: date, zone: str) -> list[tuple[StepKind, int, datetime]]:
    def one(kind: StepKind, at: ClockTime, number: int = 1) -> tuple[StepKind, int, datetime]:
        return kind, number, instant(day, at, zone)

    return [
        one(StepKind.OPEN, times.opens),
        one(StepKind.ASK, times.opens),
        *(one(StepKind.REMIND, at, n) for n, at in enumerate(times.remind, 1)),
        one(StepKind.CLOSE, times.due),
        one(StepKind.SUMMARISE, times.summary),
        one(StepKind.SUMMARISE_ROOT, times.summary_root),
        *(one(StepKind.ESCALATE, at, n) for n, at in enumerate(times.escalate, 1)),
        one(StepKind.LOCK, times.lock),
    ]


def create(
    session: Session,
    assignment: Assignment,
    version: FormVersion,
    now: datetime,
    outage: tuple[datetime, datetime] | None,
) -> Period:
    """Create the period of the assignment's next day with all its steps; it lapses if its lock has passed already."""
    day, times, zone = assignment.next_day, assignment.schedule, assignment.timezone
    unit = session.get_one(Unit, assignment.unit_id)
    period = Period(
        assignment_id=assignment.id,
        day=day,
        version_id=version.id,
        place_id=place_of(session, unit).id,
        timezone=zone,
        name_silent=assignment.name_silent,
        on_leave=assignment.on_leave,
        picture=assignment.picture,
        document=assignment.document,
        requires=assignment.requires,
        opens_at=instant(day, times.opens, zone),
        due_at=instant(day, times.due, zone),
        lock_at=instant(day, times.lock, zone),
    )
    session.add(period)
    session.flush()
    for kind, number, at in _schedule(times, day, zone):
        session.add(Step(period_id=period.id, kind=kind, number=number, at=at))
    session.flush()
    if period.lock_at <= now:
        lapse(session, period, now)
    elif outage:
        extend(session, period, outage)
    return period


def open_next(
    session: Session, assignment: Assignment, now: datetime, outage: tuple[datetime, datetime] | None
) -> Period | None:
    """Create the period of the assignment's next day, unless it exists; None if nobody knows whether that day counts,
    or it does not."""
    day = assignment.next_day
    known = opens_on(parse_calendar(assignment.calendar), day, overrides(session))
    version = versions.latest(session, assignment.form_code)
    found = session.exec(select(Period).where(Period.assignment_id == assignment.id, Period.day == day)).first()
    if found is None and known and version:
        found = create(session, assignment, version, now, outage)
    session.add(assignment)
    session.flush()
    return found


def rehearse(session: Session, now: datetime) -> None:
    """Let assignments that were never opened begin now: a rehearsal's clock starts when it likes."""
    for assignment in session.exec(select(Assignment)).all():
        if session.exec(select(Period.id).where(Period.assignment_id == assignment.id).limit(1)).first() is None:
            begin(session, assignment, now)
            session.add(assignment)
