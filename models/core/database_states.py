"""Name what is wrong with a database that does not work: a state of the machine with a cure, not a fault of ours.

Each state is a Refusal `database.…`, told from the driver's codes; before a PostgreSQL connection stands there are only
words, in English or Chinese. No sentence repeats what a driver said, because that may hold a part of the password."""

import errno
import os
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.core.database import beside, real, writable
from models.core.errors import Refusal

RESTORING = ".restoring"  # suffix of a database that is being restored
READY = f"{RESTORING}.ready"  # … and is whole, waiting only for a damaged one's files to be moved away

# how an SQLite error's name begins → the sentence; the first that fits
_SQLITE = (
    ("SQLITE_BUSY", "locked"), ("SQLITE_LOCKED", "locked"), ("SQLITE_PROTOCOL", "locked"),
    ("SQLITE_FULL", "full"),
    ("SQLITE_READONLY", "read_only"),
    ("SQLITE_CORRUPT", "corrupt"), ("SQLITE_FORMAT", "corrupt"),
    ("SQLITE_NOTADB", "no_database"),
    ("SQLITE_PERM", "no_permission"), ("SQLITE_AUTH", "no_permission"),
    ("SQLITE_IOERR_SHORT_READ", "corrupt"),
    ("SQLITE_IOERR", "disk"), ("SQLITE_CANTOPEN", "disk"),
)  # fmt: skip

# PostgreSQL's own codes
_STATES = {
    "28P01": "pg_password", "28000": "pg_password", "3D000": "pg_no_database", "57P03": "pg_starting",
    "57P01": "pg_stopping", "57P02": "pg_stopping", "53300": "pg_crowded", "53100": "pg_full", "53200": "pg_full",
    "42501": "pg_rights", "25006": "pg_read_only", "55P03": "pg_locked", "57014": "pg_locked",
    "XX001": "pg_corrupt", "XX002": "pg_corrupt", "42P01": "pg_corrupt", "42703": "pg_corrupt",
}  # fmt: skip

# states that pass, or are cured from outside: starting the program again may help
_PASSING = frozenset({
    "locked", "full", "disk", "read_only", "no_folder", "pg_starting", "pg_stopping", "pg_crowded", "pg_full",
    "pg_locked", "pg_read_only", "pg_refused", "pg_no_host", "pg_silent", "pg_away",
})  # fmt: skip

_AWAY = ("08", "53", "57", "58")  # classes of SQLSTATE in which the server is at fault

# before a connection stands there are only a server's words; those of other languages become `pg_away`
_WORDS = (
    ("authentication failed|认证失败|no password supplied|no pg_hba.conf entry|role .* does not exist", "pg_password"),
    ("is not permitted to log in|permission denied for database", "pg_password"),
    ("database .* does not exist|数据库 .* 不存在", "pg_no_database"),
    ("starting up|启动中|not yet accepting connections|recovery mode", "pg_starting"),
    ("shutting down|正在关闭|terminating connection|server closed the connection", "pg_stopping"),
    ("too many|太多|remaining connection slots", "pg_crowded"),
    ("could not translate host name|failed to resolve host|[Nn]ame or service not known", "pg_no_host"),
    ("[Cc]onnection refused|No such file or directory|No route to host|Network is unreachable", "pg_refused"),
    ("timeout|timed out", "pg_silent"),
    ("SSL|certificate", "pg_ssl"),
    ("No space left on device", "pg_full"),
)

_SYSTEM = {
    errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read_only", errno.EACCES: "no_permission",
    errno.EPERM: "no_permission", errno.EIO: "disk", errno.EFBIG: "too_large",
}  # fmt: skip


def passes(refusal: Refusal) -> bool:
    """Say whether a state of the database may end by itself, so that the same may be tried again."""
    kind, _, state = refusal.key.partition(".")
    return kind == "database" and state in _PASSING


def look(path: Path, *, make: bool) -> None:
    """Check what can be seen of an SQLite file before it is opened; with `make` it need not exist yet."""
    path = real(path)
    if path.is_symlink():
        raise Refusal("database.loop", path=str(path))
    if not path.parent.is_dir():
        raise Refusal("database.no_folder", path=str(path), folder=str(path.parent))
    if path.is_dir():
        raise Refusal("database.folder", path=str(path))
    if path.with_name(path.name + READY).exists() and path.exists():
        raise Refusal("database.halfway", path=str(path))
    if not path.exists():
        if left := leftovers(path):
            raise Refusal("database.unfinished", path=str(path), left=[it.name for it in left])
        if not make:
            raise Refusal("database.missing", path=str(path))


