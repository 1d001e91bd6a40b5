"""Faults: bugs that somebody met, by number."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from models.core.database import Instant
from models.core.table import Table


class Fault(Table, table=True):
    """A bug that somebody met: the number they were told, which is in the log too, `what` went wrong and the place in
    the program. Faults of one kind agree in both."""

    __table_args__ = (Index("fault_place", "place", "at"),)

    id: int = Field(default=None, primary_key=True)
    number: str = Field(index=True)
    at: datetime = Field(sa_type=Instant)
    what: str
    place: str = ""
