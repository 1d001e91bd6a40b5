"""Alembic's entry: runs on the connection that `models.core.schema.migrate` hands over, or on DATABASE_URL by hand."""

import os

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import models.tables  # noqa: F401


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        connection = create_engine(os.environ.get("DATABASE_URL", "sqlite:///zeroreport.db")).connect()
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
