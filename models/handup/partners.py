"""Keep whom a unit hands up to, and who hands up to us: their keys, and how far each has come (docs/rules.md 40)."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.stored_secrets import Secret
from models.core.table import IDS_NOT_REUSED, Table
from models.handup import signing
from models.organisation.people import Person
from models.organisation.units import Unit

LASTS = timedelta(hours=24)  # an invitation
LONGEST_ADDRESS = 200
_CODE = re.compile(r"(\S+)/handup#1\.([0-9a-f]{32})\.([A-Za-z0-9_-]{32})\.(\d{10})\.([0-9a-f]{64})\.([0-9a-f]{128})")


class Side(StrEnum):
    ABOVE = "above"  # our superior
    BELOW = "below"  # hands up to us


class State(StrEnum):
    INVITED = "invited"  # a code was given, nobody has used it
    JOINING = "joining"  # we used a code; the superior has not answered
    ASKED = "asked"  # keys are exchanged; the superior's admin has not confirmed
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Partner(Table, table=True):
    """Another program. `ident` is the partnership's name in both. `unit_id` is our unit: whose figures go up, or under
    which the other counts. `name` is what the other calls itself, `address` where a superior's program is, `key` its
    public key, `key_before` the one before a change of keys. `sent` is the highest number of a message that was made,
    `seen` that of the last one taken of those that come in order. `why` names the last trouble, `heard_at` is the last
    message that was in order."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    ident: str = Field(unique=True)
    side: str
    unit_id: int = Field(foreign_key="unit.id", index=True)
    name: str = ""
    address: str = ""
    key: str | None = None
    key_before: str | None = None
    state: str
    secret: str | None = None
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    sent: int = 0
    seen: int = 0
    heard_at: datetime | None = Field(default=None, sa_type=Instant)
    why: str | None = None

    @property
    def live(self) -> bool:
        return self.state != State.WITHDRAWN


@dataclass(frozen=True)
class Code:
    """What an invitation tells: where the superior's program is, the partnership, the secret for one use, until when it
    works, and the superior's key. All of it is signed with that key: of another invitation nothing can be put in."""

    address: str
    ident: str
    secret: str
    until: datetime
    key: str
    signature: str = ""

    @property
    def said(self) -> str:
        return f"{self.address}/handup#1.{self.ident}.{self.secret}.{int(self.until.timestamp())}.{self.key}"

    @property
    def written(self) -> str:
        return f"{self.said}.{self.signature}"

    @property
    def fingerprint(self) -> str:
        return signing.fingerprint(self.key)


def read_code(words: str) -> Code:
    """Read an invitation. Raises `handup.no_code` also where a character was lost or something was put in,
    `handup.no_address`."""
    found = _CODE.fullmatch(words.strip())
    if found is None:
        raise Refusal("handup.no_code")
    refuse_address(found[1])
    code = Code(found[1], found[2], found[3], datetime.fromtimestamp(int(found[4]), UTC), found[5], found[6])
    if not signing.signed_by(code.key, code.said, code.signature):
        raise Refusal("handup.no_code")
    return code


def refuse_expired(code: Code, now: datetime) -> None:
    """Raise `handup.expired` for an invitation that does not work any more."""
    if now >= code.until:
        raise Refusal("handup.expired", until=code.until)


def refuse_address(address: str) -> None:
    """Raise `handup.no_address` for anything but https, with http to this machine only; nothing but a host, a port and
    a path, so that no code makes the program ask for something else there."""
    try:
        told = urlsplit(address)
        local = told.hostname in ("127.0.0.1", "localhost", "::1")
        sound = told.scheme == "https" or (told.scheme == "http" and local)
        odd = told.username or told.password or told.query or told.fragment or told.port == 0
    except ValueError:
        raise Refusal("handup.no_address", address=address[:60]) from None
    if not sound or odd or not told.hostname or len(address) > LONGEST_ADDRESS or re.search(r"[\s\\]", address):
        raise Refusal("handup.no_address", address=address[:60])


