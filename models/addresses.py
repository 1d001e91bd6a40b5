"""Where people and units can be reached, and the codes that tie a chat account to a person."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, bindparam, func
from sqlmodel import Field, Session, SQLModel, col, select

from models.database import Instant, ask, change
from models.errors import Refusal
from models.people import Kind, Membership, Person, Role, Unit

INVITE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # what cannot be misread on paper
INVITE_LASTS = timedelta(days=14)


class Reach(StrEnum):
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    RETIRED = "retired"


class Address(SQLModel, table=True):
    """One channel, account and chat of a person, or the group chat of a unit. `title` is what a group is called that is
    bound by hand: without a unit it is one that the bot is in, and that gets nothing yet. It is None for the chats of
    people, and for groups that a channel ties to their units itself. A group's account is its chat. `trouble` is why a
    group took no message the last time, as the platform said it."""

    __table_args__ = (
        UniqueConstraint("channel", "account", "chat"),
        Index("address_person", "person_id", "reach"),
        Index("address_unit", "unit_id", "reach"),
    )

    id: int = Field(default=None, primary_key=True)
    channel: str
    account: str = Field(repr=False)  # a robot's is its key
    chat: str = Field(repr=False)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    title: str | None = None
    reach: str = Reach.REACHABLE
    trouble: str | None = None
    since: datetime = Field(sa_type=Instant)
    used_at: datetime = Field(sa_type=Instant)


class Invite(SQLModel, table=True):
    """A single-use code that ties a chat account to a person; only its hash is kept."""

    id: int = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class Attempt(SQLModel, table=True):
    """A wrong enrolment code, kept an hour: five of them lock the account that sent them."""

    id: int = Field(default=None, primary_key=True)
    channel: str
    account: str
    at: datetime = Field(sa_type=Instant, index=True)


def reachable(session: Session, person: Person) -> Address | None:
    """The address a person is written to: the reachable one used last."""
    return next(iter(all_reachable(session, person)), None)


def used(session: Session, found: Sequence[Address], now: datetime) -> None:
    """Their persons did something there just now."""
    change(session, [(address, {"used_at": now}) for address in found])


_ALL_REACHABLE = (
    select(Address)
    .where(Address.person_id == bindparam("person"), Address.reach == Reach.REACHABLE)
    .order_by(col(Address.used_at).desc(), col(Address.id).desc())
    .execution_options(autoflush=False)  # whoever changes what it asks for writes that at once
)


def all_reachable(session: Session, person: Person) -> list[Address]:
    """Where a person can be written to, on whatever channel, the address used last first."""
    return list(session.exec(_ALL_REACHABLE, params={"person": person.id}).all())


def of_admins(session: Session) -> list[tuple[Person, Address]]:
    """The admins who can be written to, each with the address to write to."""
    admins = session.exec(select(Person).join(Membership).where(Membership.role == Role.ADMIN)).unique().all()
    found = [(admin, reachable(session, admin)) for admin in admins]
    return [(admin, address) for admin, address in found if address is not None]


def groups(session: Session, unit: Unit) -> list[Address]:
    """The group chats a unit owns. One that took nothing the last time is among them: rights are given back, topics
    opened, bots let in again, and no platform tells of it."""
    return list(session.exec(select(Address).where(Address.unit_id == unit.id, Address.reach != Reach.RETIRED)).all())


def lost_groups(session: Session) -> list[tuple[Address, Unit]]:
    """The groups that took no message the last time, by their unit's path."""
    query = select(Address, Unit).join(Unit, col(Unit.id) == col(Address.unit_id))
    rows = session.exec(query.where(Address.reach == Reach.UNREACHABLE).order_by(col(Unit.path), col(Address.id)))
    return [(group, unit) for group, unit in rows.all()]


def lost_among(session: Session, ids: Sequence[int]) -> list[Address]:
    """Those of these groups that took no message the last time."""
    query = select(Address).where(col(Address.id).in_(ids), col(Address.unit_id).is_not(None))
    return list(session.exec(query.where(Address.reach == Reach.UNREACHABLE)).all()) if ids else []


def units_without_group(session: Session, channel: str) -> list[int]:
    """The ids of the units that own no group chat on this channel."""
    there = select(Address.unit_id).where(Address.channel == channel, col(Address.unit_id).is_not(None))
    return list(session.exec(select(Unit.id).where(col(Unit.id).not_in(there))).all())


def open_groups(session: Session, channel: str, now: datetime) -> None:
    """Gives every unit a group chat, on a channel where each simply has one."""
    for unit_id in units_without_group(session, channel):
        chat = f"g{unit_id}"
        session.add(Address(channel=channel, account=chat, chat=chat, unit_id=unit_id, since=now, used_at=now))


