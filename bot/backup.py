"""Backups that were opened and verified before they count, and a restored database that sends nothing until told to."""

import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlmodel import Session

from models import parking, verification
from models.database import Database, connect, migrate
from models.errors import Refusal

PREFIX = "zeroreport-"


@dataclass(frozen=True)
class Backup:
    """A finished backup: where it is, how large (bytes), and how many seals and revisions were checked in it."""

    path: Path
    size: int
    seals: int
    revisions: int


def make(url: str, database: Database, target: Path, now: datetime) -> Backup:
    """Writes a backup beside everything that goes on, opens it and verifies it; a bad one is removed.

    SQLite: `VACUUM INTO`, one consistent copy. PostgreSQL: `pg_dump`, whose restoring is PostgreSQL's own business.
    Refusals: `backup.exists`, `backup.no_pg_dump`, `backup.failed`, `backup.differs`.
    """
    if target.exists():
        raise Refusal("backup.exists", path=str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".part")
    unfinished.unlink(missing_ok=True)
    try:
        if database.read.dialect.name == "sqlite":
            checked = _sqlite(database, unfinished)
        else:
            checked = _postgresql(url, unfinished)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return Backup(target, target.stat().st_size, *checked)


def _sqlite(database: Database, target: Path) -> tuple[int, int]:
    source = sqlite3.connect(str(database.read.url.database), isolation_level=None, timeout=30)
    try:
        source.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise Refusal("backup.failed", reason=str(error)) from None
    finally:
        source.close()
    return _tested(target)


def _tested(path: Path) -> tuple[int, int]:
    copy = connect(f"sqlite:///{path}")
    try:
        with copy.reading() as session:
            sound = session.execute(text("PRAGMA quick_check")).scalar_one()
            verdict = verification.verify(session)
    finally:
        copy.close()
    if sound != "ok" or verdict.differs:
        raise Refusal("backup.differs", count=len(verdict.differs) or 1)
    return verdict.seals, verdict.revisions


def _postgresql(url: str, target: Path) -> tuple[int, int]:
    program = shutil.which("pg_dump")
    if program is None:
        raise Refusal("backup.no_pg_dump")
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 -- a fixed program, the address as an environment-free argument of its own
        [program, "--format=custom", f"--file={target}", f"--dbname={plain}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["pg_dump"]
        raise Refusal("backup.failed", reason=lines[-1].replace(plain, "…"))
    return 0, 0


def nightly(url: str, database: Database, folder: Path, keep: int, now: datetime) -> Backup:
    """Today's backup in `folder`, and those beyond the newest `keep` gone."""
    made = make(url, database, folder / f"{PREFIX}{now:%Y%m%d-%H%M%S}.db", now)
    for old in sorted(folder.glob(f"{PREFIX}*.db"))[:-keep]:
        old.unlink()
    return made


def restore(source: Path, url: str, now: datetime) -> int:
    """Puts a backup in the place of an SQLite database that is not there, and parks what it would send; says how many
    messages that are. Refusals: `backup.not_sqlite`, `backup.in_the_way`, `backup.no_backup`."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        raise Refusal("backup.not_sqlite")
    target = Path(address.database or "")
    if target.exists():
        raise Refusal("backup.in_the_way", path=str(target))
    try:
        _tested(source)
        shutil.copyfile(source, target)
        database = connect(url)
        try:
            migrate(database)
            with database.writing() as session:
                return parking.park(session, now)
        finally:
            database.close()
    except Refusal:
        raise
    except Exception as error:
        target.unlink(missing_ok=True)
        raise Refusal("backup.no_backup", path=str(source), reason=type(error).__name__) from None


def release(session: Session, *, send: bool) -> int:
    """The operator's decision over what a restored database still had to send."""
    return parking.release(session, send=send)
