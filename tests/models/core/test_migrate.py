"""What an operator's database gets from the migrations is what the program believes to be there."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

import models.tables  # noqa: F401 -- every table
from models.core.database import Database


def test_the_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    with database.read.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
