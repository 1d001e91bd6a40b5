"""Keep background jobs: work that somebody asked for in the chat and that takes longer than an answer may."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, Session, col, func, or_, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person

TRIES = 3
MOST_A_DAY = 20  # of one person: each may be a file of 20 MB
DAY = timedelta(hours=24)


class Job(Table, table=True):
    """One thing to be done for `person_id`, such as a file to be written: `kind` and `arguments` say which, `rows` how
    much it is, 0 until that is counted, and `reached` how far it is. `period_id` is the period it is about, if it is
    about one, `result` what it found, or how it ended. A job that a dying program left is started again, at most three
    times; `done_at` ends it."""

    __table_args__ = (Index("job_about", "kind", "period_id", "id"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    kind: str
    person_id: int = Field(foreign_key="person.id")
    arguments: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    period_id: int | None = Field(default=None, foreign_key="period.id")
    rows: int
    reached: int = 0
    asked_at: datetime = Field(sa_type=Instant)
    tries: int = 0
    done_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


def ask(
    session: Session, person: Person, kind: str, arguments: dict[str, Any], rows: int, now: datetime,
    period_id: int | None = None, *, most: int | None = None, at_once: int = 1,
) -> Job:  # fmt: skip
    """Store a job that somebody asked for. Raises `KIND.one_at_a_time`, because others wait behind it, or
    `KIND.enough`."""
    most = MOST_A_DAY if most is None else most
    lately = select(func.count(), func.count(col(Job.done_at))).where(Job.person_id == person.id, Job.kind == kind)
    lately = lately.where(or_(col(Job.done_at).is_(None), col(Job.done_at) > now - DAY))
    asked, done = session.exec(lately).one()
    if asked - done >= at_once:
        raise Refusal(f"{kind}.one_at_a_time")
    if asked >= most:
        raise Refusal(f"{kind}.enough", most=most)
    return begin(session, person, kind, arguments, now, rows=rows, period_id=period_id)


def begin(
    session: Session, person: Person, kind: str, arguments: dict[str, Any], now: datetime, *, rows: int = 1,
    period_id: int | None = None,
) -> Job:  # fmt: skip
    """Store a job, without asking how many there are."""
    made = Job(person_id=person.id, kind=kind, arguments=arguments, rows=rows, asked_at=now, period_id=period_id)
    session.add(made)
    session.flush()
    return made


def next_one(session: Session, kinds: list[str]) -> Job | None:
    """Return the oldest of these kinds that is not done; what nobody waits for (`rows` 0) comes last."""
    waiting = select(Job).where(col(Job.done_at).is_(None), col(Job.kind).in_(kinds))
    return session.exec(waiting.order_by(col(Job.rows) == 0, col(Job.id)).limit(1)).first()


def take(session: Session, kinds: list[str]) -> Job | None:
    """Begin the oldest of these kinds that is not done, and return it for use beside the session."""
    found = next_one(session, kinds)
    if found is not None:
        found.tries += 1
        session.add(found)
        session.flush()
        session.refresh(found)
        session.expunge(found)
    return found


def newest(session: Session, kind: str, period_id: int | None) -> Job | None:
    """Return the job of this kind that was asked for last, about this period or about all."""
    about = col(Job.period_id).is_(None) if period_id is None else Job.period_id == period_id
    return session.exec(select(Job).where(Job.kind == kind, about).order_by(col(Job.id).desc()).limit(1)).first()


def waiting(session: Session, person: Person, kind: str) -> Job | None:
    """Return the person's own job of this kind that is not done."""
    own = select(Job).where(col(Job.done_at).is_(None), Job.person_id == person.id, Job.kind == kind)
    return session.exec(own.order_by(col(Job.id)).limit(1)).first()


def lately(session: Session, person: Person, kind: str, now: datetime) -> Sequence[Job]:
    """Return the person's jobs of this kind that go on or ended within a day, the newest first."""
    going = or_(col(Job.done_at).is_(None), col(Job.done_at) > now - DAY)
    own = select(Job).where(going, Job.person_id == person.id, Job.kind == kind)
    return session.exec(own.order_by(col(Job.id).desc())).all()
