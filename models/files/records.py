"""Describe files: a file by reference, and a file in a record."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

LONGEST_REMARK = 1000  # characters

FileRecord = dict[str, Any]  # a file in a record: digest, name, mime, size and, if something was said with it, remark


@dataclass(frozen=True)
class File:
    """A file by reference: its bytes are in the `blob` table under `digest` (sha256, hex)."""

    digest: str
    name: str
    mime: str
    size: int


def told(file: File, remark: str | None = None) -> FileRecord:
    """Return a file as a record describes it."""
    said = (remark or "").strip()[:LONGEST_REMARK]
    return asdict(file) | ({"remark": said} if said else {})


def is_file(value: object) -> bool:
    """Say whether an answer is a file."""
    return isinstance(value, Mapping) and "digest" in value


def as_file(said: Mapping[str, Any]) -> File:
    return File(said["digest"], said["name"], said["mime"], said["size"])
