"""Keep what others handed up to us, each version as it was signed (docs/rules.md 40.6)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.handup.messages import IN_ORDER, Envelope
from models.handup.partners import Partner


class HandedUp(Table, table=True):
    """A message that was taken: its words and signature as they came, and what they say. A day's `body` holds figures
    of a unit and of those right below it, never a person. `receipt` is what our answer vouches for: the newest seal and
    the length of our ledger then."""

    __table_args__ = (UniqueConstraint("partner_id", "number"), Index("handed_up_at", "at"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    partner_id: int = Field(foreign_key="partner.id")
    number: int
    kind: str
    digest: str
    day: date | None = Field(default=None, index=True)
    task: str = ""
    version: int = 0
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    said: str = Field(sa_type=Text)
    signature: str
    receipt: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=Instant)


def numbered(session: Session, partner: Partner, number: int) -> HandedUp | None:
    return session.exec(select(HandedUp).where(HandedUp.partner_id == partner.id, HandedUp.number == number)).first()


def keep(session: Session, partner: Partner, came: Envelope, receipt: dict[str, Any], now: datetime) -> HandedUp:
    """Store a message that is in order."""
    message, body = came.message, dict(came.message.body)
    day = date.fromisoformat(body["day"]) if message.kind == "day" else None
    whole = message.kind not in ("join", "key", "end")  # the first has a secret
    made = HandedUp(
        partner_id=partner.id, number=message.number, kind=message.kind, digest=message.digest, day=day,
        task=str(body.get("task", ""))[:64], version=int(body.get("version", 0)), body=body if whole else {},
        said=came.said if whole else "", signature=came.signature, receipt=receipt, at=now,
    )  # fmt: skip
    session.add(made)
    if message.kind in IN_ORDER:
        partner.seen = message.number
        session.add(partner)
    session.flush()
    return made


def newest(session: Session, first: date, last: date) -> list[tuple[HandedUp, Partner]]:
    """Return the newest version of each day and task of these days, by partner."""
    rows = session.exec(
        select(HandedUp, Partner)
        .join(Partner, col(Partner.id) == col(HandedUp.partner_id))
        .where(HandedUp.kind == "day", col(HandedUp.day) >= first, col(HandedUp.day) <= last)
        .order_by(col(HandedUp.id))
    ).all()
    found = {(partner.id, it.day, it.task): (it, partner) for it, partner in rows}
    return list(found.values())
