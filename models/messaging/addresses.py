"""Store addresses: where people and units can be reached."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, Index, UniqueConstraint, bindparam, func, or_
from sqlmodel import Field, Session, col, select

from models.core.database import Instant, ask, change, in_chunks
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit

UNOPENED = timedelta(seconds=1)  # by which `used_at` is before `since` until the person comes


class Reach(StrEnum):
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    RETIRED = "retired"


class Address(Table, table=True):
    """One channel, account and chat of a person, or the group chat of a unit.

    `title` is the name of a group bound by hand: without a unit it is one that the bot is in, and that gets nothing
    yet. It is None for the chats of people, and for groups that a channel ties to their units itself. A group's account
    is its chat. `trouble` is why a group took no message the last time, as the platform said it; `lost_at` is
    when a chat became unreachable. A person's chat is a
    private one, which bears the account's own name (or is a topic in it) on every channel; the database accepts no
    other, so nothing personal can be said in a group (docs/decisions/0139-private-answers.md)."""

    __table_args__ = (
        UniqueConstraint("channel", "account", "chat"),
        CheckConstraint(
            "person_id IS NULL OR (unit_id IS NULL AND title IS NULL"
            " AND (chat = account OR substr(chat, 1, length(account) + 1) = account || '/'))",
            name="address_private",
        ),
        Index("address_person", "person_id", "reach"),
        Index("address_unit", "unit_id", "reach"),
        IDS_NOT_REUSED,
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
    lost_at: datetime | None = Field(default=None, sa_type=Instant)
    since: datetime = Field(sa_type=Instant)
    used_at: datetime = Field(sa_type=Instant)

    @property
    def unopened(self) -> bool:
        """Say whether the platform named the person, who has not come yet."""
        return self.used_at < self.since

    @property
    def group(self) -> bool:
        """Say whether others read along."""
        return self.unit_id is not None or self.title is not None


def is_group() -> ColumnElement[bool]:
    """Match chats in which others read along, as a condition on Address."""
    return or_(col(Address.unit_id).is_not(None), col(Address.title).is_not(None))


def reachable(session: Session, person: Person) -> Address | None:
    """Return the address to which a person's messages go: the reachable one used last."""
    return next(iter(all_reachable(session, person)), None)


def used(session: Session, found: Sequence[Address], now: datetime) -> None:
    """Note that these addresses' persons did something there just now."""
    change(session, [(address, {"used_at": now}) for address in found])


_ALL_REACHABLE = (
    select(Address)
    .where(Address.person_id == bindparam("person"), Address.reach == Reach.REACHABLE)
    .order_by(col(Address.used_at).desc(), col(Address.id).desc())
    .execution_options(autoflush=False)  # whoever changes an address flushes it at once
)


def all_reachable(session: Session, person: Person) -> list[Address]:
    """Return where a person can be written to, on whatever channel, the address used last first."""
    return list(session.exec(_ALL_REACHABLE, params={"person": person.id}).all())


def of_admins(session: Session) -> list[tuple[Person, Address]]:
    """Return the admins who can be written to, each with the address to write to."""
    admins = session.exec(select(Person).join(Membership).where(Membership.role == Role.ADMIN)).unique().all()
    found = [(admin, reachable(session, admin)) for admin in admins]
    return [(admin, address) for admin, address in found if address is not None]


def groups(session: Session, unit: Unit) -> list[Address]:
    """Return the group chats a unit owns, also one that took nothing the last time: rights are given back, topics
    opened, bots readmitted, and no platform says so (docs/rules.md 13.5)."""
    return list(session.exec(select(Address).where(Address.unit_id == unit.id, Address.reach != Reach.RETIRED)).all())


def lost_groups(session: Session) -> list[tuple[Address, Unit]]:
    """Return the groups that took no message the last time, by their unit's path."""
    query = select(Address, Unit).join(Unit, col(Unit.id) == col(Address.unit_id))
    rows = session.exec(query.where(Address.reach == Reach.UNREACHABLE).order_by(col(Unit.path), col(Address.id)))
    return [(group, unit) for group, unit in rows.all()]


def lost_before(session: Session, taken: Mapping[int, datetime]) -> list[Address]:
    """Return those of these groups that were lost before they took a message that was sent at the time given: one sent
    earlier says nothing about now."""
    query = select(Address).where(col(Address.id).in_(taken), col(Address.unit_id).is_not(None))
    found = session.exec(query.where(Address.reach == Reach.UNREACHABLE)).all() if taken else ()
    return [it for it in found if it.lost_at is None or it.lost_at < taken[it.id]]


def units_without_group(session: Session, channel: str) -> list[int]:
    """Return the ids of the units that own no group chat on this channel."""
    there = select(Address.unit_id).where(Address.channel == channel, col(Address.unit_id).is_not(None))
    return list(session.exec(select(Unit.id).where(col(Unit.id).not_in(there))).all())


def open_groups(session: Session, channel: str, now: datetime) -> None:
    """Give every unit a group chat, on a channel where each simply has one."""
    for unit_id in units_without_group(session, channel):
        chat = _own_chat(unit_id)
        session.add(Address(channel=channel, account=chat, chat=chat, unit_id=unit_id, since=now, used_at=now))


def _own_chat(unit_id: int) -> str:
    return f"g{unit_id}"


def opened_groups(session: Session, units: Iterable[int]) -> list[Address]:
    """Return the group chats that `open_groups` gave these units."""
    query = select(Address).where(col(Address.title).is_(None))
    found = [it for some in in_chunks(units) for it in session.exec(query.where(col(Address.unit_id).in_(some))).all()]
    return [it for it in found if it.unit_id and it.chat == it.account == _own_chat(it.unit_id)]


def silence(session: Session, persons: Iterable[int]) -> dict[int, str]:
    """Return why these persons may be silent: `never` enrolled, `unreachable`, or `silent` though a message would
    arrive."""
    wanted = list(persons)
    found: dict[int, str] = dict.fromkeys(wanted, "never")
    for some in in_chunks(wanted):
        rows = session.exec(select(Address.person_id, Address.reach).where(col(Address.person_id).in_(some))).all()
        for person_id, reach in rows:
            if person_id is not None and reach == Reach.REACHABLE:
                found[person_id] = "silent"
            elif person_id is not None and found[person_id] != "silent":
                found[person_id] = "unreachable"
    return found


def private(account: str, chat: str) -> bool:
    """Say whether this can be an account's own chat: it bears its name, or is a topic in it."""
    return chat == account or chat.startswith(f"{account}/")


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
    """Return the person behind a chat account, if it is enrolled and not retired."""
    return next(iter(who_all(session, channel, [account])), None)


def who_all(session: Session, channel: str, accounts: Sequence[str]) -> Sequence[tuple[Person, Address]]:
    """Return the same for many accounts, in no order."""
    return session.exec(_WHO, params={"channel": channel, "accounts": accounts}).all()


_SEVERAL = (
    select(col(Address.person_id))
    .where(col(Address.person_id).in_(bindparam("persons", expanding=True)), Address.reach == Reach.REACHABLE)
    .group_by(col(Address.person_id))
    .having(func.count() > 1)
)


def with_several(session: Session, persons: Sequence[int]) -> set[int]:
    """Return those of these persons who can be written to at more than one address."""
    return set(ask(session, _SEVERAL, persons=persons).scalars())
