"""Bringing tables to this version with Alembic, which is read only where there is something to bring: it takes 8 MB."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from models.core.database import Database


def upgrade(database: Database) -> None:
    """Foreign keys are off meanwhile: batch mode would delete the children."""
    lite = database.write.dialect.name == "sqlite"
    with database.write.connect() as connection:
        if lite:  # outside of a transaction, where alone the pragma counts
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            with connection.begin():
                command.upgrade(_config(connection), "head")
                if lite and connection.execute(text("PRAGMA foreign_key_check")).first():
                    raise RuntimeError("the migration left rows without their parents")
        finally:
            if lite:
                connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.attributes["connection"] = connection
    return config
