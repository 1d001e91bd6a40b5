"""The steps of a period, the heartbeat of the clock, and the question which step is due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, bindparam, text
from sqlmodel import Field, Session, col, or_, select

from models.core.database import Instant
from models.core.table import Table

STALE = timedelta(minutes=10)  # after which a reminder is left to the next one


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
    URGE = "urge"  # a lead's own reminder to many; the step's number is the id of the Urge
    REOPEN = "reopen"  # the end of a reopening; the step's number is the Reopening's id


class Step(Table, table=True):
    """Something to do once, at `at`. `cursor` and `state` keep how far its chunks have come, `outcome` how it ended:
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


class Heartbeat(Table, table=True):
    """The last tick, when a watcher elsewhere last heard of it, and the last outage: a gap between two ticks."""

    id: int = Field(default=1, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    heard_at: datetime | None = Field(default=None, sa_type=Instant)
    outage_from: datetime | None = Field(default=None, sa_type=Instant)
    outage_to: datetime | None = Field(default=None, sa_type=Instant)


AFTER_CLOSE = [StepKind.SUMMARISE, StepKind.SUMMARISE_ROOT, StepKind.ESCALATE, StepKind.LOCK]


_TO_TAKE = (col(Step.done_at).is_(None), Step.at <= bindparam("now"))
ANY_DUE = select(Step.id).where(*_TO_TAKE).exists()
_DUE = select(Step).where(*_TO_TAKE).order_by(col(Step.at), col(Step.id)).limit(1)


def due_step(session: Session, now: datetime, aside: Sequence[int] = ()) -> Step | None:
    """Return the earliest step whose instant has come. Steps set aside are skipped, and what depends on them waits:
    everything of a day on its opening, what is said of the day on its close."""
    query = _DUE
    for step in session.exec(select(Step).where(col(Step.id).in_(aside))).all() if aside else []:
        query = query.where(Step.id != step.id)
        if step.done_at is None and step.kind in (StepKind.OPEN, StepKind.CLOSE):
            resting = [step.kind, *AFTER_CLOSE] if step.kind == StepKind.CLOSE else list(StepKind)
            query = query.where(or_(Step.period_id != step.period_id, col(Step.kind).not_in(resting)))
    return session.exec(query, params={"now": now}).first()


def escalations(session: Session, period_id: int) -> Sequence[Step]:
    """Return the steps of a period that escalate."""
    return session.exec(select(Step).where(Step.period_id == period_id, Step.kind == StepKind.ESCALATE)).all()


def next_instant(session: Session) -> Step | None:
    """Return the earliest step still to come."""
    return session.exec(select(Step).where(col(Step.done_at).is_(None)).order_by(col(Step.at), col(Step.id))).first()
