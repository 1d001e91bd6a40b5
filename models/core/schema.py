"""Know at which migration the tables are, and bring them to this version."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from models.core.database import Database
from models.core.errors import Refusal


def migrate(database: Database) -> None:
    """Bring the tables to this version; raises `database.newer` or `database.foreign`."""
    with database.write.connect() as connection:
        found = _revision(connection)
        if found is None and connection.dialect.name == "sqlite" and inspect(connection).get_table_names():
            raise Refusal("database.foreign", path=str(database.write.url.database))
    if found is not None and found not in revisions():
        raise Refusal("database.newer", found=found, known=newest_revision())
    if found != newest_revision():
        from models.core.migrate import upgrade  # Alembic, 9 MB and 0.1 s that an up-to-date database never needs

        upgrade(database)


def revision(database: Database) -> str | None:
    """Return the migration the tables are at; None for an empty database."""
    with database.read.connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def revisions() -> list[str]:
    """Return the migrations this version of the program knows, in order: their files are named after them."""
    files = (Path(__file__).parents[1] / "migrations" / "versions").glob("[0-9]*_*.py")
    return sorted(file.name.partition("_")[0] for file in files)


def newest_revision() -> str:
    """Return the migration to which this version brings tables."""
    return revisions()[-1]
