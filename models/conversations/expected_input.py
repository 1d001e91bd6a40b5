"""Whose next typed words are meant for what: a note on an alert, an incident being told, something added to one."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, select

from models.conversations import drafts
from models.core.database import Instant
from models.core.table import Table
from models.organisation.people import Person

LASTS = timedelta(minutes=30)  # words typed later than that are no answer any more


class Purpose(StrEnum):
    NOTHING = ""
    NOTE = "note"
    INCIDENT = "incident"
    MORE = "more"


class ExpectedInput(Table, table=True):
    """One per person, for ever. `about` is the id of the alert or incident; `kind`, `words` and `files` are those of an
    incident that is not yet confirmed. `revision` only grows, so that a button of an older screen is known as stale."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", unique=True)
    use: str = Purpose.NOTHING
    about: int | None = None
    kind: str | None = None
    words: str | None = None
    files: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    revision: int = 0
    at: datetime = Field(sa_type=Instant)


def take_up(session: Session, person: Person, use: Purpose, now: datetime, about: int | None = None) -> ExpectedInput:
    """From now on typed words go here, and to no half-filled form."""
    drafts.rest(session, person)
    pen = held(session, person) or ExpectedInput(person_id=person.id, at=now)
    pen.use, pen.about, pen.kind, pen.words, pen.files = use, about, None, None, []
    return step(session, pen, now)


def step(session: Session, pen: ExpectedInput, now: datetime) -> ExpectedInput:
    """What stands on the screen now is another one than before."""
    pen.revision, pen.at = pen.revision + 1, now
    session.add(pen)
    session.flush()
    return pen


def lay_down(session: Session, person: Person, now: datetime) -> None:
    pen = held(session, person)
    if pen and pen.use:
        pen.use, pen.about, pen.kind, pen.words, pen.files = Purpose.NOTHING, None, None, None, []
        step(session, pen, now)


def held(session: Session, person: Person) -> ExpectedInput | None:
    return session.exec(select(ExpectedInput).where(ExpectedInput.person_id == person.id)).first()


def listening(session: Session, person: Person, now: datetime) -> ExpectedInput | None:
    """The pen that words typed now go to."""
    pen = held(session, person)
    return pen if pen and pen.use and now - pen.at <= LASTS else None
