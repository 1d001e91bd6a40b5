"""Enforce the noise budget: how many unasked messages a day still has room for (docs/rules.md 11)."""

from collections.abc import Mapping
from datetime import date, datetime, time

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from models.authority import permissions
from models.core.database import in_chunks
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


_UNASKED_OF_ALL = (
    select(col(Card.address_id), func.count())
    .where(
        col(Card.address_id).in_(bindparam("addresses", expanding=True)),
        Card.created_at >= bindparam("since"),
        col(Card.unasked).is_(True),
    )
    .group_by(col(Card.address_id))
)


def without_room(session: Session, found: Mapping[int, Address], morning: datetime, today: date) -> set[int]:
    """Return those of these persons, each with the address, for whom the day that began at `morning` has no room for
    one more unasked message."""
    counted: dict[int, int] = {}
    for some in in_chunks(it.id for it in found.values()):
        counted |= dict(session.execute(_UNASKED_OF_ALL, {"addresses": some, "since": morning}).all())
    busy = {person: counted[it.id] for person, it in found.items() if counted.get(it.id, 0) >= BUDGET["member"]}
    leads = permissions.leading(session, busy, today)
    return {person for person, n in busy.items() if n >= BUDGET["lead" if person in leads else "member"]}
