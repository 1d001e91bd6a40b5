"""Store the browser chat: what a phone would keep. Only its channel and its page read and write it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, delete, func, insert
from sqlmodel import Field, Session, col, select

from models.core.database import Instant, in_chunks
from models.core.table import IDS_NOT_REUSED, Table


class Message(Table, table=True):
    """One message in a chat. `author` is the account that sent it, None for the bot: the bot's text is HTML, a person's
    is plain. `change` grows with every write, so that a page asks only for what changed since; a deleted message keeps
    its row without its text. `digest` is the file's or the picture's, to find who may see it."""

    __table_args__ = (Index("message_chat", "chat", "id"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    chat: str
    author: str | None = None
    text: str
    buttons: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    file: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    picture: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    digest: str | None = Field(default=None, index=True)
    at: datetime = Field(sa_type=Instant)
    edited_at: datetime | None = Field(default=None, sa_type=Instant)
    deleted: bool = False
    change: int = Field(index=True)


def _digest(words: dict[str, Any]) -> str | None:
    shown = words["file"] or words.get("picture")
    return str(shown["digest"]) if shown else None


def latest(session: Session) -> int:
    """Return the number of the last change; 0 if nothing was ever said."""
    return session.exec(select(func.max(Message.change))).one() or 0


def post(session: Session, chats: Sequence[str], words: dict[str, Any], at: datetime, author: str | None) -> list[int]:
    """Say the same in each of these chats; returns the new messages' ids, in their order."""
    if not chats:
        return []
    change = latest(session)
    shared = {"picture": None, **words, "digest": _digest(words), "author": author, "at": at, "deleted": False}
    rows = [{**shared, "chat": chat, "change": change + n} for n, chat in enumerate(chats, 1)]
    made = session.execute(insert(Message).returning(col(Message.id), sort_by_parameter_order=True), rows)
    return list(made.scalars())


def standing(session: Session, ids: Iterable[int]) -> dict[int, Message]:
    """Return which of the bot's messages are still there to be edited."""
    found: dict[int, Message] = {}
    for some in in_chunks(ids):
        chunk = select(Message).where(col(Message.id).in_(some), col(Message.author).is_(None))
        found.update({m.id: m for m in session.exec(chunk.where(col(Message.deleted).is_(False))).all()})
    return found


def edit(session: Session, changed: Iterable[Message], words: dict[str, Any], at: datetime) -> None:
    """Put other words into these messages; unchanged words change nothing."""
    change = latest(session)
    for message in changed:
        if all(getattr(message, name) == value for name, value in words.items()):
            continue
        change += 1
        message.text, message.buttons, message.file = words["text"], words["buttons"], words["file"]
        message.picture, message.digest = words.get("picture"), _digest(words)
        message.edited_at, message.change = at, change
        session.add(message)


def erase(session: Session, message: Message, at: datetime) -> None:
    """Delete a message; its row stays, so that pages learn of it."""
    message.text, message.buttons, message.file, message.picture, message.digest = "", [], None, None, None
    message.deleted, message.edited_at, message.change = True, at, latest(session) + 1
    session.add(message)


def history(session: Session, chat: str, limit: int, before: int | None) -> list[Message]:
    """Return the chat's newest messages, or the newest of those before one; the oldest first."""
    query = select(Message).where(Message.chat == chat, col(Message.deleted).is_(False))
    if before is not None:
        query = query.where(Message.id < before)
    return list(session.exec(query.order_by(col(Message.id).desc()).limit(limit)).all())[::-1]


def since(session: Session, change: int, limit: int) -> list[Message]:
    """Return what changed after this change, deleted messages too, in the order of the changes."""
    query = select(Message).where(Message.change > change).order_by(col(Message.change)).limit(limit)
    return list(session.exec(query).all())


def used(session: Session, chats: Iterable[str]) -> set[str]:
    """Return those of these chats in which anything was ever said."""
    query = select(Message.chat).distinct()
    return {it for some in in_chunks(chats) for it in session.exec(query.where(col(Message.chat).in_(some))).all()}


def forget(session: Session, before: datetime, limit: int = 2000) -> bool:
    """Delete messages that were last changed before, a chunk at a time; says if there may be more. The newest stays:
    the numbers of changes go on from it."""
    old = (
        select(Message.id)
        .where(func.coalesce(Message.edited_at, Message.at) < before, Message.change < latest(session))
        .order_by(col(Message.id))
        .limit(limit)
    )
    return session.connection().execute(delete(Message).where(col(Message.id).in_(old))).rowcount == limit


def forget_chats(session: Session, chats: Sequence[str]) -> None:
    """Delete all that was said in these chats but the newest change: the numbers go on from it."""
    gone = delete(Message).where(col(Message.chat).in_(chats), col(Message.change) < latest(session))
    session.connection().execute(gone)
