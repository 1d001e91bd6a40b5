"""The database goes away for a while, or hangs, or is damaged: nothing ends, nothing is lost, and it is said."""

import asyncio
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InternalError, OperationalError
from sqlmodel import Session, func, select

from bot.alive import Alive, Unmendable
from bot.opening import free
from models.core import postgresql
from models.core.database import away, connect
from models.core.errors import Refusal
from models.reporting.revisions import Revision
from tests.bot.test_reliability import me, prompts, staff
from tests.bot.test_run import NEXT, clock
from tests.support.program import Office, running, until

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


class Cable:
    """The line to a PostgreSQL server: it can be cut, or fall silent as where the server is stopped."""

    def __init__(self, url: str) -> None:
        self._real = make_url(url)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._through = threading.Event()
        self._through.set()
        self.there = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        port = self._door.getsockname()[1]
        plain = self._real.set(host="127.0.0.1", port=port, query={}, drivername="postgresql")
        return plain.render_as_string(hide_password=False)

    def cut(self) -> None:
        self.there = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.there = True
        self._through.set()

    def fall_silent(self) -> None:
        self._through.clear()

    def _accept(self) -> None:
        while True:
            near, _ = self._door.accept()
            if not self.there:
                near.close()
                continue
            far = self._connect()
            self._ends += [near, far]
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _connect(self) -> socket.socket:
        folder = str(self._real.query.get("host") or "")
        if folder.startswith("/"):
            made = socket.socket(socket.AF_UNIX)
            made.connect(f"{folder}/.s.PGSQL.{self._real.port or 5432}")
            return made
        return socket.create_connection((self._real.host or "127.0.0.1", self._real.port or 5432))

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65536):
                self._through.wait()
                there.sendall(data)
        for end in (here, there):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cable(database_url: str) -> Iterator[Cable]:
    made = Cable(database_url)
    yield made
    made.cut()


@ON_POSTGRESQL
def test_a_database_that_is_away_for_long_ends_nothing_and_loses_nothing(
    database_url: str, cable: Cable, tmp_path: Path
) -> None:
    office, database = Office(tmp_path, cable.url), connect(database_url)
    one, other = staff(database, 2)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    with running(office, "run", *clock("07:29:45", 60)) as program:
        asked = prompts(database, 2)
        one.port = other.port = program.port
        cable.cut()
        sick = until(lambda: reply if (reply := program.get("/healthz")).status == 503 else None)
        assert b"database" in sick.body
        assert not re.search(rb"postgres|127|Error", sick.body)
        assert one.tap(me(one), asked[me(one)]).status == 503
        assert one.ask("GET", "/chat/state").status == 503
        time.sleep(3)  # longer than every retry of one transaction
        assert program.process.poll() is None
        cable.mend()
        until(lambda: program.get("/healthz").status == 200)
        assert one.tap(me(one), asked[me(one)]).status == 200
        assert other.tap(me(other), asked[me(other)]).status == 200
        assert program.stop() < 8
        assert program.process.returncode == 0
        said = program.output
    assert said.count("does not do its work") == said.count("does its work again") == 1
    assert "Traceback" not in said
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == 2
    database.close()


@ON_POSTGRESQL
def test_a_server_that_hangs_is_given_up_after_a_time(cable: Cable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "SILENCE", {"write": 1, "read": 1})
    monkeypatch.setattr(postgresql, "SOONER", 0.5)
    monkeypatch.setattr(postgresql, "OPTIONS", {"connect_timeout": 2})
    database = connect(cable.url)
    with database.writing() as session:
        session.execute(text("SELECT 1"))
    cable.fall_silent()
    for engine in (database.writing, database.reading):
        with pytest.raises(OperationalError) as error, engine() as session:
            session.execute(text("SELECT 1"))
        assert away(error.value)
    cable.mend()
    with database.writing() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
    database.close()


@ON_POSTGRESQL
def test_a_program_stopped_in_the_middle_of_a_transaction_does_not_hold_the_others_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SILENCE", {"write": 2, "read": 2})
    monkeypatch.setattr(postgresql, "SOONER", 1)
    stopped, other = connect(database_url), connect(database_url)
    with pytest.raises(InternalError) as error, stopped.writing() as session:
        session.execute(text("SELECT 1"))
        for _ in range(10):
            with suppress(OperationalError), other.writing() as second:
                second.execute(text("SELECT 1"))
                break
        else:
            pytest.fail("the writers' lock was never free")
        session.execute(text("SELECT 1"))
    assert away(error.value)
    stopped.close()
    other.close()


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("statement", "gone"),
    [("SELECT 1/0", False), ("SELECT nothing FROM nowhere", False), ("SET TRANSACTION READ ONLY", True)],
)
def test_what_is_wrong_with_a_statement_is_not_taken_for_the_database(
    database: Any, statement: str, gone: bool
) -> None:
    with pytest.raises(Exception) as error, database.writing() as session:
        session.execute(text(statement))
        session.execute(text("CREATE TABLE anything (it INTEGER)"))
    assert away(error.value) is gone


@ON_SQLITE
def test_a_poisoned_statement_is_no_outage_on_sqlite_either(database: Any) -> None:
    for statement in ("SELECT nothing FROM nowhere", f"SELECT {'(' * 2000}1{')' * 2000}"):
        with pytest.raises(OperationalError) as error, database.writing() as session:
            session.execute(text(statement))
        assert not away(error.value)


