"""WeCom's own memory: what came in and is not handled yet, the token, what taps allow, who sees no cards."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Text, delete, func
from sqlmodel import Field, Session, SQLModel, col, select

from models.addresses import Address, Reach
from models.database import Instant, insert_new

CODE_LASTS = timedelta(hours=72)  # D/94945
FETCHING = timedelta(seconds=15)  # a program that asks for a token is waited for so long


class WecomInbox(SQLModel, table=True):
    """A callback that was acknowledged and is not handled yet. `key` names it for ever, `body` is its content, JSON."""

    id: int = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    body: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class WecomTap(SQLModel, table=True):
    """What a tap allows: to change the tapped card once. The card is known by the stem of its task id."""

    account: str = Field(primary_key=True)
    card: str = Field(primary_key=True)
    code: str
    at: datetime = Field(sa_type=Instant, index=True)


class WecomToken(SQLModel, table=True):
    """The access token of one app, shared by all programs; real time. `fetching_until`: somebody is asking for one."""

    app: str = Field(primary_key=True)
    token: str = ""
    until: datetime = Field(sa_type=Instant)
    fetching_until: datetime = Field(sa_type=Instant)


class WecomDay(SQLModel, table=True):
    """How many person-times one app sent on its newest day, by WeCom's calendar."""

    app: str = Field(primary_key=True)
    day: date
    sent: int


class WecomPlain(SQLModel, table=True):
    """Somebody who sees no cards (the WeChat plug-in shows none) and gets numbered menus."""

    account: str = Field(primary_key=True)


def take_in(session: Session, rows: Sequence[tuple[str, str, tuple[str, str, str] | None]], now: datetime) -> None:
    """Writes callbacks down: key, body, and of a tap (account, card, code). What is there already stays once."""
    insert_new(session, WecomInbox, [{"key": key, "body": body, "at": now} for key, body, _ in rows])
    for tap in (tap for _, _, tap in rows if tap):
        account, card, code = tap
        session.merge(WecomTap(account=account, card=card, code=code, at=now))
    seers = [tap[0] for _, _, tap in rows if tap]
    session.connection().execute(delete(WecomPlain).where(col(WecomPlain.account).in_(seers)))


def waiting(session: Session, before: datetime, limit: int) -> list[WecomInbox]:
    """The oldest of what came in before then and is not handled."""
    query = select(WecomInbox).where(WecomInbox.at <= before).order_by(col(WecomInbox.id)).limit(limit)
    return list(session.exec(query).all())


def handled(session: Session, keys: Iterable[str]) -> None:
    session.connection().execute(delete(WecomInbox).where(col(WecomInbox.key).in_(list(keys))))


def take_code(session: Session, account: str, card: str, now: datetime) -> str | None:
    """What the tap on this card allows, which is spent by asking; None where nobody tapped it, or too long ago."""
    tap = session.get(WecomTap, (account, card))
    if tap is None:
        return None
    session.delete(tap)
    return tap.code if now - tap.at < CODE_LASTS else None


def tapped(session: Session, accounts: Sequence[str]) -> set[tuple[str, str]]:
    """The cards of these people, by account, that a tap allows to be changed."""
    query = select(WecomTap.account, WecomTap.card).where(col(WecomTap.account).in_(accounts))
    return {(account, card) for account, card in session.exec(query).all()}


def has_code(session: Session, account: str, card: str) -> bool:
    return session.get(WecomTap, (account, card)) is not None


def forget_taps(session: Session, now: datetime) -> None:
    session.connection().execute(delete(WecomTap).where(col(WecomTap.at) < now - CODE_LASTS))


def readers_of_plain(session: Session, accounts: Sequence[str]) -> set[str]:
    """Those of these accounts who see no cards."""
    return set(session.exec(select(WecomPlain.account).where(col(WecomPlain.account).in_(accounts))).all())


def read_plain(session: Session, account: str) -> None:
    """From now on numbered menus, until a card is tapped."""
    session.merge(WecomPlain(account=account))


def token(session: Session, app: str, stale: str, real_now: datetime) -> str | None:
    """A token that holds and is not `stale`; None where there is none."""
    row = session.get(WecomToken, app)
    return row.token if row and row.token and row.token != stale and row.until > real_now else None


def may_fetch(session: Session, app: str, real_now: datetime) -> bool:
    """Whether it falls to us to ask for a new token: no other program is doing so."""
    row = session.get(WecomToken, app) or WecomToken(app=app, until=real_now, fetching_until=real_now)
    free = row.fetching_until <= real_now
    if free:
        row.fetching_until = real_now + FETCHING
        session.add(row)
    return free


def keep_token(session: Session, app: str, fetched: str, lasts: timedelta, real_now: datetime) -> None:
    """The new token, or with none the end of asking for one."""
    row = session.get_one(WecomToken, app)
    row.fetching_until = real_now
    if fetched:
        row.token, row.until = fetched, real_now + lasts
    session.add(row)


def note_sent(session: Session, app: str, day: date, count: int) -> int:
    """Adds to what the app sent that day; what it sent by then. Of the days before nothing is kept."""
    row = session.get(WecomDay, app)
    if row is None or row.day != day:
        row = session.merge(WecomDay(app=app, day=day, sent=0))
    row.sent += count
    session.add(row)
    return row.sent


def members(session: Session) -> int:
    """How many people are reached on WeCom."""
    mine = select(func.count()).where(Address.channel == "wecom", col(Address.person_id).is_not(None))
    return session.exec(mine.where(Address.reach != Reach.RETIRED)).one()
