"""Incidents (突发): reported at any hour, outside every period and every rate; added to, never changed (docs/rules.md
4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Field, Session, col, func, select

from models.alerts import tellings
from models.alerts.tellings import Telling
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle.places import place_of
from models.files.records import FileRecord
from models.organisation.people import Person, home
from models.reporting import receipt_numbers

KINDS = ("health", "safety", "delivery", "other")
MOST, MOST_RINGING = 10, 30  # of one person in an hour: new incidents, and additions that ring
HOUR = timedelta(hours=1)
LETTERS = 6  # two more than a report's receipt, so that the two are not confused


class Incident(Table, table=True):
    """Who reported an incident, where and when; its text is in its tellings."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    receipt: str = Field(unique=True)
    kind: str
    person_id: int = Field(foreign_key="person.id", index=True)
    place_id: int = Field(foreign_key="place.id")
    channel: str
    at: datetime = Field(sa_type=Instant, index=True)


def file(
    session: Session, person: Person, kind: str, words: str, channel: str, now: datetime,
    files: Sequence[FileRecord] = (),
) -> Incident:  # fmt: skip
    """Store a new incident, reported through the person's own unit."""
    incident = Incident(
        receipt=receipt_numbers.mint_one(session, col(Incident.receipt), LETTERS), kind=kind, person_id=person.id,
        place_id=place_of(session, home(session, person)).id, channel=channel, at=now,
    )  # fmt: skip
    session.add(incident)
    session.flush()
    add(session, incident, words, now, files)
    return incident


def add(session: Session, incident: Incident, words: str, now: datetime, files: Sequence[FileRecord] = ()) -> None:
    """Add to an incident what its reporter says."""
    told = tellings.Told(words, files, incident.person_id)
    tellings.add(session, told, now, incident_id=incident.id)


def refuse_many(session: Session, person: Person, now: datetime) -> None:
    """Raise `incidents.many` after too many in an hour: each wakes the leads level by level, and hundreds would hide
    the one that counts."""
    lately = select(func.count()).select_from(Incident).where(Incident.person_id == person.id, Incident.at > now - HOUR)
    if session.exec(lately).one() >= MOST:
        raise Refusal("incidents.many", most=MOST)


def rings(session: Session, incident: Incident, now: datetime) -> bool:
    """Say whether an addition wakes anybody: what one person adds too often is shown without ringing."""
    lately = (
        select(func.count())
        .select_from(Telling)
        .join(Incident)
        .where(Incident.person_id == incident.person_id, Telling.at > now - HOUR)
    )
    return session.exec(lately).one() <= MOST_RINGING


def told(session: Session, incident: Incident) -> list[Telling]:
    return tellings.about(session, col(Telling.incident_id) == incident.id)
