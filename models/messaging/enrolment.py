"""Make enrolment codes and enrol: an account becomes a person's (docs/decisions/0138-credentials.md)."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Field, Session, col, func, select

from models.core.database import Instant, in_chunks
from models.core.errors import Refusal
from models.core.table import Table
from models.messaging.addresses import Address, Reach, private
from models.organisation.people import Kind, Person, here


def vouched_for(session: Session, account: str, day: date) -> Person | None:
    """Return whose account this is in WeCom (case does not matter): by the roster's `wecom_id`, else by the staff
    number if the roster names no account. None for nobody, for a ward and for somebody who has left."""
    named = select(Person).where(Person.kind == Kind.STAFF, here(day))
    numbered = named.where(col(Person.wecom_id).is_(None), func.lower(Person.staff_no) == account.lower())
    for query in (named.where(func.lower(Person.wecom_id) == account.lower()), numbered):
        found = session.exec(query).all()
        exact = next((p for p in found if account in (p.wecom_id, p.staff_no)), None)
        if found:
            return exact or (found[0] if len(found) == 1 else None)
    return None


INVITE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no letters that are misread on paper


INVITE_LASTS = timedelta(days=14)


LENGTH = 8  # letters of a code, 40 bits


CODE = re.compile(f"(?<![0-9A-Z])[{INVITE_LETTERS}]{{{LENGTH}}}(?![0-9A-Z])")


MOST_CODES = 50  # looked for in one message


class Invite(Table, table=True):
    """A single-use code that ties a chat account to a person; only its hash is kept. `by_id` is who had it made, None
    for the operator."""

    id: int = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


def coded(session: Session, persons: Sequence[int], now: datetime) -> set[int]:
    """Return those of these persons who have a code that can still be redeemed."""
    open_ = (col(Invite.used_at).is_(None), Invite.expires_at > now)
    found: set[int] = set()
    for some in in_chunks(persons):
        found.update(session.exec(select(Invite.person_id).where(col(Invite.person_id).in_(some), *open_)).all())
    return found


def given(session: Session, persons: Sequence[int]) -> set[int]:
    """Return those of these persons for whom a code was ever made, whether or not it still works."""
    found: set[int] = set()
    for some in in_chunks(persons):
        found.update(session.exec(select(Invite.person_id).where(col(Invite.person_id).in_(some))).all())
    return found


def code_digest(code: str) -> str:
    return hashlib.sha256(b"zeroreport invite " + code.strip().upper().encode()).hexdigest()


def mint() -> str:
    """Return a code with both letters and digits, so that no word and no number is taken for one."""
    while True:
        code = "".join(secrets.choice(INVITE_LETTERS) for _ in range(LENGTH))
        if not code.isalpha() and not code.isdecimal():
            return code


def codes_in(text: str) -> list[str]:
    """Return what looks like an enrolment code in these words, wherever it stands: alone, after a command,
    in a link."""
    found = dict.fromkeys(CODE.findall(text.upper()))
    return [code for code in found if not code.isalpha() and not code.isdecimal()][:MOST_CODES]


def invite(
    session: Session, person: Person, now: datetime, by: Person | None = None, *, day: date | None = None
) -> str:
    """Return a new code for a person and end earlier ones; `by` None is the operator. Raises `addresses.ward_invited`,
    `addresses.left`."""
    if person.kind == Kind.WARD:
        raise Refusal("addresses.ward_invited", name=person.name)
    if person.left_by(day or now.date()):
        raise Refusal("addresses.left", name=person.name)
    for old in session.exec(select(Invite).where(Invite.person_id == person.id, col(Invite.used_at).is_(None))).all():
        session.delete(old)
    code = mint()
    expires = now + INVITE_LASTS
    session.add(Invite(digest=code_digest(code), person_id=person.id, by_id=by.id if by else None, expires_at=expires))
    session.flush()
    return code


def open_invite(session: Session, code: str, now: datetime) -> Invite | None:
    """Return the invitation with this code; None if it is unknown, spent or expired."""
    found = session.exec(select(Invite).where(Invite.digest == code_digest(code))).first()
    return found if found is not None and found.used_at is None and found.expires_at > now else None


def spend(session: Session, found: Invite, now: datetime) -> None:
    found.used_at = now
    session.add(found)
    session.flush()


def enrol(session: Session, person: Person, channel: str, account: str, chat: str, now: datetime) -> list[Address]:
    """Tie an account to a person. A new account on the same channel retires the old ones, which are returned. Raises
    `addresses.group` for a chat that is not the account's own."""
    retired = []
    held = session.exec(
        select(Address).where(Address.channel == channel, Address.account == account, Address.chat == chat)
    ).first()
    if not private(account, chat) or (held and (held.unit_id is not None or held.title is not None)):
        raise Refusal("addresses.group")
    for old in session.exec(select(Address).where(Address.person_id == person.id, Address.channel == channel)).all():
        if old is not held and old.reach != Reach.RETIRED:
            old.reach = Reach.RETIRED
            session.add(old)
            retired.append(old)
    if held is None:
        held = Address(channel=channel, account=account, chat=chat, since=now, used_at=now)
    held.person_id, held.reach, held.used_at = person.id, Reach.REACHABLE, now
    session.add(held)
    session.flush()
    return retired
