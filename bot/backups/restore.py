"""Put a backup in the place of a database. Interrupted at any instant, it leaves either the old database or all of the
new one, already on hold: the new one is made, checked and held beside the old one under a name of its own."""

import contextlib
import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot import files
from bot.backups import manifests, postgresql_dumps
from bot.backups.backup import looked_at
from bot.backups.manifests import Manifest
from bot.opening import sound
from models.core import database_states
from models.core.database import beside, connect, copy_of
from models.core.database_states import READY, RESTORING
from models.core.errors import Refusal
from models.core.schema import migrate, revision, revisions
from models.operations import restore_hold

SHARED = (510, 0x40000002)  # the bytes that SQLite locks while a file is open: see its os.h
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@dataclass(frozen=True)
class Restored:
    """The outcome. `messages` are on hold; `differs` is as in the manifest; `aside` is where the former database is
    now."""

    messages: int
    differs: int | None
    aside: Path | None = None


def check(source: Path, *, unproven: bool = False) -> Manifest:
    """Return what is in a backup once its manifest, its bytes and its tables are found in order. Raise a Refusal
    `backup.…`."""
    found = _manifest(source, unproven=unproven)
    with _opened(source) as file:
        size, sha256 = manifests.digest(file)
    if found:
        manifests.compare(found, source, size, sha256)
        if found.engine != "sqlite":
            postgresql_dumps.check(source)
            return found
    with _no_backup(source):
        made = _looked_at(source, source, size, sha256)
    return replace(found, differs=made.differs) if found else made


def restore(source: Path, url: str, now: datetime, *, instead: bool = False, unproven: bool = False) -> Restored:
    """Put a backup in the place of the database at `url`. With `instead`, a database that is there is set aside
    together with its files; `unproven` takes a backup without a manifest, whose bytes nobody vouches for. Raise a
    Refusal `backup.…` or `database.…`."""
    address, found = make_url(url), _manifest(source, unproven=unproven)
    if found and found.engine != address.get_backend_name():
        raise Refusal("backup.other_engine", path=str(source))
    if address.get_backend_name() != "sqlite":
        return _on_server(source, url, now, found)
    target = Path(os.path.realpath(address.database or ""))
    if not target.parent.is_dir() or target.is_dir() or target.is_symlink():
        database_states.look(target, make=True)
    try:
        with files.alone(target.parent):
            return _in_place(source, target, now, found, instead=instead)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise database_states.told(error, _url(target)) or error from error


def _manifest(source: Path, *, unproven: bool) -> Manifest | None:
    if not unproven:
        with _opened(source):
            return manifests.read(source)
    if any(it.exists() and it.stat().st_size for it in beside(source, "-wal", "-journal")):
        raise Refusal("backup.unmerged", path=str(source))
    return None


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[BinaryIO]:
    try:
        file = source.open("rb")
    except FileNotFoundError:
        raise Refusal("cli.no_file", path=str(source)) from None
    except OSError as error:
        raise Refusal("cli.unreadable", path=str(source), reason=error.strerror) from None
    with file:
        yield file


def _on_server(source: Path, url: str, now: datetime, found: Manifest | None) -> Restored:
    with _opened(source) as file:
        if found:
            manifests.compare(found, source, *manifests.digest(file))
    return Restored(postgresql_dumps.restore(source, url, now), found.differs if found else None)


def _in_place(source: Path, target: Path, now: datetime, found: Manifest | None, *, instead: bool) -> Restored:
    new = target.with_name(target.name + RESTORING)
    try:
        files.remove(new, *beside(new))  # left by an interrupted restore
        files.forget_names(target, *beside(target))
        _may(source, target, instead=instead)
        with _opened(source) as file, files.fresh(new) as out:
            size, sha256 = manifests.digest(file, out)
        if found:
            manifests.compare(found, source, size, sha256)
        with _no_backup(source):
            differs = _looked_at(new, source, size, sha256).differs
            messages = _held(new, now)
        return Restored(messages, differs, _put(new, target, now))
    finally:
        files.remove(new, *beside(new))


def _url(path: Path) -> URL:
    return make_url("sqlite://").set(database=str(path))


@contextlib.contextmanager
def _no_backup(source: Path) -> Iterator[None]:
    """Turn a database error into `backup.no_backup`, and a full disk into its own refusal."""
    try:
        yield
    except (OSError, Refusal):
        raise
    except Exception as error:
        said = database_states.told(error, _url(source))
        if said and said.key not in ("database.corrupt", "database.no_database", "database.disk"):
            raise
        raise Refusal("backup.no_backup", path=str(source)) from error


