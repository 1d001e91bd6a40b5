"""Full disks, impossible names, links and outputs that cannot be written are sentences; what is written is private."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from models.core import database_states
from tests.bot.states.commands import COMMANDS, DAY, READING, outcome, says
from tests.support.program import Office, mode

UNDOING = ("erase", "undo-import")


def test_a_full_disk_is_a_sentence() -> None:
    with closing(sqlite3.connect(":memory:")) as raw:
        raw.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as error:
            raw.execute("CREATE TABLE a (b)")
    told = database_states.told(error.value, "sqlite:///zr.db")
    assert told
    assert told.key == "database.full"


@pytest.fixture
def small(office: Office, tmp_path: Path) -> Iterator[Callable[[str], Office]]:
    """Provide the same on a real disk of its own, with that much room or that many files; only root may make one
    (Linux)."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def made(options: str) -> Office:
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("no disk can be mounted here")
        shutil.copy(office.folder / "zr.db", disk)
        return Office(office.folder, f"sqlite:///{disk / 'zr.db'}?timeout=0.05")

    yield made
    subprocess.run(["umount", disk], capture_output=True, check=False)


@pytest.mark.skipif(not shutil.which("mount") or os.geteuid() != 0, reason="only root mounts a disk")
@pytest.mark.parametrize("options", ["size=50m,nr_inodes=8", "size=4m"])
def test_a_disk_without_room_is_a_sentence_for_every_command(small: Callable[[str], Office], options: str) -> None:
    there = small(options)
    disk = Path(there.url.removeprefix("sqlite:///").partition("?")[0]).parent
    with contextlib.suppress(OSError):
        for n in range(5000):
            (disk / f"{n}").write_bytes(b"" if "inodes" in options else b"x" * 4096)
    for name, words in COMMANDS.items():
        done = there.typed(
            words.replace("made.db", str(disk / "m.db")).replace("--keep zr.db", f"--keep {disk}/d.db").split()
        )
        if done.code and (name not in UNDOING or "inodes" in options):  # there is nothing to undo
            says(done, "disk is full", "No space left", "no room")
            assert "restore --replace" not in done.stderr
        else:
            assert name in (*READING, *UNDOING)
        assert name != "run" or done.code == 1


def test_a_name_that_cannot_be_is_a_sentence(office: Office) -> None:
    office("backup", "whole.db")
    (office.folder / "folder.db").mkdir()
    office.write("nameless.db", "x")
    (office.folder / "nameless.db.json").mkdir()
    with outcome(office):
        for words in ("backup --to r.csv", "backup r.csv/b.db", f"backup {'x' * 300}", "backup --to /dev/null/x",
                      "backup whole.db", "backup zr.db", "restore --replace folder.db", "restore --replace nameless.db",
                      "restore --check nameless.db", f"restore --check {'x' * 300}", "restore --replace r.csv/b.db",
                      "restore --replace --without-manifest /dev/null", "restore --replace missing.db",
                      f"export --day {DAY} --output r.csv/x.csv"):  # fmt: skip
            says(office.typed(words.split()), "“")


def test_a_file_size_limit_is_reported_in_a_sentence(office: Office) -> None:
    office("backup", "whole.db")
    with outcome(office):
        for words in ("restore --replace whole.db", "backup more.db"):
            says(office.typed(words.split(), file_size=100_000), "that large", "can’t be opened, read or written")


@pytest.mark.parametrize(
    "words", ["init X", "run", "import r.csv", "demo --keep link.db", "verify", "restore whole.db"]
)
def test_behind_a_link_too_nothing_is_made_beside_what_belonged_to_another_database(office: Office, words: str) -> None:
    office("backup", "whole.db")
    (office.folder / "deep").mkdir()
    (office.folder / "deep" / "real.db-wal").write_bytes(b"of the dead one")
    (office.folder / "link.db").symlink_to(office.folder / "deep" / "real.db")
    with outcome(office):
        says(office.typed(words.split(), DATABASE_URL=f"sqlite:///{office.folder / 'link.db'}"), "real.db-wal")


@pytest.mark.parametrize("words", ["init X", "verify", "check", "backup", "restore whole.db", "demo --keep link.db"])
@pytest.mark.parametrize("leads", ["link.db", "other.db"])
def test_a_link_that_leads_back_to_itself_is_named(office: Office, words: str, leads: str) -> None:
    office("backup", "whole.db")
    (office.folder / "link.db").symlink_to(office.folder / leads)
    (office.folder / "other.db").symlink_to(office.folder / "link.db")
    with outcome(office):
        says(office.typed(words.split(), DATABASE_URL=f"sqlite:///{office.folder / 'link.db'}"), "leads back to itself")


def test_an_output_that_cannot_be_written_is_a_sentence(office: Office) -> None:
    for command in (f"export --day {DAY} --output nowhere/x.csv", "invite 1003 --sheet nowhere/x.html"):
        assert "nowhere" in office(*command.split(), code=2).stderr


def test_whatever_is_written_is_nobody_elses(office: Office) -> None:
    before = os.umask(0o022)
    try:
        for words in ("init X", f"export --day {DAY} --output e.csv", "invite 1003 --sheet s.html", "backup --to n",
                      "import --template t.xlsx", f"export --day {DAY} --files f.zip"):  # fmt: skip
            fresh = f"sqlite:///{office.folder / 'fresh.db'}" if words == "init X" else office.url
            office(*words.split(), DATABASE_URL=fresh)
    finally:
        os.umask(before)
    made = [
        *office.folder.glob("n/*"),
        *(office.folder / it for it in ("fresh.db", "e.csv", "s.html", "t.xlsx", "f.zip")),
    ]
    assert {mode(it) for it in made} == {0o600}
    assert mode(office.folder / "n") == 0o700
    office("check", code=1)
    (office.folder / "zr.db").chmod(0o604)
    assert "chmod" in office("check", code=1).stdout
