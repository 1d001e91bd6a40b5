"""Remember what people said about files: which heading is which column, once for the whole organisation
(docs/rules.md 15.10)."""

from collections.abc import Mapping

from sqlmodel import Field, Session, col, delete, select

from models.core.table import Table

MOST = 500  # answers that are remembered


class FileAnswer(Table, table=True):
    """One answer: `about` is the key of the question (models/organisation/roster_questions.py)."""

    id: int = Field(default=None, primary_key=True)
    about: str = Field(unique=True)
    answer: str


def known(session: Session) -> dict[str, str]:
    rows = session.exec(select(FileAnswer).order_by(col(FileAnswer.id).desc()).limit(MOST)).all()
    return {row.about: row.answer for row in rows}


def learn(session: Session, answers: Mapping[str, str]) -> None:
    for about, answer in answers.items():
        row = session.exec(select(FileAnswer).where(FileAnswer.about == about)).first()
        row = row or FileAnswer(about=about, answer=answer)
        row.answer = answer
        session.add(row)
    session.flush()


def forget(session: Session) -> None:
    session.connection().execute(delete(FileAnswer))
