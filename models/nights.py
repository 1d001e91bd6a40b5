"""What the program has to say about itself: one report an evening, and the facts in it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists
from sqlmodel import Field, Session, SQLModel, col, func, select

from models import cards, stumbles
from models.addresses import Address, Reach
from models.audit import Change
from models.database import Instant
from models.people import Kind, Person, here
from models.periods import Period, Phase, Step
from models.seals import Seal
from models.seen import Fault

LATE = timedelta(minutes=10)  # a step taken later than this was caught up
TOLD = timedelta(days=1)  # what was given up before is told no more


class SelfReport(SQLModel, table=True):
    """The evening whose report is out: once per day."""

    id: int = Field(default=None, primary_key=True)
    day: date = Field(unique=True)
    at: datetime = Field(sa_type=Instant)


def is_out(session: Session, day: date) -> bool:
    return session.exec(select(SelfReport.id).where(SelfReport.day == day)).first() is not None


@dataclass(frozen=True)
class Evening:
    """The last 24 hours. `failing` is as `stumbles.since` tells it.
    `undelivered` is (channel, reason, how many); `backup` the newest one's name and instant."""

    steps: int
    caught_up: int
    failing: list[tuple[str, int, str, bool]]
    lapsed: int
    undelivered: list[tuple[str, str, int]]
    never: int
    unreachable: int
    faults: int
    backup: tuple[str, datetime] | None
    seals: list[str]


def evening(session: Session, now: datetime, after: timedelta) -> Evening:
    """What is to be told; a message not shown for longer than `after` is undelivered."""
    since = now - timedelta(days=1)
    done = session.exec(select(Step.at, Step.done_at, Step.outcome).where(col(Step.done_at) > since)).all()
    taken = [(at, done_at) for at, done_at, outcome in done if outcome != "lapsed" and done_at]
    lapsed = select(func.count()).where(Period.phase == Phase.LAPSED, Period.lock_at > since, Period.lock_at <= now)
    return Evening(
        steps=len(taken),
        caught_up=sum(done_at - at > LATE for at, done_at in taken),
        failing=stumbles.since(session, since),
        lapsed=session.exec(lapsed).one(),
        undelivered=undelivered(session, now, after),
        never=_without_address(session, now.date()),
        unreachable=_unreachable(session, now.date()),
        faults=session.exec(select(func.count()).where(Fault.at > since)).one(),
        backup=backup(session),
        seals=[s.short for s in session.exec(select(Seal).where(Seal.made_at > since).order_by(col(Seal.id))).all()],
    )


def backup(session: Session) -> tuple[str, datetime] | None:
    """The newest backup's name and instant."""
    newest = select(Change).where(Change.what == "backup").order_by(col(Change.id).desc())
    found = session.exec(newest.limit(1)).first()
    return (found.about, found.at) if found else None


def undelivered(
    session: Session, now: datetime, after: timedelta, persons: set[int] | None = None
) -> list[tuple[str, str, int]]:
    """Channel, reason ("" where none is known yet) and how many messages, the commonest first; only those to these
    persons and to groups, where `persons` are named."""
    found = cards.undelivered(session, now - after, now - TOLD)
    reasons = Counter(
        (address.channel, card.error or "")
        for card, address in found
        if persons is None or address.unit_id or address.person_id in persons
    )
    return [(channel, reason, n) for (channel, reason), n in reasons.most_common(5)]


def _without_address(session: Session, day: date) -> int:
    any_address = exists().where(col(Address.person_id) == col(Person.id))
    return session.exec(select(func.count()).where(Person.kind == Kind.STAFF, here(day), ~any_address)).one()


def _unreachable(session: Session, day: date) -> int:
    lost = exists().where(col(Address.person_id) == col(Person.id))
    good = exists().where(col(Address.person_id) == col(Person.id), col(Address.reach) == Reach.REACHABLE)
    return session.exec(select(func.count()).where(Person.kind == Kind.STAFF, here(day), lost, ~good)).one()
