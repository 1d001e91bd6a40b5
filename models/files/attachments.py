"""Attachments: photos, voice messages and files as part of what was filed.

A file is described in the record itself (`{digest, name, mime, size, remark?}` in the answers, or in
`revision.attachments` if it answers no question), so the chain and the seals prove its bytes. The table is only the way
back from the bytes to those who refer to them, for which JSON has no index."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Field, Session, col, select

from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.files.records import FileRecord, is_file

MOST = 20  # files without a question in one report, and in one telling of an incident


class Attachment(Table, table=True):
    """Notes that a revision, a telling of an incident, or a round's version holds the file of this digest: found from
    the bytes, and named by the button that opens the file. It refers to `blob`, so the database refuses to lose a filed
    file."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    digest: str = Field(foreign_key="blob.digest", index=True)
    revision_id: int | None = Field(default=None, foreign_key="revision.id", index=True)
    telling_id: int | None = Field(default=None, foreign_key="telling.id", index=True)
    version_id: int | None = Field(default=None, foreign_key="round_version.id", index=True)


def added(files: Sequence[FileRecord], more: Iterable[FileRecord]) -> list[FileRecord]:
    """Return these and those files, each digest once. Raises `attachments.too_many`."""
    found = {it["digest"]: it for it in [*files, *more]}
    if len(found) > MOST:
        raise Refusal("attachments.too_many", most=MOST)
    return list(found.values())


def among(answers: Mapping[str, Any] | None, files: Iterable[FileRecord] | None) -> list[tuple[str, FileRecord]]:
    """Return all files of a report, each with its question's name, "" if it answers none."""
    asked = [(name, value) for name, value in (answers or {}).items() if is_file(value)]
    return asked + [("", it) for it in files or []]


def record(
    session: Session, files: Iterable[FileRecord], *, revision: int | None = None, telling: int | None = None,
    version: int | None = None,
) -> None:  # fmt: skip
    for digest in dict.fromkeys(it["digest"] for it in files):
        session.add(Attachment(digest=digest, revision_id=revision, telling_id=telling, version_id=version))
    session.flush()


def of_revisions(session: Session, ids: Iterable[int]) -> list[Attachment]:
    found = select(Attachment).where(col(Attachment.revision_id).in_(list(ids)))
    return list(session.exec(found.order_by(col(Attachment.id))).all())


def of_tellings(session: Session, ids: Iterable[int]) -> list[Attachment]:
    found = select(Attachment).where(col(Attachment.telling_id).in_(list(ids)))
    return list(session.exec(found.order_by(col(Attachment.id))).all())
