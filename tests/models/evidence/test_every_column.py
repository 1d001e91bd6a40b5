"""Every column of every table on which a figure rests is changed behind the program's back, and every kind of row taken
out: `verify` names each, or docs/evidence.md says why it may be."""

import contextlib
import re
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    Row,
    Table,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

import models.tables  # noqa: F401 -- every table
from models.core import ledger
from models.core.canonical import plain
from models.core.database import Instant, connect
from models.evidence import verification
from models.evidence.verdicts import Verdict
from models.messaging.addresses import Address
from tests.support import evidenced
from tests.support.servers import PostgreSQL
from tests.support.world import World

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


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Connection]:
    """Connect to the sample days without foreign keys; what a test does is rolled back."""
    path = tmp_path_factory.mktemp("evidence") / "zeroreport.db"
    shutil.copy(sqlite_template, path)
    database = connect(f"sqlite:///{path}")
    evidenced.play(World(database))
    with database.write.connect() as connection:
        assert connection.connection.dbapi_connection is not None
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
        yield connection
    database.close()


def _verdict(connection: Connection) -> Verdict:
    with Session(connection) as session:
        return verification.verify(session)


def _named(connection: Connection, *statements: Any) -> list[tuple[str, str, str]]:
    """Return what verify names after these statements, which are rolled back."""
    try:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")  # as a forger would
        for statement in statements:
            connection.execute(statement)
        return _verdict(connection).differs
    finally:
        connection.rollback()


