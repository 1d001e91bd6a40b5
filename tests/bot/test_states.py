"""States of the machine are sentences with a cure, for every command, in either language: no number, no trace, no
password, nothing changed."""

import contextlib
import hashlib
import os
import shutil
import socket
import sqlite3
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.command import upgrade

from bot.cli.main import cli
from models.core import database_states
from models.core.database import connect
from models.core.migrate import _config
from models.core.schema import newest_revision, revisions
from tests.bot.backups.test_backup import mode
from tests.support.program import Done, Office
from tests.support.world import ROSTER, World

DAY = "2026-11-23"
COMMANDS = {
    "init": "init X", "run": "run", "demo": "demo --keep zr.db", "import": "import r.csv",
    "assign": "assign health --unit 区局", "invite": "invite 1003", "export": f"export --day {DAY}",
    "summary": f"summary --day {DAY} --unit 区局", "verify": "verify", "backup": "backup made.db",
    "restore": "restore --release drop", "check": "check", "plan": "plan",
    "clock": "clock", "erase": "erase 1003 A000 --reason x --yes",
}  # fmt: skip
PASSING = ("at 127.0.0.1:1", "Nothing listens", "no machine has this name", "still starting", "shutting down",
           "max_connections", "its log says why")  # fmt: skip
READING = ("export", "summary", "verify", "plan", "backup", "clock")


