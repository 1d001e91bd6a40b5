"""Write files that are there whole or not at all, readable by us alone."""

import contextlib
import fcntl
import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from models.core.errors import Refusal

PRIVATE, FOLDER = 0o600, 0o700
PART = ".part"  # the end of a name under which a file is being written
REPLACED = ".replaced-"  # … under which a database is kept whose place another one took


def folder(path: Path) -> None:
    """Make a folder and those above it, for us alone; existing ones stay as they are."""
    for it in reversed([path, *path.parents]):
        if not it.exists():
            it.mkdir(FOLDER, exist_ok=True)


@contextlib.contextmanager
def fresh(path: Path) -> Iterator[BinaryIO]:
    """Open a new file for us alone; it is on disk at the end of the block."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE), "w+b") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


def sync(path: Path) -> None:
    """Sync a file, or a folder's list of names, to the disk."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep others from restoring in this folder meanwhile; ends with the process, however that ends."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal("backup.busy", folder=str(path)) from None
        yield
    finally:
        os.close(opened)


def forget_names(target: Path, *sides: Path) -> None:
    """Remove the second names that an interrupted restore gave to files in use: opened by two names, SQLite would keep
    two logs of one database, and ruin it. Only while nobody restores (`alone`)."""
    for it in (target, *sides):
        for other in target.parent.glob(f"{glob.escape(target.name)}{REPLACED}*") if it.exists() else []:
            if other.samefile(it):
                remove(other)
