"""Store what WeCom's channel has to remember: callbacks not handled yet, the token, codes for changing cards, who sees
no cards."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Text, delete, func
from sqlmodel import Field, Session, col, select

from models.core import updates
from models.core.database import Instant, in_chunks, insert_new
from models.core.table import Table
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Card
from models.organisation.people import Person

CHANNEL = "wecom"
CODE_LASTS = timedelta(hours=72)  # D/94945
FETCHING = timedelta(seconds=15)  # how long other programs wait for the one that asks for a token


class WecomInbox(Table, table=True):
    """A callback that was acknowledged and is not handled yet. `key` names it for ever, `body` is its
    content as JSON."""

    id: int = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    body: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class WecomTap(Table, table=True):
    """The permission to change a card once, from a tap on it or from sending it to one person. The stem of its task id
    identifies the card."""

    account: str = Field(primary_key=True)
    card: str = Field(primary_key=True)
    code: str = Field(repr=False)
    tapped: bool = True
    at: datetime = Field(sa_type=Instant, index=True)


class WecomToken(Table, table=True):
    """The access token of one app, shared by all programs; real time. `fetching_until`: some program is
    asking for one."""

    app: str = Field(primary_key=True)
    token: str = Field(default="", repr=False)
    until: datetime = Field(sa_type=Instant)
    fetching_until: datetime = Field(sa_type=Instant)


class WecomDay(Table, table=True):
    """How many person-times one app sent on its newest day, by WeCom's calendar."""

    app: str = Field(primary_key=True)
    day: date
    sent: int


class WecomPlain(Table, table=True):
    """Somebody who sees no cards (the WeChat plug-in shows none) and gets numbered menus."""

    account: str = Field(primary_key=True)


class Arrived(NamedTuple):
    """A callback as it is written down. `tap` is the card that was tapped and the code that the tap brought."""

    key: str
    body: str
    account: str
    tap: tuple[str, str] | None = None
    no_cards: bool = False


def take_in(session: Session, app: str, arrived: Sequence[Arrived], now: datetime) -> set[str]:
    """Write callbacks down, each once, and return the keys of those that never came before. A repeated callback changes
    nothing, whenever and at whichever program it arrives: a spent code would otherwise be taken for a fresh one."""
    first: dict[str, Arrived] = {}
    for it in arrived:
        first.setdefault(it.key, it)
    new: set[str] = set()
    for some in in_chunks(first.values()):
        new |= _take_in(session, app, some, now)
    return new


def _take_in(session: Session, app: str, arrived: Sequence[Arrived], now: datetime) -> set[str]:
    keys = [it.key for it in arrived]
    waits = set(session.exec(select(WecomInbox.key).where(col(WecomInbox.key).in_(keys))).all())
    known = waits | updates.known(session, CHANNEL, app, keys)
    new = [it for it in arrived if it.key not in known]
    insert_new(session, WecomInbox, [{"key": it.key, "body": it.body, "at": now} for it in new])
    for it in new:
        if it.tap:
            keep_code(session, it.account, *it.tap, now)
    seers = [it.account for it in new if it.tap]
    if seers:
        session.connection().execute(delete(WecomPlain).where(col(WecomPlain.account).in_(seers)))
    for it in new:
        if it.no_cards:
            session.merge(WecomPlain(account=it.account))
    return {it.key for it in new}


def keep_code(session: Session, account: str, card: str, code: str, now: datetime, *, tapped: bool = True) -> None:
    """Keep the code that changes the card once more for this person; a tap's code replaces an older one."""
    if tapped or session.get(WecomTap, (account, card)) is None:
        session.merge(WecomTap(account=account, card=card, code=code, at=now, tapped=tapped))


def waiting(session: Session, before: datetime, limit: int) -> list[WecomInbox]:
    """Return the oldest callbacks that came in before then and are not handled."""
    query = select(WecomInbox).where(WecomInbox.at <= before).order_by(col(WecomInbox.id)).limit(limit)
    return list(session.exec(query).all())