def _key(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key


def _rows(connection: Connection, table: Table) -> list[Row[Any]]:
    found = list(connection.execute(select(table).order_by(_key(table))).all())
    connection.rollback()
    return found


def _other(connection: Connection, column: Column[Any], value: Any) -> Any:
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
    if isinstance(kind, Instant):
        return (value or datetime(2026, 11, 23, 8).astimezone()) + timedelta(seconds=1)
    if isinstance(kind, Date):
        return (value or date(2026, 11, 23)) + timedelta(days=1)
    if isinstance(kind, JSON):
        return [*value, "x"] if isinstance(value, list) else {**(value or {}), "x": "1"}
    if isinstance(kind, LargeBinary):
        return value + b"x"
    return {"zero": "filled", "filled": "zero", "due": "zero"}.get(value, f"{value or ''}x")


def _put(connection: Connection, column: Column[Any], row: Row[Any]) -> Any:
    """Return the statement that writes something else there; what a unique key forbids points to nothing instead."""
    key, value = _key(column.table), getattr(row, column.name)
    for turn in range(9):
        value = 4711 if column.foreign_keys and turn else _other(connection, column, value)
        made = update(column.table).where(key == row[0]).values({column.name: value})
        with contextlib.suppress(IntegrityError):
            connection.execute(made)
            break
        connection.rollback()
    connection.rollback()
    return made


def test_the_days_are_sound_and_hold_something_of_everything(played: Connection) -> None:
    verdict = _verdict(played)
    assert (verdict.differs, verdict.erased) == ([], 2)
    assert [it.name for it in COVERED if not _rows(played, it)] == []


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
                row = _rows(played, table)[0]
                changes.append((table, row, columns[turn], _put(played, columns[turn], row)))
        found = _named(played, *(it[3] for it in changes))
        for table, row, column, _ in changes:
            key = plain(row[0])
            told = [detail for what, where, detail in found if what == "row" and where == f"{table.name} {key}"]
            moved = any(where == f"{table.name} {key}" and what == "row_gone" for what, where, _ in found)
            if not (moved if column.primary_key else any(f"{column.name}: " in it for it in told)):
                missed.append(f"{table.name}.{column.name}")
    assert missed == []


@pytest.mark.parametrize("table", [*UNWATCHED, TABLES["excuse"]], ids=lambda it: it.name)
def test_each_other_column_is_named_when_it_is_changed(played: Connection, table: Table) -> None:
    found = _rows(played, table)
    shown = ("words", "at") if table.name == "excuse" else ("state", "kind")
    shapes = {str([getattr(row, n, "") for n in shown]): row for row in reversed(found)}
    missed = []
    for row in list(shapes.values())[:3]:
        for column in table.columns:
            if column.name in exempt()[table.name]:
                continue
            if not _named(played, _put(played, column, row)):
                missed.append(f"{table.name} {row[0]}.{column.name}: {getattr(row, column.name)!r}")
    assert missed == []


@pytest.mark.parametrize("table", COVERED, ids=lambda it: it.name)
def test_a_row_taken_out_is_named_and_so_are_all(played: Connection, table: Table) -> None:
    rows = _rows(played, table)
    for row in (rows[0], rows[-1]):
        assert _named(played, delete(table).where(_key(table) == row[0])), row
    assert _named(played, delete(table))


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
                name, key = columns[turn].name, _key(table).name
                last = f'(SELECT max("{key}") FROM "{table.name}")'
                put = f'UPDATE "{table.name}" SET "{name}" = ? WHERE "{key}" = {last}'
                with contextlib.suppress(IntegrityError):
                    played.exec_driver_sql(put, (nonsense,))
                    written += 1
        try:
            differs = _verdict(played).differs
        finally:
            played.rollback()
        assert differs or not written or nonsense is None, turn  # some are empty anyway


@pytest.mark.parametrize("name", ["person", "unit", "place", "period", "assignment", "form_version", "report"])
def test_reports_without_what_they_point_to_are_named_one_by_one(played: Connection, name: str) -> None:
    """A report without its person, a day without its task, a form without its text."""
    found = _named(played, delete(TABLES[name]))
    assert {"row_gone", "dangling"} & {what for what, *_ in found}


def _of_day(day: date) -> list[Any]:
    """Delete everything about a day, however it hangs together; the ledger and the audit stay."""
    periods = select(TABLES["period"].c.id).where(TABLES["period"].c.day == day)
    reports = select(TABLES["report"].c.id).where(TABLES["report"].c.period_id.in_(periods))
    gone = [delete(it).where(it.c.report_id.in_(reports)) for it in COVERED if "report_id" in it.c]
    gone += [delete(it).where(it.c.period_id.in_(periods)) for it in COVERED if "period_id" in it.c]
    return [*gone, delete(TABLES["period"]).where(TABLES["period"].c.day == day)]


@pytest.mark.parametrize("day", [date(2026, 11, 23), evidenced.TUESDAY, evidenced.WEDNESDAY])
def test_a_whole_day_taken_out_is_named(played: Connection, day: date) -> None:
    found = _named(played, *_of_day(day))
    assert any(
        what == "row_gone" and where.startswith("period ") and str(day) in detail for what, where, detail in found
    )


def test_all_seals_taken_out_is_named_even_with_the_steps_that_made_them(played: Connection) -> None:
    assert "seal_missing" in {what for what, *_ in _named(played, delete(TABLES["seal"]))}
    assert _named(played, delete(TABLES["seal"]), delete(TABLES["step"]))


def test_two_persons_with_their_numbers_or_names_exchanged_are_named(played: Connection) -> None:
    person = TABLES["person"]
    one, other = [row for row in _rows(played, person) if row.staff_no in ("1004", "1005")]

    def to(row: Row[Any], **values: str) -> Any:
        return update(person).where(person.c.id == row.id).values(values)

    for column in ("staff_no", "name"):
        mine, theirs = getattr(one, column), getattr(other, column)
        statements = [to(one, **{column: "–"}), to(other, **{column: mine}), to(one, **{column: theirs})]
        found = {(what, where) for what, where, _ in _named(played, *statements)}
        assert found == {("row", f"person {one.id}"), ("row", f"person {other.id}")}, column


def test_the_attack_that_took_the_fever_out_of_a_report_is_named(played: Connection) -> None:
    found = _named(
        played,
        text("update revision set salt=NULL, answers=replace(answers,'38.2','36.5')"),
    )
    assert "content" in {what for what, *_ in found}


@pytest.mark.parametrize(
    ("name", "column", "written"),
    [
        ("report", "late", "2"),  # true, and counted twice
        ("report", "submitted_at", "replace(submitted_at, ' ', 'T')"),
        ("revision", "at", "at || '00'"),
        ("period", "due_at", "substr(due_at, 1, 19)"),
        ("revision", "answers", """'{"temperature": 36.5, ' || substr(answers, 2)"""),
        ("alert", "label", "' ' || label"),
        ("period", "name_silent", "name_silent + 0.5"),
        ("blob", "data", "CAST(data AS TEXT)"),
    ],
)
def test_what_reads_alike_and_counts_otherwise_is_named(
    played: Connection, name: str, column: str, written: str
) -> None:  # fmt: skip
    """SQLite keeps anything in any column: what a reader takes for the same, a figure may not."""
    rule = f"{column} IS NOT NULL AND CAST({column} AS TEXT) <> 'null'"
    found = _named(played, text(f"UPDATE {name} SET {column} = {written} WHERE {rule}"))
    assert any(what == "stored" and column in detail for what, _, detail in found)


def _appended(connection: Connection, name: str, **values: Any) -> list[tuple[str, str, str]]:
    """Return what verify names after a row was changed by somebody who knows how the program writes that down."""
    table, entries = TABLES[name], TABLES["ledger_entry"]
    column = next(iter(values))
    row = connection.execute(select(table).where(table.c[column].is_not(None))).first()
    assert row is not None
    last = connection.execute(select(entries).order_by(entries.c.id.desc())).first()
    assert last is not None
    stands = ledger.content(table, row._asdict() | values)
    told = ledger.said("00", name, plain(row[0]), stands)
    entry = {
        "id": last.id + 1, "kind": name, "key": plain(row[0]), "gone": False, "content": stands, "salt": "00",
        "said": told, "digest": ledger.chain(last.digest, last.id + 1, name, plain(row[0]), False, told),
    }  # fmt: skip
    return _named(connection, insert(entries).values(entry), update(table).where(_key(table) == row[0]).values(values))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("alert", {"closed_by": 1}), ("incident", {"kind": "other!"}), ("reopening", {"reason": "x"}),
        ("summary_post", {"signed_by": 2}), ("excuse", {"words": "x"}), ("erasure", {"reason": "x"}),
        ("audit_entry", {"by": "x"}),
        ("form_version", {"source": "x"}), ("planned", {"by": 2}), ("absence", {"decided_by": 2}),
        ("step", {"outcome": "lapsed"}), ("period", {"close_revision": 1}), ("telling", {"words": "x"}),
        ("place", {"path": "x"}), ("urge", {"by": 2}), ("deputy", {"by": 2}), ("attachment", {"digest": "x"}),
    ],
)  # fmt: skip
def test_who_writes_the_ledger_too_cannot_change_what_never_changes(
    played: Connection, name: str, values: dict[str, Any]
) -> None:  # fmt: skip
    assert "settled" in {what for what, *_ in _appended(played, name, **values)}


