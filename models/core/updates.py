"""Processed updates: platforms deliver the same update more than once."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint, bindparam, delete
from sqlmodel import Field, Session, col, func, select

from models.core.database import Instant, ask, insert_new
from models.core.faults import Fault
from models.core.table import Table

KEPT = timedelta(days=3)


class ProcessedUpdate(Table, table=True):
    """An update that was taken in. Membership in the set decides, never “at most the last”: update ids restart."""

    __table_args__ = (UniqueConstraint("channel", "bot", "update"),)

    id: int = Field(default=None, primary_key=True)
    channel: str
    bot: str
    update: str
    at: datetime = Field(sa_type=Instant, index=True)


def fault_number() -> str:
    """Return a new fault number, which somebody is told and which stands in the log."""
    return secrets.token_hex(2).upper()


_KNOWN = select(col(ProcessedUpdate.update)).where(
    ProcessedUpdate.channel == bindparam("channel"),
    ProcessedUpdate.bot == bindparam("bot"),
    col(ProcessedUpdate.update).in_(bindparam("updates", expanding=True)),
)


def known(session: Session, channel: str, bot: str, updates: Sequence[str]) -> set[str]:
    """Return those of these updates that were handled before."""
    return set(ask(session, _KNOWN, channel=channel, bot=bot, updates=updates).scalars().all())


def new(session: Session, channel: str, bot: str, updates: Sequence[str], now: datetime) -> set[str]:
    """Note these updates and return those that had never come before."""
    found = set(updates) - known(session, channel, bot, updates)
    insert_new(session, ProcessedUpdate, [{"channel": channel, "bot": bot, "update": it, "at": now} for it in found])
    return found


def faults(session: Session, number: str, since: datetime) -> tuple[str, int]:
    """Count the faults of the same kind as this one since then; also return the first number that was told of them."""
    it = session.exec(select(Fault).where(Fault.number == number).order_by(col(Fault.id).desc()).limit(1)).one()
    mine = (Fault.place == it.place, Fault.what == it.what, Fault.at >= since)
    first = session.exec(select(Fault.number).where(*mine).order_by(col(Fault.at), col(Fault.id)).limit(1)).one()
    return first, session.exec(select(func.count(col(Fault.id))).where(*mine)).one()


def forget(session: Session, now: datetime, limit: int = 5000) -> bool:
    """Delete old rows, a chunk at a time; says whether there may be more."""
    old = select(ProcessedUpdate.id).where(col(ProcessedUpdate.at) < now - KEPT).limit(limit)
    return (
        session.connection().execute(delete(ProcessedUpdate).where(col(ProcessedUpdate.id).in_(old))).rowcount == limit
    )
