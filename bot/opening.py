"""Open the database for a command: an obstacle becomes a sentence with its cure, never a fault number."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import URL, make_url

from bot import files
from models.core import database_states
from models.core.database import Database, beside, connect, real, writable
from models.core.errors import Refusal
from models.core.schema import migrate, newest_revision, revision, revisions


@contextmanager
def opened(url: str, *, make: bool, any_version: bool = False) -> Iterator[Database]:
    """Open the database, brought to this version if `make`, or of `any_version`. Raises `database.…`,
    `cli.not_migrated`."""
    with named(url):
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            database_states.look(Path(address.database or ""), make=make)
        database = connect(url)
        try:
            if make:
                _one_name(address)
                _ours(database)
                if not can_be_written(address):
                    raise Refusal("database.read_only", path=str(address.database))
                migrate(database)
            else:
                _known(database, any_version=any_version)
            yield database
        finally:
            database.close()


def _one_name(url: URL) -> None:
    """Remove what an interrupted restore left; not while one is at work, nor where we may not write."""
    path = real(Path(url.database or ""))
    if url.get_backend_name() == "sqlite" and can_be_written(url):
        with suppress(Refusal), files.alone(path.parent):
            files.forget_names(path, *beside(path))


def can_be_written(url: URL) -> bool:
    """Say whether this program may write there, as far as permissions tell: SQLite says so only at the first write."""
    return url.get_backend_name() != "sqlite" or writable(Path(url.database or ""))


def _known(database: Database, *, any_version: bool) -> None:
    found, newest = revision(database), newest_revision()
    if found is None:
        _ours(database)
        raise Refusal("cli.not_migrated")
    if not any_version and found != newest:
        raise Refusal("database.older" if found in revisions() else "database.newer", found=found, known=newest)


def _ours(database: Database) -> None:
    """Refuse, before the first write, an SQLite file with another program's tables."""
    path = Path(database.read.url.database or "")
    if database.read.dialect.name != "sqlite" or not path.exists():
        return
    with database.read.connect() as connection:
        tables = inspect(connection).get_table_names()
    if tables and "alembic_version" not in tables:
        raise Refusal("database.foreign", path=str(path))


@contextmanager
def named(url: str | URL) -> Iterator[None]:
    """Turn errors that come from the database into its sentence. In a damaged file any other error counts as well,
    because garbage that was read may look like anything."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        refusal = database_states.told(error, url) or _damaged(url)
        if refusal is None:
            raise
        raise refusal from error


def _damaged(url: str | URL) -> Refusal | None:
    address = make_url(url)
    path = Path(address.database or "")
    if address.get_backend_name() != "sqlite" or not path.is_file():
        return None
    database = connect(url)
    try:
        return None if sound(database) else Refusal("database.corrupt", path=str(path))
    except Exception as error:
        return database_states.told(error, url)
    finally:
        database.close()


def sound(database: Database, check: str = "quick_check") -> bool:
    """Say whether SQLite finds nothing wrong with its file."""
    with database.reading() as session:
        return str(session.execute(text(f"PRAGMA {check}(1)")).scalar_one()) == "ok"


def free(url: URL) -> int:
    """Return the free bytes where an SQLite database lies, else where we run; 0 if the folder is gone, or no file can
    be made."""
    try:
        lies = Path(url.database or ".").absolute().parent if url.get_backend_name() == "sqlite" else Path.cwd()
        found = os.statvfs(lies)
    except OSError:
        return 0
    return 0 if found.f_files and not found.f_favail else found.f_bavail * found.f_frsize
