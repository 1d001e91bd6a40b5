"""Blobs: files by the digest of their bytes; the same bytes are kept once."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from sqlmodel import Field, Session, select

from models.core import characters
from models.core.errors import Refusal
from models.core.table import Table
from models.files.records import File

LARGEST = 10 * 1024 * 1024  # bytes of a file that somebody sends
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


class Blob(Table, table=True):
    """The bytes of a file, once, by their sha256 (hex)."""

    digest: str = Field(primary_key=True)
    data: bytes


def keep(session: Session, name: str, mime: str, data: bytes) -> File:
    """Store the bytes if they are new. `models.operations.blob_retention` deletes at night what nothing refers to."""
    file = described(name, mime, data)
    if session.get(Blob, file.digest) is None:
        session.add(Blob(digest=file.digest, data=data))
        session.flush()
    return file


def described(name: str, mime: str, data: bytes) -> File:
    """Return the file that `keep` would make."""
    return File(hashlib.sha256(data).hexdigest(), name, mime, len(data))


def refuse_if_too_large(size: int | None) -> None:
    """Raise `attachments.too_large`; an unknown size passes."""
    if size is not None and size > LARGEST:
        raise Refusal("attachments.too_large", most=LARGEST // 1024 // 1024)


def sound(session: Session, told: Mapping[str, Any]) -> bool:
    """Say whether the bytes are there and are still those that a record describes by `digest` and `size`."""
    data = session.exec(select(Blob.data).where(Blob.digest == told["digest"])).first()
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
