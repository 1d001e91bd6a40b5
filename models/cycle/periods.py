"""One assignment on one day: what was frozen when it opened, and the steps the clock makes it take."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, bindparam, text
from sqlmodel import Field, Session, SQLModel, col, func, or_, select

from models.core.database import Instant, in_chunks
from models.cycle import former_paths
from models.cycle.assignments import Assignment, begin
from models.forms.versions import FormVersion
from models.organisation.people import Unit, is_below
from models.time.calendars import ClockTime, Times, instant

OUTAGE_HOUR = timedelta(minutes=60)  # PRODUCT.md, "Our outage is not their fault"
STALE = timedelta(minutes=10)  # a reminder older than this coalesces with the next


class Phase(StrEnum):
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"
    LOCKED = "locked"
    LAPSED = "lapsed"


class StepKind(StrEnum):
    OPEN = "open"
    ASK = "ask"
    EXTEND = "extend"
    REMIND = "remind"
    CLOSE = "close"
    SUMMARISE = "summarise"
    SUMMARISE_ROOT = "summarise_root"
    ESCALATE = "escalate"
    LOCK = "lock"
    URGE = "urge"  # a lead's own reminder to many; the urging's id is the step's number
    REOPEN = "reopen"  # the end of a reopening, whose id is the step's number


class Place(SQLModel, table=True):
    """A unit under the path it had at a time. Reports point here, so that no later move rewrites history."""

    __table_args__ = (UniqueConstraint("path", "unit_id"),)

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    path: str


class Period(SQLModel, table=True):
    """The instants and the form version are those of its opening; an outage may move `due_at`, never past the lock.

    `close_revision` and `close_excuse` are the ids of the last revision and excuse that count *as at close*. When its
    rows were frozen, `roster` became their digest, `rows` their number, and `known` how long the ledger was, which says
    what the number and name of each person were.
    """

    __table_args__ = (UniqueConstraint("assignment_id", "day"), Index("period_day", "day"))

    id: int = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    day: date
    version_id: int = Field(foreign_key="formversion.id")
    place_id: int = Field(foreign_key="place.id")
    phase: str = Phase.OPENING
    timezone: str
    name_silent: bool = False
    on_leave: str = "excused"
    opens_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    lock_at: datetime = Field(sa_type=Instant, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    rows: int | None = None
    roster: str | None = None
    known: int | None = None
    close_revision: int | None = None
    close_excuse: int | None = None
    locked_at: datetime | None = Field(default=None, sa_type=Instant)
    outage_from: datetime | None = Field(default=None, sa_type=Instant)
    outage_to: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def takes_reports(self) -> bool:
        return self.phase in (Phase.OPEN, Phase.CLOSED)


class Step(SQLModel, table=True):
    """What is to happen once at `at`. `cursor` and `state` are how far its chunks have come, `outcome` how it ended:
    done, coalesced (into a later reminder), quiet (at night) or lapsed."""

    __table_args__ = (
        UniqueConstraint("period_id", "kind", "number"),
        Index("step_waiting", "at", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
    )

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id")
    kind: str
    number: int = 1
    at: datetime = Field(sa_type=Instant)
    cursor: int = 0
    state: str = ""
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str | None = None


class Pulse(SQLModel, table=True):
    """The last tick, and the last outage of ours: a hole between two ticks."""

    id: int = Field(default=1, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    outage_from: datetime | None = Field(default=None, sa_type=Instant)
    outage_to: datetime | None = Field(default=None, sa_type=Instant)


class Mending(SQLModel, table=True):
    """A period that an outage may have touched, until what the outage did to it is made good."""

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id")
    outage_from: datetime = Field(sa_type=Instant)
    outage_to: datetime = Field(sa_type=Instant)


def place_of(session: Session, unit: Unit) -> Place:
    found = session.exec(select(Place).where(Place.unit_id == unit.id, Place.path == unit.path)).first()
    if found is None:
        found = Place(unit_id=unit.id, path=unit.path)
        session.add(found)
        session.flush()
    return found


_PLACES = select(Place).where(col(Place.id).in_(bindparam("ids", expanding=True)))


def places(session: Session, ids: Sequence[int]) -> Sequence[Place]:
    return session.exec(_PLACES, params={"ids": ids}).all() if ids else []


def newest_id(session: Session) -> int | None:
    """The id of the period that was made last."""
    return session.exec(select(func.max(Period.id))).one()


_NAMED = (
    select(Place, Unit)
    .join(Unit)
    .where(col(Place.path).in_(bindparam("paths", expanding=True)))
    .order_by(col(Place.id))
)


def named(session: Session, period_id: int, wished: Iterable[str]) -> list[Place]:
    """The places of these paths as a period knew them: of units that bore the same path in turn, the one of then."""
    found: list[Place] = []
    for some in in_chunks(wished):
        rows = session.exec(_NAMED, params={"paths": some}).all()
        then = former_paths.paths_in(session, period_id, [unit for _, unit in rows])
        found += [place for place, unit in rows if then[unit.id] == place.path]
    return found


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
    """The period of the assignment's next day with all its steps; lapsed where its lock has passed already."""
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


def rehearse(session: Session, now: datetime) -> None:
    """A rehearsal's clock starts when it likes: what was never opened yet begins as if it were assigned then."""
    for assignment in session.exec(select(Assignment)).all():
        if session.exec(select(Period.id).where(Period.assignment_id == assignment.id).limit(1)).first() is None:
            begin(session, assignment, now)
            session.add(assignment)


