"""The base class of all tables."""

import re

from sqlalchemy.orm import declared_attr
from sqlmodel import SQLModel

# For tables whose ids are remembered outside the database, by a button, a call under way or a page: SQLite would give
# the id of a deleted row to the next one, and the button of a question that is over would answer a newer question.
IDS_NOT_REUSED = {"sqlite_autoincrement": True}


class Table(SQLModel):
    """A stored row. A table is named after its class: `FormVersion` is kept in `form_version`."""

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
