"""The demo's databases: in a folder that goes with the demo, or in a file that is kept."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url
from sqlmodel import select

from bot.opening import named
from models.core import audit, database_states
from models.core.database import Database, connect
from models.core.errors import Refusal
from models.core.schema import migrate, revision
from models.organisation.units import Unit

MARK = "demo"  # the audit entry by which a demo recognises its own files


@contextlib.contextmanager
def opened(keep: str | None) -> Iterator[tuple[Database, bool]]:
    """Open a demo's database and say whether it is new: then it has no tables yet. Raises `cli.demo_file` for a file
    that no demo made."""
    with tempfile.TemporaryDirectory(prefix="zeroreport-") as folder:
        path = (Path(keep) if keep else Path(folder) / "demo.db").absolute()
        known = path.exists() and path.stat().st_size > 0
        url = make_url("sqlite://").set(database=str(path))  # its name may hold characters that a URL may not
        with named(url):
            database_states.look(path, make=True)
            database = connect(url)
            found = _found(database) if known else False
        if found is None:
            raise Refusal("cli.demo_file", path=keep)
        try:
            yield database, not found
        finally:
            database.close()


def prepare(database: Database) -> None:
    """Bring the tables to this version."""
    with named(database.write.url):
        migrate(database)


def _found(database: Database) -> bool | None:
    """Say whether a demo's organisation was founded in this file; None if the file is another's. One that was left
    before anybody was in it, because the demo was killed at its first start, is a demo's too."""
    with database.read.connect() as connection:
        if not inspect(connection).get_table_names():
            return False
    if not revision(database):
        return None
    with database.reading() as session:
        if session.exec(select(audit.AuditEntry).where(audit.AuditEntry.what == MARK)).first() is not None:
            return True
        return None if session.exec(select(Unit.id)).first() else False
