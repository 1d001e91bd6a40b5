"""Periods: one assignment on one day, with what was frozen when it opened (docs/rules.md 1.5)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, bindparam
from sqlmodel import Field, Session, col, func, select

from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle import former_paths
from models.cycle.assignments import Assignment
from models.cycle.places import Place
from models.cycle.steps import Step, StepKind
from models.organisation.units import Unit, is_below

OUTAGE_HOUR = timedelta(minutes=60)  # docs/rules.md 2.2


class Phase(StrEnum):
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"
    LOCKED = "locked"
    LAPSED = "lapsed"


class Period(Table, table=True):
    """Instants and form version are those of the opening; an outage may move `due_at`, never past the lock.
    `close_revision` and `close_excuse` are the ids of the last revision and excuse that count *as at close*. When its
    rows were frozen, `roster` became their digest, `rows` their number, and `known` the length of the ledger, which
    tells the number and name that each person had then."""

    __table_args__ = (UniqueConstraint("assignment_id", "day"), Index("period_day", "day"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    day: date
    version_id: int = Field(foreign_key="form_version.id")
    place_id: int = Field(foreign_key="place.id")
    phase: str = Phase.OPENING
    timezone: str
    name_silent: bool = False
    on_leave: str = "excused"
    picture: bool = True
    document: str = "off"
    requires: str = ""
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


class AffectedPeriod(Table, table=True):
    """A period that an outage may have touched, until its times are corrected."""

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id")
    outage_from: datetime = Field(sa_type=Instant)
    outage_to: datetime = Field(sa_type=Instant)


def newest_id(session: Session) -> int | None:
    """Return the id of the period that was made last."""
    return session.exec(select(func.max(Period.id))).one()


def lapse(session: Session, period: Period, now: datetime) -> None:
    """End a period that could not take place during an outage: it sends nothing and counts in no rate (docs/rules.md
    2.3)."""
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
    """Move the due time and later steps to recovery + 60 min if ticks were missing in the hour before due; says if it
    did."""
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


EVERY = "every"  # the state of a step that rewrites receipts of any age


def rewrite_questions(session: Session, period: Period, now: datetime, *, receipts: bool = False) -> None:
    """Have the questions already sent rewritten, as the next step; with `receipts` what answered them as well."""
    count = len(session.exec(select(Step.id).where(Step.period_id == period.id, Step.kind == StepKind.EXTEND)).all())
    session.add(Step(period_id=period.id, kind=StepKind.EXTEND, number=count + 1, at=now,
                     state=EVERY if receipts else ""))  # fmt: skip


def touched(session: Session, start: datetime, end: datetime) -> None:
    """Note the periods that an outage may have touched."""
    for period in session.exec(select(Period).where(col(Period.phase).in_([Phase.OPENING, Phase.OPEN]))).all():
        session.add(AffectedPeriod(period_id=period.id, outage_from=start, outage_to=end))


ANY_TO_CORRECT = select(AffectedPeriod.id).exists()
_TO_CORRECT = (
    select(AffectedPeriod)
    .where(col(AffectedPeriod.id).not_in(bindparam("aside", expanding=True)))
    .order_by(col(AffectedPeriod.id))
    .limit(1)
)


def to_correct(session: Session, aside: Sequence[int] = ()) -> AffectedPeriod | None:
    """Return a period to correct after an outage, the oldest first; not those set aside."""
    return session.exec(_TO_CORRECT, params={"aside": list(aside)}).first()


def of_day(session: Session, day: date, assignment: Assignment | None = None, unit: Unit | None = None) -> list[Period]:
    """Return the periods about a day that took or take place, by assignment; for a unit, those in which it
    has a part."""
    return in_range(session, day, day, assignment, [unit] if unit else [])


def in_range(
    session: Session, first: date, last: date, assignment: Assignment | None = None, units: Sequence[Unit] = ()
) -> list[Period]:
    """Return the periods of `of_day` for all days from `first` to `last`, both included, day by day; of units, those in
    which any of them has a part."""
    query = select(Period).where(
        Period.day >= first, Period.day <= last, col(Period.phase).not_in([Phase.OPENING, Phase.LAPSED])
    )
    if assignment:
        query = query.where(Period.assignment_id == assignment.id)
    found = list(session.exec(query.order_by(col(Period.day), col(Period.assignment_id))).all())
    if not units:
        return found
    then = [former_paths.paths_over(session, [it.id for it in found], unit) for unit in units]
    return [
        it for it in found
        if any(_meets(session, it, {unit.path, paths[it.id]}) for unit, paths in zip(units, then, strict=True))
    ]  # fmt: skip


def has_part(session: Session, period: Period, unit: Unit) -> bool:
    """Say whether a unit was asked in a period, or a unit above or below it."""
    return _meets(session, period, {unit.path, former_paths.paths_in(session, period.id, [unit])[unit.id]})


def _meets(session: Session, period: Period, names: set[str]) -> bool:
    """Say whether the task of a period is above or below a unit of any of these names: it may have moved since then."""
    top = session.get_one(Place, period.place_id).path
    return any(is_below(name, top) or is_below(top, name) for name in names)


def running(session: Session, now: datetime) -> list[Period]:
    """Return the periods that take reports now, the newest day first."""
    return list(
        session.exec(
            select(Period)
            .where(Period.lock_at > now, col(Period.phase).in_([Phase.OPEN, Phase.CLOSED]))
            .order_by(col(Period.day).desc(), col(Period.assignment_id))
        ).all()
    )


def current(session: Session, now: datetime) -> list[Period]:
    """Return the newest period of each assignment that takes reports now: those that a report without a date
    belongs to. An older one that is not locked yet is not asked again."""
    newest: dict[int, Period] = {}
    for period in running(session, now):  # the newest day first
        newest.setdefault(period.assignment_id, period)
    return list(newest.values())


def unlocked(session: Session, first: date, last: date) -> list[Period]:
    """Return the periods about these days whose rows may still change: being opened, open, or closed."""
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
