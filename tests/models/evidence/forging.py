"""Change and remove rows behind the program's back, and see what `verify` names."""

import contextlib
import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Date, Integer, LargeBinary, Row, Table, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

import models.tables  # noqa: F401 -- every table
from models.core import ledger
from models.core.database import Instant
from models.core.exact import Exact
from models.evidence import verification
from models.evidence.verdicts import Verdict

PAGE = Path(__file__).parents[3] / "docs" / "evidence.md"
TABLES = SQLModel.metadata.tables


def exempt() -> dict[str, set[str]]:
    """Table → the columns that the page lets change; `*` for all."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, column, why in re.findall(
        r"^\| (\w+) \| (\S+) \| (.+) \|$", PAGE.read_text().split("## What may")[1], re.M
    ):
        if name == "table":
            continue
        assert len(why) > 10, f"{name}.{column}: why?"
        found[name].add(column)
    return found


COVERED = [it for it in TABLES.values() if "*" not in exempt()[it.name]]
UNWATCHED = [it for it in COVERED if it.name not in ledger.WATCHED]


def verdict_of(connection: Connection) -> Verdict:
    with Session(connection) as session:
        return verification.verify(session)


def named(connection: Connection, *statements: Any) -> list[tuple[str, str, str]]:
    """Return what verify names after these statements, which are rolled back."""
    try:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")  # as a forger would
        for statement in statements:
            connection.execute(statement)
        return verdict_of(connection).differs
    finally:
        connection.rollback()


def key_of(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key


def rows_of(connection: Connection, table: Table) -> list[Row[Any]]:
    found = list(connection.execute(select(table).order_by(key_of(table))).all())
    connection.rollback()
    return found


def other_value(connection: Connection, column: Column[Any], value: Any) -> Any:
    """Another value that the column may hold."""
    for key in column.foreign_keys:
        rest = select(key.column).where(key.column != value) if value is not None else select(key.column)
        found = connection.execute(rest.order_by(key.column.desc()).limit(1)).scalar()
        connection.rollback()
        return found if found is not None else 4711
    kind = column.type
    if isinstance(kind, Boolean):
        return not value
    if isinstance(kind, Integer):
        return (value or 0) + (100_000 if column.primary_key else 1)
    if isinstance(kind, Exact):
        return (value or 0) + 1
    if isinstance(kind, Instant):
        return (value or datetime(2026, 11, 23, 8).astimezone()) + timedelta(seconds=1)
    if isinstance(kind, Date):
        return (value or date(2026, 11, 23)) + timedelta(days=1)
    if isinstance(kind, JSON):
        return [*value, "x"] if isinstance(value, list) else {**(value or {}), "x": "1"}
    if isinstance(kind, LargeBinary):
        return value + b"x"
    return {"zero": "filled", "filled": "zero", "due": "zero"}.get(value, f"{value or ''}x")


def written_over(connection: Connection, column: Column[Any], row: Row[Any]) -> Any:
    """Return the statement that writes something else there; what a unique key forbids points to nothing instead."""
    key, value = key_of(column.table), getattr(row, column.name)
    for turn in range(9):
        value = 4711 if column.foreign_keys and turn else other_value(connection, column, value)
        made = update(column.table).where(key == row[0]).values({column.name: value})
        with contextlib.suppress(IntegrityError):
            connection.execute(made)
            break
        connection.rollback()
    connection.rollback()
    return made
