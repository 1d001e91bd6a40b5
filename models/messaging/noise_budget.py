"""Enforce the noise budget: how many unasked messages a day still has room for (docs/rules.md 11)."""

from datetime import date, datetime, time

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from models.authority import permissions
from models.cycle.periods import Period
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.organisation.people import Person
from models.time.times import zone

BUDGET = {"member": 3, "lead": 5}  # unasked messages a day: docs/rules.md 11.1


_UNASKED = select(func.count()).where(
    Card.address_id == bindparam("address"),
    Card.created_at >= bindparam("since"),
    col(Card.unasked).is_(True),
)


def unasked(session: Session, address: Address, since: datetime) -> int:
    """Return how many messages an address got unasked since."""
    return session.exec(_UNASKED, params={"address": address.id, "since": since}).one()


def may_ring(session: Session, person: Person, address: Address, period: Period, today: date, *, room: int = 0) -> bool:
    """Say whether the day's noise budget has room for one more unasked message; `room` is kept free for what a lead
    must still hear. A message without room is shown as an edit, which rings nobody."""
    morning = datetime.combine(period.day, time(0), zone(period.timezone))
    return has_room(session, person, address, morning, today, room=room)


def has_room(
    session: Session, person: Person, address: Address, morning: datetime, today: date, *, room: int = 0
) -> bool:  # fmt: skip
    """Say whether there is room, of a day that began at `morning`, for a message that is about no period."""
    lead = bool(permissions.leads(session, person, today))
    most = BUDGET["lead"] - room if lead else BUDGET["member"]
    return unasked(session, address, morning) < most
