"""What the clock's knock leads to: the database says which steps are due, and each is taken once, a chunk at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from handlers.clock import (
    climb,
    close_day,
    end_reopening,
    escalate,
    extend,
    lock_day,
    mature,
    open_day,
    remind,
    self_report,
    summarise,
    urge,
)
from handlers.turn import House, words_for
from models import addresses, alerts, assignments, cards, periods, posts, reports, versions, workdays
from models.assignments import Assignment
from models.calendars import parse_calendar
from models.cards import Kind
from models.periods import Period, Phase, Pulse, Step, StepKind

HOLE = timedelta(minutes=3)  # a gap between two ticks longer than this is an outage of ours

STEPS: dict[str, Callable[[Session, House, Period, Step, datetime], bool]] = {
    StepKind.OPEN: open_day.freeze,
    StepKind.ASK: open_day.ask,
    StepKind.EXTEND: extend.extend,
    StepKind.REMIND: remind.remind,
    StepKind.CLOSE: close_day.close,
    StepKind.SUMMARISE: summarise.summarise,
    StepKind.SUMMARISE_ROOT: summarise.summarise_root,
    StepKind.ESCALATE: escalate.escalate,
    StepKind.LOCK: lock_day.lock,
    StepKind.URGE: urge.urge,
    StepKind.REOPEN: end_reopening.end,
}


def beat(
    session: Session, house: House, now: datetime, hole: timedelta = HOLE
) -> tuple[datetime, datetime] | None:  # fmt: skip
    """Notes that we are alive. After a hole it mends what the hole touched, and says from when to when it was."""
    pulse = session.get(Pulse, 1)
    before = pulse.at if pulse else now
    session.add(Pulse(at=now)) if pulse is None else setattr(pulse, "at", now)
    if now - before <= hole:
        return None
    outage = (before, now)
    for period in session.exec(select(Period).where(col(Period.phase).in_([Phase.OPENING, Phase.OPEN]))).all():
        if period.lock_at <= now:
            periods.lapse(session, period, now)
        elif periods.extend(session, period, outage):
            reports.forgive(session, period)
            redraw(session, period, now)
    while mature.take(session, house, now):
        pass
    _open_missed(session, now, outage)
    return outage


def redraw(session: Session, period: Period, now: datetime) -> None:
    """Has the questions that are out written anew, as the next step."""
    count = len(session.exec(select(Step.id).where(Step.period_id == period.id, Step.kind == StepKind.EXTEND)).all())
    session.add(Step(period_id=period.id, kind=StepKind.EXTEND, number=count + 1, at=now))


def _open_missed(session: Session, now: datetime, outage: tuple[datetime, datetime]) -> None:
    while assignment := assignments.due(session, now):
        _create(session, assignment, now, outage)


def open_next(session: Session, house: House, now: datetime) -> bool:
    """Creates the next period whose opening has come, after what was to change before it; says whether there was
    anything."""
    if mature.take(session, house, now):
        return True
    assignment = assignments.due(session, now)
    if assignment is None:
        return False
    if _create(session, assignment, now, None) is None:
        _warn_of_unknown_year(session, house, assignment, now)
    assignments.next_opening(session, assignment, assignment.next_day)
    return True


def _create(
    session: Session, assignment: Assignment, now: datetime, outage: tuple[datetime, datetime] | None
) -> Period | None:
    """The period of the assignment's next day, unless it is there; None where nobody knows whether that day counts."""
    day = assignment.next_day
    known = assignments.opens_on(parse_calendar(assignment.calendar), day, workdays.overrides(session))
    version = versions.latest(session, assignment.form_code)
    found = session.exec(select(Period).where(Period.assignment_id == assignment.id, Period.day == day)).first()
    if found is None and known and version:
        found = periods.create(session, assignment, version, now, outage)
    if outage is not None:
        assignments.next_opening(session, assignment, day)
    session.add(assignment)
    session.flush()
    return found


def _warn_of_unknown_year(session: Session, house: House, assignment: Assignment, now: datetime) -> None:
    """A year without known holidays is never guessed: the admins are told every day it keeps something closed."""
    for admin, address in addresses.of_admins(session):
        content = words_for(house, admin).content("unknown_year", assignment=assignment, day=assignment.next_day)
        key = f"unknown_year:{assignment.id}:{assignment.next_day}:{address.id}"
        cards.want(session, key, address, Kind.NOTICE, content, now)


def work(session: Session, house: House, now: datetime) -> bool:
    """The next piece of work that is due, in a transaction of its own; says whether there was any."""
    return (
        open_next(session, house, now)
        or climb_next(session, house, now)
        or take_step(session, house, now)
        or rewrite_stale(session, house, now)
        or self_report.report(session, house, now)
    )


def take_step(session: Session, house: House, now: datetime) -> bool:
    """One chunk of the earliest step that is due; says whether there was one."""
    step = periods.due_step(session, now)
    if step is None:
        return False
    period = session.get_one(Period, step.period_id)
    if STEPS[step.kind](session, house, period, step, now):
        step.done_at, step.outcome = now, step.outcome or "done"
    session.add(step)
    return True


def set_aside(session: Session, house: House, now: datetime, number: str) -> None:
    """The step that just stumbled is tried again in a minute and holds up no other; the admins are told once."""
    step = periods.due_step(session, now)
    if step is None:
        return
    step.retry_at = now + timedelta(minutes=1)
    session.add(step)
    for admin, address in addresses.of_admins(session):
        content = words_for(house, admin).content("fault_notice", number=number, at=now)
        cards.want_once(session, f"stumbled:{step.id}:{address.id}", address, Kind.NOTICE, content, now)


def climb_next(session: Session, house: House, now: datetime) -> bool:
    """Lets the alert climb that nobody took for longest; says whether there was one."""
    alert = alerts.due(session, now)
    if alert is None:
        return False
    climb.climb(session, house, alert, now)
    return True


def rewrite_stale(session: Session, house: House, now: datetime) -> bool:
    """Writes one summary anew that is out and no longer true; says whether there was one."""
    post = posts.stale(session, now)
    if post is None:
        return False
    summarise.rewrite(session, house, post, now)
    return True
