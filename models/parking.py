"""A restored database may have sent already what it believes it still has to send: it waits until the operator says."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, func, select

from models.cards import Card
from models.database import Instant, ask

WHY = "restored"


class Parking(SQLModel, table=True):
    """One row while the database is parked: no step is taken and nothing is sent."""

    id: int = Field(default=1, primary_key=True)
    at: datetime = Field(sa_type=Instant)


_PARKED = select(col(Parking.id))


def parked(session: Session) -> bool:
    return ask(session, _PARKED).first() is not None


def park(session: Session, now: datetime) -> int:
    """Stops the clock and sets aside every message still to be sent; says how many."""
    count = session.exec(select(func.count()).select_from(Card).where(col(Card.pending).is_(True))).one()
    session.connection().execute(
        update(Card).where(col(Card.pending).is_(True)).values(gave_up=True, error=WHY, claimed_at=None)
    )
    if not parked(session):
        session.add(Parking(at=now))
    return count


def release(session: Session, *, send: bool) -> int:
    """Lets the clock go on; what was set aside is sent, or stays unsent. Says how many messages that are."""
    waiting = (col(Card.error) == WHY) & col(Card.gave_up).is_(True)
    count = session.exec(select(func.count()).select_from(Card).where(waiting)).one()
    if send:
        session.connection().execute(update(Card).where(waiting).values(gave_up=False, error=None))
    else:
        session.connection().execute(update(Card).where(waiting).values(pending=False, error=None))
    row = session.get(Parking, 1)
    if row:
        session.delete(row)
    return count
