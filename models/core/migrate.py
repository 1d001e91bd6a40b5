"""Bring tables to this version with Alembic. It takes 8 MB, so it is imported only where there is something to do."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from models.core.database import Database


def upgrade(database: Database) -> None:
    """Run the migrations with foreign keys off: batch mode would delete the children."""
    lite = database.write.dialect.name == "sqlite"
    with database.write.connect() as connection:
        if lite:  # outside of a transaction: inside one the pragma does nothing
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
