"""Make and restore backups with PostgreSQL's own programs. They get the password through their environment, because
anybody on the machine can read a command line."""

import contextlib
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO, BinaryIO, cast

from sqlalchemy import Dialect, inspect, text
from sqlalchemy.engine import make_url
from sqlmodel import Session

from bot.backups import manifests
from bot.opening import named
from models.core import database_states
from models.core.database import Database, connect
from models.core.errors import Refusal
from models.operations import restore_hold

SECRET = ("password", "sslpassword")
OURS = ("context",)  # the driver's own


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Refusal("backup.no_program", program=name)
    return found


def address(url: str, dialect: Dialect) -> tuple[str, dict[str, str]]:
    """Return where to connect, without secrets and fit for a command line, and the environment that holds
    the secrets."""
    from psycopg.conninfo import make_conninfo  # 6 MB that a program on SQLite never needs

    _, options = dialect.create_connect_args(make_url(url))
    shown = {key: value for key, value in options.items() if key not in SECRET + OURS and value is not None}
    shown.setdefault("connect_timeout", 10)
    known = dict(os.environ)
    if options.get("password"):
        known["PGPASSWORD"] = str(options["password"])
    return make_conninfo("", **shown), known


def dump(url: str, session: Session, target: Path) -> None:
    """Write what this session's snapshot sees, so that what is verified is what was written."""
    snapshot = session.execute(text("SELECT pg_export_snapshot()")).scalar_one()
    where, known = address(url, session.get_bind().dialect)
    done = subprocess.run(  # noqa: S603 -- a fixed program; nothing of the address but where to connect
        [program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--no-comments",
         f"--snapshot={snapshot}", f"--file={target}", f"--dbname={where}"],
        capture_output=True, text=True, check=False, env=known,
    )  # fmt: skip
    if done.returncode:
        raise _failed(url, done.stderr, "pg_dump")


def _failed(url: str, said: str, name: str) -> Refusal:
    if "server version mismatch" in said:
        return Refusal("backup.old_program", program=name)
    lines = [line for line in said.strip().splitlines() if "error" in line.lower()] or [name]
    return database_states.postgresql(said, make_url(url), away=False) or Refusal("backup.failed", reason=lines[-1])


def check(source: Path) -> None:
    """Raise `backup.no_backup` if pg_restore cannot read the file."""
    done = subprocess.run(  # noqa: S603
        [program("pg_restore"), "--list", str(source)], capture_output=True, check=False
    )
    if done.returncode:
        raise Refusal("backup.no_backup", path=str(source))


def restore(source: Path, url: str, now: datetime) -> int:
    """Fill an empty database in one transaction that includes the hold: if it is interrupted, the database stays empty.
    Return how many messages are on hold. Raise `backup.not_empty`, `backup.no_backup` or `backup.failed`."""
    database = connect(url)
    try:
        with named(url):
            _empty(database)
        check(source)
        _fill(source, url, database.read.dialect, now)
        with named(url), database.reading() as session:
            return restore_hold.set_aside(session)
    finally:
        database.close()


def _empty(database: Database) -> None:
    with database.read.connect() as connection:
        if inspect(connection).get_table_names():
            raise Refusal("backup.not_empty", name=str(database.read.url.database))


def _fill(source: Path, url: str, dialect: Dialect, now: datetime) -> None:
    """Pipe pg_restore into psql, which commits only when it is told to: without the last words everything is undone."""
    where, known = address(url, dialect)
    reading = [program("pg_restore"), "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(source)]
    writing = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={where}", "--file=-"]
    with (
        subprocess.Popen(writing, stdin=PIPE, stdout=DEVNULL, stderr=PIPE, env=known) as psql,  # noqa: S603
        subprocess.Popen(reading, stdout=PIPE, stderr=DEVNULL) as dumped,  # noqa: S603
    ):
        told, complaint = cast("BinaryIO", psql.stdin), cast("IO[bytes]", psql.stderr)
        whole = _hand_over(cast("BinaryIO", dumped.stdout), told) and dumped.wait() == 0
        if not whole:
            dumped.kill()
        _end(told, f"RESET search_path;\n{restore_hold.script(now, dialect)}\nCOMMIT;\n" if whole else "")
        said = complaint.read().decode(errors="replace")
        failed = psql.wait() != 0
    if failed:
        raise _failed(url, said, "psql")
    if not whole:
        raise Refusal("backup.no_backup", path=str(source))


def _end(psql: BinaryIO, words: str) -> None:
    """Send psql the last words; if psql cannot take them, its own error says why."""
    with contextlib.suppress(BrokenPipeError):
        psql.write(words.encode())
    with contextlib.suppress(BrokenPipeError):
        psql.close()


def _hand_over(dumped: BinaryIO, psql: BinaryIO) -> bool:
    try:
        psql.write(b"BEGIN;\n")
        manifests.digest(dumped, psql)
    except BrokenPipeError:
        return False
    return True
