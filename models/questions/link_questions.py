"""Note by which link somebody outside asked a question: it is shown behind that link only (docs/rules.md 32.9)."""

from datetime import datetime, timedelta

from sqlmodel import Field, Session, col, func, select

from models.alerts.tellings import Telling
from models.core.errors import Refusal
from models.core.table import Table
from models.questions.questions import Question
from models.rounds.links import SurveyLink

MOST, HOUR = 6, timedelta(hours=1)  # questions and additions by one link in an hour


class LinkQuestion(Table, table=True):
    """A question that was asked on the page behind a personal link."""

    question_id: int = Field(foreign_key="question.id", primary_key=True)
    link_id: int = Field(foreign_key="survey_link.id", index=True)


def note(session: Session, question: Question, link: SurveyLink) -> None:
    session.add(LinkQuestion(question_id=question.id, link_id=link.id))
    session.flush()


def of_link(session: Session, link: SurveyLink, most: int) -> list[Question]:
    """Return what was asked by a link, the newest first."""
    query = select(Question).join(LinkQuestion, col(LinkQuestion.question_id) == col(Question.id))
    query = query.where(LinkQuestion.link_id == link.id).order_by(col(Question.id).desc())
    return list(session.exec(query.limit(most)).all())


def one_of(session: Session, link: SurveyLink, number: int) -> Question | None:
    """Return the question with this id, if it was asked by this link."""
    noted = session.get(LinkQuestion, number)
    return session.get_one(Question, number) if noted and noted.link_id == link.id else None


def link_of(session: Session, question: Question) -> SurveyLink | None:
    """Return the link by which it was asked; None for one asked in a chat."""
    noted = session.get(LinkQuestion, question.id)
    return session.get_one(SurveyLink, noted.link_id) if noted else None


def refuse_many(session: Session, link: SurveyLink, now: datetime) -> None:
    """Raise `surveys.many_questions` for a link by which as much was said within the hour as may be."""
    said = (
        select(func.count())
        .select_from(Telling)
        .join(LinkQuestion, col(LinkQuestion.question_id) == col(Telling.question_id))
        .where(LinkQuestion.link_id == link.id, Telling.by == link.person_id, Telling.at > now - HOUR)
    )
    if session.exec(said).one() >= MOST:
        raise Refusal("surveys.many_questions", most=MOST)
