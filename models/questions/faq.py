"""The FAQ (答疑): good answers that a lead or an admin published for a subtree, without the asker's name (docs/rules.md
22.6)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, col, delete, func, select

from models.core.database import Instant, in_chunks
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person
from models.organisation.units import Unit, above
from models.questions.questions import Question
from models.questions.terms import terms

SHOWN = 10  # entries in one answer
OFFERED = 3  # before a question is sent
LIKE = 0.5  # of the terms that question and entry could share, for an entry to be offered
MOST = 1000  # published for one unit at the same time


class FaqEntry(Table, table=True):
    """A question with its answer, as its readers see it, for the people in and below a unit; `terms` counts those of
    its question. A changed answer is a new entry. One that was withdrawn is found no more."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    question_id: int | None = Field(default=None, foreign_key="question.id", index=True)
    asked: str
    answer: str
    terms: int
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    withdrawn_by: int | None = Field(default=None, foreign_key="person.id")
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)


class FaqTerm(Table, table=True):
    """A term by which a published entry is found: of its question (`asked`), or of its answer alone."""

    __table_args__ = (UniqueConstraint("term", "entry_id"),)

    id: int = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="faq_entry.id", index=True)
    term: str
    asked: bool


def publish(
    session: Session, unit: Unit, words: tuple[str, str], question: Question | None, by: Person, now: datetime
) -> FaqEntry:  # fmt: skip
    """Publish a question and its answer for a unit and all below; what was published of the same question before is
    withdrawn. Raises `questions.many_entries`."""
    if question is not None:
        for earlier in of_question(session, question):
            withdraw(session, earlier, by, now)
    held = select(func.count()).where(FaqEntry.unit_id == unit.id, col(FaqEntry.withdrawn_at).is_(None))
    if session.exec(held).one() >= MOST:
        raise Refusal("questions.many_entries", most=MOST)
    asked, answer = words
    of_asked = terms(asked)
    made = FaqEntry(
        unit_id=unit.id, question_id=question.id if question else None, asked=asked, answer=answer,
        terms=len(of_asked), by=by.id, at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add_all(FaqTerm(entry_id=made.id, term=it, asked=True) for it in of_asked)
    session.add_all(FaqTerm(entry_id=made.id, term=it, asked=False) for it in terms(answer) if it not in of_asked)
    session.flush()
    return made


def withdraw(session: Session, entry: FaqEntry, by: Person, now: datetime) -> None:
    """Withdraw an entry: it is found no more, and stays on record."""
    entry.withdrawn_by, entry.withdrawn_at = by.id, now
    session.add(entry)
    session.flush()
    session.connection().execute(delete(FaqTerm).where(col(FaqTerm.entry_id) == entry.id))


def of_question(session: Session, question: Question) -> list[FaqEntry]:
    """Return the published entries that came from this question."""
    found = select(FaqEntry).where(FaqEntry.question_id == question.id, col(FaqEntry.withdrawn_at).is_(None))
    return list(session.exec(found).all())


def published_of(session: Session, ids: Sequence[int]) -> set[int]:
    """Return those of these questions whose answer is published."""
    found = select(FaqEntry.question_id).where(col(FaqEntry.withdrawn_at).is_(None))
    return {
        it for some in in_chunks(ids) for it in session.exec(found.where(col(FaqEntry.question_id).in_(some))) if it
    }


def newest(session: Session, home: Unit, most: int = SHOWN, skip: int = 0) -> list[FaqEntry]:
    """Return the newest entries for the people of a unit."""
    query = (
        select(FaqEntry).join(Unit).where(col(Unit.path).in_(above(home.path)), col(FaqEntry.withdrawn_at).is_(None))
    )
    return list(session.exec(query.order_by(col(FaqEntry.id).desc()).offset(skip).limit(most)).all())


def number(session: Session, home: Unit) -> int:
    """Return how many entries there are for the people of a unit."""
    query = select(func.count()).select_from(FaqEntry).join(Unit, col(Unit.id) == col(FaqEntry.unit_id))
    return session.exec(query.where(col(Unit.path).in_(above(home.path)), col(FaqEntry.withdrawn_at).is_(None))).one()


def search(session: Session, home: Unit, words: str, most: int = SHOWN) -> list[FaqEntry]:
    """Return the entries that share most with these words, in the question or the answer, the best first."""
    return [entry for entry, _ in _found(session, home, words, most)]


def like(session: Session, home: Unit, asked: str) -> list[FaqEntry]:
    """Return the entries whose question is so like this one that they may answer it."""
    wanted = len(terms(asked))
    found = _found(session, home, asked, 10 * OFFERED, questions_only=True)
    near = [entry for entry, shared in found if shared >= max(1, LIKE * min(wanted, entry.terms))]
    return near[:OFFERED]


def _found(
    session: Session, home: Unit, words: str, most: int, *, questions_only: bool = False
) -> list[tuple[FaqEntry, int]]:  # fmt: skip
    shared = func.count(col(FaqTerm.id))
    query = (
        select(FaqEntry, shared)
        .join(FaqTerm, col(FaqTerm.entry_id) == col(FaqEntry.id))
        .join(Unit, col(Unit.id) == col(FaqEntry.unit_id))
        .where(col(FaqTerm.term).in_(terms(words)), col(Unit.path).in_(above(home.path)))
        .group_by(col(FaqEntry.id))
        .order_by(shared.desc(), col(FaqEntry.id).desc())
        .limit(most)
    )
    if questions_only:
        query = query.where(col(FaqTerm.asked).is_(True))
    return [(entry, int(count)) for entry, count in session.execute(query).all()]
