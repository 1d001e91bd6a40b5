"""Remember which message answered which question: whoever edits the message means the answer.

This is a table of its own and not part of the draft: a draft ends when the report is filed, and whoever edits the
message after that must be told to press 修改. Refused answers are stored too: people correct 三十七 by editing it."""

from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint, delete
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.table import Table
from models.messaging.addresses import Address
from models.reporting.reports import Report

KEPT = timedelta(days=3)  # longer than a report may be changed, and than Telegram lets a message be edited


class AnsweredMessage(Table, table=True):
    """A message in a person's own chat that was accepted, or refused, as the answer to a question about a report."""

    __table_args__ = (UniqueConstraint("address_id", "message"),)

    id: int = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id")
    message: str
    report_id: int = Field(foreign_key="report.id")
    question: str
    at: datetime = Field(sa_type=Instant, index=True)


def note(session: Session, address: Address, message: str, report: Report, question: str, now: datetime) -> None:
    session.add(AnsweredMessage(address_id=address.id, message=message, report_id=report.id, question=question, at=now))


def by(session: Session, address: Address, message: str) -> AnsweredMessage | None:
    return session.exec(
        select(AnsweredMessage).where(AnsweredMessage.address_id == address.id, AnsweredMessage.message == message)
    ).first()


def forget(session: Session, now: datetime, limit: int = 5000) -> bool:
    """Delete old rows, a chunk at a time; says if there may be more."""
    old = select(AnsweredMessage.id).where(col(AnsweredMessage.at) < now - KEPT).limit(limit)
    return (
        session.connection().execute(delete(AnsweredMessage).where(col(AnsweredMessage.id).in_(old))).rowcount == limit
    )