def lapse(session: Session, period: Period, now: datetime) -> None:
    """Ends a period that could not take place while we were down: it sends nothing and counts in no rate."""
    period.phase = Phase.LAPSED
    session.add(period)
    for step in waiting(session, period):
        step.done_at, step.outcome = now, "lapsed"
        session.add(step)


def waiting(session: Session, period: Period) -> list[Step]:
    return list(
        session.exec(
            select(Step).where(Step.period_id == period.id, col(Step.done_at).is_(None)).order_by(col(Step.at))
        ).all()
    )


def extend(session: Session, period: Period, outage: tuple[datetime, datetime]) -> bool:
    """Moves due and what follows to recovery + 60 min if ticks were missing in the hour before due; says if it did."""
    start, end = outage
    if period.phase not in (Phase.OPENING, Phase.OPEN) or start >= period.due_at or end <= period.due_at - OUTAGE_HOUR:
        return False
    due = min(max(period.due_at, end + OUTAGE_HOUR), period.lock_at)
    moved = due - period.due_at
    if not moved:
        return False
    for step in waiting(session, period):
        if step.at >= period.due_at and step.kind != StepKind.LOCK:
            step.at = min(step.at + moved, period.lock_at)
            session.add(step)
    period.due_at, period.outage_from, period.outage_to = due, start, end
    session.add(period)
    return True


def touched(session: Session, start: datetime, end: datetime) -> None:
    """Notes the periods that an outage may have touched."""
    for period in session.exec(select(Period).where(col(Period.phase).in_([Phase.OPENING, Phase.OPEN]))).all():
        session.add(Mending(period_id=period.id, outage_from=start, outage_to=end))


def to_mend(session: Session, aside: Sequence[int] = ()) -> Mending | None:
    """A period to which an outage is to be made good, the oldest first; not those set aside."""
    return session.exec(select(Mending).where(col(Mending.id).not_in(aside)).order_by(col(Mending.id))).first()


def of_day(session: Session, day: date, assignment: Assignment | None = None, unit: Unit | None = None) -> list[Period]:
    """The periods about a day that took or take place, by assignment; for a unit, those in which it has a part."""
    return in_range(session, day, day, assignment, unit)


def in_range(
    session: Session, first: date, last: date, assignment: Assignment | None = None, unit: Unit | None = None
) -> list[Period]:
    """The same about all days from `first` to `last`, both counted, day by day."""
    query = select(Period).where(
        Period.day >= first, Period.day <= last, col(Period.phase).not_in([Phase.OPENING, Phase.LAPSED])
    )
    if assignment:
        query = query.where(Period.assignment_id == assignment.id)
    found = list(session.exec(query.order_by(col(Period.day), col(Period.assignment_id))).all())
    return [p for p in found if unit is None or _has_part(session, p, unit)]


def _has_part(session: Session, period: Period, unit: Unit) -> bool:
    top = session.get_one(Place, period.place_id).path
    names = {
        unit.path,
        former_paths.paths_in(session, period.id, [unit])[unit.id],
    }  # units that moved since had their part as well
    return any(is_below(name, top) or is_below(top, name) for name in names)


def running(session: Session, now: datetime) -> list[Period]:
    """The periods that take reports now, the newest day first."""
    return list(
        session.exec(
            select(Period)
            .where(Period.lock_at > now, col(Period.phase).in_([Phase.OPEN, Phase.CLOSED]))
            .order_by(col(Period.day).desc(), col(Period.assignment_id))
        ).all()
    )


def unlocked(session: Session, first: date, last: date) -> list[Period]:
    """The periods about these days whose rows may still change: those being opened, open, or closed."""
    return list(
        session.exec(
            select(Period)
            .where(
                col(Period.day).between(first, last),
                col(Period.phase).in_([Phase.OPENING, Phase.OPEN, Phase.CLOSED]),
            )
            .order_by(col(Period.day), col(Period.id))
        ).all()
    )


AFTER_CLOSE = [StepKind.SUMMARISE, StepKind.SUMMARISE_ROOT, StepKind.ESCALATE, StepKind.LOCK]


def due_step(session: Session, now: datetime, aside: Sequence[int] = ()) -> Step | None:
    """The step to be taken next: the earliest one whose instant has come. Those set aside are passed over, and what
    rests on them waits: all of a day on its opening, what is said of it on its close."""
    query = select(Step).where(col(Step.done_at).is_(None), Step.at <= now)
    for step in session.exec(select(Step).where(col(Step.id).in_(aside))).all() if aside else []:
        query = query.where(Step.id != step.id)
        if step.done_at is None and step.kind in (StepKind.OPEN, StepKind.CLOSE):
            resting = [step.kind, *AFTER_CLOSE] if step.kind == StepKind.CLOSE else list(StepKind)
            query = query.where(or_(Step.period_id != step.period_id, col(Step.kind).not_in(resting)))
    return session.exec(query.order_by(col(Step.at), col(Step.id))).first()


def next_instant(session: Session) -> Step | None:
    """The earliest step still to come, for those who wait for it."""
    return session.exec(select(Step).where(col(Step.done_at).is_(None)).order_by(col(Step.at), col(Step.id))).first()
