"""Every command, and what a state of the machine is to look like: a sentence, and nothing changed."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.program import Done, Office

DAY = "2026-11-23"
COMMANDS = {
    "init": "init X", "run": "run", "demo": "demo --keep zr.db", "import": "import r.csv",
    "undo-import": "undo-import --yes",
    "assign": "assign health --unit 区局", "invite": "invite 1003", "export": f"export --day {DAY}",
    "summary": f"summary --day {DAY} --unit 区局", "verify": "verify", "backup": "backup made.db",
    "restore": "restore --release drop", "check": "check", "plan": "plan",
    "clock": "clock", "erase": "erase 1003 A000 --reason x --yes",
}  # fmt: skip
READING = ("export", "summary", "verify", "plan", "backup", "clock")


def picture(folder: Path) -> dict[str, str]:
    """Return everything in a folder, except what the terminal writes down."""
    return {
        it.name: hashlib.sha256(it.read_bytes()).hexdigest()
        for it in folder.rglob("*")
        if it.is_file() and it.suffix not in (".out", ".err")
    }


def says(done: Done, *words: str) -> None:
    assert done.code in (1, 2), done
    assert any(word in done.stderr + done.stdout for word in words), (words, done)
    for number in ("Something went wrong", "出错了", "fault", "hunter2"):
        assert number not in done.stdout + done.stderr, done


@contextmanager
def outcome(office: Office) -> Iterator[None]:
    """Nothing is changed, nothing new is there."""
    before = picture(office.folder)
    yield
    assert picture(office.folder) == before