@ON_SQLITE
def test_a_malformed_database_is_not_healthy(database_url: str, tmp_path: Path) -> None:
    office, database = Office(tmp_path, database_url), connect(database_url)
    staff(database, 300)
    database.close()
    with running(office, "run") as program:
        until(lambda: program.get("/healthz").status == 200)
        program.kill()
    file = Path(make_url(database_url).database or "")
    whole = file.read_bytes()
    (tmp_path / f"{file.name}-wal").unlink(missing_ok=True)
    file.write_bytes(whole[: len(whole) // 2] + b"\xff" * 16384 + whole[len(whole) // 2 + 16384 :])
    with running(office, "run") as program:
        sick = until(lambda: reply if (reply := program.get("/healthz")).status == 503 else None)
        assert b"integrity" in sick.body or b"database" in sick.body


@ON_SQLITE
def test_too_little_room_on_the_disk_is_not_healthy(database_url: str, tmp_path: Path) -> None:
    with running(Office(tmp_path, database_url), "run", DISK_LEAST_MB="1000000") as program:
        assert program.get("/healthz").body == b"not well: disk"


def test_where_no_file_can_be_made_or_the_folder_is_gone_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, gone = (make_url(f"sqlite:///{it / 'zr.db'}") for it in (tmp_path, tmp_path / "gone"))
    assert free(there) > 0
    assert free(gone) == 0
    whole = list(os.statvfs(tmp_path))
    whole[7] = 0  # f_favail
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(whole))
    assert free(there) == 0


@ON_SQLITE
def test_a_database_that_is_moved_away_under_the_program_takes_nothing_until_it_is_back(
    database_url: str, tmp_path: Path
) -> None:
    """SQLite itself goes on in the file that has no name any more, and all of it is gone with the program."""
    office, database = Office(tmp_path, database_url), connect(database_url)
    staff(database, 1)
    database.close()
    file = Path(make_url(database_url).database or "")
    with running(office, "run") as program:
        until(lambda: program.get("/healthz").status == 200)
        file.rename(file.with_suffix(".aside"))
        sick = until(lambda: reply if (reply := program.get("/healthz")).status == 503 else None)
        assert b"database" in sick.body
        until(lambda: "SQLITE_READONLY_DBMOVED" in program.output)
        assert not file.exists(), "no empty database was made instead"
        file.with_suffix(".aside").rename(file)
        until(lambda: program.get("/healthz").status == 200)


# a bug in a loop


def test_a_bug_in_a_loop_begins_it_anew_is_told_and_never_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.alive.FIRST", 0.0)
    turns, told = iter([ValueError(), None, KeyError(), None]), []
    alive = Alive()

    async def tell(name: str, error: BaseException) -> None:
        told.append((name, type(error).__name__, alive.well))

    async def once() -> bool:
        turn = next(turns, "over")
        if turn == "over":
            raise asyncio.CancelledError
        if isinstance(turn, Exception):
            raise turn
        return False

    alive.tell = tell
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(alive.rounds("errands", once, 0))
    assert told == [("errands", "ValueError", False), ("errands", "KeyError", False)]
    assert alive.well


@pytest.mark.parametrize("key", ["cli.telegram_conflict", "cli.telegram_token"])
def test_only_what_no_waiting_mends_ends_a_loop(key: str) -> None:
    async def work() -> None:
        raise Unmendable(key)

    with pytest.raises(Refusal):
        asyncio.run(Alive().running("telegram", work))


def test_tries_are_bounded_and_an_outage_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    alive, gone = Alive(), OperationalError("SELECT", {}, psycopg.OperationalError("server closed"))
    pauses = [alive.failed(name, gone) for _ in range(40) for name in ("delivery", "errands")]
    assert max(pauses) <= 5.0
    assert min(pauses[20:]) >= 2.5
    alive.healed("delivery")
    assert alive.away
    alive.healed("errands")
    assert not alive.away
    assert [r.levelname for r in caplog.records] == ["WARNING", "WARNING"]
    assert "SELECT" not in caplog.text


@ON_SQLITE
def test_a_commit_that_was_made_although_nobody_heard_of_it_doubles_nothing(database: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from bot.clock import Clock
    from bot.desk import Desk
    from handlers.core.context import Defaults
    from tests.support.world import World

    world = World(database)
    world.organisation()
    world.assign()
    world.at("7:30")
    button, standing = world.button("李梅", "零报告")
    tap = world.incoming("李梅", data=button.data, message=standing.id)
    heard: list[datetime] = []

    class Deaf(Clock):
        def now(self) -> datetime:
            return world.clock.now()

    async def scene() -> None:
        with ThreadPoolExecutor(1) as worker:
            desk = Desk(database, Defaults(), Deaf(), worker)
            right = desk._handle

            def handle(session: Session, now: datetime, waiting: Any) -> Any:
                found = right(session, now, waiting)
                heard.append(now)
                if len(heard) == 1:
                    session.commit()
                    raise OperationalError("COMMIT", {}, psycopg.OperationalError("connection lost"))
                return found

            desk._handle = handle  # type: ignore[method-assign]
            await desk.take([tap])

    asyncio.run(scene())
    assert len(heard) == 2
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == 1
