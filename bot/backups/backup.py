"""Make backups: a file that was opened and verified, with a manifest beside it. A backup is kept whatever `verify`
finds, marked, because the first difference would otherwise end all backups just when they are needed most."""

import errno
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import chain, count
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlmodel import Session

from bot import files
from bot.backups import manifests, postgresql_dumps
from bot.backups.manifests import Manifest
from bot.files import PART
from bot.opening import sound
from models.core import database_states
from models.core.database import Database, copy_of
from models.core.errors import Refusal
from models.core.schema import newest_revision, revision
from models.evidence import seals, verification
from models.operations import restore_hold

log = logging.getLogger("zeroreport")
PREFIX, DIFFERS = "zeroreport-", "-differs"
OURS = f"{PREFIX}[0-9]*-[0-9]*.db"
ABANDONED = timedelta(hours=1)  # after which nobody is still writing to an unfinished file


@dataclass(frozen=True)
class Backup:
    """A finished backup: where it is, and what its manifest says."""

    path: Path
    manifest: Manifest


def name(database: Database, now: datetime) -> str:
    """Return the default name of a backup."""
    return f"{PREFIX}{now:%Y%m%d-%H%M%S}{'.db' if database.read.dialect.name == 'sqlite' else '.dump'}"


def free(folder: Path, database: Database, now: datetime) -> Path:
    """Return the default place of a backup; numbered if there is one of the same second already."""
    first = folder / name(database, now)
    numbered = (first.with_stem(f"{first.stem}-{n}") for n in count(2))
    return next(it for it in chain([first], numbered) if not (it.exists() or manifests.of(it).exists()))


def make(url: str, database: Database, target: Path, now: datetime, *, marked: bool = False) -> Backup:
    """Write a backup while the program goes on, open it and verify it. One that differs from its seals is kept as well,
    because it may be the last there is; with `marked`, its name says so.

    SQLite: `VACUUM INTO`, one consistent copy. PostgreSQL: `pg_dump`. The manifest gets its name first, so no backup is
    ever without one. Raises `backup.exists`, `backup.no_program`, `backup.failed`, `backup.full`, `database.…`."""
    if target.exists() or manifests.of(target).exists():
        raise Refusal("backup.exists", path=str(target))
    part = target.with_name(target.name + PART)
    try:
        files.folder(target.parent)
        files.remove(part, manifests.of(part))
        found = _written(url, database, part, now)
        final = target.with_stem(target.stem + DIFFERS) if marked and found.differs else target
        manifest = _described(found, part, final)
        with files.fresh(manifests.of(part)) as out:
            out.write(manifest.written())
        manifests.of(part).rename(manifests.of(final))
        part.rename(final)
        files.sync(target.parent)
    except Exception as error:
        raise _told(error, url, target) or error from None
    finally:
        files.remove(part, manifests.of(part))
    return Backup(final, manifest)


def _told(error: Exception, url: str, target: Path) -> Refusal | None:
    cause = getattr(error, "orig", None) or error
    full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL":
        return Refusal("backup.full", folder=str(target.parent))
    return None if isinstance(error, Refusal) else database_states.told(error, url)


def _written(url: str, database: Database, part: Path, now: datetime) -> Manifest:
    with files.fresh(part):
        pass
    engine = database.read.dialect.name
    bare = Manifest(
        part.name, 0, "", engine, now.isoformat(timespec="seconds"), version("zeroreport"), "", 0, 0, "", None
    )
    if engine != "sqlite":
        with database.reading() as session:
            postgresql_dumps.dump(url, session, part)
            return looked_at(database, session, bare)
    _copy(database, part)
    copy = copy_of(part)
    try:
        if not sound(copy):
            raise Refusal("database.corrupt", path=str(make_url(url).database))
        with copy.reading() as session:
            return looked_at(copy, session, bare)
    finally:
        copy.close()


def _copy(database: Database, part: Path) -> None:
    with database.read.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA query_only=OFF")  # it would take the copy for a write
        try:
            raw.execute("VACUUM INTO ?", (str(part),))
        finally:
            raw.execute("PRAGMA query_only=ON")


def looked_at(database: Database, session: Session, bare: Manifest) -> Manifest:
    """Return the manifest of what is in the backup. Records that `verify` cannot read count as records that differ."""
    stands = revision(database) or ""
    if stands != newest_revision():
        return replace(bare, schema=stands)
    last = seals.last(session)
    found = replace(bare, schema=stands, seal=last.digest if last else "")
    try:
        verdict = verification.verify(session)
    except Exception:
        log.warning("the records could not be verified", exc_info=True)
        return replace(found, differs=1)
    return replace(found, seals=verdict.seals, revisions=verdict.revisions, differs=len(verdict.differs))


def _described(found: Manifest, part: Path, final: Path) -> Manifest:
    with part.open("rb") as file:
        size, sha256 = manifests.digest(file)
    files.sync(part)
    return replace(found, file=final.name, size=size, sha256=sha256).signed()


def nightly(url: str, database: Database, folder: Path, keep: int, now: datetime) -> Backup:
    """Make today's backup in `folder` and delete all but the newest `keep`; the newest one without differences is
    always kept."""
    _sweep(folder, now)
    made = make(url, database, folder / name(database, now), now, marked=True)
    found = sorted(folder.glob(OURS))
    good = [it for it in found if not it.stem.endswith(DIFFERS)][-1:]
    for old in found[:-keep]:
        if old not in good:
            files.remove(old, manifests.of(old))
    return made


def _sweep(folder: Path, now: datetime) -> None:
    """Delete what an interrupted backup left: unfinished files, and manifests without a backup."""
    orphans = [it for it in folder.glob(f"{OURS}{manifests.END}") if not it.with_suffix("").exists()]
    for it in [*folder.glob(f"{OURS}{PART}*"), *orphans]:
        if now.timestamp() - it.stat().st_mtime > ABANDONED.total_seconds():
            files.remove(it)


def release(session: Session, *, send: bool) -> int:
    """Apply the operator's decision about what a restored database still had to send."""
    return restore_hold.release(session, send=send)
