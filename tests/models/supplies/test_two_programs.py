"""Two programs hand out the last box at once, and one dies between the movement and the confirmation."""

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from sqlmodel import select

from models.core.database import Database, connect
from models.evidence.verdicts import Verdict
from models.evidence.verified_sums import check
from models.supplies import handouts, movements
from models.supplies.handouts import Handing
from tests.models.supplies import depot

ROOT = Path(__file__).parents[3]
HAND_OUT = """
import os, signal, sys
from decimal import Decimal
from models.core.database import connect
from models.core.errors import Refusal
from models.supplies import handouts
from tests.models.supplies import depot

url, dies = sys.argv[1:]
database = connect(url)
print("ready", flush=True)
sys.stdin.readline()
try:
    with database.writing() as session:
        item, store, _, unit = depot.things(session)
        handouts.to_one(session, item, store, unit, Decimal(1), depot.told(session))
        if dies == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    print("handed out", flush=True)
except Refusal as refusal:
    print(refusal.key, flush=True)
if dies == "after":
    os.kill(os.getpid(), signal.SIGKILL)
"""


def program(url: str, dies: str = "never") -> "subprocess.Popen[str]":
    """Start a program that hands out one mask when it is told to."""
    made = subprocess.Popen(
        [sys.executable, "-c", HAND_OUT, url, dies], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert made.stdout is not None
    assert made.stdout.readline() == "ready\n"
    return made


def go(*programs: "subprocess.Popen[str]") -> list[str]:
    """Let them all hand out at once; return what each says."""
    for it in programs:
        assert it.stdin is not None
        it.stdin.write("\n")
        it.stdin.flush()
    return [it.communicate(timeout=60)[0].strip() for it in programs]


def stocked(url: str) -> Database:
    """Return a database with one mask."""
    database = connect(url)
    with database.writing() as session:
        depot.found(session, "1")
    return database


def left(database: Database) -> Decimal:
    with database.reading() as session:
        item, store, *_ = depot.things(session)
        verdict = Verdict()
        check(session, verdict)
        assert verdict.differs == []
        return movements.balance(session, item, store)


def test_of_two_programs_that_hand_out_the_last_box_one_is_refused(database_url: str) -> None:
    database = stocked(database_url)
    try:
        assert sorted(go(program(database_url), program(database_url))) == ["handed out", "supplies.short"]
        assert left(database) == 0
    finally:
        database.close()


def test_a_program_that_dies_before_the_commit_has_handed_out_nothing(database_url: str) -> None:
    database = stocked(database_url)
    try:
        dying = program(database_url, "before")
        assert go(dying) == [""]
        assert dying.returncode == -signal.SIGKILL
        assert left(database) == 1
        assert go(program(database_url)) == ["handed out"], "nothing of the dead program holds the box"
    finally:
        database.close()


def test_a_program_that_dies_after_the_commit_leaves_something_to_confirm(database_url: str) -> None:
    database = stocked(database_url)
    try:
        assert go(program(database_url, "after")) == ["handed out"]
        assert left(database) == 0
        with database.writing() as session:
            handing = session.exec(select(Handing)).one()
            assert handouts.due(session, depot.NOW + handouts.PATIENCE) is not None, "the keeper will be told"
            assert handouts.confirm(session, handing, depot.keeper(session), depot.NOW)
            assert not handouts.confirm(session, handing, depot.keeper(session), depot.NOW), "once is enough"
        assert left(database) == 0
    finally:
        database.close()
