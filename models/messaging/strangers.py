"""Tell strangers from members, many at once, before anything else is done for them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Executable, bindparam, func, select
from sqlmodel import Session, col

from models.core.database import ask, in_chunks
from models.messaging.addresses import Address, Reach
from models.messaging.enrolment import Invite, code_digest
from models.organisation.people import Kind, Person

STARTS = ("/start", "／start", "/开始", "／开始")

_ENROLLED = select(col(Address.account)).where(
    col(Address.channel) == bindparam("channel"),
    col(Address.account).in_(bindparam("values", expanding=True)),
    col(Address.person_id).is_not(None),
    col(Address.reach) != Reach.RETIRED,
)
_OPEN = select(col(Invite.digest)).where(
    col(Invite.digest).in_(bindparam("values", expanding=True)),
    col(Invite.used_at).is_(None),
    col(Invite.expires_at) > bindparam("now"),
)
_NAMED = select(func.lower(func.coalesce(Person.wecom_id, Person.staff_no))).where(
    col(Person.kind) == Kind.STAFF,
    func.lower(func.coalesce(Person.wecom_id, Person.staff_no)).in_(bindparam("values", expanding=True)),
)


def enrolled(session: Session, channel: str, accounts: Iterable[str]) -> set[str]:
    """Return those of these accounts that belong to somebody."""
    return set(_asked(session, _ENROLLED, accounts, channel=channel))


def colleagues(session: Session, vouched: Iterable[str]) -> set[str]:
    """Return those of these accounts, for which the platform vouches, that the roster names."""
    known = set(_asked(session, _NAMED, {it.lower() for it in vouched}))
    return {it for it in vouched if it.lower() in known}


def good_codes(session: Session, codes: Iterable[str], now: datetime) -> set[str]:
    """Return those of these enrolment codes that would let somebody in."""
    digests = {code_digest(code): code for code in codes}
    return {digests[it] for it in _asked(session, _OPEN, digests, now=now)}


def code_in(text: str) -> str | None:
    """Return the code that somebody presents with `/start CODE`, if any."""
    head, _, rest = text.strip().partition(" ")
    words = rest.split(maxsplit=1)
    if not words or head.lower().partition("@")[0] not in STARTS:
        return None
    return words[0][:64]


def _asked(session: Session, query: Executable, values: Iterable[str], **more: object) -> Iterator[str]:
    for some in in_chunks(values):
        yield from ask(session, query, values=some, **more).scalars()
