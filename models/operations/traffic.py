"""Count what is on its way to people, and name what did not arrive, with whose it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast
from sqlmodel import Session, and_, case, col, func, or_, select

from models.cycle.periods import Period
from models.messaging import delivery_queue
from models.messaging.cards import Card
from models.messaging.slots import Subject
from models.organisation.people import Person
from models.organisation.units import Unit, below
from models.reporting import figures
from models.reporting.reports import Report


@dataclass(frozen=True)
class Wave:
    """The questions of one period as they go out: how many reports were asked for, and of the messages about them how
    many were sent, wait, and were given up."""

    period: Period
    planned: int
    sent: int
    waiting: int
    lost: int


@dataclass(frozen=True)
class Lost:
    """A message that did not arrive: to whom or to which group of which unit, by which channel, why, and since when."""

    name: str
    number: str
    channel: str
    reason: str
    since: datetime
    group: bool


def wave(session: Session, period: Period, tops: list[Unit]) -> Wave:
    """Return how far the questions of a period are that are asked below these units."""
    asked = or_(*(figures.rows_of(session, period, top) for top in tops))
    planned = session.exec(select(func.count(col(Report.id))).where(asked)).one()
    waits = col(Card.pending).is_(True) & col(Card.gave_up).is_(False)
    lost = col(Card.pending).is_(True) & col(Card.gave_up).is_(True)
    kinds = (col(Card.shown_id).is_not(None), waits, lost)
    counted = [func.coalesce(func.sum(case((it, 1), else_=0)), 0) for it in kinds]
    about = and_(col(Card.subject) == Subject.REPORT, col(Card.subject_id) == cast(Report.id, String))
    sent, waiting, given_up = session.exec(select(*counted).select_from(Report).join(Card, about).where(asked)).one()
    return Wave(period, planned, sent, waiting, given_up)


def undelivered(
    session: Session, tops: list[Unit], persons: set[int], before: datetime, since: datetime, limit: int
) -> tuple[list[Lost], int]:  # fmt: skip
    """Return the oldest messages to these persons, and to groups of units below these, that should have been shown by
    then, and how many there are in all."""
    units = set(session.exec(select(Unit.id).where(or_(*(below(top.path) for top in tops)))).all())
    found = [
        (card, address)
        for card, address in delivery_queue.undelivered(session, before, since)
        if address.person_id in persons or address.unit_id in units
    ]
    shown = found[:limit]
    told = []
    for card, address in shown:
        person = session.get(Person, address.person_id) if address.person_id else None
        unit = session.get(Unit, address.unit_id) if address.unit_id else None
        name = person.name if person else unit.name if unit else ""
        number = person.staff_no if person else unit.path if unit else ""
        told.append(Lost(name, number, address.channel, card.error or "", card.not_before, unit is not None))
    return told, len(found)
