"""Ask questions that wait for a yes; their arguments are stored, so that the button carries nothing but a number
(docs/rules.md 14.5)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, delete
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person

LASTS = timedelta(minutes=10)


class Confirmation(Table, table=True):
    """A question that waits for an answer. `action` and `arguments` are what is done if this person says yes before
    `expires_at`; the card `card_id` asks it."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    action: str
    arguments: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    expires_at: datetime = Field(sa_type=Instant, index=True)
    card_id: int | None = None


def ask(session: Session, person: Person, action: str, arguments: dict[str, Any], now: datetime,
        lasts: timedelta = LASTS) -> Confirmation:  # fmt: skip
    """Store a new question; those that nobody answered in time are deleted."""
    session.connection().execute(delete(Confirmation).where(col(Confirmation.expires_at) <= now - LASTS))
    made = Confirmation(person_id=person.id, action=action, arguments=arguments, expires_at=now + lasts)
    session.add(made)
    session.flush()
    return made


def asking(session: Session, person: Person, now: datetime) -> set[int]:
    """Return the ids of the cards whose questions wait for this person's answer."""
    query = select(Confirmation).where(Confirmation.person_id == person.id, Confirmation.expires_at > now)
    found = [it.card_id or it.arguments.get("card") for it in session.exec(query).all()]
    return {card for card in found if card}


def open_one(session: Session, pending_id: int, person: Person, now: datetime, action: str) -> Confirmation | None:
    """Return a question for this action that this person can answer still; None for any other."""
    found = session.get(Confirmation, pending_id)
    theirs = found is not None and found.person_id == person.id and found.action == action
    return found if found is not None and theirs and found.expires_at > now else None


def take(session: Session, pending_id: int, person: Person, now: datetime, action: str | None = None) -> Confirmation:
    """Return the question this person answers, and end it: one for this `action`, or without it one that a card asks.
    Raises `pending.gone` if it is not theirs, was answered before, has expired or is of the other kind."""
    found = session.get(Confirmation, pending_id)
    if found is None or found.person_id != person.id or found.expires_at <= now:
        raise Refusal("pending.gone")
    if not (found.card_id is not None if action is None else found.action == action):
        raise Refusal("pending.gone")
    session.delete(found)
    session.flush()
    return found