def handled(session: Session, keys: Iterable[str]) -> None:
    session.connection().execute(delete(WecomInbox).where(col(WecomInbox.key).in_(list(keys))))


def take_code(session: Session, account: str, card: str, now: datetime, *, tapped: bool = False) -> str | None:
    """Spend and return the code that allows this card to be changed; None if there is none, or not any more. With
    `tapped` only a tap's code counts."""
    tap = session.get(WecomTap, (account, card))
    if tap is None or (tapped and not tap.tapped):
        return None
    session.delete(tap)
    return tap.code if now - tap.at < CODE_LASTS else None


def changeable(session: Session, accounts: Sequence[str]) -> set[tuple[str, str]]:
    """Return the cards of these people, by account, that can be changed."""
    query = select(WecomTap.account, WecomTap.card).where(col(WecomTap.account).in_(accounts))
    return {(account, card) for account, card in session.exec(query).all()}


def is_unchanged(session: Session, account: str, card: str) -> bool:
    """Say whether the card was tapped and has not changed since."""
    tap = session.get(WecomTap, (account, card))
    return tap is not None and tap.tapped


def changing(session: Session, account: str, card: str) -> bool:
    """Say whether this person's card is still to become something else."""
    query = select(Card.id).join(Address, col(Address.id) == col(Card.address_id)).where(
        Address.channel == CHANNEL, Address.account == account, col(Card.pending).is_(True),
        col(Card.gave_up).is_(False), col(Card.message).startswith(f"{card}_", autoescape=True),
    )  # fmt: skip
    return session.exec(query.limit(1)).first() is not None


def forget_taps(session: Session, now: datetime) -> None:
    session.connection().execute(delete(WecomTap).where(col(WecomTap.at) < now - CODE_LASTS))


def readers_of_plain(session: Session, accounts: Sequence[str]) -> set[str]:
    """Return which of these accounts see no cards."""
    return set(session.exec(select(WecomPlain.account).where(col(WecomPlain.account).in_(accounts))).all())


def language(session: Session, accounts: Sequence[str]) -> str | None:
    """Return the language of the first of these people who has one."""
    query = select(Person.locale).join(Address, col(Address.person_id) == col(Person.id)).where(
        Address.channel == CHANNEL, col(Address.account).in_(accounts), col(Person.locale).is_not(None)
    )  # fmt: skip
    return session.exec(query.limit(1)).first()


def token(session: Session, app: str, stale: str, real_now: datetime) -> str | None:
    """Return a valid token that is not `stale`; None if there is none."""
    row = session.get(WecomToken, app)
    return row.token if row and row.token and row.token != stale and row.until > real_now else None


def may_fetch(session: Session, app: str, real_now: datetime) -> bool:
    """Say whether this program is to ask for a new token, because no other one is doing so."""
    row = session.get(WecomToken, app) or WecomToken(app=app, until=real_now, fetching_until=real_now)
    free = row.fetching_until <= real_now
    if free:
        row.fetching_until = real_now + FETCHING
        session.add(row)
    return free


def keep_token(session: Session, app: str, fetched: str, lasts: timedelta, real_now: datetime) -> None:
    """Store the new token; without one, note that asking has ended."""
    row = session.get_one(WecomToken, app)
    row.fetching_until = real_now
    if fetched:
        row.token, row.until = fetched, real_now + lasts
    session.add(row)


def note_sent(session: Session, app: str, day: date, count: int) -> int:
    """Add to what the app sent that day and return the sum. Days before are not kept."""
    row = session.get(WecomDay, app)
    if row is None or row.day != day:
        row = session.merge(WecomDay(app=app, day=day, sent=0))
    row.sent += count
    session.add(row)
    return row.sent


def members(session: Session) -> int:
    """Return how many people are reached on WeCom."""
    mine = select(func.count()).where(Address.channel == CHANNEL, col(Address.person_id).is_not(None))
    return session.exec(mine.where(Address.reach != Reach.RETIRED)).one()