def leftovers(path: Path) -> list[Path]:
    """Return the files that stand where an SQLite database should be: left by one that was moved away, or by a restore
    that was cut short. A database must never meet another one's files."""
    unfinished = [it for it in path.parent.glob(f"{path.name}{RESTORING}*") if not _side(it)]
    return [it for it in beside(path) if it.exists()] + unfinished


def _side(path: Path) -> bool:
    return path.name.endswith(("-wal", "-shm", "-journal"))


def told(error: BaseException, url: str | URL) -> Refusal | None:
    """Return the sentence for an error of this database, or None if the error is not the database's."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(cause, Path(address.database or ""))
    return _postgresql(cause, address)


def _sqlite(cause: BaseException | None, path: Path) -> Refusal | None:
    if isinstance(cause, OSError):
        return system(cause, path)
    if not isinstance(cause, sqlite3.Error):
        return None
    name = getattr(cause, "sqlite_errorname", "")
    key = next((key for start, key in _SQLITE if name.startswith(start)), None)
    if key is None and re.search("no such (table|column)|Could not decode", str(cause)):
        key = "corrupt"
    if key in ("disk", "read_only"):
        look(path, make=True)
        key = _shut(path) or ("full" if _full(path.parent) else key)
    return Refusal(f"database.{key}", path=str(path)) if key else None


def system(error: OSError, path: Path | None = None) -> Refusal | None:
    """Return the sentence for what the operating system refused, where that is a state of the machine."""
    key = _SYSTEM.get(error.errno or 0)
    if key is None and error.filename:
        return Refusal("database.unusable", path=str(error.filename), reason=error.strerror)
    return Refusal(f"database.{key}", path=str(error.filename or path or "stdout")) if key else None


def _shut(path: Path) -> str | None:
    """Return why a file cannot be opened or written, as far as permissions tell."""
    if path.exists() and not _readable(path):
        return "no_permission"
    if writable(path):
        return None
    return "unmerged" if beside(path, "-wal")[0].exists() and not writable(path.parent / "new") else "read_only"


def _full(folder: Path) -> bool:
    """Say whether there is no room for a byte or for one more file; SQLite itself only says that it cannot open the
    file."""
    try:
        found = os.statvfs(real(folder))
    except OSError:
        return False
    return found.f_bavail == 0 or (found.f_files > 0 and found.f_favail == 0)


def _readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def _postgresql(cause: BaseException | None, url: URL) -> Refusal | None:
    if isinstance(cause, PoolTimeout):
        return Refusal("database.pg_crowded", server=server(url), name=url.database)
    import psycopg  # 6 MB that a program on SQLite never needs

    if not isinstance(cause, psycopg.Error):
        return None
    if isinstance(cause, psycopg.ProgrammingError) and cause.sqlstate is None:
        return Refusal("database.url")  # a query of the URL that PostgreSQL does not know
    return postgresql(str(cause), url, cause.sqlstate, away=isinstance(cause, psycopg.OperationalError))


def postgresql(words: str, url: URL, state: str | None = None, *, away: bool = True) -> Refusal | None:
    """Return the sentence for what PostgreSQL's programs say. Words that fit nothing mean that the server is `away`;
    for a statement that the server refused they do not."""
    key = _STATES.get(state) if state else next((key for like, key in _WORDS if re.search(like, words)), None)
    if key is None and away and (state is None or state.startswith(_AWAY)):
        key = "pg_away"
    return Refusal(f"database.{key}", server=server(url), name=str(url.database or "")) if key else None


def server(url: URL) -> str:
    """Return which server or servers an address means, without the user or the query."""
    hosts = [url.host] if url.host else _several(url, "host") or ["localhost"]
    ports = [str(url.port)] if url.port else _several(url, "port") or ["5432"]
    named = [
        at if at.count(":") == 1 else f"{at}:{ports[min(n, len(ports) - 1)]}" for n, at in enumerate(_split(hosts))
    ]
    return ", ".join(named)


def _several(url: URL, name: str) -> list[str]:
    said = url.query.get(name, ())
    return _split([said] if isinstance(said, str) else said)


def _split(words: Iterable[str]) -> list[str]:
    return [it for word in words for it in word.split(",")]
