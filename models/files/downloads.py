"""Fetch files that people sent and that are still on the platform: after the commit, and then hand them in."""

from datetime import datetime, timedelta

from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.files.blobs import LARGEST as LARGEST

BACKOFF = (5, 20, 60, 300, 900)  # seconds between tries
AWAY = 7 * 86_400 // BACKOFF[-1]  # tries while the platform does not answer: a week


class RemoteFile(Table, table=True):
    """A file to be fetched, with everything of its message that will be needed then. Its row is deleted in the
    transaction that hands the file in, so a crash in between neither loses nor doubles it. 20 MB is Telegram's own
    limit for bots."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    channel: str
    bot: str
    update: str
    account: str
    chat: str
    message: str | None = None
    text: str | None = None
    at: datetime = Field(sa_type=Instant)
    reference: str = Field(repr=False)
    name: str
    mime: str
    size: int | None = None
    tries: int = 0
    next_at: datetime = Field(sa_type=Instant, index=True)


def due(session: Session, now: datetime, channels: list[str], limit: int) -> list[RemoteFile]:
    """Return the files on these channels whose turn has come, the longest waiting first."""
    query = select(RemoteFile).where(RemoteFile.next_at <= now, col(RemoteFile.channel).in_(channels))
    return list(session.exec(query.order_by(col(RemoteFile.next_at)).limit(limit)).all())


def later(
    session: Session, file: RemoteFile, now: datetime, after: float | None = None, *, away: bool = False
) -> bool:  # fmt: skip
    """Schedule another try, after as many seconds as the platform says if it does; False after enough tries. `away`:
    the platform does not answer, which is not the file's fault."""
    if file.tries >= len(BACKOFF) + AWAY * away:
        return False
    wait = BACKOFF[min(file.tries, len(BACKOFF) - 1)]
    file.next_at = now + timedelta(seconds=wait if after is None else after)
    file.tries += after is None
    session.add(file)
    return True
