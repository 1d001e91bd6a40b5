"""Keep what is handed up until the superior's receipt is here: made once, sent until then (docs/rules.md 40.5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, and_, col, or_, select

from models.core.database import Instant, change
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle.periods import Period
from models.handup.messages import CONNECTING, IN_ORDER
from models.handup.partners import Partner
from models.organisation.people import Person
from models.organisation.units import Unit

DEADLINE = timedelta(hours=24)  # after which a message is given up
FIRST, LONGEST = timedelta(seconds=10), timedelta(minutes=10)  # between two tries
ANSWERED = frozenset({"waiting", "clock", "many"})  # why a program that answers takes a message later


class Outcome(StrEnum):
    WAITING = "waiting"
    RECEIVED = "received"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


class HandUp(Table, table=True):
    """A message to a superior: `kind` is join, day, key, end, request, withdraw or noted; `body` what it says. A day
    has its period, our unit and a version, which grows with each correction, and the `stamp` of the figures. `receipt`
    is the superior's signed answer, word for word. `why` names what was wrong with the last try."""

    __table_args__ = (
        UniqueConstraint("partner_id", "number"),
        Index("hand_up_waiting", "partner_id", "number", sqlite_where=text("state = 'waiting'"),
              postgresql_where=text("state = 'waiting'")),
        Index("hand_up_about", "period_id", "unit_id"),
        Index("hand_up_at", "at"),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    partner_id: int = Field(foreign_key="partner.id")
    kind: str
    number: int
    period_id: int | None = Field(default=None, foreign_key="period.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    version: int = 0
    stamp: int = 0
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    deadline: datetime = Field(sa_type=Instant)
    tries: int = 0
    next_at: datetime = Field(sa_type=Instant)
    state: str = Outcome.WAITING
    why: str | None = None
    receipt: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


def make(
    session: Session, partner: Partner, kind: str, body: Mapping[str, Any], person: Person, now: datetime,
    about: tuple[Period, Unit, int, int] | None = None, lasts: timedelta = DEADLINE,
) -> HandUp:  # fmt: skip
    """Store a message, which is sent as soon as those before it that matter to it are through, for as long as it
    `lasts`; `about`: period, unit, version and stamp of a day."""
    partner.sent += 1
    session.add(partner)
    period, unit, version, stamp = about or (None, None, 0, 0)
    made = HandUp(
        partner_id=partner.id, kind=kind, number=partner.sent, body=dict(body), by=person.id, at=now, next_at=now,
        deadline=now + lasts, period_id=period.id if period else None, unit_id=unit.id if unit else None,
        version=version, stamp=stamp,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


_earlier = aliased(HandUp)
# What has to be through before a message goes: figures and what is about the connection come in their order; a request
# after the one before, because they are bounded by the hour; what is about a request after that request. So no figures
# wait behind requests.
_FIRST = or_(
    and_(col(HandUp.kind).in_(IN_ORDER), col(_earlier.kind).in_(IN_ORDER)),
    and_(HandUp.kind == "request", col(_earlier.kind).in_(("request", *CONNECTING))),
    and_(
        col(HandUp.kind).in_(("withdraw", "noted")),
        or_(
            col(_earlier.kind).in_(CONNECTING),
            and_(_earlier.kind == "request", _earlier.number == col(HandUp.body)["request"].as_integer()),
        ),
    ),
)


def due(session: Session, now: datetime) -> tuple[HandUp, Partner] | None:
    """Return a message that is to be sent now, figures first."""
    waits = select(_earlier.id).where(
        _earlier.partner_id == HandUp.partner_id, _earlier.state == Outcome.WAITING,
        col(_earlier.number) < col(HandUp.number), _FIRST,
    )  # fmt: skip
    return session.exec(
        select(HandUp, Partner)
        .join(Partner, col(Partner.id) == col(HandUp.partner_id))
        .where(HandUp.state == Outcome.WAITING, HandUp.next_at <= now, ~waits.exists())
        .order_by(col(HandUp.kind).not_in(IN_ORDER), col(HandUp.next_at), col(HandUp.number))
        .limit(1)
    ).first()


def put_off(session: Session, it: HandUp, why: str, now: datetime) -> None:
    """Note that a try failed: it is tried again, later each time, or given up after the deadline."""
    it.tries, it.why = it.tries + 1, why
    it.next_at = now + min(FIRST * 2 ** min(it.tries - 1, 10), LONGEST)
    if now >= it.deadline:
        end(session, it, Outcome.GIVEN_UP, now, why)
    session.add(it)
    session.flush()
    if why not in ANSWERED:
        _wait_with(session, it)


def _wait_with(session: Session, it: HandUp) -> None:
    """Put off as long what else waits for a program that does not answer and may come later than its figures: each
    would wait for an answer in vain."""
    others = select(HandUp).where(
        HandUp.partner_id == it.partner_id, HandUp.state == Outcome.WAITING, HandUp.id != it.id,
        col(HandUp.kind).not_in(IN_ORDER), HandUp.next_at < it.next_at,
    )  # fmt: skip
    change(session, [(one, {"next_at": it.next_at}) for one in session.exec(others).all()])


def end(
    session: Session, it: HandUp, outcome: Outcome, now: datetime, why: str | None = None,
    receipt: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Note how it ended; the superior's answer is kept word for word."""
    it.state, it.why, it.receipt, it.ended_at = outcome, why, receipt, now
    session.add(it)
    session.flush()


def drop_waiting(session: Session, partner: Partner, now: datetime) -> list[HandUp]:
    """Give up all that waits for a partner, and return it."""
    found = session.exec(select(HandUp).where(HandUp.partner_id == partner.id, HandUp.state == Outcome.WAITING)).all()
    for it in found:
        end(session, it, Outcome.GIVEN_UP, now, "withdrawn")
    return list(found)


def numbered(session: Session, partner_id: int, number: int) -> HandUp | None:
    """Return our message of this number to a partner."""
    mine = (HandUp.partner_id == partner_id, HandUp.number == number)
    return session.exec(select(HandUp).where(*mine)).first()


def of_day(session: Session, period: Period, unit: Unit) -> Sequence[HandUp]:
    """Return what was handed up about a unit in a period, the newest version first."""
    about = (HandUp.period_id == period.id, HandUp.unit_id == unit.id, HandUp.kind == "day")
    return session.exec(select(HandUp).where(*about).order_by(col(HandUp.id).desc())).all()
