"""Where a code lets somebody in, channel by channel: told by the running program, asked by whoever invites."""

from collections.abc import Collection

from sqlalchemy import delete
from sqlmodel import Field, Session, col, select

from models.core.table import Table


class Link(Table, table=True):
    """`url` holds `{code}`."""

    channel: str = Field(primary_key=True)
    url: str


def put(session: Session, channel: str, url: str) -> None:
    """This is the channel's link now."""
    known = session.get(Link, channel) or Link(channel=channel, url=url)
    known.url = url
    session.add(known)


def keep_only(session: Session, channels: Collection[str]) -> None:
    """Nobody is let in by a channel that is not there any more."""
    session.connection().execute(delete(Link).where(col(Link.channel).not_in(channels)))


def to(session: Session, code: str) -> list[str]:
    """Where this code lets somebody in, one link for each channel that has any."""
    rows = session.exec(select(Link.url).order_by(col(Link.channel))).all()
    return [url.replace("{code}", code) for url in rows]
