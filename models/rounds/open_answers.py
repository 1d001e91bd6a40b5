"""Store what came to a named survey by an open link (docs/rules.md 32.6)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field

from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table


class OpenAnswer(Table, table=True):
    """What came to a named survey by an open link, from nobody known. `mark` is a digest of the browser's cookie or,
    where one device may answer several times, of the page that was sent: what comes twice counts once."""

    __table_args__ = (UniqueConstraint("round_id", "mark"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id")
    place_id: int = Field(foreign_key="place.id")
    mark: str = Field(repr=False)
    answers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=Instant)
