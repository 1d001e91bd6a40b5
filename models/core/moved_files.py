"""Whether an SQLite file is still the one that was opened: what is written into one that was deleted, replaced or
restored over a running program is gone when that ends, however well each commit went."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

WAL = "-wal"
File = tuple[int, int]


def file_at(path: str | Path) -> File | None:
    """Which file lies there, by its device and number."""
    try:
        found = os.stat(path)  # noqa: PTH116 -- half of Path.stat's time: asked in every transaction
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Opened:
    """What the engines of one database opened under a name. An open connection keeps its `-wal`: that is looked at as
    well, from the connection's second transaction on."""

    def __init__(self, path: Path) -> None:
        self._path, self._wal = str(path), str(path) + WAL
        self._file: File | None = None

    def first(self) -> None:
        """A connection is about to be opened: on the same file as the one before, if there was one."""
        if self._file is not None and file_at(self._path) != self._file:
            raise _moved()

    def opened(self) -> None:
        self._file = self._file or file_at(self._path)

    def look(self, known: dict[Any, Any]) -> None:
        """A transaction is about to begin. `known` is the connection's own memory."""
        wal = known.get(WAL)
        if file_at(self._path) != self._file or (wal and file_at(self._wal) != wal):
            raise OperationalError("BEGIN", None, _moved())
        known[WAL] = wal or (file_at(self._wal) if "begun" in known else None)
        known["begun"] = True


def _moved() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("the database file is not the one that was opened")
    error.sqlite_errorcode, error.sqlite_errorname = 1032, "SQLITE_READONLY_DBMOVED"  # SQLite's own word for it
    return error
