"""What the clock's knock leads to: the database says which steps are due, and each is taken once, a chunk at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from handlers.alerts import climb
from handlers.changes import due_changes
from handlers.core import isolating
from handlers.core.turn import Defaults, words_for
from handlers.cycle import close_day, end_reopening, extend, lock_day, open_day, remind
from handlers.operations import self_report
from handlers.summaries import escalate, send_urges, summarise
from models.alerts import alerts
from models.changes import planned
from models.core import audit, failing_work
from models.core.database import away
from models.core.failing_work import Stumble
from models.cycle import openings, periods, steps
from models.cycle.assignments import Assignment
from models.cycle.periods import Mending, Period, Phase
from models.cycle.steps import Heartbeat, Step, StepKind
from models.forms import versions
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.operations import self_report as self_reports
from models.reporting import reports
from models.summaries import posts
from models.summaries.posts import SummaryPost
from models.time import workdays
from models.time.calendars import parse_calendar

HOLE = timedelta(minutes=3)  # a gap between two ticks longer than this is an outage of ours

STEPS: dict[str, Callable[[Session, Defaults, Period, Step, datetime], bool]] = {
    StepKind.OPEN: open_day.freeze,
    StepKind.ASK: open_day.ask,
    StepKind.EXTEND: extend.extend,
    StepKind.REMIND: remind.remind,
    StepKind.CLOSE: close_day.close,
    StepKind.SUMMARISE: summarise.summarise,
    StepKind.SUMMARISE_ROOT: summarise.summarise_root,
    StepKind.ESCALATE: escalate.escalate,
    StepKind.LOCK: lock_day.lock,
    StepKind.URGE: send_urges.urge,
    StepKind.REOPEN: end_reopening.end,
}


def beat(
    session: Session, house: Defaults, now: datetime, hole: timedelta = HOLE
) -> tuple[datetime, datetime] | None:  # fmt: skip
    """Notes that we are alive, and nothing else. After a hole it notes what the hole may have touched, from when to
    when it was, and returns that; the audit keeps it, and the evening report tells it."""
    pulse = session.get(Heartbeat, 1) or Heartbeat(at=now)
    before, pulse.at = pulse.at, now
    session.add(pulse)
    if now - before <= hole:
        return None
    pulse.outage_from, pulse.outage_to = before, now
    periods.touched(session, before, now)
    audit.note(session, now, "clock", self_reports.OUTAGE, "", since=before.isoformat(), until=now.isoformat())
    return before, now


def redraw(session: Session, period: Period, now: datetime) -> None:
    """Has the questions that are out written anew, as the next step."""
    count = len(session.exec(select(Step.id).where(Step.period_id == period.id, Step.kind == StepKind.EXTEND)).all())
    session.add(Step(period_id=period.id, kind=StepKind.EXTEND, number=count + 1, at=now))


def _mend(session: Session, house: Defaults, it: Mending, now: datetime) -> None:
    """What an outage did to a period is made good: it lapses, or its deadline moves."""
    period = session.get_one(Period, it.period_id)
    if period.phase in (Phase.OPENING, Phase.OPEN):
        if period.lock_at <= it.outage_to:
            periods.lapse(session, period, now)
        elif periods.extend(session, period, (it.outage_from, it.outage_to)):
            reports.forgive(session, period)
            redraw(session, period, now)
    session.delete(it)


def _open(session: Session, house: Defaults, assignment: Assignment, now: datetime) -> None:
    """Creates the next period whose opening has come; one that should have opened in our last outage gets more time."""
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


@dataclass(frozen=True)
class Source:
    """One kind of due work. `find` says what is due next, leaving out the ids of what is set aside; `take` does it."""

    name: str
    find: Callable[[Session, Defaults, datetime, Sequence[int]], Any]
    take: Callable[[Session, Defaults, Any, datetime], None]


def _label(source: Source, item: object) -> str:
    """What the admins are told that failed."""
    return f"step.{item.kind}" if isinstance(item, Step) else source.name


# ruff: noqa: PLW0108 -- what these call is looked up when they call it, so that a test can break it
SOURCES = [
    Source("outages", lambda session, _, now, aside: periods.to_mend(session, aside), lambda *it: _mend(*it)),
    Source(
        "changes", lambda session, _, now, aside: planned.due(session, now, aside), lambda *it: due_changes.take(*it)
    ),
    Source("opening", lambda session, _, now, aside: openings.due(session, now, aside), lambda *it: _open(*it)),
    Source("alerts", lambda session, _, now, aside: alerts.due(session, now, aside), lambda *it: climb.climb(*it)),
    Source("steps", lambda session, _, now, aside: steps.due_step(session, now, aside), lambda *it: _step(*it)),
    Source("posts", lambda session, _, now, aside: posts.stale(session, now, aside), lambda *it: _rewrite(*it)),
    Source("self_report", lambda *it: self_report.due(*it), lambda *it: self_report.report(*it)),
]


def work(session: Session, house: Defaults, now: datetime) -> bool:
    """The next piece of work that is due; says whether there was any. What fails by a bug of ours is set aside for a
    while and holds up nothing else: neither other sources nor what else of its own is due."""
    failing = {(it.source, it.item): it for it in failing_work.failing(session)}
    aside = {key for key, it in failing.items() if it.retry_at and it.retry_at > now}
    for source in SOURCES:
        if (source.name, "") in aside:
            continue
        item: Any = None
        try:
            with session.begin_nested():
                item = source.find(session, house, now, [int(key) for name, key in aside if name == source.name])
        except Exception as error:
            _stumbled(session, house, source, "", source.name, now, error)
            return True
        if item is not None:
            _take(session, house, source, item, failing, now)
            return True
        _healed(session, failing.get((source.name, "")), now)
    return False


def _take(
    session: Session, house: Defaults, source: Source, item: Any, failing: Mapping[tuple[str, str], Stumble],
    now: datetime,
) -> None:  # fmt: skip
    key, label = str(item.id), _label(source, item)
    try:
        with session.begin_nested():
            source.take(session, house, item, now)
    except Exception as error:
        _stumbled(session, house, source, key, label, now, error)
    else:
        for known in (key, ""):
            _healed(session, failing.get((source.name, known)), now)


def _stumbled(
    session: Session, house: Defaults, source: Source, item: str, label: str, now: datetime, error: Exception
) -> None:  # fmt: skip
    if away(error):
        raise error
    isolating.set_aside(session, house, source.name, item, now, error, label, again=True)


def _healed(session: Session, known: Stumble | None, now: datetime) -> None:
    if known is not None:
        failing_work.healed(session, known, now)


def _step(session: Session, house: Defaults, step: Step, now: datetime) -> None:
    """One chunk of a step. A day that could not be opened in time by a fault of ours gets more time, or lapses."""
    period = session.get_one(Period, step.period_id)
    if step.kind == StepKind.OPEN and period.lock_at <= now:
        periods.lapse(session, period, now)
        return
    if STEPS[step.kind](session, house, period, step, now):
        step.done_at, step.outcome = now, step.outcome or "done"
        if step.kind == StepKind.OPEN and period.outage_from is None and now - step.at > HOLE:
            periods.extend(session, period, (step.at, now))
    session.add(step)


def _rewrite(session: Session, house: Defaults, post: SummaryPost, now: datetime) -> None:
    summarise.rewrite(session, house, post, now)
