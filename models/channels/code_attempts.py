"""Limit wrong enrolment codes: how many an account may send, when it is an attack, and how long strangers are
remembered (docs/decisions/0142-strangers.md)."""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, distinct
from sqlmodel import Field, Session, col, func, select

from models.channels import webchat
from models.core.database import Instant
from models.core.table import Table
from models.messaging import cards, command_menus, upload_links
from models.messaging.addresses import Address, Reach
from models.messaging.enrolment import Invite

ALLOWED = 5  # wrong codes of an account within an hour
ATTACK = 50  # wrong codes of all accounts within an hour from which on somebody is guessing
ALLOWED_THEN = 2  # of an account during an attack: guessing needs many accounts, mistyping needs one
HOUR = timedelta(hours=1)
KEPT = timedelta(days=1)  # of what is known about those who never enrolled


class Attempt(Table, table=True):
    """A wrong enrolment code and the account that sent it. Without an account: how many were turned away at the door
    within an hour, sent by at least `accounts` accounts."""

    id: int = Field(default=None, primary_key=True)
    channel: str
    account: str
    at: datetime = Field(sa_type=Instant, index=True)
    times: int = 1
    accounts: int = 1


def locked_out(session: Session, channel: str, account: str, now: datetime) -> bool:
    """Say whether this account sent its share of wrong codes within the hour; what others send locks nobody out."""
    mine = (Attempt.channel == channel, Attempt.account == account)
    tries = session.exec(select(func.count(col(Attempt.id))).where(*mine, Attempt.at > now - HOUR)).one()
    if tries < ALLOWED_THEN:
        return False
    return tries >= ALLOWED or _counts(session, now - HOUR)[0] >= ATTACK


def wrong(session: Session, channel: str, account: str, now: datetime) -> tuple[int, int] | None:
    """Note a wrong code. Returns how many there were since the full hour, and from how many accounts, if the admins are
    to be told: when it becomes an attack, and each time the number has doubled."""
    session.add(Attempt(channel=channel, account=account, at=now))
    return _worth_telling(session, 1, now)


def turned_away(session: Session, times: int, accounts: int, now: datetime) -> tuple[int, int] | None:
    """Do the same for wrong codes that were dropped for want of room: one row an hour, however many."""
    at = hour(now)
    kept = session.exec(select(Attempt).where(Attempt.at == at, Attempt.channel == "", Attempt.account == "")).first()
    kept = kept or Attempt(channel="", account="", at=at, times=0, accounts=0)
    kept.times, kept.accounts = kept.times + times, max(kept.accounts, accounts)
    session.add(kept)
    return _worth_telling(session, times, now)


def _worth_telling(session: Session, more: int, now: datetime) -> tuple[int, int] | None:
    session.flush()
    times, accounts = _counts(session, hour(now))
    return (times, accounts) if (times // ATTACK).bit_length() > ((times - more) // ATTACK).bit_length() else None


def _counts(session: Session, since: datetime) -> tuple[int, int]:
    """Return how many wrong codes there were, and from how many accounts at least."""
    named = case((col(Attempt.account) != "", col(Attempt.channel) + ":" + col(Attempt.account)))
    times, known, others = session.exec(
        select(func.coalesce(func.sum(Attempt.times), 0), func.count(distinct(named)), func.max(Attempt.accounts))
        .where(Attempt.at >= since)
    ).one()  # fmt: skip
    return int(times), max(known, others or 0)


def hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def forget(session: Session, now: datetime, limit: int = 500) -> bool:
    """Delete yesterday's wrong codes, useless codes, and the chats of strangers who never enrolled and of groups that
    are not ours, a chunk at a time; says if there may be more."""
    before = now - KEPT
    run = session.connection().execute
    run(delete(Attempt).where(col(Attempt.at) < before))
    run(delete(Invite).where((col(Invite.used_at) < before) | (col(Invite.expires_at) < before)))
    passed = (col(Address.title) == "") & (col(Address.reach) == Reach.RETIRED)  # groups that got one line only
    sending = select(cards.Card.address_id).where(col(cards.Card.claimed_at).is_not(None))
    rows = session.exec(
        select(Address.id, Address.channel, Address.chat)
        .where(col(Address.person_id).is_(None), col(Address.unit_id).is_(None), col(Address.title).is_(None) | passed)
        .where(Address.used_at < before, col(Address.id).not_in(sending))
        .limit(limit)
    ).all()
    ids = [number for number, _, _ in rows]
    said = [chat for _, channel, chat in rows if channel == "web"]
    webchat.forget_chats(session, said)
    for table in (cards.Card, command_menus.Menu, upload_links.Upload):
        run(delete(table).where(col(table.address_id).in_(ids)))
    run(delete(Address).where(col(Address.id).in_(ids)))
    return len(rows) == limit
