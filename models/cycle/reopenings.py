"""Reopenings: one report of a locked period, open again until a given hour; what is filed then is 补录 (docs/rules.md
18.2)."""

from datetime import datetime

from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.table import Table
from models.organisation.people import Person


class Reopening(Table, table=True):
    """The permission to file one report after the lock. It holds from `at` to `until`; `ended_at` is when it was
    sealed, a little later."""

    id: int = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="report.id", index=True)
    period_id: int = Field(foreign_key="period.id", index=True)
    until: datetime = Field(sa_type=Instant)
    reason: str
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


def reopen(
    session: Session, report_id: int, period_id: int, by: Person, until: datetime, reason: str, now: datetime
) -> Reopening:
    made = Reopening(report_id=report_id, period_id=period_id, by=by.id, until=until, reason=reason, at=now)
    session.add(made)
    session.flush()
    return made


def active(session: Session, report_id: int) -> Reopening | None:
    """Return the reopening under which this report may be filed at the moment."""
    return session.exec(
        select(Reopening).where(Reopening.report_id == report_id, col(Reopening.ended_at).is_(None))
    ).first()


def upto(session: Session, period_id: int, last: int) -> list[Reopening]:
    """Return the reopenings of a period up to this one, in order: what a seal at the end of one covers."""
    query = select(Reopening).where(Reopening.period_id == period_id, Reopening.id <= last)
    return list(session.exec(query.order_by(col(Reopening.id))).all())
