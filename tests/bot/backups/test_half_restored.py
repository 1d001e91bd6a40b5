"""Between any two steps of a restore or a backup the old stands or the new, and nothing else is opened."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.backups import restore
from models.core import database_states
from models.core.errors import Refusal
from tests.bot.backups.restored import NOW, beheaded, clear, damaged, lines, moments, put, stands
from tests.support.program import Office


def _nothing(_: Office, __: Path) -> None:
    pass


class Killed(BaseException):
    """Nothing catches it."""


def _killing(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Die before that many renames."""
    left = iter(range(at))
    for name in ("rename", "replace", "unlink", "link"):
        real = getattr(os, name)

        def change(*args: object, real: Callable[..., None] = real, **how: object) -> None:
            if next(left, None) is None:
                raise Killed
            real(*args, **how)

        monkeypatch.setattr(os, name, change)


def _moved_away(office: Office, made: Path) -> None:
    put(office, made)
    (office.folder / "zr.db").unlink()


@pytest.mark.parametrize("begin", [_nothing, put, damaged, beheaded, _moved_away])
def test_between_two_renames_only_the_old_or_the_new_database_is_there(
    office: Office, made: Path, begin: Callable[[Office, Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    target, whole = office.folder / "zr.db", False
    begin(office, made)
    before = stands(office.folder)
    restore.restore(office.folder / "b.db", office.url, NOW, instead=True)
    shutil.copy(target, office.folder / "ready.db")
    for at in range(20):
        if whole:
            break
        clear(office.folder)
        begin(office, made)
        new = shutil.copy(office.folder / "ready.db", office.folder / "zr.db.restoring")
        with monkeypatch.context() as patch:
            _killing(patch, at)
            try:
                restore._put(new, target, NOW)
                whole = True
            except Killed:
                pass
        found = stands(office.folder)
        assert found in (before, ("新", 1)), at
        try:
            database_states.look(target, make=True)
        except Refusal as refusal:
            assert refusal.key in ("database.halfway", "database.unfinished"), at
        else:
            assert not (office.folder / "zr.db.restoring.ready").exists(), at
        restore.restore(office.folder / "b.db", office.url, NOW, instead=True)
        assert stands(office.folder) == ("新", 1), at
        assert not list(office.folder.glob("zr.db.restoring*"))
    assert at > 1
    assert whole


def test_a_damaged_database_that_a_program_has_open_is_in_use_too(office: Office, made: Path) -> None:
    put(office, made)
    with closing(sqlite3.connect(office.folder / "zr.db", isolation_level=None)) as raw:
        raw.execute("SELECT count(*) FROM unit").fetchone()
        damage = "open('zr.db', 'r+b').write(b'damaged')"  # by another process: closing the file ends locks of this one
        subprocess.run([sys.executable, "-c", damage], cwd=office.folder, check=True)
        assert "is in use" in office("restore", "--replace", "b.db", code=2).stderr
        assert not list(office.folder.glob("*.re*"))
    office("restore", "--replace", "b.db")


def test_killed_by_the_clock_too(office: Office, made: Path) -> None:
    for moment in moments(1000, 8):
        clear(office.folder)
        put(office, made)
        office.typed(("restore", "--replace", "b.db"), killed_after=moment / 2000)
        assert stands(office.folder) in (("旧", 0), ("新", 1)), moment
        office("restore", "--replace", "b.db")
        assert stands(office.folder) == ("新", 1)


def test_a_killed_backup_leaves_no_file_without_a_manifest(office: Office, made: Path) -> None:
    put(office, made)
    for moment in moments(lines(office, "backup", "--to", "m"), 12):
        office.typed(("backup", "--to", "n"), killed_at=moment)
        for it in (office.folder / "n").glob("*.db"):
            restore.check(it)
    office("backup", "--to", "n")
