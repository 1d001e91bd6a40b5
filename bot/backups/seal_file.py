"""Append a line for each seal to a file, after its commit, and sync it, so that a copy elsewhere knows what these
records said. Where the file cannot be written, the program goes on, and the admins and the operator are told.

Records cannot prove that they are not two days old; a file elsewhere can. A file that ends with a seal these records do
not have belongs to another history: nothing is appended until the operator names a new file, because both histories in
one file would make the proof unreadable. A disk that hangs blocks this loop's thread and no tap."""

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from sqlmodel import Session, func, select

from bot import files
from bot.alive import Alive
from bot.desk import Desk
from models.core.database import Database
from models.evidence import seal_lines
from models.evidence.seals import Seal
from models.operations import self_report
from models.operations.self_report import FileState

log = logging.getLogger("zeroreport")
PAUSE = 1.0  # seconds between two looks for a new seal
MOST = 64 * 1024  # bytes looked at from the end for the last line


class SealFile:
    """Copies the seals of a database into a file."""

    def __init__(self, path: Path, database: Database) -> None:
        self.path, self._database = path, database
        self._written: int | None = None

    def catch_up(self) -> FileState | None:
        """Append what is missing; return None if nothing is new. Two programs may do so at once: whoever has the file's
        lock reads where the file ends and continues there. A torn last line is cut off only if it begins like one of
        ours."""
        with self._database.reading() as session:
            newest = session.exec(select(func.max(Seal.id))).one() or 0
            if newest == self._written and self.path.exists():
                return None
            try:
                state = self._append(session)
            except OSError as error:
                self._written = None
                return FileState("unwritable", error.strerror or type(error).__name__)
        self._written = newest if state.id != "parts" else None
        return state

    def _append(self, session: Session) -> FileState:
        fresh = not self.path.exists()
        with _held(self.path) as handle:
            last = _end(handle)
            if not seal_lines.whose(session, last):
                return FileState("parts", f"№{last.number}" if last else "")
            number, before = last.number if last else 0, os.lseek(handle, 0, os.SEEK_END)
            while found := seal_lines.written(session, number):
                _write(handle, "".join(text for _, text in found).encode())
                number = found[-1][0]
            os.fsync(handle)
        if fresh:
            files.sync(self.path.parent)  # so that a new file’s name survives a power cut
        return FileState("begun" if fresh or not before else "fine", f"№{number}")


@contextlib.contextmanager
def _held(path: Path) -> Iterator[int]:
    """Open the file under a lock, so that nobody else appends meanwhile."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _end(handle: int) -> seal_lines.Line | None:
    """Return the last whole line. What a crash left of a line after it is cut off, and that seal is written again. If
    the end is no line of ours, leave the file alone and raise OSError."""
    size = os.lseek(handle, 0, os.SEEK_END)
    tail = os.pread(handle, MOST, max(0, size - MOST))
    whole, torn = tail[: tail.rfind(b"\n") + 1], tail[tail.rfind(b"\n") + 1 :]
    lines = whole.decode(errors="replace").splitlines()
    found = seal_lines.parsed(lines[-1]) if lines else None
    if (lines and found is None) or not seal_lines.begins(torn.decode(errors="replace")):
        raise OSError(errno.EINVAL, "not a seal file")
    if torn:
        os.ftruncate(handle, size - len(torn))
    return found


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


class Publisher:
    """Looks for new seals once a second, beside everything else, and notes in the audit when the file's
    state changes."""

    def __init__(self, file: SealFile, desk: Desk) -> None:
        self._file, self._desk = file, desk
        self._told: FileState | None = None

    async def run(self, alive: Alive) -> None:
        await alive.rounds("seal file", self.once, PAUSE)

    async def once(self) -> bool:
        state = await asyncio.to_thread(self._file.catch_up)
        if state is None or (self._told and self._told.id == state.id):
            return False
        path = str(self._file.path)
        await self._desk.run(lambda session, now: self_report.note_seal_file(session, now, path, state), wake=False)
        if not state.fine:
            log.warning("the seal file %s: %s", state.id, state.detail)
        self._told = state
        return False