def silence(session: Session, persons: Iterable[int]) -> dict[int, str]:
    """Why these persons may be silent: `never` enrolled, `unreachable`, or `silent` though a message would arrive."""
    wanted = list(persons)
    found: dict[int, str] = dict.fromkeys(wanted, "never")
    for at in range(0, len(wanted), 500):
        rows = session.exec(
            select(Address.person_id, Address.reach).where(col(Address.person_id).in_(wanted[at : at + 500]))
        ).all()
        for person_id, reach in rows:
            if person_id is not None and reach == Reach.REACHABLE:
                found[person_id] = "silent"
            elif person_id is not None and found[person_id] != "silent":
                found[person_id] = "unreachable"
    return found


def coded(session: Session, persons: Sequence[int], now: datetime) -> set[int]:
    """Those of these persons who have a code that can still be redeemed."""
    open_ = (col(Invite.used_at).is_(None), Invite.expires_at > now)
    found: set[int] = set()
    for at in range(0, len(persons), 500):
        some = select(Invite.person_id).where(col(Invite.person_id).in_(persons[at : at + 500]), *open_)
        found.update(session.exec(some).all())
    return found


def code_digest(code: str) -> str:
    return hashlib.sha256(b"zeroreport invite " + code.strip().upper().encode()).hexdigest()


def invite(session: Session, person: Person, now: datetime) -> str:
    """A new code for a person, ending those before. Refusal `addresses.ward_invited`, `addresses.left`."""
    if person.kind == Kind.WARD:
        raise Refusal("addresses.ward_invited", name=person.name)
    if person.left_on is not None and person.left_on <= now.date():
        raise Refusal("addresses.left", name=person.name)
    for old in session.exec(select(Invite).where(Invite.person_id == person.id, col(Invite.used_at).is_(None))).all():
        session.delete(old)
    code = "".join(secrets.choice(INVITE_LETTERS) for _ in range(8))
    session.add(Invite(digest=code_digest(code), person_id=person.id, expires_at=now + INVITE_LASTS))
    session.flush()
    return code


def locked_out(session: Session, channel: str, account: str, now: datetime) -> bool:
    """Whether five wrong codes came from this account within the hour."""
    tries = session.exec(
        select(Attempt.id).where(
            Attempt.channel == channel, Attempt.account == account, Attempt.at > now - timedelta(hours=1)
        )
    ).all()
    return len(tries) >= 5


def redeem(session: Session, code: str, now: datetime) -> Person | None:
    """The person behind a code, which is spent by this; None if it is unknown, spent or expired."""
    found = session.exec(select(Invite).where(Invite.digest == code_digest(code))).first()
    if found is None or found.used_at is not None or found.expires_at <= now:
        return None
    found.used_at = now
    session.add(found)
    return session.get_one(Person, found.person_id)


def enrol(session: Session, person: Person, channel: str, account: str, chat: str, now: datetime) -> list[Address]:
    """Ties an account to a person. A new account on the same channel retires the old ones, which are returned."""
    retired = []
    held = session.exec(
        select(Address).where(Address.channel == channel, Address.account == account, Address.chat == chat)
    ).first()
    for old in session.exec(select(Address).where(Address.person_id == person.id, Address.channel == channel)).all():
        if old is not held and old.reach != Reach.RETIRED:
            old.reach = Reach.RETIRED
            session.add(old)
            retired.append(old)
    if held is None:
        held = Address(channel=channel, account=account, chat=chat, since=now, used_at=now)
    held.person_id, held.unit_id, held.reach, held.used_at = person.id, None, Reach.REACHABLE, now
    session.add(held)
    session.flush()
    return retired


_WHO = (
    select(Person, Address)
    .join(Address, col(Address.person_id) == col(Person.id))
    .where(
        Address.channel == bindparam("channel"),
        col(Address.account).in_(bindparam("accounts", expanding=True)),
        Address.reach != Reach.RETIRED,
    )
)


def who(session: Session, channel: str, account: str) -> tuple[Person, Address] | None:
    """The person behind a chat account, if it is enrolled and not retired."""
    return next(iter(who_all(session, channel, [account])), None)


def who_all(session: Session, channel: str, accounts: Sequence[str]) -> Sequence[tuple[Person, Address]]:
    """The same for many accounts, in no order."""
    return session.exec(_WHO, params={"channel": channel, "accounts": accounts}).all()


_SEVERAL = (
    select(col(Address.person_id))
    .where(col(Address.person_id).in_(bindparam("persons", expanding=True)), Address.reach == Reach.REACHABLE)
    .group_by(col(Address.person_id))
    .having(func.count() > 1)
)


def with_several(session: Session, persons: Sequence[int]) -> set[int]:
    """Those of these persons who can be written to at more than one address."""
    return set(ask(session, _SEVERAL, persons=persons).scalars())