@pytest.fixture(scope="module")
def lived(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lived") / "zr.db"
    shutil.copy(sqlite_template, path)
    database = connect(f"sqlite:///{path}")
    world = World(database)
    world.organisation()
    world.assign()
    world.at("8:00")
    database.close()
    return path


@pytest.fixture
def office(lived: Path, tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "there"
    folder.mkdir()
    shutil.copy(lived, folder / "zr.db")
    office = Office(folder, f"sqlite:///{folder / 'zr.db'}?timeout=0.05")
    office.write("r.csv", ROSTER)
    yield office
    if folder.exists():
        folder.chmod(0o755)


def test_no_command_is_left_out() -> None:
    assert set(COMMANDS) == set(cli.commands)


def _picture(folder: Path) -> dict[str, str]:
    """All that is in a folder, but what the terminal writes down."""
    return {
        it.name: hashlib.sha256(it.read_bytes()).hexdigest()
        for it in folder.rglob("*")
        if it.is_file() and it.suffix not in (".out", ".err")
    }


def _says(done: Done, *words: str) -> None:
    assert done.code in (1, 2), done
    assert any(word in done.stderr + done.stdout for word in words), (words, done)
    for number in ("Something went wrong", "出错了", "fault", "hunter2"):
        assert number not in done.stdout + done.stderr, done


@contextmanager
def _outcome(office: Office) -> Iterator[None]:
    """Nothing is changed, nothing new is there."""
    before = _picture(office.folder)
    yield
    assert _picture(office.folder) == before


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


NOT_ASKING = ("run", "init", "backup", "import", "demo", "export", "verify", "invite", "clock", "erase")
MAKING = ("init", "run", "demo", "import")
STATES: dict[str, tuple[Callable[[Path], None], tuple[str, ...], tuple[str, ...]]] = {
    # how it comes about, the cures it may be told with, which commands are no part of it
    "missing": (_missing, ("zeroreport restore BACKUP", "恢复"), MAKING),
    "no folder": (_no_folder, ("no folder", "没有文件夹"), ()),
    "a folder": (_folder, ("is a folder", "是文件夹"), ()),
    "empty": (_empty, ("zeroreport init", "恢复"), MAKING),
    "a letter": (_a_letter, ("not a database", "不是数据库"), ()),
    "its head damaged": (_head, ("not a database", "不是数据库"), ()),
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
    with _outcome(office):
        for name, words in COMMANDS.items():
            if name not in besides:
                if name == "demo":
                    words = f"demo --keep {office.url.removeprefix('sqlite:///').partition('?')[0]}"
                _says(office.typed(words.split()), *cures, "demo only plays", "the demo", "does not stand")
        chinese = Office(office.folder, office.url, "zh_CN.UTF-8")
        _says(chinese.typed(("summary", "--day", DAY, "--unit", "区局")), *cures)


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
    with _outcome(office):
        for words in ("restore --without-manifest zr.db", "restore --check --without-manifest zr.db", "restore zr.db"):
            _says(there.typed(words.split()), "zr.db", "newer version")
        if state != "missing":
            _says(office.typed(["restore", "whole.db"]), "--replace", "is a folder")
    if state != "a folder":
        office("restore", "--replace", "whole.db")
        assert "Sound" in office("verify").stdout


def test_an_older_database_is_read_by_nobody_backed_up_restored_and_brought_up_to_date(office: Office) -> None:
    _older(office.folder / "zr.db")
    office("backup", "old.db")
    _says(office.typed(["check"]), "not of this version")
    (office.folder / "zr.db").unlink()
    office("restore", "old.db")
    with closing(sqlite3.connect(office.folder / "zr.db")) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (newest_revision(),)
    _older(office.folder / "zr.db")
    office("init", "新")
    assert "Sound" in office("verify").stdout


def test_a_locked_database_is_waited_for_and_then_named(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "zr.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA locking_mode=EXCLUSIVE")
        raw.execute("BEGIN EXCLUSIVE")
        raw.execute("UPDATE unit SET name = name")
        for name, words in COMMANDS.items():
            if name != "demo":
                _says(office.typed(words.split()), "fuser")
        assert "锁定" in Office(office.folder, office.url, "zh_CN.UTF-8").typed(["verify"]).stderr
    assert not (office.folder / "made.db").exists()


def test_a_database_that_somebody_writes_to_can_still_be_read(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "zr.db", isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        assert office.typed(["verify"]).code == 0
        for name in ("invite", "import", "assign"):
            _says(office.typed(COMMANDS[name].split()), "fuser")


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
    with _outcome(office):
        for name, words in COMMANDS.items():
            if name in ("demo", "erase"):  # which has nothing to erase here
                continue
            done = there.typed(words.split(), ordinary=True)
            if name in READING:
                assert done.code == 0, done
            else:
                _says(done, "write-protected")
    assert mode(elsewhere / "made.db") == 0o600


def test_what_may_not_be_opened_says_so(office: Office) -> None:
    (office.folder / "zr.db").chmod(0)
    for name, words in COMMANDS.items():
        if name != "demo":
            _says(office.typed(words.split(), ordinary=True), "may not open", "permission")


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
        _says(there.typed(COMMANDS[name].split(), ordinary=True), "-wal")


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
    """The same on a disk of its own, for real, with so much room or so many files; only root may make one (Linux)."""
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
        if done.code and (name != "erase" or "inodes" in options):  # there is nothing to erase here
            _says(done, "disk is full", "No space left", "no room")
            assert "restore --replace" not in done.stderr
        else:
            assert name in (*READING, "erase")
        assert name != "run" or done.code == 1


def test_a_name_that_cannot_be_is_a_sentence(office: Office) -> None:
    office("backup", "whole.db")
    (office.folder / "folder.db").mkdir()
    office.write("nameless.db", "x")
    (office.folder / "nameless.db.json").mkdir()
    with _outcome(office):
        for words in ("backup --to r.csv", "backup r.csv/b.db", f"backup {'x' * 300}", "backup --to /dev/null/x",
                      "backup whole.db", "backup zr.db", "restore --replace folder.db", "restore --replace nameless.db",
                      "restore --check nameless.db", f"restore --check {'x' * 300}", "restore --replace r.csv/b.db",
                      "restore --replace --without-manifest /dev/null", "restore --replace missing.db",
                      f"export --day {DAY} --output r.csv/x.csv"):  # fmt: skip
            _says(office.typed(words.split()), "“")


def test_what_a_file_may_not_become_large_enough_for_is_a_sentence(office: Office) -> None:
    office("backup", "whole.db")
    with _outcome(office):
        for words in ("restore --replace whole.db", "backup more.db"):
            _says(office.typed(words.split(), file_size=100_000), "so large", "cannot be opened, read or written")


@pytest.mark.parametrize(
    "words", ["init X", "run", "import r.csv", "demo --keep link.db", "verify", "restore whole.db"]
)
def test_behind_a_link_too_nothing_is_made_beside_what_belonged_to_another_database(office: Office, words: str) -> None:
    office("backup", "whole.db")
    (office.folder / "deep").mkdir()
    (office.folder / "deep" / "real.db-wal").write_bytes(b"of the dead one")
    (office.folder / "link.db").symlink_to(office.folder / "deep" / "real.db")
    with _outcome(office):
        _says(office.typed(words.split(), DATABASE_URL=f"sqlite:///{office.folder / 'link.db'}"), "real.db-wal")


@pytest.mark.parametrize("words", ["init X", "verify", "check", "backup", "restore whole.db", "demo --keep link.db"])
@pytest.mark.parametrize("leads", ["link.db", "other.db"])
def test_a_link_that_leads_back_to_itself_is_named(office: Office, words: str, leads: str) -> None:
    office("backup", "whole.db")
    (office.folder / "link.db").symlink_to(office.folder / leads)
    (office.folder / "other.db").symlink_to(office.folder / "link.db")
    with _outcome(office):
        _says(
            office.typed(words.split(), DATABASE_URL=f"sqlite:///{office.folder / 'link.db'}"), "leads back to itself"
        )


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


# PostgreSQL


@contextmanager
def refusing(code: str, words: str) -> Iterator[int]:
    """A server that lets nobody in and says why; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    with server.accept()[0] as caller:
                        while (size := struct.unpack("!i", caller.recv(4))[0]) == 8:
                            caller.recv(4)
                            caller.sendall(b"N")  # no encryption
                        caller.recv(size)
                        told = b"".join(
                            k + v.encode() + b"\0" for k, v in ((b"S", "FATAL"), (b"C", code), (b"M", words))
                        )
                        caller.sendall(b"E" + struct.pack("!i", len(told) + 5) + told + b"\0")

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("code", "words", "cure"),
    [
        ("28P01", 'password authentication failed for user "u"', "user and password"),
        ("28P01", '用户 "u" Password 认证失败', "user and password"),
        ("3D000", 'database "x" does not exist', "createdb"),
        ("57P03", "the database system is starting up", "still starting"),
        ("57P03", "the database system is shutting down", "shutting down"),
        ("53300", "sorry, too many clients already", "max_connections"),
        ("XX000", "etwas ganz anderes", "its log says why"),
    ],
)
def test_a_server_that_lets_nobody_in_is_a_sentence(office: Office, code: str, words: str, cure: str) -> None:
    with refusing(code, words) as port, _outcome(office):
        url = f"postgresql://u:hunter2@127.0.0.1:{port}/x?sslmode=disable&gssencmode=disable"
        for command in ("verify", "run") if cure != "createdb" else COMMANDS.values():
            if not command.startswith("demo"):
                done = office.typed(command.split(), DATABASE_URL=url)
                _says(done, cure)
                assert done.code == (1 if command == "run" and cure.startswith(PASSING) else 2)


def test_what_may_pass_while_the_program_starts_is_no_reason_for_a_supervisor_to_give_up(office: Office) -> None:
    """Code 2 wants a person (the systemd unit starts nothing again after it); a database that is away for a while does
    not, on whichever day the machines are started."""
    with closing(sqlite3.connect(office.folder / "zr.db", isolation_level=None)) as raw:
        raw.execute("BEGIN EXCLUSIVE")
        office("init", "X", code=2)
        assert "fuser" in office("run", code=1).stderr
    (office.folder / "zr.db").chmod(0o444)
    assert "write-protected" in office.typed(["run"], ordinary=True).stderr
    assert office.typed(["run"], ordinary=True).code == 1
    (office.folder / "zr.db").chmod(0)
    assert office.typed(["run"], ordinary=True).code == 2


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/x", "Nothing listens"),
        ("postgresql://u:hunter2@/x?host=127.0.0.1:1&host=127.0.0.1:2", "at 127.0.0.1:1, 127.0.0.1:2."),
        ("postgresql://u:hunter2@127.0.0.1,localhost/x?port=1", "at 127.0.0.1:1, localhost:1."),
        ("postgresql://u:hunter2@127.0.0.1:1,127.0.0.1:2/x", "host=ONE:5432&host=TWO:5432"),
        ("postgresql://u:hunter2@nowhere.invalid/x", "no machine has this name"),
        ("postgresql://u:hunter2@127.0.0.1:1/x?secretly=1", "DATABASE_URL"),
        ("postgresql://u:hunter2@127.0.0.1:99999/x", "DATABASE_URL"),
        ("postgresql://u:sec@hunter2@127.0.0.1/x", "%40"),
        ("postgresql://u:a@hunter2/hunter2@127.0.0.1/x", "%40"),
        ("postgresql://u:a@b/x?hunter2@127.0.0.1", "%40"),
        ("postgresql://u:hunter2/x", "DATABASE_URL"),
        ("postgresql://u:hunter2@[::1/x", "DATABASE_URL"),
        ("mysql://u:hunter2@127.0.0.1/x", "DATABASE_URL"),
        ("nonsense hunter2", "DATABASE_URL"),
        ("sqlite:///:memory:", "DATABASE_URL"),
        ("sqlite:///file:zr.db?mode=ro&uri=true", "DATABASE_URL"),
        ("oracle+hunter2://x", "DATABASE_URL"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_sentence_without_a_word_of_the_password(
    office: Office, url: str, cure: str
) -> None:
    for command in ("verify", "run", "backup b.db", "check"):
        done = office.typed(command.split(), DATABASE_URL=url, LOG_LEVEL="DEBUG")
        assert cure in done.stderr, done
        assert done.code == (1 if command == "run" and cure.startswith(PASSING) else 2)
        assert "hunter2" not in done.stdout + done.stderr, done
        assert "[secret]" not in done.stderr, done  # nor is there anything to hide
