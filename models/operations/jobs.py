"""Keep background jobs: work that somebody asked for in the chat and that takes longer than an answer may."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, col, func, or_, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import Table
from models.organisation.people import Person

TRIES = 3
MOST_A_DAY = 20  # of one person: each may be a file of 20 MB
DAY = timedelta(hours=24)


class Job(Table, table=True):
    """One file to be written for `person_id`: `kind` and `arguments` say which, `rows` how long it will be. A job that
    a dying program left is started again, at most three times; `done_at` ends it."""

    id: int = Field(default=None, primary_key=True)
    kind: str
    person_id: int = Field(foreign_key="person.id")
    arguments: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    rows: int
    asked_at: datetime = Field(sa_type=Instant)
    tries: int = 0
    done_at: datetime | None = Field(default=None, sa_type=Instant, index=True)


def ask(
    session: Session, person: Person, kind: str, arguments: dict[str, Any], rows: int, now: datetime
) -> Job:  # fmt: skip
    """Store a job. Raises `export.one_at_a_time`, because others wait behind it, or `export.enough`."""
    lately = select(func.count(), func.count(col(Job.done_at))).where(Job.person_id == person.id).where(
        or_(col(Job.done_at).is_(None), col(Job.done_at) > now - DAY)
    )  # fmt: skip
    asked, done = session.exec(lately).one()
    if asked > done:
        raise Refusal("export.one_at_a_time")
    if asked >= MOST_A_DAY:
        raise Refusal("export.enough", most=MOST_A_DAY)
    made = Job(person_id=person.id, kind=kind, arguments=arguments, rows=rows, asked_at=now)
    session.add(made)
    session.flush()
    return made


def next_one(session: Session, kinds: list[str]) -> Job | None:
    """Return the oldest of these kinds that is not done."""
    waiting = select(Job).where(col(Job.done_at).is_(None), col(Job.kind).in_(kinds))
    return session.exec(waiting.order_by(col(Job.id)).limit(1)).first()
