"""Change records behind the program's back, and ask verify what it finds."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, update
from sqlmodel import Session, SQLModel, col, select

from models.evidence import verdicts, verification
from tests.support.world import World


def verdict_on(world: World, tamper: Callable[[Session], object]) -> verdicts.Verdict:
    """Return what verify says of records tampered with; they are put back afterwards."""
    with Session(world.database.write, expire_on_commit=False) as session:
        tamper(session)
        session.flush()
        session.expire_all()
        verdict = verification.verify(session)
        session.rollback()
    return verdict


def _other(column: Any, value: Any) -> Any:
    """Return another value of the same kind."""
    if value is None:
        return datetime(2026, 1, 1).astimezone() if isinstance(column.type.dialect_impl, DateTime) else None
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, datetime):
        return value + timedelta(seconds=1)
    if isinstance(value, dict):
        return value | {"temperature": 36.6}
    return {"zero": "filled", "filled": "zero", "due": "zero", "close": "lock", "lock": "close"}.get(value, value + "x")


def missed_changes(world: World, table: type[SQLModel], spared: set[str]) -> list[str]:
    """Change every column of every row on its own; return those that verify did not find."""
    missed = []
    with world.database.reading() as session:
        rows = session.exec(select(table).order_by(table.id)).all()  # type: ignore[attr-defined]
    for row in _each_kind(rows):
        for column in table.__table__.columns:  # type: ignore[attr-defined]
            before = getattr(row, column.name)
            after = STRANGE.get(column.name, lambda _: None)(before) if before is None else _other(column, before)
            if column.name in spared or after is None:
                continue
            change = update(table).where(col(table.id) == row.id).values({column.name: after})  # type: ignore[attr-defined]
            try:
                if not verdict_on(world, lambda session, change=change: session.execute(change)).differs:  # type: ignore[misc]
                    missed.append(f"{table.__name__} {row.id}.{column.name}: {before!r} → {after!r}")  # type: ignore[attr-defined]
            except Exception as error:  # the database itself refuses: a foreign or a unique key
                assert "IntegrityError" in type(error).__name__, error
    return missed


def _each_kind(rows: Sequence[SQLModel]) -> list[SQLModel]:
    """Return one row of each kind there is: all silent reports of a day are alike."""
    found: dict[object, SQLModel] = {}
    for row in rows:
        shape = tuple(
            getattr(row, n, None) for n in ("period_id", "state", "late", "proxy", "uncontacted", "at", "number")
        )
        found.setdefault(shape, row)
    return list(found.values())


STRANGE: dict[str, Callable[[object], object]] = {
    "excused": lambda _: "病假", "receipt": lambda _: "ABCD", "statement": lambda _: "无", "unit_id": lambda _: 1,
    "submitted_at": lambda _: datetime(2026, 11, 23, 8).astimezone(), "submitted_by": lambda _: 1,
    "head_id": lambda _: 1, "since": lambda _: datetime(2026, 11, 22, 8).astimezone(),
    "answers": lambda _: {"temperature": 36.5},
}  # fmt: skip
