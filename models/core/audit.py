"""The audit log: who changed what, when and why. Whatever changes the organisation or its tasks writes an entry.
Entries are chained by digest, so that none can be changed, removed or inserted unnoticed."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, Session, col, select

from models.core.canonical import canonical, digest
from models.core.database import Instant
from models.core.table import Table

UNDONE = "import undone"  # its detail names the rows that are gone (models/changes/roster_undo.py)


class AuditEntry(Table, table=True):
    """One audit line. `by` is a staff number, or `cli` for whoever has a shell on the machine; `what` is a verb such as
    `import`. `id` counts without a gap, and `digest` ties each line to the line before."""

    __table_args__ = tuple(Index(f"audit_entry_{it}", it, "id") for it in ("by", "what", "about"))

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)
    by: str
    what: str
    about: str
    detail: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    digest: str


def note(session: Session, now: datetime, by: str, what: str, about: str, **detail: object) -> None:
    number, previous = head(session)
    kept = json.loads(canonical(detail)) if detail else None
    change = AuditEntry(id=number + 1, at=now, by=by, what=what, about=about, detail=kept, digest="")
    change.digest = chain(previous, change)
    session.add(change)


def noted(session: Session, since: datetime, by: str, what: str, about: str, **detail: object) -> bool:
    """Say whether the same was noted after this instant."""
    kept = json.loads(canonical(detail)) if detail else None
    same = (AuditEntry.at > since, AuditEntry.by == by, AuditEntry.what == what, AuditEntry.about == about)
    return kept in session.exec(select(AuditEntry.detail).where(*same)).all()


def chain(previous: str, change: Any) -> str:
    """Return the digest that ties a line to the line before."""
    return digest([previous, change.id, change.at, change.by, change.what, change.about, change.detail])


def head(session: Session) -> tuple[int, str]:
    """Return the number of lines and the digest of the last one."""
    session.flush()
    found = session.exec(select(AuditEntry.id, AuditEntry.digest).order_by(col(AuditEntry.id).desc()).limit(1)).first()
    return found or (0, "")
