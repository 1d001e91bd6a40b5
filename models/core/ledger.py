"""Keep the ledger: a chain with an entry for each change of a row on which a figure depends, so that no change is
silent (docs/decisions/0134-the-ledger.md).

Rows that everybody causes every day (reports, revisions, figures) would be too many for it; seals cover those."""

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy
from sqlalchemy import JSON, Column, Connection, Index, insert
from sqlalchemy import inspect as inspected
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, col, select

from models.core.canonical import canonical, digest, plain
from models.core.table import Table

# tables → the columns that may change without an entry; docs/evidence.md says why
WATCHED: dict[str, frozenset[str]] = {
    "absence": frozenset(),
    "address": frozenset({"chat", "title", "reach", "lost_at", "since", "used_at"}),
    "alert": frozenset(),
    "assignment": frozenset(),
    "attachment": frozenset(),
    "quiz_attempt": frozenset(),
    "audit_entry": frozenset(),
    "ballot": frozenset(),
    "bill": frozenset(),
    "collection": frozenset(),
    "deputy": frozenset(),
    "document_template": frozenset(),
    "duty": frozenset(),
    "duty_swap": frozenset(),
    "donation_entry": frozenset(),
    "erasure": frozenset(),
    "excuse": frozenset(),
    "former_path": frozenset(),
    "faq_entry": frozenset(),
    "form_version": frozenset(),
    "hand_up": frozenset({"tries", "next_at", "why"}),
    "handed_up": frozenset(),
    "handing": frozenset(),
    "handout": frozenset({"cursor", "next_at", "told_at", "urged_at", "urged_by", "rest_by", "rest_said"}),
    "honour": frozenset({"post_at"}),
    "incident": frozenset(),
    "item": frozenset({"low"}),
    "membership": frozenset(),
    "partner": frozenset({"heard_at", "why"}),
    "partner_request": frozenset({"look_at", "looks"}),
    "movement": frozenset(),
    "open_answer": frozenset({"mark"}),
    "period": frozenset(),
    "person": frozenset({"phone"}),
    "place": frozenset(),
    "phone_call": frozenset(),
    "planned": frozenset(),
    "question": frozenset(),
    "question_reader": frozenset(),
    "secondment": frozenset(),
    "store": frozenset(),
    "store_keeper": frozenset(),
    "summary_post": frozenset({"written_at", "stale_at"}),
    "reopening": frozenset(),
    "reply": frozenset({"told", "reached_at"}),
    "rota": frozenset({"made_until", "next_at"}),
    "round": frozenset({"stage", "cursor", "next_at", "climbed", "again_at", "reminded", "urges", "ended", "opened"}),
    "round_version": frozenset(),
    "shift": frozenset({"stage", "next_at"}),
    "runbook": frozenset(),
    "runbook_run": frozenset(),
    "runbook_step": frozenset({"look_at"}),
    "runbook_version": frozenset(),
    "step": frozenset({"cursor", "state"}),
    "telling": frozenset(),
    "timeline_entry": frozenset({"day", "n", "told"}),
    "topic": frozenset(),
    "topic_person": frozenset(),
    "total": frozenset(),
    "training_pass": frozenset(),
    "unit": frozenset(),
    "urge": frozenset(),
    "workday": frozenset(),
}


class LedgerEntry(Table, table=True):
    """The row `key` of the table `kind` after a change, or that it is `gone`. `id` counts without a gap. `said` is the
    digest of the salted content, and `digest` links the entry to the one before: so content can be erased, under a
    record of `models/evidence/erasures.py`, and the chain still holds."""

    __table_args__ = (Index("ledger_row", "kind", "key"),)

    id: int = Field(default=None, primary_key=True)
    kind: str
    key: str
    gone: bool = False
    content: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    salt: str | None
    said: str
    digest: str


def said(salt: str | None, kind: str, key: str, content: Mapping[str, Any] | None) -> str:
    """Return the digest of what an entry says."""
    return digest([salt, kind, key, content])


def chain(previous: str, number: int, kind: str, key: str, gone: bool, content_digest: str) -> str:
    """Return the digest that ties an entry to the one before."""
    return digest([previous, number, kind, key, gone, content_digest])


def head(session: AnySession) -> tuple[int, str]:
    """Return the number of entries and the digest of the last one."""
    return _head(session.connection())


def _head(connection: Connection) -> tuple[int, str]:
    found = connection.execute(_HEAD).first()
    return (found[0], found[1]) if found else (0, "")


_HEAD = select(LedgerEntry.id, LedgerEntry.digest).order_by(col(LedgerEntry.id).desc()).limit(1)


def content(table: sqlalchemy.Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the ledger keeps of a row, as JSON gives it back."""
    unseen = WATCHED[table.name]
    return {c.name: _kept(c.type, values[c.name]) for c in table.columns if c.name not in unseen}


def _kept(kind: Any, value: Any) -> Any:
    if isinstance(kind, JSON):
        return json.loads(canonical(value))
    return value if value is None or isinstance(value, str | int | float) else plain(value)


def follow(session: AnySession, _: object = None) -> None:
    """Note in the ledger, after each flush, what it changed in watched rows."""
    found: list[tuple[str, str, dict[str, Any] | None]] = []
    for it in session.new:
        found += _noted(it)
    for it in session.dirty:
        if getattr(it, "__tablename__", "") in WATCHED and _changed(it):
            found += _noted(it)
    for it in session.deleted:
        found += _noted(it, gone=True)
    if found:
        _append(session.connection(), sorted(found, key=lambda row: (row[0], len(row[1]), row[1])))


def _noted(row: Any, *, gone: bool = False) -> Iterable[tuple[str, str, dict[str, Any] | None]]:
    name = getattr(row, "__tablename__", "")
    if (
        name not in WATCHED
        or _unsettled(row)
        or (name == "address" and not inspected(row).has_identity and nobodys(row))
    ):
        return
    table: sqlalchemy.Table = row.__table__
    (key,) = table.primary_key.columns
    values = {c.name: getattr(row, c.name) for c in table.columns}
    yield name, plain(values[key.name]), None if gone else content(table, values)


def nobodys(address: Any) -> bool:
    """Say whether an address is a stranger's account, which proves nothing and is forgotten."""
    return address.person_id is None and address.unit_id is None


def _unsettled(row: Any) -> bool:
    """Say whether a row is a day's total that its lock still adds to; it is noted once it is settled."""
    return row.__tablename__ == "total" and row.upto is None


def _changed(row: Any) -> bool:
    unseen = WATCHED[row.__tablename__]
    states = inspected(row).attrs
    return any(states[c.name].history.has_changes() for c in row.__table__.columns if c.name not in unseen)


def _append(connection: Connection, found: Iterable[tuple[str, str, dict[str, Any] | None]]) -> None:
    number, previous = _head(connection)
    rows = []
    for kind, key, values in found:
        number += 1
        salt = secrets.token_hex(8)
        told = said(salt, kind, key, values)
        previous = chain(previous, number, kind, key, values is None, told)
        rows.append({
            "id": number, "kind": kind, "key": key, "gone": values is None, "content": values, "salt": salt,
            "said": told, "digest": previous,
        })  # fmt: skip
    connection.execute(insert(LedgerEntry), rows)


def forget(session: Session, kind: str, key: str) -> None:
    """Empty what the ledger kept of a row; the next entry says how it stands now. For erasures only."""
    session.flush()
    for entry in session.exec(
        select(LedgerEntry).where(LedgerEntry.kind == kind, LedgerEntry.key == key, ~col(LedgerEntry.gone))
    ).all():
        entry.content = entry.salt = None
        session.add(entry)
