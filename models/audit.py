"""Who changed what, when and why: kept for the auditor, written by whatever changes the organisation or its tasks."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, SQLModel

from models.database import Instant


class Change(SQLModel, table=True):
    """`by` is a staff number, or `cli` for whoever has a shell on the machine. `what` is a verb like `import`."""

    __tablename__ = "audit"

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)
    by: str
    what: str
    about: str
    detail: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))


def note(session: Session, now: datetime, by: str, what: str, about: str, **detail: object) -> None:
    session.add(Change(at=now, by=by, what=what, about=about, detail=detail or None))