def invite(session: Session, unit: Unit, base: str, person: Person, now: datetime) -> tuple[Partner, Code]:
    """Store an invitation of somebody who will hand up to this unit, and return what to tell them; the secret is kept
    as a hash."""
    ident, secret = secrets.token_hex(16), secrets.token_urlsafe(24)
    made = Partner(
        ident=ident, side=Side.BELOW, unit_id=unit.id, state=State.INVITED, secret=signing.hashed(secret),
        expires_at=now + LASTS, by=person.id, at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    private = own_key(session, made)
    code = Code(base.rstrip("/"), ident, secret, now + LASTS, signing.public(private))
    return made, replace(code, signature=signing.sign(private, code.said))


def join(session: Session, unit: Unit, code: Code, person: Person, now: datetime) -> Partner:
    """Store whom a unit hands up to from now on. Raises `handup.joined` if the code was used here before, or if the
    unit hands up to somebody."""
    if with_ident(session, code.ident) or above(session, unit):
        raise Refusal("handup.joined", path=unit.path)
    made = Partner(
        ident=code.ident, side=Side.ABOVE, unit_id=unit.id, address=code.address, key=code.key, state=State.JOINING,
        by=person.id, at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    own_key(session, made)
    return made


def own_key(session: Session, partner: Partner) -> str:
    """Return our private key for this partnership, made when first asked for."""
    return _kept(session, f"handup {partner.ident}") or set_key(session, partner, signing.new_key())


def own_key_before(session: Session, partner: Partner) -> str | None:
    """Return our private key before it was changed, until the partner knows the new one."""
    return _kept(session, f"handup {partner.ident} before")


def set_key(session: Session, partner: Partner, private: str, *, before: str | None = None) -> str:
    """Set our private key, and the one before it."""
    _keep(session, f"handup {partner.ident}", private)
    if before:
        _keep(session, f"handup {partner.ident} before", before)
    return private


def next_key(session: Session, partner: Partner) -> str:
    """Make our next private key for a superior, which signs once the superior knows it, and return its public one."""
    made = signing.new_key()
    _keep(session, f"handup {partner.ident} next", made)
    return signing.public(made)


def take_next_key(session: Session, partner: Partner) -> None:
    """Sign with the next key from now on."""
    made = _kept(session, f"handup {partner.ident} next")
    if made:
        set_key(session, partner, made)
        session.delete(session.get_one(Secret, f"handup {partner.ident} next"))
        session.flush()


def learn_key(partner: Partner, key: object) -> None:
    """Take the key that a signed answer names as the superior's from now on."""
    if isinstance(key, str) and key != partner.key and signing.is_key(key):
        partner.key, partner.key_before = key, partner.key


def change_key(session: Session, partner: Partner) -> None:
    """Sign what we answer to a partner below with a new key from now on, and with the old one until it is known there:
    the answer tells it."""
    set_key(session, partner, signing.new_key(), before=own_key(session, partner))


def _kept(session: Session, name: str) -> str | None:
    found = session.get(Secret, name)
    return found.value if found else None


def _keep(session: Session, name: str, value: str) -> None:
    found = session.get(Secret, name) or Secret(name=name, value=value)
    found.value = value
    session.add(found)
    session.flush()


def withdraw(session: Session, partner: Partner) -> None:
    """End a partnership. Our keys for a superior are forgotten: nothing can be signed for it any more; that for a
    program below signs only that it is over."""
    partner.state, partner.secret, partner.why = State.WITHDRAWN, None, None
    session.add(partner)
    for which in ("", "before", "next") if partner.side == Side.ABOVE else ():
        if (found := session.get(Secret, f"handup {partner.ident} {which}".strip())) is not None:
            session.delete(found)
    session.flush()


def with_ident(session: Session, ident: str) -> Partner | None:
    return session.exec(select(Partner).where(Partner.ident == ident)).first()


def above(session: Session, unit: Unit) -> Partner | None:
    """Return to whom this unit hands up."""
    mine = (Partner.unit_id == unit.id, Partner.side == Side.ABOVE, Partner.state != State.WITHDRAWN)
    return session.exec(select(Partner).where(*mine)).first()


def all_live(session: Session) -> Sequence[Partner]:
    """Return all partners that are not withdrawn, those above first."""
    live = select(Partner).where(Partner.state != State.WITHDRAWN)
    return session.exec(live.order_by(col(Partner.side), col(Partner.id))).all()


def every(session: Session) -> Sequence[Partner]:
    """Return all partners, those that were withdrawn too."""
    return session.exec(select(Partner).order_by(col(Partner.id))).all()


def drop_expired(session: Session, now: datetime) -> None:
    """Withdraw invitations that nobody used in time."""
    old = (Partner.state == State.INVITED, col(Partner.expires_at) <= now)
    for partner in session.exec(select(Partner).where(*old)).all():
        withdraw(session, partner)