def _looked_at(path: Path, source: Path, size: int, sha256: str) -> Manifest:
    copy = copy_of(path)
    try:
        stands = revision(copy)
        if stands is None or not sound(copy, "integrity_check"):
            raise Refusal("backup.no_backup", path=str(source))
        if stands not in revisions():
            raise Refusal("database.newer", found=stands, known=revisions()[-1])
        with copy.reading() as session:
            bare = Manifest(path.name, size, sha256, "sqlite", "", "", stands, 0, 0, "", None)
            return looked_at(copy, session, bare)
    finally:
        copy.close()


def _held(new: Path, now: datetime) -> int:
    """Migrate the new database, put it on hold, make it one file and sync it; return how many messages are on hold."""
    database = connect(_url(new))
    try:
        migrate(database)
        with database.writing() as session:
            messages = restore_hold.park(session, now)
    finally:
        database.close()
    _merged(new).close()
    files.sync(new)
    return messages


def _merged(path: Path) -> sqlite3.Connection:
    """Open a database and merge it into one file. Nobody else can have it open then, or open it while this connection
    is."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")  # locked, while anybody else has it open
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        if error.sqlite_errorname in ("SQLITE_BUSY", "SQLITE_LOCKED"):
            raise Refusal("database.in_use", path=str(path)) from None
        raise
    return connection


def _may(source: Path, target: Path, *, instead: bool) -> None:
    if target.exists() and target.samefile(source):
        raise Refusal("backup.same", path=str(source))
    if instead:
        return
    if target.exists():
        raise Refusal("backup.in_the_way", path=str(target))
    if left := [it.name for it in beside(target) if it.exists()]:
        raise Refusal("backup.left", path=str(target), left=left)


def _put(new: Path, target: Path, now: datetime) -> Path | None:
    """Give the new database its name, after the old one got another. An old one that can be made one file is replaced
    in one step. A damaged one's files are moved away first, because none may meet the new one; until that is done the
    new one's name says so, and no command takes the old one for a database."""
    aside = _unused(target.with_name(f"{target.name}{files.REPLACED}{now:%Y%m%d-%H%M%S}"))
    kept = {it: aside.with_name(aside.name + it.name.removeprefix(target.name)) for it in _there(target)}
    _keep(kept)
    files.sync(target.parent)
    held = _held_still(target, list(kept.values()))
    ready = target.with_name(target.name + READY)
    if held:
        with contextlib.closing(held):
            files.remove(ready, *beside(aside))  # everything is in the one file now
            new.replace(target)
    elif target in kept:
        new.rename(ready)
        files.sync(target.parent)
        files.remove(*beside(target))
        ready.replace(target)
    else:
        files.remove(ready, *beside(target))
        _name(new, target)
    files.sync(target.parent)
    return aside if kept else None


def _keep(kept: dict[Path, Path]) -> None:
    try:
        for it, name in kept.items():
            _link(it, name)
    except OSError as error:
        raise (Refusal("backup.no_links", path=str(name)) if error.errno in NO_LINKS else error) from error


def _there(target: Path) -> list[Path]:
    return [it for it in (target, *beside(target)) if it.exists()]


def _held_still(target: Path, names: list[Path]) -> sqlite3.Connection | None:
    """Merge the old database into one file and return its connection; None if it is missing or damaged. A database in
    use keeps its one name."""
    if not target.exists():
        return None
    try:
        try:
            return _merged(target)
        except sqlite3.Error:
            if _in_use(target):
                raise Refusal("database.in_use", path=str(target)) from None
            return None
    except Refusal:
        files.remove(*names)
        raise


def _in_use(path: Path) -> bool:
    """Say whether another program has a database open that SQLite itself cannot read any more."""
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *SHARED)
        except (BlockingIOError, PermissionError):
            return True
    return False


def _unused(path: Path) -> Path:
    numbered = (path.with_name(f"{path.name}.{n}") for n in count(2))
    return next(it for it in chain([path], numbered) if not any(at.exists() for at in (it, *beside(it))))


def _link(path: Path, name: Path) -> None:
    """Give a file another name, which must not be taken."""
    try:
        name.hardlink_to(path)
    except FileExistsError:
        raise Refusal("backup.in_the_way", path=str(name)) from None


def _name(new: Path, target: Path) -> None:
    """Give the new database its name, which must not be taken; on a disk without hard links it loses the other name."""
    try:
        _link(new, target)
    except OSError as error:
        if error.errno not in NO_LINKS or target.exists():
            raise
        new.rename(target)
