"""Keep each channel's enrolment link: the running program sets it, whoever invites reads it."""

from collections.abc import Collection

from sqlalchemy import delete
from sqlmodel import Field, Session, col, select

from models.core.table import Table


class Link(Table, table=True):
    """The link of a channel; `url` holds `{code}`. Without it, it is the address of the browser chat, which serves the
    machine of the program only: the code is entered on the page."""

    channel: str = Field(primary_key=True)
    url: str


def put(session: Session, channel: str, url: str) -> None:
    """Set the channel's link."""
    known = session.get(Link, channel) or Link(channel=channel, url=url)
    known.url = url
    session.add(known)


def keep_only(session: Session, channels: Collection[str]) -> None:
    """Delete the links of channels that are not there any more."""
    session.connection().execute(delete(Link).where(col(Link.channel).not_in(channels)))


def to(session: Session, code: str) -> list[str]:
    """Return the links by which this code enrols, one for each channel that has any."""
    rows = session.exec(select(Link.url).order_by(col(Link.channel))).all()
    return [url.replace("{code}", code) for url in rows if "{code}" in url]


def page(session: Session) -> str | None:
    """Return the address of the browser chat, once the program has run; it leads nowhere from other machines."""
    return session.exec(select(Link.url).where(~col(Link.url).contains("{code}"))).first()
