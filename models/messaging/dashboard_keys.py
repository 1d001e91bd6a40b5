"""Let people into the dashboard: with a link for one use, the session that it opens, or a token of a program.

Only hashes are kept. A key says who somebody is and never what they may: roles are asked at each request."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, bindparam, delete, update
from sqlmodel import Field, Session, col, or_, select

from models.core.database import Instant, insert_new
from models.core.errors import Refusal
from models.core.table import Table
from models.messaging.addresses import Address, Reach
from models.organisation.people import Person


class Kind(StrEnum):
    LINK = "link"  # opens a session, once
    SESSION = "session"  # a browser in which somebody is signed in
    TOKEN_LINK = "token link"  # noqa: S105 (opens the page on which a token is shown, once)
    TOKEN = "token"  # noqa: S105 (of a program that reads pages for somebody)
    FILE = "file"  # downloads one file, as often as its holder likes
    PROOF = "proof"  # what a platform said about who is looking: used up, so that it works once


LASTS = {
    Kind.LINK: timedelta(minutes=10),
    Kind.SESSION: timedelta(hours=12),
    Kind.TOKEN_LINK: timedelta(minutes=10),
    Kind.TOKEN: timedelta(days=90),
    Kind.FILE: timedelta(hours=24),
    Kind.PROOF: timedelta(days=1),
}
MOST = {
    Kind.LINK: 5,
    Kind.SESSION: 10,
    Kind.TOKEN_LINK: 5,
    Kind.TOKEN: 5,
    Kind.FILE: 20,  # as many long files as may be asked for while a link lasts: none ends before its time
}  # of one person: a new one ends the oldest
LONGEST_NAME = 30  # characters


class DashboardKey(Table, table=True):
    """A key to the dashboard that somebody has, on the strength of a chat address. Links, sessions and tokens differ in
    how long they last and what they open. `name` is what the person calls a token, or says which file a link
    downloads; `used_on` the day of its last use."""

    __table_args__ = (Index("dashboard_key_person", "person_id", "kind"),)

    digest: str = Field(primary_key=True, repr=False)
    kind: str
    address_id: int = Field(foreign_key="address.id")
    person_id: int = Field(foreign_key="person.id")
    name: str = ""
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    used_on: date | None = None


@dataclass(frozen=True)
class Holder:
    """Whose a key is: the person, the chat it rests on, and the key."""

    person: Person
    address: Address
    key: DashboardKey


def digest_of(token: str) -> str:
    return hashlib.sha256(b"zeroreport dashboard " + token.encode()).hexdigest()


def issue(session: Session, kind: Kind, address: Address, person: Person, now: datetime, name: str = "") -> str:
    """Return the token of a new key for whoever writes from this address; where they have too many, the oldest end."""
    going = living(session, person, [kind], now)
    _end(session, going[: max(0, len(going) + 1 - MOST[kind])], now)
    token = secrets.token_urlsafe(32)
    session.add(
        DashboardKey(
            digest=digest_of(token), kind=kind, address_id=address.id, person_id=person.id, name=name, made_at=now,
            expires_at=now + LASTS[kind],
        )
    )  # fmt: skip
    session.flush()
    return token


def check_new_token(session: Session, person: Person, name: str, now: datetime) -> None:
    """Raise `dashboard.token_exists` or `dashboard.too_many_tokens` if the person cannot have another of this name:
    ending one for a new one would stop a program that uses it."""
    names = [it.name for it in living(session, person, [Kind.TOKEN], now)]
    if name in names:
        raise Refusal("dashboard.token_exists", name=name)
    if len(names) >= MOST[Kind.TOKEN]:
        raise Refusal("dashboard.too_many_tokens", most=MOST[Kind.TOKEN])


# Every open page asks this every few seconds, so it is one question.
_HOLDER = (
    select(DashboardKey, Address, Person)
    .join(Address, col(Address.id) == col(DashboardKey.address_id))
    .join(Person, col(Person.id) == col(DashboardKey.person_id))
    .where(DashboardKey.digest == bindparam("digest"))
)


def holder(session: Session, kind: Kind, token: str, now: datetime, today: date) -> Holder | None:
    """Return whose this key is; None if it is unknown, of another kind, ended, used or too old, its address retired or
    another's, or the person gone."""
    found = session.exec(_HOLDER, params={"digest": digest_of(token)}).first()
    if found is None:
        return None
    key, address, person = found
    if key.kind != kind or key.ended_at is not None or key.expires_at <= now:
        return None
    if address.person_id != person.id or address.reach == Reach.RETIRED or person.left_by(today):
        return None
    return Holder(person, address, key)


def spend(session: Session, kind: Kind, token: str, now: datetime, today: date) -> Holder | None:
    """Return whose this key is and end it, so that it works once; None as `holder`."""
    found = holder(session, kind, token, now, today)
    if found is None:
        return None
    first = session.connection().execute(
        update(DashboardKey).where(_is(token), col(DashboardKey.ended_at).is_(None)).values(ended_at=now)
    )
    return found if first.rowcount == 1 else None


def first_time(session: Session, proof: str, address: Address, person: Person, now: datetime) -> bool:
    """Note that a platform's proof of who this is was used; say whether it was for the first time."""
    row = {
        "digest": digest_of(proof), "kind": Kind.PROOF, "address_id": address.id, "person_id": person.id, "name": "",
        "made_at": now, "expires_at": now + LASTS[Kind.PROOF], "ended_at": now,
    }  # fmt: skip
    return insert_new(session, DashboardKey, [row]) == 1


def first_use_of_day(session: Session, token: str, today: date) -> bool:
    """Note that a token is used today; say whether it is for the first time."""
    earlier = or_(col(DashboardKey.used_on).is_(None), col(DashboardKey.used_on) < today)
    done = session.connection().execute(update(DashboardKey).where(_is(token), earlier).values(used_on=today))
    return done.rowcount == 1


def living(session: Session, person: Person, kinds: Collection[Kind], now: datetime) -> Sequence[DashboardKey]:
    """Return the person's keys of these kinds that can still be used, the oldest first."""
    query = select(DashboardKey).where(DashboardKey.person_id == person.id, col(DashboardKey.kind).in_(kinds))
    still = (col(DashboardKey.ended_at).is_(None), DashboardKey.expires_at > now)
    return session.exec(query.where(*still).order_by(col(DashboardKey.made_at), col(DashboardKey.digest))).all()


def end(session: Session, token: str, now: datetime) -> None:
    """End one key."""
    found = session.get(DashboardKey, digest_of(token))
    _end(session, [found] if found is not None and found.ended_at is None else [], now)


def end_all(session: Session, person: Person, kinds: Collection[Kind], now: datetime, name: str | None = None) -> int:
    """End the person's keys of these kinds, only those called `name` if it is given; return how many those were."""
    going = [it for it in living(session, person, kinds, now) if name is None or it.name == name]
    _end(session, going, now)
    return len(going)


def forget(session: Session, now: datetime) -> None:
    """Delete the keys nobody can use any more."""
    before = now - timedelta(days=1)
    gone = or_(col(DashboardKey.expires_at) < before, col(DashboardKey.ended_at) < before)
    session.connection().execute(delete(DashboardKey).where(gone))


def _is(token: str) -> ColumnElement[bool]:
    return col(DashboardKey.digest) == digest_of(token)


def _end(session: Session, keys: Sequence[DashboardKey], now: datetime) -> None:
    for key in keys:
        key.ended_at = now
        session.add(key)
    session.flush()
