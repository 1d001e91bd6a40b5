"""Tellings: what was said about an incident, a question or a step of a runbook, with its files, one message after the
other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ColumnElement, UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.table import Table
from models.files import attachments
from models.files.records import FileRecord


class Telling(Table, table=True):
    """One message about an incident, a question or a step of a run, in order: the first and each that was added. `by`
    said it."""

    __table_args__ = (
        UniqueConstraint("incident_id", "number"),
        UniqueConstraint("question_id", "number"),
        UniqueConstraint("runbook_step_id", "number"),
        CheckConstraint(
            "CASE WHEN incident_id IS NULL THEN 0 ELSE 1 END + CASE WHEN question_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN runbook_step_id IS NULL THEN 0 ELSE 1 END = 1",
            name="telling_about_one",
        ),
    )

    id: int = Field(default=None, primary_key=True)
    incident_id: int | None = Field(default=None, foreign_key="incident.id")
    question_id: int | None = Field(default=None, foreign_key="question.id")
    runbook_step_id: int | None = Field(default=None, foreign_key="runbook_step.id")
    number: int
    by: int = Field(foreign_key="person.id")
    words: str
    files: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True)
class Told:
    """What is to be added: words, files, and the id of who says it."""

    words: str
    files: Sequence[FileRecord]
    by: int


def add(session: Session, told: Told, now: datetime, **which: int) -> Telling:
    """Add a telling to what the column in `which` names, `incident_id`, `question_id` or
    `runbook_step_id`."""
    ((column, number),) = which.items()
    count = len(about(session, col(getattr(Telling, column)) == number)) + 1
    made = Telling(**which, number=count, by=told.by, words=told.words, files=list(told.files), at=now)
    session.add(made)
    session.flush()
    attachments.record(session, told.files, telling=made.id)
    return made


def about(session: Session, which: ColumnElement[bool]) -> list[Telling]:
    """Return the tellings about one thing, in their order."""
    return list(session.exec(select(Telling).where(which).order_by(col(Telling.number))).all())
