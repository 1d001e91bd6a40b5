"""Keep who has passed which quiz: a record of its own, which outlives the quiz and its answers (docs/rules.md 31.8)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import UniqueConstraint, func
from sqlmodel import Field, Session, col, select

from models.core.database import Instant, in_chunks
from models.core.table import Table
from models.organisation.kinds import Kind
from models.organisation.people import Person


class TrainingPass(Table, table=True):
    """That somebody passed a quiz, by the code of its form and when it was the first time: in which round."""

    __table_args__ = (UniqueConstraint("form_code", "person_id"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    form_code: str
    round_id: int = Field(foreign_key="round.id")
    at: datetime = Field(sa_type=Instant, index=True)


def passed(session: Session, person: Person, form: str) -> bool:
    """Say whether somebody has passed the quiz of a form, by its code; in whichever version it was asked."""
    return bool(have_passed(session, [person.id], form))


def have_passed(session: Session, persons: Iterable[int], form: str) -> set[int]:
    """Return the ids of those of these persons who have passed the quiz of a form."""
    found: set[int] = set()
    for some in in_chunks(list(persons)):
        which = (TrainingPass.form_code == form, col(TrainingPass.person_id).in_(some))
        found |= {*session.exec(select(TrainingPass.person_id).where(*which)).all()}
    return found


def lacking(session: Session, persons: Iterable[int], form: str) -> set[int]:
    """Return the ids of those of these persons who could have passed the quiz of a form, and have not: wards have no
    chat in which they might."""
    found: set[int] = set()
    passed_it = select(TrainingPass.id).where(TrainingPass.person_id == Person.id, TrainingPass.form_code == form)
    for some in in_chunks(list(persons)):
        which = (col(Person.id).in_(some), Person.kind == Kind.STAFF, ~passed_it.exists())
        found |= {*session.exec(select(Person.id).where(*which)).all()}
    return found


def note(session: Session, person: int, form: str, round_id: int, now: datetime) -> bool:
    """Note that somebody passed; say whether it was the first time."""
    if have_passed(session, [person], form):
        return False
    session.add(TrainingPass(person_id=person, form_code=form, round_id=round_id, at=now))
    session.flush()
    return True


def since(session: Session, since: datetime) -> int:
    """Count who passed a quiz for the first time since then."""
    return session.exec(select(func.count()).select_from(TrainingPass).where(TrainingPass.at > since)).one()


def of_person(session: Session, person: Person) -> list[TrainingPass]:
    """Return what somebody passed, the newest first."""
    query = select(TrainingPass).where(TrainingPass.person_id == person.id)
    return list(session.exec(query.order_by(col(TrainingPass.at).desc())).all())
