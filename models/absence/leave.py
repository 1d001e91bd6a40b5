"""Leave: from which day to which somebody is away, why, who asked for it and who decided (docs/rules.md 7)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import BindParameter, ColumnElement, Date, Index, bindparam
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table

MOST_DAYS = 366
LONGEST_REASON = 200


class Stage(StrEnum):
    DRAFT = "draft"  # the days are known, the reason is not
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Absence(Table, table=True):
    """A person's leave, from `first` to `last`, both included. Only approved leave counts anywhere."""

    __table_args__ = (
        Index("absence_person", "person_id", "state"),
        Index("absence_days", "state", "last", "first"),
        IDS_NOT_REUSED,
    )

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    first: date
    last: date
    reason: str
    state: str
    asked_by: int = Field(foreign_key="person.id")
    asked_at: datetime = Field(sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def on(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Match the approved leave that covers a day, as a condition on Absence."""
    return (col(Absence.state) == Stage.APPROVED) & (col(Absence.first) <= day) & (col(Absence.last) >= day)


_AWAY = select(Absence.person_id).where(
    on(bindparam("day", type_=Date())), col(Absence.person_id).in_(bindparam("persons", expanding=True))
)


def away(session: Session, persons: Iterable[int], day: date) -> set[int]:
    """Return which of these people are on approved leave on a day."""
    return set(session.exec(_AWAY, params={"day": day, "persons": list(persons)}).all())


def check_span(first: date, last: date, earliest: date) -> None:
    """Raise `absences.backwards`, `absences.too_long` or, if all of it is before `earliest`, `absences.past`."""
    if last < first:
        raise Refusal("absences.backwards", first=first, last=last)
    if last < earliest:
        raise Refusal("absences.past", last=last)
    if (last - first).days >= MOST_DAYS or first > earliest + timedelta(days=MOST_DAYS):
        raise Refusal("absences.too_long", most=MOST_DAYS)


def draft(
    session: Session, person_id: int, span: tuple[date, date], by: int, now: datetime, earliest: date
) -> Absence:  # fmt: skip
    """Store a leave whose reason is still to be given. Raises as `check_span`, or `absences.overlap` with leave that is
    asked for or approved already."""
    first, last = span
    check_span(first, last, earliest)
    _refuse_overlap(session, person_id, first, last)
    made = Absence(person_id=person_id, first=first, last=last, reason="", state=Stage.DRAFT, asked_by=by, asked_at=now)
    session.add(made)
    session.flush()
    return made


def _refuse_overlap(session: Session, person_id: int, first: date, last: date) -> None:
    other = session.exec(
        select(Absence).where(
            Absence.person_id == person_id,
            col(Absence.state).in_([Stage.REQUESTED, Stage.APPROVED]),
            Absence.first <= last,
            Absence.last >= first,
        )
    ).first()
    if other:
        raise Refusal("absences.overlap", first=other.first, last=other.last)


def drafts(session: Session, by: int) -> Sequence[Absence]:
    """Return the leave whose reason this person has still to give."""
    return session.exec(select(Absence).where(Absence.asked_by == by, Absence.state == Stage.DRAFT)).all()


def drafted(session: Session, by: int, since: datetime) -> Absence | None:
    """Return the leave whose reason this person was asked for since then."""
    return session.exec(
        select(Absence).where(Absence.asked_by == by, Absence.state == Stage.DRAFT, Absence.asked_at >= since)
    ).first()


def submit(session: Session, absence: Absence, reason: str, now: datetime, *, entered: bool) -> None:
    """Give a draft its reason: it is asked for or, if `entered` by somebody who may decide, approved. Raises
    `absences.no_reason`, `absences.reason_too_long`, `absences.overlap`."""
    reason = " ".join(reason.split())
    if not reason:
        raise Refusal("absences.no_reason")
    if len(reason) > LONGEST_REASON:
        raise Refusal("absences.reason_too_long", most=LONGEST_REASON)
    _refuse_overlap(session, absence.person_id, absence.first, absence.last)
    absence.reason, absence.state, absence.asked_at = reason, Stage.REQUESTED, now
    if entered:
        decide(session, absence, Stage.APPROVED, absence.asked_by, now)
    session.add(absence)
    session.flush()


def decide(session: Session, absence: Absence, state: Stage, by: int, now: datetime) -> None:
    absence.state, absence.decided_by, absence.decided_at = state, by, now
    session.add(absence)
    session.flush()


def waiting(session: Session) -> list[Absence]:
    """Return the leave that is not decided, the longest waiting first."""
    return list(session.exec(select(Absence).where(Absence.state == Stage.REQUESTED).order_by(col(Absence.id))).all())


def ahead(session: Session, today: date) -> Sequence[Absence]:
    """Return the leave of all people that is not over, drafts left out."""
    return session.exec(select(Absence).where(Absence.last >= today, Absence.state != Stage.DRAFT)).all()


def of_person(session: Session, person_id: int, today: date) -> list[Absence]:
    """Return a person's leave that is not over, asked for or approved, by its first day."""
    return list(
        session.exec(
            select(Absence)
            .where(
                Absence.person_id == person_id,
                col(Absence.state).in_([Stage.REQUESTED, Stage.APPROVED]),
                Absence.last >= today,
            )
            .order_by(col(Absence.first))
        ).all()
    )
