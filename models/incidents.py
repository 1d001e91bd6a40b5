"""Incidents (突发): what somebody tells at any hour, outside every period and every rate; added to, never changed."""

import secrets
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models.database import Instant
from models.people import Person, home
from models.periods import place_of
from models.reports import RECEIPT_LETTERS

KINDS = ("health", "safety", "delivery", "other")
LETTERS = 6  # two more than a report's, so that the two kinds of receipt cannot be mistaken for one another


class Incident(SQLModel, table=True):
    """Who, where and when; the words are `Telling`s."""

    id: int = Field(default=None, primary_key=True)
    receipt: str = Field(unique=True)
    kind: str
    person_id: int = Field(foreign_key="person.id", index=True)
    place_id: int = Field(foreign_key="place.id")
    channel: str
    at: datetime = Field(sa_type=Instant, index=True)


class Telling(SQLModel, table=True):
    """What was said, in order: the first time and each time something was added."""

    __table_args__ = (UniqueConstraint("incident_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id")
    number: int
    words: str
    at: datetime = Field(sa_type=Instant)


def file(session: Session, person: Person, kind: str, words: str, channel: str, now: datetime) -> Incident:
    """A new incident, told through the person's own unit."""
    incident = Incident(
        receipt=_mint(session), kind=kind, person_id=person.id, place_id=place_of(session, home(session, person)).id,
        channel=channel, at=now,
    )  # fmt: skip
    session.add(incident)
    session.flush()
    add(session, incident, words, now)
    return incident


def add(session: Session, incident: Incident, words: str, now: datetime) -> None:
    said = told(session, incident)
    session.add(Telling(incident_id=incident.id, number=len(said) + 1, words=words, at=now))
    session.flush()


def told(session: Session, incident: Incident) -> list[Telling]:
    found = select(Telling).where(Telling.incident_id == incident.id).order_by(col(Telling.number))
    return list(session.exec(found).all())


def _mint(session: Session) -> str:
    while True:
        code = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(LETTERS))
        if not session.exec(select(Incident.id).where(Incident.receipt == code)).first():
            return code
