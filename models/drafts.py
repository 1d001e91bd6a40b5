"""Half-filled forms: they survive a restart and are shown as started."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models.database import Instant
from models.people import Person
from models.periods import Period, Phase
from models.reports import Report, State


class Draft(SQLModel, table=True):
    """`revision` grows with every step, so that a button of an older screen is known as stale. `question` is the name
    of the one being asked, None on the review page. `active` is the draft that typed words go to. `proxy` is what a
    lead is about to file for somebody else, zero or filled, and `reason` why; both are None for what is one's own."""

    __table_args__ = (UniqueConstraint("report_id", "author_id"),)

    id: int = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="report.id")
    author_id: int = Field(foreign_key="person.id", index=True)
    answers: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    question: str | None = None
    revision: int = 1
    active: bool = True
    proxy: str | None = None
    reason: str | None = None
    at: datetime = Field(sa_type=Instant)

    @property
    def fills_for_other(self) -> bool:
        """Whether it is a lead's form for somebody, and the reason is known."""
        return self.proxy == State.FILLED and self.reason is not None


def begin(session: Session, report: Report, author: Person, answers: dict[str, Any], now: datetime) -> Draft:
    """The draft of this report by this author, fresh or as it was left; it becomes the one that typed words go to."""
    rest(session, author)
    draft = session.exec(select(Draft).where(Draft.report_id == report.id, Draft.author_id == author.id)).first()
    if draft is None:
        draft = Draft(report_id=report.id, author_id=author.id, answers=answers, at=now)
    draft.active, draft.at = True, now
    session.add(draft)
    session.flush()
    return draft


def rest(session: Session, author: Person) -> None:
    """Typed words go to no draft of this author any more."""
    for other in session.exec(select(Draft).where(Draft.author_id == author.id, col(Draft.active).is_(True))).all():
        other.active = False
        session.add(other)
    session.flush()


def active(session: Session, author: Person) -> tuple[Draft, Report, Period] | None:
    """The draft that typed words go to, with what it is about; none that is locked."""
    return session.exec(
        select(Draft, Report, Period)
        .join(Report, col(Report.id) == col(Draft.report_id))
        .join(Period, col(Period.id) == col(Report.period_id))
        .where(
            Draft.author_id == author.id,
            col(Draft.active).is_(True),
            col(Period.phase).in_([Phase.OPEN, Phase.CLOSED]),
        )
    ).first()


def started(session: Session, report: Report, author: Person) -> Draft | None:
    return session.exec(select(Draft).where(Draft.report_id == report.id, Draft.author_id == author.id)).first()


def discard(session: Session, draft: Draft) -> None:
    session.delete(draft)
    session.flush()
