"""A database that is missing, empty, cut, foreign, older, locked or write-protected is a sentence for every command."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.command import upgrade

from bot.cli.main import cli
from models.core.database import connect
from models.core.migrate import _config
from models.core.schema import newest_revision, revisions
from tests.bot.states.commands import COMMANDS, DAY, READING, outcome, says
from tests.support.program import Office, mode


def test_no_command_is_left_out() -> None:
    assert set(COMMANDS) == set(cli.commands)


def _missing(path: Path) -> None:
    path.unlink()


def _no_folder(path: Path) -> None:
    path.parent.joinpath("r.csv").rename(path.parent.parent / "r.csv")
    shutil.rmtree(path.parent)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _a_letter(path: Path) -> None:
    path.write_bytes(b"not a database at all, but a letter" * 500)


def _head(path: Path) -> None:
    _over(path, 0, b"damaged")


def _first_page(path: Path) -> None:
    _over(path, 100, b"\xff" * 500)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:8192])


def _over(path: Path, at: int, what: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(what)


def _pages(path: Path) -> None:
    _over(path, 4096, b"\xfe" * (path.stat().st_size - 4096))


def _at(revision: str) -> Callable[[Path], None]:
    def stand(path: Path) -> None:
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))
            raw.commit()

    return stand


def _older(path: Path) -> None:
    path.unlink()
    database = connect(f"sqlite:///{path}")
    with database.write.connect() as connection, connection.begin():
        upgrade(_config(connection), revisions()[0])
    database.close()


def _without_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        for table in ("card", "seal", "membership", "restore_hold", "assignment"):
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute(f"DROP TABLE {table}")
        raw.commit()


def _foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE somebody (elses)")
        raw.commit()


def _left(path: Path) -> None:
    path.rename(path.with_name("moved.db"))
    path.with_name("zr.db-wal").write_bytes(b"of the dead one")


NOT_ASKING = ("run", "init", "backup", "import", "demo", "export", "verify", "invite", "clock", "erase",
              "undo-import")  # fmt: skip
MAKING = ("init", "run", "demo", "import")
STATES: dict[str, tuple[Callable[[Path], None], tuple[str, ...], tuple[str, ...]]] = {
    # how it comes about, the cures it may be told with, which commands are no part of it
    "missing": (_missing, ("zeroreport restore BACKUP", "恢复"), MAKING),
    "no folder": (_no_folder, ("no folder", "没有文件夹"), ()),
    "a folder": (_folder, ("is a folder", "是文件夹"), ()),
    "empty": (_empty, ("zeroreport init", "恢复"), MAKING),
    "a letter": (_a_letter, ("isn’t a database", "不是数据库"), ()),
    "its head damaged": (_head, ("isn’t a database", "不是数据库"), ()),
    "its first page damaged": (_first_page, ("damaged", "损坏"), ()),
    "its pages damaged": (_pages, ("damaged", "损坏", "no tables", "is empty"), ()),
    "cut short": (_cut, ("damaged", "损坏", "is empty"), ()),
    "without some tables": (
        _without_tables,
        ("damaged", "损坏"),
        NOT_ASKING,
    ),
    "newer": (_at("9999"), ("newer version", "较新版本"), ("backup", "check")),
    "not even known": (_at("0000"), ("newer version", "较新版本"), ("backup", "check")),
    "older": (_older, ("older version", "较旧版本"), (*MAKING, "backup", "check")),
    "another program's": (_foreign, ("another program", "另一个程序", "is empty", "数据库是空的"), ()),
    "its -wal left behind": (_left, ("zr.db-wal",), ()),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_of_the_database_is_a_sentence_for_every_command(office: Office, state: str) -> None:
    begin, cures, besides = STATES[state]
    begin(office.folder / "zr.db")
    if not office.folder.exists():
        office = Office(office.folder.parent, office.url)
    with outcome(office):
        for name, words in COMMANDS.items():
            if name not in besides:
                if name == "demo":
                    words = f"demo --keep {office.url.removeprefix('sqlite:///').partition('?')[0]}"
                says(office.typed(words.split()), *cures, "demo only plays", "the demo", "doesn’t begin")
        chinese = Office(office.folder, office.url, "zh_CN.UTF-8")
        says(chinese.typed(("summary", "--day", DAY, "--unit", "区局")), *cures)


@pytest.mark.parametrize("state", [it for it in STATES if it not in ("newer", "older")])
def test_what_is_in_such_a_state_is_no_backup_and_what_stands_in_it_is_replaced_only_when_asked(
    office: Office, state: str
) -> None:
    there = Office(office.folder, f"sqlite:///{office.folder / 'other.db'}")
    office("backup", "whole.db")
    shutil.copy(office.folder / "zr.db", office.folder / "kept.db")
    if state == "no folder":
        return
    STATES[state][0](office.folder / "zr.db")
    with outcome(office):
        for words in ("restore --without-manifest zr.db", "restore --check --without-manifest zr.db", "restore zr.db"):
            says(there.typed(words.split()), "zr.db", "newer version")
        if state != "missing":
            says(office.typed(["restore", "whole.db"]), "--replace", "is a folder")
    if state != "a folder":
        office("restore", "--replace", "whole.db")
        assert "OK: " in office("verify").stdout


def test_an_older_database_is_read_by_nobody_backed_up_restored_and_brought_up_to_date(office: Office) -> None:
    _older(office.folder / "zr.db")
    office("backup", "old.db")
    says(office.typed(["check"]), "belong to another version")
    (office.folder / "zr.db").unlink()
    office("restore", "old.db")
    with closing(sqlite3.connect(office.folder / "zr.db")) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (newest_revision(),)
    _older(office.folder / "zr.db")
    office("init", "新")
    assert "OK: " in office("verify").stdout


def test_a_locked_database_is_waited_for_and_then_named(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "zr.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA locking_mode=EXCLUSIVE")
        raw.execute("BEGIN EXCLUSIVE")
        raw.execute("UPDATE unit SET name = name")
        for name, words in COMMANDS.items():
            if name != "demo":
                says(office.typed(words.split()), "fuser")
        assert "锁定" in Office(office.folder, office.url, "zh_CN.UTF-8").typed(["verify"]).stderr
    assert not (office.folder / "made.db").exists()


def test_a_database_that_somebody_writes_to_can_still_be_read(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "zr.db", isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        assert office.typed(["verify"]).code == 0
        for name in ("invite", "import", "assign"):
            says(office.typed(COMMANDS[name].split()), "fuser")


@pytest.mark.parametrize("shut", ["file", "folder", "both"])
def test_what_can_only_be_read_is_read_and_what_would_write_says_so(office: Office, shut: str) -> None:
    """As from a medium that is write-protected; root's rights do not count."""
    if shut != "folder":
        (office.folder / "zr.db").chmod(0o444)
    if shut != "file":
        office.folder.chmod(0o555)
    elsewhere = office.folder.parent / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(office.folder / "r.csv", elsewhere)
    there = Office(elsewhere, office.url)
    with outcome(office):
        for name, words in COMMANDS.items():
            if name in ("demo", "erase", "undo-import"):  # there is nothing to undo here
                continue
            done = there.typed(words.split(), ordinary=True)
            if name in READING:
                assert done.code == 0, done
            else:
                says(done, "write-protected")
    assert mode(elsewhere / "made.db") == 0o600


def test_what_may_not_be_opened_says_so(office: Office) -> None:
    (office.folder / "zr.db").chmod(0)
    for name, words in COMMANDS.items():
        if name != "demo":
            says(office.typed(words.split(), ordinary=True), "permission", "permission")


def test_writes_beside_a_write_protected_database_are_not_passed_over(office: Office) -> None:
    path = office.folder / "zr.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("UPDATE unit SET name = name")
        kept = {it: it.read_bytes() for it in (path, path.with_name("zr.db-wal"))}
    for it, content in kept.items():
        it.write_bytes(content)
    office.folder.chmod(0o555)
    there = Office(office.folder.parent, office.url)
    for name in READING:
        says(there.typed(COMMANDS[name].split(), ordinary=True), "-wal")
