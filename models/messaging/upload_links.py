"""Make one-time links to send a file where the platform delivers none: one file, half an hour, kept as a hash, tied to
the chat it was requested in.

The link itself is the proof, so its page needs no cookie, and it can do no more than its owner's chat."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Field, Session, col

from models.core.database import Instant
from models.core.table import Table
from models.messaging.addresses import Address

LASTS = timedelta(minutes=30)


class Upload(Table, table=True):
    """A link for one file from one person's chat; only its hash is kept."""

    digest: str = Field(primary_key=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


def digest_of(token: str) -> str:
    return hashlib.sha256(b"zeroreport upload " + token.encode()).hexdigest()


def offer(session: Session, address: Address, now: datetime) -> str:
    """Return the token of a new link for whoever writes from this address."""
    token = secrets.token_urlsafe(24)
    session.add(Upload(digest=digest_of(token), address_id=address.id, expires_at=now + LASTS))
    return token


def find(session: Session, token: str, now: datetime) -> tuple[Upload, Address] | None:
    """Return the link and whose it is; None if it is unknown, used or too old."""
    found = session.get(Upload, digest_of(token))
    if found is None or found.used_at is not None or found.expires_at <= now:
        return None
    return found, session.get_one(Address, found.address_id)


def forget(session: Session, now: datetime) -> None:
    """Delete the links nobody can use any more."""
    session.connection().execute(delete(Upload).where(col(Upload.expires_at) < now - timedelta(days=1)))
