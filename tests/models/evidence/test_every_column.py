"""Every column of every table on which a figure rests is changed behind the program's back, and every kind of row taken
out: `verify` names each, or docs/evidence.md says why it may be."""

import contextlib
import re
from datetime import datetime

import pytest
from sqlalchemy import (
    Connection,
    Table,
    delete,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from models.core import ledger
from models.core.canonical import plain
from models.core.database import connect
from models.evidence import verification
from models.messaging.addresses import Address
from tests.models.evidence.forging import (
    COVERED,
    PAGE,
    TABLES,
    UNWATCHED,
    exempt,
    key_of,
    named,
    rows_of,
    verdict_of,
    written_over,
)
from tests.support import evidenced
from tests.support.servers import PostgreSQL
from tests.support.world import World


def test_the_days_are_sound_and_hold_something_of_everything(played: Connection) -> None:
    verdict = verdict_of(played)
    assert (verdict.differs, verdict.erased) == ([], 2)
    assert [it.name for it in COVERED if not rows_of(played, it)] == []


def test_the_same_days_are_sound_on_postgresql(postgresql: PostgreSQL, postgresql_template: str) -> None:
    url = postgresql.make(postgresql_template)
    database = connect(url)
    try:
        evidenced.play(World(database))
        with database.reading() as session:
            verdict = verification.verify(session)
        assert (verdict.differs, verdict.erased, verdict.seals) == ([], 2, 11)
    finally:
        database.close()
        postgresql.drop(url)


def test_nothing_goes_past_the_session_into_a_table_that_the_ledger_watches() -> None:
    """A statement on a table is not seen by the ledger, and its rows would be named as put in."""
    classes = {it.class_.__name__: it.class_.__tablename__ for it in SQLModel._sa_registry.mappers}
    watched = {name for name, table in classes.items() if table in ledger.WATCHED}
    root, found = PAGE.parent.parent, set()
    for path in (it for part in ("bot", "handlers", "models") for it in (root / part).rglob("*.py")):
        for verb, name in re.findall(r"\b(insert|update|delete|insert_new)\((?:session, )?(\w+)", path.read_text()):
            if name in watched:
                found.add((path.name, verb, name))
    assert found == {
        ("excuses.py", "insert", "Excuse"),  # those from the start are in the roster's digest
        ("posts.py", "update", "SummaryPost"),
        ("code_attempts.py", "delete", "Address"),  # strangers'
        ("cumulative_totals.py", "delete", "Total"),  # those that are not settled, which the ledger does not know
    }  # fmt: skip


def test_every_table_is_covered_or_the_page_says_why_not() -> None:
    looked = set(verification.tables())
    assert {it.name for it in COVERED} == looked, "a table is new: watch it in models/core/ledger.py, or say why not"
    for name, columns in exempt().items():
        assert name in TABLES, name
        assert columns == {"*"} or columns <= set(TABLES[name].columns.keys()), name
    for name, columns in ledger.WATCHED.items():
        assert columns == exempt()[name], f"{name}: the page and the program differ"


def test_each_column_that_the_ledger_watches_is_named_when_it_is_changed(played: Connection) -> None:
    """One column of each table at a time: each is named with its row and what it was."""
    tables = [TABLES[name] for name in ledger.WATCHED if name != "excuse"]  # that one is below
    watched = {it: [c for c in it.columns if c.name not in ledger.WATCHED[it.name]] for it in tables}
    missed = []
    for turn in range(max(map(len, watched.values()))):
        changes = []
        for table, columns in watched.items():
            if turn < len(columns):
                row = rows_of(played, table)[0]
                changes.append((table, row, columns[turn], written_over(played, columns[turn], row)))
        found = named(played, *(it[3] for it in changes))
        for table, row, column, _ in changes:
            key = plain(row[0])
            told = [detail for what, where, detail in found if what == "row" and where == f"{table.name} {key}"]
            moved = any(where == f"{table.name} {key}" and what == "row_gone" for what, where, _ in found)
            if not (moved if column.primary_key else any(f"{column.name}: " in it for it in told)):
                missed.append(f"{table.name}.{column.name}")
    assert missed == []


@pytest.mark.parametrize("table", [*UNWATCHED, TABLES["excuse"]], ids=lambda it: it.name)
def test_each_other_column_is_named_when_it_is_changed(played: Connection, table: Table) -> None:
    found = rows_of(played, table)
    shown = ("words", "at") if table.name == "excuse" else ("state", "kind")
    shapes = {str([getattr(row, n, "") for n in shown]): row for row in reversed(found)}
    missed = []
    for row in list(shapes.values())[:3]:
        for column in table.columns:
            if column.name in exempt()[table.name]:
                continue
            if not named(played, written_over(played, column, row)):
                missed.append(f"{table.name} {row[0]}.{column.name}: {getattr(row, column.name)!r}")
    assert missed == []


def test_each_row_that_the_ledger_watches_is_named_when_it_is_taken_out(played: Connection) -> None:
    """The first row of each table at once, the last of each, and all."""
    tables = [TABLES[name] for name in ledger.WATCHED if name not in ("excuse", "total")]  # those are below
    rows = {it: rows_of(played, it) for it in tables}
    for place in (0, -1):
        found = named(played, *(delete(it).where(key_of(it) == rows[it][place][0]) for it in tables))
        gone = {where for what, where, _ in found if what == "row_gone"}
        assert [it.name for it in tables if f"{it.name} {plain(rows[it][place][0])}" not in gone] == []
    gone = {where for what, where, _ in named(played, *(delete(it) for it in tables)) if what == "row_gone"}
    assert [it.name for it in tables if f"{it.name} {plain(rows[it][0][0])}" not in gone] == []


@pytest.mark.parametrize("table", [*UNWATCHED, TABLES["excuse"], TABLES["total"]], ids=lambda it: it.name)
def test_a_row_taken_out_is_named_and_so_are_all(played: Connection, table: Table) -> None:
    rows = rows_of(played, table)
    for row in (rows[0], rows[-1]):
        assert named(played, delete(table).where(key_of(table) == row[0])), row
    assert named(played, delete(table))


def test_a_strangers_account_may_come_and_be_forgotten_and_one_that_becomes_somebodys_stays(played: Connection) -> None:
    address, now = TABLES["address"], datetime(2026, 11, 26).astimezone()
    with Session(played) as session:
        made = Address(channel="web", account="x", chat="x", since=now, used_at=now)
        session.add(made)
        session.flush()
        assert verification.verify(session).differs == []
        session.execute(delete(address).where(address.c.account == "x"))
        session.expunge_all()
        assert verification.verify(session).differs == []
        theirs = Address(channel="web", account="y", chat="y", since=now, used_at=now)
        session.add(theirs)
        session.flush()
        theirs.person_id = 1
        session.add(theirs)
        session.flush()
        assert verification.verify(session).differs == []
        session.execute(update(address).where(address.c.account == "y").values(person_id=2))
        assert [what for what, *_ in verification.verify(session).differs] == ["row"]
        session.rollback()
    played.rollback()


@pytest.mark.parametrize("nonsense", ["{", "☃", b"\xff\xfe", 2**62, None])
def test_nonsense_is_named_and_never_crashes(played: Connection, nonsense: object) -> None:
    """SQLite keeps anything in any column: each column of a row in every table at once, one after the other."""
    for turn in range(max(len(it.columns) for it in COVERED)):
        written = 0
        for table in COVERED:
            columns = list(table.columns)
            if turn < len(columns):
                name, key = columns[turn].name, key_of(table).name
                last = f'(SELECT max("{key}") FROM "{table.name}")'
                put = f'UPDATE "{table.name}" SET "{name}" = ? WHERE "{key}" = {last}'
                with contextlib.suppress(IntegrityError):
                    played.exec_driver_sql(put, (nonsense,))
                    written += 1
        try:
            differs = verdict_of(played).differs
        finally:
            played.rollback()
        assert differs or not written or nonsense is None, turn  # some are empty anyway
