"""Store contents: what a message says and offers; text and buttons, once for each digest."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Text, bindparam
from sqlmodel import Field, Session, col, select

from models.core.database import ask, insert_new
from models.core.table import IDS_NOT_REUSED, Table
from models.files.records import File


@dataclass(frozen=True)
class Button:
    """A label and the data that comes back when it is tapped: at most 64 bytes, and never a permission."""

    label: str
    data: str


@dataclass(frozen=True)
class Picture:
    """What a picture shows: a template of `templates/pictures/`, a language, and the template's values as JSON. It is
    drawn when it is sent (docs/decisions/0217-pictures.md). `alt` says it in words."""

    template: str
    locale: str
    values: str
    alt: str

    @property
    def digest(self) -> str:
        """Return what distinguishes this picture from all that look different."""
        return hashlib.sha256("\0".join((self.template, self.locale, self.values)).encode()).hexdigest()


@dataclass(frozen=True)
class Content:
    """What a message shows: `text` in Telegram's HTML subset (b, i, u, s, code, pre, a), rows of buttons, a file or a
    picture above the text."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = field(default=())
    file: File | None = None
    picture: Picture | None = None


class StoredContent(Table, table=True):
    """A content, stored once and shared by all the cards that show it. `file` is its file's digest."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    body: str = Field(sa_type=Text)
    file: str | None = Field(default=None, index=True)

    @property
    def content(self) -> Content:
        return unpack(self.body)


def pack(content: Content) -> str:
    keys = [[{"label": key.label, "data": key.data} for key in row] for row in content.buttons]
    told = {"text": content.text, "buttons": keys, "file": asdict(content.file) if content.file else None}
    if content.picture:
        told["picture"] = asdict(content.picture)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def unpack(body: str) -> Content:
    raw: dict[str, Any] = json.loads(body)
    return Content(
        raw["text"],
        tuple(tuple(Button(**b) for b in row) for row in raw["buttons"]),
        File(**raw["file"]) if raw["file"] else None,
        Picture(**raw["picture"]) if raw.get("picture") else None,
    )


_WORDS = select(col(StoredContent.digest), col(StoredContent.id)).where(
    col(StoredContent.digest).in_(bindparam("digests", expanding=True))
)


def _known(session: Session, digests: Sequence[str]) -> dict[str, int]:
    return dict(ask(session, _WORDS, digests=digests).all())


_BODIES = select(col(StoredContent.id), col(StoredContent.body)).where(
    col(StoredContent.id).in_(bindparam("ids", expanding=True))
)


def contents(session: Session, ids: Sequence[int]) -> dict[int, Content]:
    """Return what is stored under these ids."""
    return {number: unpack(body) for number, body in ask(session, _BODIES, ids=ids).all()}


def words(session: Session, content: Content) -> int:
    """Return the id under which this content is stored, storing it if it is new."""
    return words_of(session, [content])[0]


def words_of(session: Session, contents: Sequence[Content]) -> list[int]:
    """Return the same for many, in their order."""
    bodies = [pack(content) for content in contents]
    digests = [hashlib.sha256(body.encode()).hexdigest() for body in bodies]
    known = _known(session, digests)
    new = {
        digest: {"digest": digest, "body": body, "file": content.file.digest if content.file else None}
        for digest, body, content in zip(digests, bodies, contents, strict=True)
        if digest not in known
    }
    if new:
        insert_new(session, StoredContent, list(new.values()))
        known |= _known(session, list(new))
    return [known[digest] for digest in digests]
