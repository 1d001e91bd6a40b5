"""Who changed what, when and why: kept for the auditor, written by whatever changes the organisation or its tasks.
It is a chain, so that nothing in it can be changed, taken out or put in unseen."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, col, select

from models.core.canonical import canonical, digest
from models.core.database import Instant
from models.core.table import Table


class AuditEntry(Table, table=True):
    """`by` is a staff number, or `cli` for whoever has a shell on the machine. `what` is a verb like `import`. `id`
    counts without a gap, and `digest` ties each line to the one before."""

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


def chain(previous: str, change: Any) -> str:
    """The digest that ties a line to the one before."""
    return digest([previous, change.id, change.at, change.by, change.what, change.about, change.detail])


def head(session: Session) -> tuple[int, str]:
    """How many lines there are, and the digest of the last."""
    session.flush()
    found = session.exec(select(AuditEntry.id, AuditEntry.digest).order_by(col(AuditEntry.id).desc()).limit(1)).first()
    return found or (0, "")
