"""Half-filled forms: they survive a restart and are shown as started."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint, bindparam
from sqlmodel import Field, Session, col, or_, select

from models.core.database import Instant, ask
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle.periods import Period, Phase
from models.cycle.reopenings import Reopening
from models.organisation.people import Person
from models.reporting.reports import Report, State


class Draft(Table, table=True):
    """A half-filled form. `revision` grows with every step, so that a button of an older screen is known to be stale.
    `question` is the name of the one being asked, None on the review page. `active` marks the draft that typed words go
    to. `proxy` is what a lead is about to file for somebody else, zero or filled, and `reason` why; both are None for
    one's own report. `attachments` are the files that answer no question, `proposed` the newest proposals that were
    shown, by question. A rehearsal (preview) has no report, but
    holds the source of its form, and is never filed. The answers to a survey have its round instead of a report;
    `screens` are then the contents that showed them, and `messages` the chat's messages that gave them, for as long as
    an anonymous survey has to remove them."""

    __table_args__ = (
        UniqueConstraint("report_id", "author_id"), UniqueConstraint("round_id", "author_id"), IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    report_id: int | None = Field(default=None, foreign_key="report.id")
    rehearsal: str | None = None
    round_id: int | None = Field(default=None, foreign_key="round.id")
    author_id: int = Field(foreign_key="person.id", index=True)
    answers: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    attachments: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    proposed: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    question: str | None = None
    revision: int = 1
    active: bool = True
    proxy: str | None = None
    reason: str | None = None
    screens: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    messages: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=Instant)

    @property
    def takes_answers(self) -> bool:
        """Say whether questions are being asked, and not first the reason for a proxy report."""
        return self.proxy is None or self.fills_for_other

    @property
    def fills_for_other(self) -> bool:
        """Say whether a lead is filling in the form for somebody, and the reason is known."""
        return self.proxy == State.FILLED and self.reason is not None


def begin(
    session: Session, report: Report, author: Person, answers: dict[str, Any], now: datetime,
    attachments: Sequence[dict[str, Any]] = (),
) -> Draft:  # fmt: skip
    """Return the draft of this report by this author, fresh or as it was left; typed words now go to it."""
    rest(session, author)
    draft = session.exec(select(Draft).where(Draft.report_id == report.id, Draft.author_id == author.id)).first()
    if draft is None:
        draft = Draft(report_id=report.id, author_id=author.id, answers=answers, attachments=list(attachments), at=now)
    draft.active, draft.at = True, now
    session.add(draft)
    session.flush()
    return draft


def rest(session: Session, author: Person) -> None:
    """Let typed words go to no draft of this author any more."""
    for other in session.exec(select(Draft).where(Draft.author_id == author.id, col(Draft.active).is_(True))).all():
        other.active = False
        session.add(other)
    session.flush()


def rehearse(session: Session, author: Person, source: str, now: datetime) -> Draft:
    """Start a fresh draft that will never be filed, in place of the author's last one of that kind."""
    rest(session, author)
    for old in session.exec(select(Draft).where(Draft.author_id == author.id, col(Draft.rehearsal).is_not(None))).all():
        session.delete(old)
    draft = Draft(author_id=author.id, answers={}, rehearsal=source, active=False, at=now)
    session.add(draft)
    session.flush()
    return draft


def answer(session: Session, round_id: int, author: Person, answers: dict[str, Any], now: datetime) -> Draft:
    """Return the draft of this person's answers to a survey, fresh or as it was left; typed words now go to it."""
    rest(session, author)
    draft = of_round(session, round_id, author)
    draft = draft or Draft(round_id=round_id, author_id=author.id, answers=answers, at=now)
    draft.active, draft.at = True, now
    session.add(draft)
    session.flush()
    return draft


def of_round(session: Session, round_id: int, author: Person) -> Draft | None:
    """Return the draft of this person's answers to a survey, if there is one."""
    return session.exec(select(Draft).where(Draft.round_id == round_id, Draft.author_id == author.id)).first()


def active(session: Session, author: Person) -> Draft | None:
    """Return the draft that typed words go to, unless it is locked."""
    reopened = select(Reopening.report_id).where(col(Reopening.ended_at).is_(None))
    return session.exec(
        select(Draft)
        .join(Report, col(Report.id) == col(Draft.report_id), isouter=True)
        .join(Period, col(Period.id) == col(Report.period_id), isouter=True)
        .where(
            Draft.author_id == author.id,
            col(Draft.active).is_(True),
            or_(
                col(Period.phase).in_([Phase.OPEN, Phase.CLOSED]),
                col(Draft.report_id).is_(None),
                col(Draft.report_id).in_(reopened),
            ),
        )
    ).first()


_STARTED = (
    select(Draft)
    .where(Draft.report_id == bindparam("report"), Draft.author_id == bindparam("author"))
    .execution_options(autoflush=False)  # a draft is written when it is made
)
_DRAFTED = select(col(Draft.report_id)).where(col(Draft.report_id).in_(bindparam("reports", expanding=True)))


def started(session: Session, report: Report, author: Person) -> Draft | None:
    return session.exec(_STARTED, params={"report": report.id, "author": author.id}).first()


def begun(session: Session, reports: Sequence[int]) -> set[int]:
    """Return the ids of those of these reports that anybody has begun to fill in."""
    return set(ask(session, _DRAFTED, reports=reports).scalars())


def discard(session: Session, draft: Draft) -> None:
    session.delete(draft)
    session.flush()
