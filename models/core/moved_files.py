"""Notice that an SQLite file is no longer the one that was opened.

SQLite goes on writing into a file that was deleted, moved or replaced. Every commit succeeds, and everything is lost
when the program ends. So before each transaction the device and number of the file and of its `-wal` are compared with
those that were opened (two `stat` calls, 3 µs). While they differ nothing is accepted until the file is back. The
program neither ends (the deleted file can be copied from `/proc/PID/fd/`) nor opens the other file: an old `-wal`
beside another database would be merged into it."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

WAL = "-wal"
File = tuple[int, int]


def file_at(path: str | Path) -> File | None:
    """Return which file lies there, by its device and number."""
    try:
        found = os.stat(path)  # noqa: PTH116 -- half of Path.stat's time: asked in every transaction
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Opened:
    """The file that the engines of one database opened under a name. An open connection keeps its `-wal`, which is
    checked as well from the connection's second transaction on."""

    def __init__(self, path: Path) -> None:
        self._path, self._wal = str(path), str(path) + WAL
        self._file: File | None = None

    def first(self) -> None:
        """Check a connection that is about to be opened: it must be on the same file as the one before."""
        if self._file is not None and file_at(self._path) != self._file:
            raise _moved()

    def opened(self) -> None:
        self._file = self._file or file_at(self._path)

    def look(self, known: dict[Any, Any]) -> None:
        """Check a transaction that is about to begin; `known` is the connection's own memory."""
        wal = known.get(WAL)
        if file_at(self._path) != self._file or (wal and file_at(self._wal) != wal):
            raise OperationalError("BEGIN", None, _moved())
        known[WAL] = wal or (file_at(self._wal) if "begun" in known else None)
        known["begun"] = True


def _moved() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("the database file is not the one that was opened")
    error.sqlite_errorcode, error.sqlite_errorname = 1032, "SQLITE_READONLY_DBMOVED"  # SQLite's own word for it
    return error
