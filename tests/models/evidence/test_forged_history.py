"""Whole days, seals, people and sums that somebody forged are named, whatever they also knew how to write."""

import shutil
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, delete, insert, select, text, update

from models.core import ledger
from models.core.canonical import plain
from models.core.database import connect
from models.evidence import verification
from tests.models.evidence.forging import COVERED, TABLES, key_of, named, rows_of
from tests.support import evidenced


@pytest.mark.parametrize("name", ["person", "unit", "place", "period", "assignment", "form_version", "report"])
def test_reports_without_what_they_point_to_are_named_one_by_one(played: Connection, name: str) -> None:
    """A report without its person, a day without its task, a form without its text."""
    found = named(played, delete(TABLES[name]))
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
    found = named(played, *_of_day(day))
    assert any(
        what == "row_gone" and where.startswith("period ") and str(day) in detail for what, where, detail in found
    )


def test_all_seals_taken_out_is_named_even_with_the_steps_that_made_them(played: Connection) -> None:
    assert "seal_missing" in {what for what, *_ in named(played, delete(TABLES["seal"]))}
    assert named(played, delete(TABLES["seal"]), delete(TABLES["step"]))


def test_two_persons_with_their_numbers_or_names_exchanged_are_named(played: Connection) -> None:
    person = TABLES["person"]
    one, other = [row for row in rows_of(played, person) if row.staff_no in ("1004", "1005")]

    def to(row: Row[Any], **values: str) -> Any:
        return update(person).where(person.c.id == row.id).values(values)

    for column in ("staff_no", "name"):
        mine, theirs = getattr(one, column), getattr(other, column)
        statements = [to(one, **{column: "–"}), to(other, **{column: mine}), to(one, **{column: theirs})]
        found = {(what, where) for what, where, _ in named(played, *statements)}
        assert found == {("row", f"person {one.id}"), ("row", f"person {other.id}")}, column


def test_the_attack_that_took_the_fever_out_of_a_report_is_named(played: Connection) -> None:
    found = named(
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
        ("blob_part", "data", "CAST(data AS TEXT)"),
    ],
)
def test_what_reads_alike_and_counts_otherwise_is_named(
    played: Connection, name: str, column: str, written: str
) -> None:  # fmt: skip
    """SQLite keeps anything in any column: what a reader takes for the same, a figure may not."""
    rule = f"{column} IS NOT NULL AND CAST({column} AS TEXT) <> 'null'"
    found = named(played, text(f"UPDATE {name} SET {column} = {written} WHERE {rule}"))
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
    return named(connection, insert(entries).values(entry), update(table).where(key_of(table) == row[0]).values(values))


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
    entries, last = TABLES["ledger_entry"], rows_of(played, TABLES["ledger_entry"])[-1]
    told = ledger.said("00", "incident", "1", None)
    digest = ledger.chain(last.digest, last.id + 1, "incident", "1", True, told)
    entry = {"id": last.id + 1, "kind": "incident", "key": "1", "gone": True, "salt": "00", "said": told}
    found = named(
        played, insert(entries).values(**entry, content=None, digest=digest),
        delete(TABLES["telling"]).where(TABLES["telling"].c.incident_id == 1), delete(TABLES["incident"]),
    )  # fmt: skip
    assert ("settled", "incident 1") in {(what, where) for what, where, _ in found}


def test_a_total_put_in_before_the_lock_is_named(played: Connection) -> None:
    forged = {"assignment_id": 1, "period_id": 5, "unit_id": 1, "day": evidenced.WEDNESDAY, "own": {"#fever": "9"}}
    assert ("row_added", "2026-11-25") in {
        (what, detail) for what, _, detail in named(played, insert(TABLES["total"]).values(forged))
    }


@pytest.mark.parametrize("phase", ["open", "lapsed", "opening"])
def test_figures_as_at_close_put_in_before_the_close_are_named(played: Connection, phase: str) -> None:
    period, snapshot = TABLES["period"], TABLES["snapshot"]
    forged = rows_of(played, snapshot)[0]._asdict() | {"id": 4711, "period_id": 4711}
    early = rows_of(played, period)[-1]._asdict() | {
        "id": 4711, "day": date(2026, 11, 26), "phase": phase, "closed_at": None, "close_revision": None,
    }  # fmt: skip
    found = named(played, insert(period).values(early), insert(snapshot).values(forged))
    assert ("row_added", "snapshot 4711") in {(what, where) for what, where, _ in found}


def test_figures_as_at_close_that_were_wrong_when_they_were_sealed_are_named(played: Connection) -> None:
    """Changed between the close and its seal: the seal holds what was forged."""
    period, snapshot, seal = TABLES["period"], TABLES["snapshot"], TABLES["seal"]
    whole = rows_of(played, period)[0]
    forged = update(snapshot).where(snapshot.c.period_id == whole.id, snapshot.c.place_id == whole.place_id)
    found = named(played, forged.values(zero=snapshot.c.zero + 1), delete(seal))
    assert "as_at_close" in {what for what, *_ in found}


def test_a_receipt_that_no_seal_covers_yet_cannot_be_exchanged(played: Connection) -> None:
    """Before the close: the chain of its revisions holds it."""
    report, seal, step = TABLES["report"], TABLES["seal"], TABLES["step"]
    mine = select(report.c.id).where(report.c.receipt.is_not(None)).order_by(report.c.id).limit(1).scalar_subquery()
    without = [delete(seal), delete(step)]
    before = named(played, *without)
    after = named(played, *without, update(report).where(report.c.id == mine).values(receipt="ZZZZ"))
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


def _surveys(connection: Connection) -> dict[bool, Any]:
    """Return the anonymous survey (True) and the named one."""
    return {row.anonymous: row for row in rows_of(connection, TABLES["round"]) if row.kind == "survey" and row.ended}


def test_results_of_a_survey_that_its_answers_do_not_make_are_named(played: Connection) -> None:
    tally = TABLES["tally"]
    of = {row.id for row in _surveys(played).values()}
    rows = [row for row in rows_of(played, tally) if row.round_id in of]
    assert len(rows) == 8
    for row in rows:
        more = named(played, update(tally).where(tally.c.id == row.id).values(n=row.n + 1))
        assert [(what, where) for what, where, _ in more] == [("survey", f"round {row.round_id}")]
        other = named(played, update(tally).where(tally.c.id == row.id).values(value="other"))
        assert {what for what, *_ in other} == {"survey"}


def test_boxes_and_answers_by_links_that_are_missing_or_there_twice_are_named(played: Connection) -> None:
    box, rounds = TABLES["box"], TABLES["round"]
    anonymous, by_link = (_surveys(played)[it] for it in (True, False))
    assert ("survey", f"round {by_link.id}", "0 ≠ 1") in named(
        played, update(rounds).where(rounds.c.id == by_link.id).values(opened=0)
    )
    put = [insert(box).values(id=n, round_id=anonymous.id, place_id=None, sealed=b"twice") for n in (1, 2)]
    assert named(played, put[0]) == [("survey", f"round {anonymous.id}", "staff: 6 ≠ 5")]
    assert ("survey", f"round {anonymous.id}", "=") in named(played, *put)
    ballots = delete(TABLES["ballot"]).where(TABLES["ballot"].c.round_id == anonymous.id)
    assert ("survey", f"round {anonymous.id}", "staff: 0 ≠ 5") in named(played, ballots)
