"""Check that values are stored as the program writes them.

SQLite keeps anything in any column, and values that read alike may count or compare differently: a 2 is true and counts
twice, `2026-11-23T…` is the same moment and sorts elsewhere, and of a name that occurs twice in JSON each reader takes
another one."""

import json
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Integer,
    LargeBinary,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    or_,
    select,
    type_coerce,
)
from sqlmodel import Session

from models.core.database import Instant
from models.core.exact import Exact
from models.evidence.verdicts import CHUNK, Verdict

DAY = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]"
MOMENT = f"{DAY} [0-2][0-9]:[0-5][0-9]:[0-5][0-9].{'[0-9]' * 6}"
MOST = 50  # rows of a table that are named


def check(session: Session, verdict: Verdict, table: Table) -> None:
    if session.get_bind().dialect.name == "sqlite":
        _kinds(session, verdict, table)
    for column in table.columns:
        if isinstance(column.type, JSON):
            _json(session, verdict, column)


def _kinds(session: Session, verdict: Verdict, table: Table) -> None:
    """Name values that are not of their column's type, or are written otherwise. PostgreSQL lets none of them in."""
    for number, *found in session.execute(_strange_rows(table)).all():
        names = [column.name for column, wrong in zip(table.columns, found, strict=True) if wrong]
        verdict.say("stored", f"{table.name} {number}", ", ".join(names))


@cache
def _strange_rows(it: Table) -> Select[*tuple[Any, ...]]:
    (key,) = it.primary_key.columns
    strange = [_strange(column) for column in it.columns]
    return select(type_coerce(key, Text), *strange).where(or_(*strange)).limit(MOST)


def _strange(column: Column[Any]) -> ColumnElement[bool]:
    it, kind = type_coerce(column, Text), func.typeof(column)
    if isinstance(column.type, Instant):
        return column.is_not(None) & ((kind != "text") | ~it.bool_op("GLOB")(MOMENT))
    if isinstance(column.type, Date):
        return column.is_not(None) & ((kind != "text") | ~it.bool_op("GLOB")(DAY))
    if isinstance(column.type, Boolean):
        return column.is_not(None) & ((kind != "integer") | it.not_in([0, 1]))
    wanted = {Integer: "integer", Exact: "integer", LargeBinary: "blob"}
    name = next((name for cls, name in wanted.items() if isinstance(column.type, cls)), "text")
    return column.is_not(None) & (kind != name)


def _json(session: Session, verdict: Verdict, column: Column[Any]) -> None:
    """Name JSON that means the same and is written otherwise."""
    after = None
    while True:
        asked = _texts(column, first=after is None)
        found = session.execute(asked, {"after": after} if after is not None else {}).all()
        for number, stands in found:
            with verdict.looking(f"{column.table.name} {number}"):
                if stands is not None and json.dumps(json.loads(stands)) != stands:
                    verdict.say("stored", f"{column.table.name} {number}", column.name)
        if len(found) < CHUNK:
            return
        after = found[-1][0]


@cache
def _texts(column: Column[Any], *, first: bool) -> Select[Any]:
    (key,) = column.table.primary_key.columns
    asked = select(key, cast(column, Text)).where(column.is_not(None)).order_by(key).limit(CHUNK)
    return asked if first else asked.where(key > bindparam("after"))
