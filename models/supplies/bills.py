"""Bills (票据): photos of what was bought or spent, kept as long as the movement or the entry that names them."""

from collections.abc import Iterable

from sqlmodel import Field, Session

from models.core.table import Table
from models.files.records import FileRecord


class Bill(Table, table=True):
    """Notes that a movement, or an entry of a collection, holds the file of this digest. It refers to `blob`, so the
    database refuses to lose the file."""

    id: int = Field(default=None, primary_key=True)
    digest: str = Field(foreign_key="blob.digest", index=True)
    movement_id: int | None = Field(default=None, foreign_key="movement.id", index=True)
    entry_id: int | None = Field(default=None, foreign_key="donation_entry.id", index=True)


def record(
    session: Session, files: Iterable[FileRecord], *, movement: int | None = None, entry: int | None = None
) -> None:  # fmt: skip
    for digest in dict.fromkeys(it["digest"] for it in files):
        session.add(Bill(digest=digest, movement_id=movement, entry_id=entry))
    session.flush()
