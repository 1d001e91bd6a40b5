"""Remember what somebody's next typed words are for (a note on an alert, an incident, an addition to one). What was
tapped last gets the words: expecting input pauses the form being filled in, and a form's button ends the expectation
(docs/rules.md 12.4)."""

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
    QUESTION = "question"
    REPLY = "reply"
    FURTHER = "further"
    DECISION = "decision"
    PUBLISHING = "publishing"
    COMMAND = "command"
    NOTICE = "notice"
    WHERE = "where"
    DUTY_PLACE = "duty_place"
    DUTY_NOTE = "duty_note"
    SUPPLY = "supply"
    DONATION = "donation"
    RUNBOOK = "runbook"
    STEP_NOTE = "step_note"
    STEP_HAND = "step_hand"
    STEP_SKIP = "step_skip"
    RUN_END = "run_end"


class ExpectedInput(Table, table=True):
    """What one person's next words are for; one row per person, for ever. `about` is the id of the alert, the
    incident, the question or the request, the draft of a notice or a runbook, the step of a run, the run, or the
    duty; `kind`, `words` and `files` are those of an incident or a question that is not confirmed yet, `kind` alone
    what was said so far of a command. `revision` only grows, so that a button of an older screen is known to be
    stale."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", unique=True)
    use: str = Purpose.NOTHING
    about: int | None = None
    kind: str | None = None
    words: str | None = None
    files: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    revision: int = 0
    at: datetime = Field(sa_type=Instant)


def expect(session: Session, person: Person, use: Purpose, now: datetime, about: int | None = None) -> ExpectedInput:
    """Let typed words go here from now on, and to no half-filled form."""
    drafts.rest(session, person)
    expected = held(session, person) or ExpectedInput(person_id=person.id, at=now)
    _begin(expected, use, about)
    return step(session, expected, now)


def _begin(expected: ExpectedInput, use: Purpose, about: int | None = None) -> None:
    """Set what the next words are for, and drop what was gathered before."""
    expected.use, expected.about, expected.kind, expected.words, expected.files = use, about, None, None, []


def step(session: Session, expected: ExpectedInput, now: datetime) -> ExpectedInput:
    """Count one more screen, so that the buttons of the one before are stale."""
    expected.revision, expected.at = expected.revision + 1, now
    session.add(expected)
    session.flush()
    return expected


def stop_expecting(session: Session, person: Person, now: datetime) -> None:
    """End the expectation: the next words go to a form, or are read as usual."""
    expected = held(session, person)
    if expected and expected.use:
        _begin(expected, Purpose.NOTHING)
        step(session, expected, now)


def held(session: Session, person: Person) -> ExpectedInput | None:
    return session.exec(select(ExpectedInput).where(ExpectedInput.person_id == person.id)).first()


def current(session: Session, person: Person, now: datetime, lasts: timedelta = LASTS) -> ExpectedInput | None:
    """Return the expected input that words typed now go to."""
    expected = held(session, person)
    return expected if expected and expected.use and now - expected.at <= lasts else None
