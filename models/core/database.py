"""Open the two engines, for writing and for reading, and hide the few differences between SQLite and PostgreSQL."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from os import W_OK, access
from os.path import realpath
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import (
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Insert,
    TypeDecorator,
    Update,
    bindparam,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, SQLModel, update

from models.core import ledger
from models.core.moved_files import Opened

T = TypeVar("T")
KEPT = 10_000  # rows that a transaction keeps; the import of a whole roster reads more
WRITERS_LOCK = 0x2E80_0001  # one writer at a time on PostgreSQL too: docs/decisions/0002-one-writer.md


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. Naive datetimes are refused; SQLite, which knows no zones, gets UTC back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class _Writing(Session):
    """A writing session, which events are bound to."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.kept: deque[Any] = deque(maxlen=KEPT)


for _life in ("loaded_as_persistent", "pending_to_persistent"):
    event.listen(_Writing, _life, lambda session, it: session.kept.append(it))
event.listen(Session, "after_flush", ledger.follow)
event.listen(_Writing, "after_soft_rollback", lambda session, _: session.expire_all())  # because `change` bypasses it


@dataclass(frozen=True)
class Database:
    """A database with its writing engine, whose transactions follow one another, and its reading engine, which cannot
    write."""

    write: Engine
    read: Engine

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open one short transaction: committed at the end of the block, rolled back by an exception. The session keeps
        what it has read or written, so that a second lookup by key asks no database."""
        with _Writing(self.write) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open one consistent view, which never holds up a writer."""
        with Session(self.read, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        self.write.dispose()
        self.read.dispose()


def connect(url: str | URL) -> Database:
    """Open both engines on `url` (`sqlite:///file` or `postgresql://…` through psycopg 3)."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    return _postgresql(address.set(drivername="postgresql+psycopg"))


def beside(path: Path, *ends: str) -> list[Path]:
    """Return the files that SQLite keeps beside a database: the write-ahead log and the memory that programs share."""
    path = real(path)
    return [path.with_name(path.name + end) for end in ends or ("-wal", "-shm", "-journal")]


def real(path: Path) -> Path:
    """Follow a link to the SQLite file itself: the files that belong to it lie there."""
    return Path(realpath(path)) if path.is_symlink() else path


def writable(path: Path) -> bool:
    """Say whether this program may write an SQLite database there: both the file and its folder."""
    path = real(path)
    return access(path.parent, W_OK) and (not path.exists() or access(path, W_OK))


def copy_of(path: Path) -> Database:
    """Open an SQLite file that nobody else uses, such as a backup: it is read without a trace and cannot be written."""
    return _sqlite(make_url("sqlite://").set(database=str(path)), finished=True)


def _sqlite(url: URL, *, finished: bool = False) -> Database:
    """Open an SQLite engine. The reading one never makes a file: looking at a missing database would make an empty one.
    On a read-only medium SQLite reads a file in WAL mode only as immutable; that is safe where no `-wal` lies beside
    it."""
    there = Opened(real(Path(url.database or "")))
    patience = {} if "timeout" in url.query else {"timeout": 30}

    def engine(*pragmas: str, begin: str, reads: bool) -> Engine:
        # pysqlite's own transactions lose savepoints, so it is told to keep out of them
        options = {"isolation_level": None, "check_same_thread": False, **patience}
        made = create_engine(url, hide_parameters=True, connect_args=options)

        @event.listens_for(made, "do_connect")
        def _aim(_: Dialect, __: Any, where: list[Any], how: dict[str, Any]) -> None:
            path = Path(where[0])
            there.first()
            still = finished or not (writable(path) or any(it.exists() for it in beside(path)))
            if still or reads:
                where[0] = f"file:{quote(str(path))}?{'mode=ro&immutable=1' if still else 'mode=rw'}"
                how["uri"] = True

        @event.listens_for(made, "connect")
        def _connect(connection: Any, _: Any) -> None:
            # deleted rows are overwritten, however this SQLite was built (docs/decisions/0242-anonymous-answers.md)
            for pragma in ("foreign_keys=ON", "synchronous=FULL", "temp_store=MEMORY", "secure_delete=ON", *pragmas):
                connection.execute(f"PRAGMA {pragma}")
            if not reads and connection.execute("PRAGMA page_count").fetchone() == (0,):
                connection.execute(
                    "PRAGMA auto_vacuum=INCREMENTAL"
                )  # see models/core/free_space.py; later it counts nothing
            if not reads:
                connection.execute("PRAGMA journal_mode=WAL")
            there.opened()

        @event.listens_for(made, "begin")
        def _begin(connection: Connection) -> None:
            there.look(connection.info)
            connection.exec_driver_sql(begin)

        return made

    return Database(engine(begin="BEGIN IMMEDIATE", reads=False), engine("query_only=ON", begin="BEGIN", reads=True))


def _postgresql(url: URL) -> Database:
    from models.core import postgresql  # its driver, 6 MB that a program on SQLite never needs

    write, read = postgresql.engine(url, "write"), postgresql.engine(url, "read", isolation_level="REPEATABLE READ")

    @event.listens_for(write, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")

    @event.listens_for(read, "begin")
    def _read_only(connection: Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    return Database(write, read)


_SQLITE_AWAY = {5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26}  # busy … full, cannot open, no database: sqlite.org/rescode.html
_POSTGRES_OWN = ("54", "57014")  # a statement that is too large or takes too long is at fault itself


def away(error: BaseException) -> bool:
    """Say whether the database cannot do its work now (gone, locked, full, read-only, damaged), so that the same may be
    tried again later. False where the statement itself is wrong."""
    if isinstance(error, PoolTimeout) or getattr(error, "connection_invalidated", False):
        return True
    if not isinstance(error, OperationalError | InterfaceError | InternalError) and type(error) is not DatabaseError:
        return False
    cause = error.orig if isinstance(error, DBAPIError) else None
    code, state = getattr(cause, "sqlite_errorcode", None), getattr(cause, "sqlstate", None)
    if code is not None:
        return code & 0xFF in _SQLITE_AWAY
    if isinstance(error, InternalError):
        return str(state or "").startswith(("25", "XX"))
    return not str(state or "").startswith(_POSTGRES_OWN)


def in_chunks(values: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Yield as many values at a time as one statement may name."""
    left = list(values)
    for at in range(0, len(left), size):
        yield left[at : at + size]


def ask(session: Session, query: Executable, **values: Any) -> CursorResult[*tuple[Any, ...]]:
    """Run a prepared query about columns and return its rows; building a statement anew takes longer than running it.
    Rows that this session has not flushed yet are not seen."""
    return session.connection().execute(query, values)


def change(session: Session, found: Sequence[tuple[SQLModel, dict[str, Any]]]) -> None:
    """Give rows of one table, which have an `id`, new values in one statement; all change the same columns. This is
    cheaper than letting the session find out what changed. Other changes to the objects are flushed later."""
    if not found:
        return
    rows = [{"this": it.id, **values} for it, values in found]  # type: ignore[attr-defined]
    session.connection().execute(_change(type(found[0][0]), *found[0][1]), rows)
    for it, values in found:
        for name, value in values.items():
            set_committed_value(it, name, value)


@cache
def _change(table: Any, *columns: str) -> Update:
    return update(table).where(table.id == bindparam("this")).values({name: bindparam(name) for name in columns})


def insert_new(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows whose unique keys are not there yet and return how many those were."""
    if not rows:
        return 0
    result = session.connection().execute(_insert_new(table, session.get_bind().dialect.name), rows)
    return int(result.rowcount)


@cache
def _insert_new(table: Any, dialect: str) -> Insert:
    module: Any = postgresql if dialect == "postgresql" else sqlite
    made: Insert = module.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return made
