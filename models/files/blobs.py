"""Blobs: files by the digest of their bytes; the same bytes are kept once, in parts, so that a large file can be stored
a part at a time: no transaction has to hold the writer for all of it."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import UniqueConstraint, insert
from sqlalchemy.exc import NoResultFound
from sqlmodel import Field, Session, col, select

from models.core import characters
from models.core.errors import Refusal
from models.core.table import Table
from models.files.records import File

LARGEST = 10 * 1024 * 1024  # bytes of a file that somebody sends
PART = 1024 * 1024  # bytes
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


class Blob(Table, table=True):
    """A file, once, by the sha256 (hex) of its bytes; `whole` once all its parts are there."""

    digest: str = Field(primary_key=True)
    whole: bool = False


class BlobPart(Table, table=True):
    """One of the parts of a file; `number` counts them from 0."""

    __table_args__ = (UniqueConstraint("digest", "number"),)

    id: int = Field(default=None, primary_key=True)
    digest: str = Field(foreign_key="blob.digest")
    number: int
    data: bytes


def keep(session: Session, name: str, mime: str, data: bytes) -> File:
    """Store the bytes as far as they are not there yet. `models.operations.blob_retention` deletes at night what
    nothing refers to."""
    file = described(name, mime, data)
    blob = session.get(Blob, file.digest)
    if blob is None or not blob.whole:
        for number in range(len(parts(data))):
            keep_part(session, file, number, data)
        blob = session.get_one(Blob, file.digest)
        blob.whole = True
        session.add(blob)
        session.flush()
    return file


def keep_part(session: Session, file: File, number: int, data: bytes) -> None:
    """Store one part of the bytes; a second time changes nothing. The file is there with the last, which `keep`
    stores."""
    if session.get(Blob, file.digest) is None:
        session.add(Blob(digest=file.digest))
        session.flush()
    there = select(BlobPart.number).where(BlobPart.digest == file.digest, BlobPart.number == number)
    if session.exec(there).first() is None:
        row = {"digest": file.digest, "number": number, "data": data[parts(data)[number]]}
        session.connection().execute(insert(BlobPart), row)


def parts(data: bytes) -> list[slice]:
    """Return where the parts of these bytes are; an empty file has one, too."""
    return [slice(at, at + PART) for at in range(0, max(1, len(data)), PART)]


def find(session: Session, digest: str) -> bytes | None:
    """Return the bytes of a file; None if it is not there, or not whole."""
    query = select(BlobPart.number, BlobPart.data).join(Blob, col(Blob.digest) == col(BlobPart.digest))
    query = query.where(BlobPart.digest == digest, col(Blob.whole).is_(True)).order_by(col(BlobPart.number))
    found = session.exec(query).all()
    if not found or [number for number, _ in found] != list(range(len(found))):
        return None
    return b"".join(data for _, data in found)


def data_of(session: Session, digest: str) -> bytes:
    """Return the bytes of a file that is there. Raises NoResultFound."""
    data = find(session, digest)
    if data is None:
        raise NoResultFound(f"no file {digest}")
    return data


def described(name: str, mime: str, data: bytes) -> File:
    """Return the file that `keep` would make."""
    return File(hashlib.sha256(data).hexdigest(), name, mime, len(data))


def refuse_if_too_large(size: int | None) -> None:
    """Raise `attachments.too_large`; an unknown size passes."""
    if size is not None and size > LARGEST:
        raise Refusal("attachments.too_large", most=LARGEST // 1024 // 1024)


def sound(session: Session, told: Mapping[str, Any]) -> bool:
    """Say whether the bytes are there and are still those that a record describes by `digest` and `size`."""
    data = find(session, told["digest"])
    return data is not None and len(data) == told["size"] and hashlib.sha256(data).hexdigest() == told["digest"]


def safe_name(name: str) -> str:
    """Return a name that is safe on every disk: no folders, no control or direction characters, its suffix kept; none
    that Windows reserves."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = characters.name(last).replace("\ufffd", "")
    path = PurePosixPath("".join("_" if c in '<>:"|?*' else c for c in shown).strip(" ."))
    ending = path.suffix[:20]
    made = (path.stem[: 120 - len(ending)] + ending) or "file"
    return f"_{made}" if _DEVICES.match(made) else made