def test_a_day_that_is_taken_out_of_the_ledger_by_its_rules_is_named(played: Connection) -> None:
    """An entry that says that an incident is gone."""
    entries, last = TABLES["ledger_entry"], _rows(played, TABLES["ledger_entry"])[-1]
    told = ledger.said("00", "incident", "1", None)
    digest = ledger.chain(last.digest, last.id + 1, "incident", "1", True, told)
    entry = {"id": last.id + 1, "kind": "incident", "key": "1", "gone": True, "salt": "00", "said": told}
    found = _named(
        played, insert(entries).values(**entry, content=None, digest=digest),
        delete(TABLES["telling"]).where(TABLES["telling"].c.incident_id == 1), delete(TABLES["incident"]),
    )  # fmt: skip
    assert ("settled", "incident 1") in {(what, where) for what, where, _ in found}


def test_a_total_put_in_before_the_lock_is_named(played: Connection) -> None:
    forged = {"assignment_id": 1, "period_id": 5, "unit_id": 1, "day": evidenced.WEDNESDAY, "own": {"#fever": "9"}}
    assert ("row_added", "2026-11-25") in {
        (what, detail) for what, _, detail in _named(played, insert(TABLES["total"]).values(forged))
    }


@pytest.mark.parametrize("phase", ["open", "lapsed", "opening"])
def test_figures_as_at_close_put_in_before_the_close_are_named(played: Connection, phase: str) -> None:
    period, snapshot = TABLES["period"], TABLES["snapshot"]
    forged = _rows(played, snapshot)[0]._asdict() | {"id": 4711, "period_id": 4711}
    early = _rows(played, period)[-1]._asdict() | {
        "id": 4711, "day": date(2026, 11, 26), "phase": phase, "closed_at": None, "close_revision": None,
    }  # fmt: skip
    found = _named(played, insert(period).values(early), insert(snapshot).values(forged))
    assert ("row_added", "snapshot 4711") in {(what, where) for what, where, _ in found}


def test_figures_as_at_close_that_were_wrong_when_they_were_sealed_are_named(played: Connection) -> None:
    """Changed between the close and its seal: the seal holds what was forged."""
    period, snapshot, seal = TABLES["period"], TABLES["snapshot"], TABLES["seal"]
    whole = _rows(played, period)[0]
    forged = update(snapshot).where(snapshot.c.period_id == whole.id, snapshot.c.place_id == whole.place_id)
    found = _named(played, forged.values(zero=snapshot.c.zero + 1), delete(seal))
    assert "as_at_close" in {what for what, *_ in found}


def test_a_receipt_that_no_seal_covers_yet_cannot_be_exchanged(played: Connection) -> None:
    """Before the close: the chain of its revisions holds it."""
    report, seal, step = TABLES["report"], TABLES["seal"], TABLES["step"]
    mine = select(report.c.id).where(report.c.receipt.is_not(None)).order_by(report.c.id).limit(1).scalar_subquery()
    without = [delete(seal), delete(step)]
    before = _named(played, *without)
    after = _named(played, *without, update(report).where(report.c.id == mine).values(receipt="ZZZZ"))
    assert {what for what, *_ in set(after) - set(before)} == {"revision"}


def test_an_index_that_was_told_to_look_away_is_named(sqlite_template: Path, tmp_path: Path) -> None:
    """Figures come from an index; one that was switched off while rows changed says what stood there before."""
    path = tmp_path / "zeroreport.db"
    shutil.copy(sqlite_template, path)
    rule = "UPDATE sqlite_master SET sql = {} WHERE name = 'unit_parent'"
    for statement in (
        "CREATE INDEX unit_parent ON unit (rank)", rule.format("sql || ' WHERE 0'"),
        "INSERT INTO unit (id, name, path, rank) VALUES (1, 'a', 'a', '1')",
        rule.format("replace(sql, ' WHERE 0', '')"),
    ):  # fmt: skip
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(statement)
        connection.commit()
        connection.close()
    database = connect(f"sqlite:///{path}")
    try:
        with database.reading() as session:
            assert "damaged" in {what for what, *_ in verification.verify(session).differs}
    finally:
        database.close()
